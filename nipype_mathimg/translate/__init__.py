"""Commands of other calculators as formulas: ``mathimg translate "fslmaths a -thr 5 -bin b"``.

`rows` says what a table of translations is made of: one row for each operation, with its formula
or the reason why it has none. Each program has a table and a reader of its commands: `fslmaths`
(`fslmaths_rows`, `fslmaths_given`, `kernels`), `mrcalc`, `afni_calc` (`afni_expression`,
`afni_functions`) and `convert3d` (`convert3d_rows`). A reader takes `words` one by one, writes
lines of a program with `translation.Steps`, and looks into `files` only where a meaning depends
on their header. `tables` makes the pages of the guide from the same rows.

Nothing imports this package but the command line, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from nipype_mathimg.translate.translation import Translation

__all__ = ["PROGRAMS", "Translation", "translate"]

PROGRAMS = {
    "fslmaths": "fslmaths",
    "niimath": "fslmaths",
    "mrcalc": "mrcalc",
    "3dcalc": "afni_calc",
    "c3d": "convert3d",
}
"""The programs whose commands can be translated, and the module that reads them."""


def translate(command: str | Sequence[str]) -> Translation:
    """Translate a command of another calculator.

    Parameters
    ----------
    command : str or sequence of str
        The command as it stands in a script, or in its words; the first is the program.

    Raises
    ------
    TranslationError
        The program or an operation is unknown, or cannot be said exactly; the word is underlined.

    Examples
    --------
    >>> print(translate("fslmaths a -thr 5 -bin -ero b").text())
    # a: a.nii.gz
    thr = np.where(a < 5, 0, a)
    bin = np.where(thr > 0, 1, 0)
    kept = ndimage.binary_erosion(bin != 0, box(3), border_value=1)
    np.where(kept, bin, 0)
    """
    from nipype_mathimg.translate.words import Words

    words = Words(command)
    program = words.next("the program").rpartition("/")[2]
    if program not in PROGRAMS:
        raise words.wrong(
            f"{program!r} is none of the programs that can be translated: {', '.join(PROGRAMS)}"
        )
    # Messages show the command without the folder of the program.
    words.words[0] = program
    module = import_module(f"nipype_mathimg.translate.{PROGRAMS[program]}")
    found: Translation = module.translated(words)
    return found
