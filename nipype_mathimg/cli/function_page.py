"""The page of the guide that lists all functions, made from their table."""

from __future__ import annotations

from collections.abc import Iterator

from nipype_mathimg.cli.examples import example_of
from nipype_mathimg.formula.functions import (
    ALIASES,
    BUILTINS,
    CONSTANTS,
    DTYPE_NAMES,
    FUNCTIONS,
    Function,
)

__all__ = ["page"]

_HEADINGS = {
    "np": "NumPy's",
    "": "Without a namespace",
    "ndimage": "Filters, morphology, components: SciPy's `ndimage.`",
    "stats": "Distributions: SciPy's `stats.`",
    "special": "Special functions: SciPy's `special.`",
}


def page() -> str:
    """Return the text of the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Functions"
    yield ""
    yield "In the examples `a` and `b` are runs (4D), `mask`, `labels` and `atlas` volumes (3D),"
    yield "and `w` has a number for each volume. Functions of NumPy are methods too, `a.mean(-1)`."
    yield "The page `language` tells the rules; `mathimg functions WORD` finds a function."
    for namespace, heading in _HEADINGS.items():
        rows = {
            row.spelling: example_of(row) for row in FUNCTIONS.values() if _home(row) == namespace
        }
        yield from ("", f"## {heading}", "", "| function | example |", "|---|---|")
        for name in sorted(rows, key=str.lower):
            example = rows[name].replace("|", "\\|")
            yield f"| `{name}` | `{example}` |"
    yield from ("", "## Other names", "")
    yield _listed(f"`np.{alias}` is `np.{name}`" for alias, name in ALIASES.items())
    yield ""
    yield _listed(f"`{word}`" for word in BUILTINS) + " are Python's own, without `np.`."
    yield ""
    yield (
        _listed(f"`np.{name}`" for name in (*CONSTANTS, *DTYPE_NAMES))
        + " are constants and dtypes."
    )


def _home(row: Function) -> str:
    return "" if row.name.endswith("()") else row.namespace


def _listed(items: Iterator[str]) -> str:
    return ", ".join(items)
