"""Tables of translations, for the pages of the guide: made of the same rows as translations.

``python -m nipype_mathimg.translate`` writes them anew into the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nipype_mathimg
from nipype_mathimg.translate import fslmaths
from nipype_mathimg.translate.files import Facts
from nipype_mathimg.translate.fslmaths_rows import FSLMATHS, KERNELS
from nipype_mathimg.translate.rows import Row
from nipype_mathimg.translate.translation import Translation

__all__ = ["PAGES", "fslmaths_table", "page_with_table", "pages"]

BEGIN, END = (
    "<!-- table: written by python -m nipype_mathimg.translate -->",
    "<!-- end of table -->",
)

_HEADER = Facts((64, 64, 36), True, True)


def fslmaths_table() -> str:
    """Return all operations of fslmaths with their formulas."""

    def one(row: Row) -> Translation:
        command = ["a", row.name, *row.example.split(), "out"]
        return fslmaths.translate(command, _HEADER)

    lines = ["| fslmaths | formula | to know |", "|---|---|---|"]
    lines += [_line(row, one) for row in FSLMATHS.values()]
    for row in KERNELS.values():
        said = row.note or row.refused or "holds for what comes behind it"
        lines.append(f"| `{_call(row)}` | {'refused' if row.refused else ''} | {said} |")
    return "\n".join(lines)


def _line(row: Row, translated: Callable[[Row], Translation]) -> str:
    if row.refused:
        return f"| `{_call(row)}` | refused | {row.refused} |"
    program = "<br>".join(f"`{line}`" for line in translated(row).program.split("\n"))
    return f"| `{_call(row)}` | {_cell(program)} | {_cell(row.note)} |"


def _call(row: Row) -> str:
    return f"{row.name} {row.example}".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {"from_fslmaths.md": fslmaths_table}
"""The pages of the guide that have a table, and what makes it."""


def page_with_table(text: str, table: str) -> str:
    """Return a page with its table replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def pages() -> Iterator[tuple[Path, str]]:
    """Return each page with a table, and what it should say."""
    guide = Path(nipype_mathimg.__file__).parent / "guide"
    for name, table in PAGES.items():
        page = guide / name
        yield page, page_with_table(page.read_text(encoding="utf-8"), table())
