"""Commands of Convert3D: what a translation says, and what is said as a number or an option."""

from __future__ import annotations

from nipype_mathimg.translate import translate
from nipype_mathimg.translate.convert3d_rows import BINARY, CONVERT3D, OF_ALL
from nipype_mathimg.translate.rows import Row
from tests.coverage_of_peers.claims import Claim, claims

__all__ = ["convert3d_claims"]

# What a translation refuses, because it prints, changes the header, or has several results.
_OTHERS = {claim.name: claim for claim in claims("convert3d.txt")}


def convert3d_claims() -> list[Claim]:
    """Return all commands of c3d."""
    return [_claim(row) for row in CONVERT3D.values()]


def _claim(row: Row) -> Claim:
    if row.refused:
        return _OTHERS.get(row.name, Claim(row.name, "no", row.refused))
    if not (row.lines or row.example):
        return Claim(row.name, "option", row.note or "an option, or nothing to do")
    two = row.name in BINARY | OF_ALL or row.name in ("-wsum", "-weighted-sum")
    images = ["b.nii", "a.nii"] if two else ["a.nii"]
    words = ["c3d", *images, row.name, *row.example.replace("8x9x10", "4x5x4").split()]
    return Claim(row.name, "same", translate([*words, "-o", "out.nii"]).program)
