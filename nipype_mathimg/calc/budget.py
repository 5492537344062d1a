"""The memory that a computation may use: one name and one notation in every place."""

from __future__ import annotations

import re

from nipype_mathimg.calc.given import is_number
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.words import option, setting, worded

__all__ = ["DEFAULT_MEMORY", "budget_bytes"]

DEFAULT_MEMORY = 256 << 20
"""Memory budget in bytes, above what the process has at the start."""

_LEAST = 1 << 20
"""A number without a unit below this is a slip: nobody wants so few bytes, but so many M or G."""

# Powers of 1024, as SLURM, Java and `ulimit` read these letters; GB is what Nipype calls 2**30.
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

_AMOUNT = r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(?:([kmgt])(?:i?b)?|b)\s*"
"""A number and its unit; compiled only where somebody gives one."""


def budget_bytes(given: int | str | None) -> int:
    """Return a budget of memory in bytes.

    Parameters
    ----------
    given : str, int or None
        A text with its unit, such as ``"4G"`` or ``"512M"`` (K, M, G, T are powers of 1024; B
        and iB may follow), a number of bytes, or None for the default.

    Raises
    ------
    FormulaError
        It is no amount, or a number so small that its unit is in doubt.

    Examples
    --------
    >>> budget_bytes("4G") == 4 * 2**30, budget_bytes("1.5 MiB"), budget_bytes(None) >> 20
    (True, 1572864, 256)
    """
    if given is None:
        return DEFAULT_MEMORY
    if isinstance(given, str):
        found = re.fullmatch(_AMOUNT, given, re.IGNORECASE)
        if found and float(found[1]):
            # At least one byte, of which the plan says that it is too little.
            return max(int(float(found[1]) * _UNITS[(found[2] or "").upper()]), 1)
    elif is_number(given) and given >= _LEAST:
        return int(given)
    raise FormulaError(
        worded(
            "{option} is {given!r}; it has to be an amount with its unit (K, M, G or T), as in "
            "{example}.",
            option=option("memory"),
            given=given,
            example=setting("memory", "4G"),
        )
    )
