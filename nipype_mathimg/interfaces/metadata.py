"""What a sidecar says of a result: where it came from, by which formula, with which TR."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import nipype_mathimg

if TYPE_CHECKING:
    from nipype_mathimg.calc.result import Result

__all__ = ["described_formula", "known_units", "metadata"]


def metadata(
    formula: str, inputs: Mapping[str, Any], tr: float | None, unit: str | None = None
) -> dict[str, Any]:
    """Return the metadata of a result, under the names of BIDS where it has some.

    Parameters
    ----------
    formula : str
        The formula.
    inputs : mapping
        What its names stand for: files, numbers, tables.
    tr : float or None
        TR of the result in seconds, None where it has none.
    unit : str, optional
        Of its values, where it is known.

    Examples
    --------
    >>> found = metadata("bold / k", {"bold": "/data/bold.nii", "k": 2}, 1.5)
    >>> found["Sources"], found["FormulaNumbers"], found["RepetitionTime"]
    (['/data/bold.nii'], {'k': 2}, 1.5)
    """
    numbers = {name: value for name, value in inputs.items() if _is_plain(value)}
    software = {"nipype_mathimg": nipype_mathimg.__version__, "numpy": np.__version__}
    return {
        "Sources": list(dict.fromkeys(_files(inputs.values()))),
        "Formula": formula,
        **({"FormulaNumbers": numbers} if numbers else {}),
        **({} if tr is None else {"RepetitionTime": tr}),
        **({} if unit is None else {"Units": unit}),
        "GeneratedBy": [{"Name": name, "Version": one} for name, one in software.items()],
    }


def known_units(result: Result, inputs: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the units of results, by name, where the sidecars of the images tell them.

    Parameters
    ----------
    result : Result
        What was computed.
    inputs : mapping
        What the names of the formula stand for.
    """
    from nipype_mathimg.calc.units import sidecar_units, units_of

    units: dict[str, str | None] = {}
    for name, value in inputs.items():
        files = list(_files([value]))
        found = {sidecar_units(file) for file in files}
        # Files of one list in two units have none.
        units[name] = found.pop() if len(found) == 1 else None
    return units_of(result, units) if any(units.values()) else {}


def described_formula(formula: str, outputs: Iterable[str] = ()) -> str:
    """Return a sentence about a formula, for the text that describes a workflow."""
    what = ", ".join(outputs) or "The result"
    lines = " ; ".join(line.strip() for line in formula.splitlines() if line.strip())
    return (
        f"{what} was computed as ``{lines}`` with *nipype_mathimg* "
        f"{nipype_mathimg.__version__}, in NumPy's notation.\n"
    )


def _is_plain(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    # What JSON can say: no complex number.
    return all(isinstance(item, int | float) for item in items)


def _files(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _files(value)
