"""Interfaces of niworkflows, fMRIPrep and Nipype, with the same inputs and outputs, by formulas.

``from nipype_mathimg.interfaces.drop_in import ApplyMask`` in place of the import from there is
all that changes: images stream in a bounded memory, and the headers follow the rules of this
package. Where that gives other numbers or another dtype, the class says so.

- niworkflows: `ApplyMask`, `Binarize`, `BinarySubtraction`, `DemeanImage`, `MapLabels`, `AddTPMs`,
  `MergeSeries`;
- fMRIPrep: `Clip`, `Label2Mask`;
- Nipype: `TSNR`.

`base` has what they share, `masks`, `values` and `series` have the classes, `polynomials` the
trends that `TSNR` takes away.
"""

from __future__ import annotations

from nipype_mathimg.interfaces.drop_in.masks import (
    ApplyMask,
    Binarize,
    BinarySubtraction,
    Label2Mask,
)
from nipype_mathimg.interfaces.drop_in.series import TSNR, MergeSeries
from nipype_mathimg.interfaces.drop_in.values import AddTPMs, Clip, DemeanImage, MapLabels

__all__ = [
    "TSNR",
    "AddTPMs",
    "ApplyMask",
    "Binarize",
    "BinarySubtraction",
    "Clip",
    "DemeanImage",
    "Label2Mask",
    "MapLabels",
    "MergeSeries",
]
