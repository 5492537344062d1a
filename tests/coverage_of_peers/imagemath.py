"""ANTs' ImageMath: the operations that its source compares names with, and what its help says."""

from __future__ import annotations

from tests.coverage_of_peers.claims import claims

__all__ = ["IMAGEMATH"]

# addtozero: the second where the first is 0. v: vectors, voxel by voxel the same.
IMAGEMATH = claims("imagemath.txt")
