"""The peers, and how much of each a formula should be able to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.coverage_of_peers.claims import Claim
from tests.coverage_of_peers.convert3d import convert3d_claims
from tests.coverage_of_peers.imagemath import IMAGEMATH
from tests.coverage_of_peers.mrtrix import MASKFILTER, MRFILTER
from tests.coverage_of_peers.translated import afni_claims, fslmaths_claims, mrcalc_claims

__all__ = ["GOALS", "PEERS", "REACHED"]

PEERS: Mapping[str, Callable[[], list[Claim]]] = {
    "fslmaths": fslmaths_claims,
    "mrcalc": mrcalc_claims,
    "maskfilter": lambda: MASKFILTER,
    "mrfilter": lambda: MRFILTER,
    "3dcalc": afni_claims,
    "c3d": convert3d_claims,
    "ImageMath": lambda: IMAGEMATH,
}

GOALS = {
    "fslmaths": 0.90, "mrcalc": 0.95, "maskfilter": 0.85, "mrfilter": 0.85, "3dcalc": 0.85,
    "c3d": 0.80, "ImageMath": 0.75,
}  # fmt: skip
"""What was aimed at."""

REACHED = {
    "fslmaths": 0.93, "mrcalc": 0.98, "maskfilter": 0.85, "mrfilter": 0.88, "3dcalc": 0.85,
    "c3d": 0.81, "ImageMath": 0.77,
}  # fmt: skip
"""What there is: not less than this."""
