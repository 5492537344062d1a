"""Values: without their median, in a range, other labels, sums of tissue maps."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from nipype.interfaces.base import (
    File,
    InputMultiObject,
    isdefined,
    traits,
)
from nipype.utils.filemanip import fname_presuffix

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces.drop_in.base import DropIn, OneFile, as_stored
from nipype_mathimg.interfaces.specs import NamedInputSpec

__all__ = ["AddTPMs", "Clip", "DemeanImage", "MapLabels"]


class _DemeanImageInputSpec(NamedInputSpec):
    in_file = File(exists=True, mandatory=True, desc="image to be demeaned")
    in_mask = File(exists=True, mandatory=True, desc="mask where median will be calculated")
    only_mask = traits.Bool(False, usedefault=True, desc="demean only within mask")


class DemeanImage(DropIn):
    """Take the median within a mask away, as `niworkflows.interfaces.nibabel.DemeanImage`.

    The result is stored as floats where that one rounds to the steps of an integer file.
    """

    input_spec = _DemeanImageInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        lowered = "img - np.median(img[mask > 0])"
        formula = f"np.where(mask > 0, {lowered}, img)" if self.inputs.only_mask else lowered
        out_file = self._named("_demeaned", folder)
        files = {"img": self.inputs.in_file, "mask": self.inputs.in_mask}
        return {"out_file": self._image(formula, out_file, **files)}


class _MapLabelsInputSpec(NamedInputSpec):
    in_file = File(exists=True, desc="Segmented NIfTI")
    mappings = traits.Dict(
        xor=["mappings_file"], desc="Dictionary of label / replacement label pairs"
    )
    mappings_file = File(
        exists=True, xor=["mappings"], desc="JSON composed of label / replacement label pairs."
    )


class MapLabels(DropIn):
    """Give labels other numbers, as `niworkflows.interfaces.nibabel.MapLabels`."""

    input_spec = _MapLabelsInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        pairs = self._pairs()
        # One comparison a label, of whole numbers: as fast as a table, for any labels.
        terms = " + ".join(f"(seg == {old}) * ({new - old})" for old, new in pairs.items())
        formula = f"seg + {terms}" if terms else "seg"
        out_file = self._image(
            formula, folder / "relabeled.nii.gz", "int16", seg=self.inputs.in_file
        )
        return {"out_file": out_file}

    def _pairs(self) -> dict[int, int]:
        given = self.inputs.mappings
        if not isdefined(given):
            if not isdefined(self.inputs.mappings_file):
                raise FormulaError("Set `mappings`, a dict of labels, or `mappings_file`.")
            given = json.loads(Path(self.inputs.mappings_file).read_text(encoding="utf-8"))
        return {int(old): int(new) for old, new in given.items()}


class _AddTPMsInputSpec(NamedInputSpec):
    in_files = InputMultiObject(File(exists=True), mandatory=True, desc="input list of ROIs")
    indices = traits.List(traits.Int, desc="select specific maps")


class AddTPMs(DropIn):
    """Add tissue maps, from 0 to 1, as `niworkflows.interfaces.probmaps.AddTPMs`."""

    input_spec = _AddTPMsInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        files = self.inputs.in_files
        if len(files) > 1 and isdefined(self.inputs.indices):
            files = [files[k] for k in self.inputs.indices]
        if len(files) == 1:
            return {"out_file": files[0]}
        out_file = fname_presuffix(files[0], suffix="_tpmsum", newpath=str(folder))
        formula = "np.clip(np.sum(maps, axis=-1), 0, 1)"
        return {"out_file": self._image(formula, out_file, "float32", maps=list(files))}


class _ClipInputSpec(NamedInputSpec):
    in_file = File(exists=True, mandatory=True, desc="Input imaging file")
    out_file = File(desc="Output file name")
    minimum = traits.Float(
        -math.inf, usedefault=True, desc="Values under minimum are set to minimum"
    )
    maximum = traits.Float(
        math.inf, usedefault=True, desc="Values over maximum are set to maximum"
    )


class Clip(DropIn):
    """Limit values to a range, as `fmriprep.interfaces.maths.Clip`.

    When no value lies outside, and no `out_file` is given, the result is the input itself.
    """

    input_spec = _ClipInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        from nipype_mathimg.calc.run import math_value

        image, given = self.inputs.in_file, self.inputs.out_file
        limits = {"low": self.inputs.minimum, "high": self.inputs.maximum}
        if not (isdefined(given) and given):
            outside = "np.any((img < low) | (img > high))"
            found = self._call(
                math_value, formula=outside, inputs={"img": image, **limits}, num_threads=1
            )
            if not found:
                return {"out_file": image}
            given = self._named("_clipped", folder)
        bounds = {name: value for name, value in limits.items() if math.isfinite(value)}
        formula = "img"
        for name in bounds:
            formula = f"np.{'maximum' if name == 'low' else 'minimum'}({formula}, {name})"
        dtype = as_stored(image, *bounds.values())
        out_file = self._image(formula, os.path.join(folder, given), dtype, img=image, **bounds)
        return {"out_file": out_file}
