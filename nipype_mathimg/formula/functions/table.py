"""All rows of the function table by their names, each loaded when a formula asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from nipype_mathimg.formula.functions import elementwise
from nipype_mathimg.formula.functions.index import HOMES, MODULES, key_of
from nipype_mathimg.formula.functions.row import Function

__all__ = ["FUNCTIONS", "keys_of"]


class _Table(Mapping[str, Function]):
    """The rows by their keys; it knows every key and imports a module for its first row."""

    def __init__(self) -> None:
        self._rows = {row.key: row for row in elementwise.ROWS}
        self._keys = (*self._rows, *HOMES)

    def __getitem__(self, key: str) -> Function:
        if key not in self._rows:
            module = import_module(f"{__package__}.{HOMES[key]}")
            self._rows.update((row.key, row) for row in module.ROWS)
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._rows or key in HOMES


FUNCTIONS: Mapping[str, Function] = _Table()
"""All functions: those of NumPy by the name after ``np.`` (most are methods too: ``img.mean()``),
others with their namespace (``ndimage.label``), those without one with brackets (``len()``)."""


def keys_of(namespace: str) -> Mapping[str, str]:
    """Return the keys of the rows of a namespace by what a formula writes after its dot.

    Parameters
    ----------
    namespace : str
        ``"np"``, or another one of `MODULES`; empty for functions without a namespace.
    """
    listed = (names.split() for names in MODULES[namespace].values())
    own = elementwise.ROWS if namespace == "np" else ()
    words = (*(row.name for row in own), *(name for names in listed for name in names))
    return MappingProxyType({word.removesuffix("()"): key_of(namespace, word) for word in words})
