"""Series: volumes that are joined, signal to noise over time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nipype.interfaces.base import (
    File,
    InputMultiObject,
    TraitedSpec,
    isdefined,
    traits,
)
from nipype.utils.filemanip import fname_presuffix

from nipype_mathimg.errors import GridError
from nipype_mathimg.interfaces.drop_in.base import DropIn, OneFile
from nipype_mathimg.interfaces.drop_in.polynomials import trend_matrix
from nipype_mathimg.interfaces.specs import NamedInputSpec

__all__ = ["TSNR", "MergeSeries"]


class _MergeSeriesInputSpec(NamedInputSpec):
    in_files = InputMultiObject(File(exists=True), mandatory=True, desc="input list of 3d images")
    allow_4D = traits.Bool(  # noqa: N815 - its name in niworkflows
        True, usedefault=True, desc="whether 4D images are allowed to be concatenated"
    )
    affine_tolerance = traits.Float(desc="Absolute tolerance allowed between image affines")


class MergeSeries(DropIn):
    """Join volumes and series along time, as `niworkflows.interfaces.nibabel.MergeSeries`.

    The TR is that of the first file, which that one replaces by 1 s.
    """

    input_spec = _MergeSeriesInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        from nipype_mathimg.calc.run import math_img
        from nipype_mathimg.images.files.source import open_source

        files = list(self.inputs.in_files)
        shapes = [open_source("in_files", file).spec.shape for file in files]
        most = 4 if self.inputs.allow_4D else 3
        for shape in shapes:
            dims = len(shape[:3]) + sum(length > 1 for length in shape[3:])
            if dims > most:
                raise GridError(f"Input image has an incorrect number of dimensions ({dims}).")
        # Entries of an affine may differ by so much, which adds up to the far corner.
        step = self.inputs.affine_tolerance if isdefined(self.inputs.affine_tolerance) else 1e-5
        out_file = fname_presuffix(files[0], suffix="_merged", newpath=str(folder))
        try:
            result = self._call(
                math_img,
                formula="series" if len(files) > 1 or len(shapes[0]) > 3 else "series[..., None]",
                inputs={"series": files if len(files) > 1 else files[0]},
                out_file=out_file,
                copy_header_from="series",
                grid_tolerance=step * (sum(shapes[0][:3]) + 1),
                num_threads=1,
            )
        except GridError as error:
            raise GridError(
                f"An affine does not match affine of the first file. {error}"
            ) from None
        return {"out_file": str(result.out_file)}


class _TSNRInputSpec(NamedInputSpec):
    in_file = InputMultiObject(
        File(exists=True), mandatory=True, desc="realigned 4D file or a list of 3D files"
    )
    regress_poly = traits.Range(low=1, desc="Remove polynomials")
    tsnr_file = File("tsnr.nii.gz", usedefault=True, hash_files=False, desc="output tSNR file")
    mean_file = File("mean.nii.gz", usedefault=True, hash_files=False, desc="output mean file")
    stddev_file = File("stdev.nii.gz", usedefault=True, hash_files=False, desc="output SD file")
    detrended_file = File(
        "detrend.nii.gz", usedefault=True, hash_files=False, desc="input file after detrending"
    )


class _TSNROutputSpec(TraitedSpec):
    tsnr_file = File(exists=True, desc="tsnr image file")
    mean_file = File(exists=True, desc="mean image file")
    stddev_file = File(exists=True, desc="std dev image file")
    detrended_file = File(desc="detrended input file")


class TSNR(DropIn):
    """Signal to noise over time, as `nipype.algorithms.confounds.TSNR`.

    The maps are stored as floats where that one rounds to the steps of an integer file.
    """

    input_spec = _TSNRInputSpec
    output_spec = _TSNROutputSpec

    def _compute(self, folder: Path) -> dict[str, Any]:
        from nipype_mathimg.calc.run import math_img
        from nipype_mathimg.images.files.source import open_source

        files = list(self.inputs.in_file)
        inputs: dict[str, Any] = {"bold": files if len(files) > 1 else files[0]}
        names = ["tsnr_file", "mean_file", "stddev_file"]
        formula = "series = np.nan_to_num(bold)\n"
        if isdefined(self.inputs.regress_poly):
            formula += "detrended_file = series - series @ trend\n"
            names.append("detrended_file")
            length = open_source("bold", inputs["bold"]).spec.shown.shape[-1]
            inputs["trend"] = trend_matrix(length, self.inputs.regress_poly)
        signal = names[3] if names[3:] else "series"
        formula += (
            f"mean_file = np.mean({signal}, axis=-1)\n"
            f"stddev_file = np.std({signal}, axis=-1)\n"
            # Nipype's limit: below it the SD is taken for rounding.
            "tsnr_file = np.where(stddev_file > 1e-3, mean_file / stddev_file, 0)"
        )
        targets = {name: os.path.join(folder, getattr(self.inputs, name)) for name in names}
        result = self._call(
            math_img,
            formula=formula,
            inputs=inputs,
            outputs=targets,
            copy_header_from="bold",
            dtype="float32",
            num_threads=1,
        )
        return dict(result.files)
