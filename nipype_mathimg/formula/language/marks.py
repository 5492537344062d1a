"""Single characters that mean something in a formula: not within quotation marks or comments."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["marks", "without_comments"]


def marks(
    formula: str, wanted: str, start: int = 0, stop: int | None = None
) -> Iterator[tuple[str, int]]:
    """Yield each of the wanted characters from `start` to `stop` with its place, in order.

    What stands in quotation marks or behind ``#`` is left out; the ``#`` itself is found. `start`
    is not within quotation marks.
    """
    place, end_of_all = start, len(formula) if stop is None else stop
    while place < end_of_all:
        character = formula[place]
        if character in wanted:
            yield character, place
        if character in "'\"":
            # A quotation that is not closed is left to Python's parser.
            place = max(formula.find(character, place + 1), place)
        elif character == "#":
            end = formula.find("\n", place)
            place = len(formula) - 1 if end < 0 else end - 1
        place += 1


def without_comments(formula: str) -> str:
    """Return the formula with blanks in place of comments, so that every place stays."""
    pieces, done = [], 0
    for _, place in marks(formula, "#"):
        end = formula.find("\n", place)
        stop = len(formula) if end < 0 else end
        pieces += [formula[done:place], " " * (stop - place)]
        done = stop
    return "".join([*pieces, formula[done:]])
