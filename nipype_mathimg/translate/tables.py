"""Tables of translations, for the pages of the guide: made of the same rows as translations.

``python -m nipype_mathimg.translate`` writes them anew into the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import nipype_mathimg
from nipype_mathimg.translate import afni_calc, convert3d, fslmaths, mrcalc
from nipype_mathimg.translate.afni_functions import AFNI_FUNCTIONS, ANY
from nipype_mathimg.translate.convert3d_rows import CONVERT3D
from nipype_mathimg.translate.files import Facts
from nipype_mathimg.translate.fslmaths_rows import FSLMATHS, KERNELS
from nipype_mathimg.translate.mrcalc import MRCALC
from nipype_mathimg.translate.rows import Row
from nipype_mathimg.translate.translation import Translation
from nipype_mathimg.translate.words import Words

__all__ = ["PAGES", "page_with_table", "pages"]

BEGIN, END = (
    "<!-- table: written by python -m nipype_mathimg.translate -->",
    "<!-- end of table -->",
)

_HEADER = Facts((64, 64, 36), True, True)


def fslmaths_table() -> str:
    """Return all operations of fslmaths with their formulas."""

    def one(row: Row) -> Translation:
        return fslmaths.translated(Words(["a", row.name, *row.example.split(), "out"]), _HEADER)

    lines = [_lines("fslmaths", FSLMATHS.values(), one)]
    for row in KERNELS.values():
        said = row.note or row.refused or "holds for what comes behind it"
        lines.append(f"| `{_call(row)}` | {'refused' if row.refused else ''} | {said} |")
    return "\n".join(lines)


def mrcalc_table() -> str:
    """Return all operations of mrcalc with their formulas."""

    def one(row: Row) -> Translation:
        images = ["a.nii", "b.nii", "c.nii"][: len(row.takes)]
        return mrcalc.translated(Words([*images, row.name, "out.nii"]))

    return _lines("mrcalc", MRCALC.values(), one)


def afni_table() -> str:
    """Return all functions and options of 3dcalc with their formulas."""

    def one(row: Row) -> Translation:
        count = 4 if row.takes == ANY else len(row.takes)
        datasets = [word for name in "abcd"[:count] for word in (f"-{name}", f"{name}.nii")]
        call = f"{row.name}({row.example or ','.join('abcd'[:count])})"
        return afni_calc.translated(Words([*datasets, "-expr", call, "-float"]))

    lines = [_lines("3dcalc", AFNI_FUNCTIONS.values(), one)]
    lines += [f"| `{name}` | refused | {why} |" for name, why in afni_calc.OPTIONS.items() if why]
    return "\n".join(lines)


def convert3d_table() -> str:
    """Return all commands of c3d with their formulas."""

    def one(row: Row) -> Translation:
        words = ["b.nii", "a.nii", row.name, *row.example.split(), "-o", "out.nii"]
        return convert3d.translated(Words(words))

    rows = CONVERT3D.values()
    written = [row for row in rows if row.lines or row.refused or row.example]
    return _lines("c3d", written, one)


def _lines(program: str, rows: Iterable[Row], translated: Callable[[Row], Translation]) -> str:
    head = [f"| {program} | formula | to know |", "|---|---|---|"]
    return "\n".join([*head, *(_line(row, translated) for row in rows)])


def _line(row: Row, translated: Callable[[Row], Translation]) -> str:
    if row.refused:
        return f"| `{_call(row)}` | refused | {row.refused} |"
    program = "<br>".join(f"`{line}`" for line in translated(row).program.split("\n"))
    return f"| `{_call(row)}` | {_cell(program)} | {_cell(row.note)} |"


def _call(row: Row) -> str:
    return f"{row.name} {row.example}".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "from_fslmaths.md": fslmaths_table,
    "from_mrcalc.md": mrcalc_table,
    "from_3dcalc.md": afni_table,
    "from_c3d.md": convert3d_table,
}
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
