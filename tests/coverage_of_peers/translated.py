"""Claims that follow from the tables of translations."""

from __future__ import annotations

from nipype_mathimg.translate import afni_calc, fslmaths, translate
from nipype_mathimg.translate.afni_functions import AFNI_FUNCTIONS, ANY
from nipype_mathimg.translate.files import Facts
from nipype_mathimg.translate.fslmaths_rows import FSLMATHS, KERNELS
from nipype_mathimg.translate.mrcalc import MRCALC
from nipype_mathimg.translate.words import Words
from tests.coverage_of_peers.claims import Claim

__all__ = ["afni_claims", "fslmaths_claims", "mrcalc_claims"]

_OVER_T = ("-T", "-bptf", "-pval", "-cpval", "-rank", "-inm", "-ing")
_OPTIONS = ("-dt", "-odt char", "-odt short", "-odt int", "-odt float", "-odt double")


def fslmaths_claims() -> list[Claim]:
    """Return all of fslmaths: operations, kernels, types."""
    facts = Facts((9, 10, 8), True, False)
    found = []
    for row in FSLMATHS.values():
        image = "run" if row.name.startswith(_OVER_T) else "a"
        words = [f"{image}.nii.gz", row.name, *row.example.split(), "out"]
        if row.refused:
            found.append(Claim(row.name, "no", row.refused))
        elif row.name in ("-save", "-range"):
            found.append(Claim(row.name, "option", row.note))
        else:
            found.append(Claim(row.name, "same", fslmaths.translated(Words(words), facts).program))
    for row in KERNELS.values():
        if row.refused:
            found.append(Claim(row.name, "no", row.refused))
            continue
        words = ["a.nii.gz", *row.name.split(), *row.example.split(), "-fmean", "out"]
        found.append(Claim(row.name, "same", fslmaths.translated(Words(words), facts).program))
    return [*found, *(Claim(name, "option", "dtype") for name in _OPTIONS)]


def mrcalc_claims() -> list[Claim]:
    """Return all of mrcalc."""
    found = []
    for row in MRCALC.values():
        images = ["a.nii", "b.nii", "c.nii"][: len(row.takes)]
        if row.refused:
            found.append(Claim(row.name, "no", row.refused))
        else:
            program = translate(["mrcalc", *images, row.name, "out.nii"]).program
            found.append(Claim(row.name, "same", program))
    return [*found, Claim("-datatype", "option", "dtype")]


_NUMBERS = {"fitt": "a,9", "fict": "a,9", "fift": "a,3,9", "fibt": "a,2,3", "orst": "2,a,b,c",
            "fico": "a,30,1,2", "fibn": "a,20,0.3", "figt": "a,2,3", "fipt": "a,4"}  # fmt: skip
_SYMBOLS = ("x", "y", "z", "i", "j", "k")


def afni_claims() -> list[Claim]:
    """Return all of 3dcalc: functions, symbols, options."""
    found = []
    for row in AFNI_FUNCTIONS.values():
        count = 4 if row.takes == ANY else len(row.takes)
        given = row.example or _NUMBERS.get(row.name[:4], ",".join("abcd"[:count]))
        if row.refused:
            found.append(Claim(row.name, "no", row.refused))
        else:
            found.append(Claim(row.name, "same", _program(f"{row.name}({given})")))
    found += [Claim(name, "same", _program(f"a*{name}")) for name in _SYMBOLS]
    found += [Claim(name, "same", _program(f"a{name}b")) for name in ("+", "-", "*", "/")]
    found += [Claim("**", "same", _program("a**2")), Claim("^", "same", _program("a^2"))]
    found.append(Claim("a+i", "same", "ndimage.shift(a, [-1, 0, 0], order=0, mode='nearest')"))
    found += [
        Claim(f"a+i -ds{mode}", "same", f"ndimage.shift(a, 1, order=0, mode='{ours}')")
        for mode, ours in (("STOP", "nearest"), ("WRAP", "grid-wrap"), ("ZERO", "constant"))
    ]
    found.append(Claim("-cx2r", "same", "np.angle(a + 1j * b)"))
    found += [
        Claim(name, "no" if why else "option", why or "an option, or nothing to do")
        for name, why in afni_calc.OPTIONS.items()
        if not name.startswith("-ds") and name != "-cx2r"
    ]
    return found


def _program(expression: str) -> str:
    datasets = [word for name in "abcd" for word in (f"-{name}", f"{name}.nii")]
    return translate(["3dcalc", *datasets, "-expr", expression]).program
