"""Masks: what lies inside, above a threshold, in one mask and not in another, in a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nipype.interfaces.base import (
    File,
    TraitedSpec,
    traits,
)

from nipype_mathimg.errors import GridError
from nipype_mathimg.interfaces.drop_in.base import DropIn, OneFile, as_stored
from nipype_mathimg.interfaces.specs import NamedInputSpec

__all__ = ["ApplyMask", "Binarize", "BinarySubtraction", "Label2Mask"]


class _ApplyMaskInputSpec(NamedInputSpec):
    in_file = File(exists=True, mandatory=True, desc="an image")
    in_mask = File(exists=True, mandatory=True, desc="a mask")
    threshold = traits.Float(
        0.5, usedefault=True, desc="a threshold to the mask, if it is nonbinary"
    )


class ApplyMask(DropIn):
    """Set everything outside of a mask to 0, as `niworkflows.interfaces.nibabel.ApplyMask`."""

    input_spec = _ApplyMaskInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        from nipype_mathimg.images.files.source import open_source

        files = {"img": self.inputs.in_file, "mask": self.inputs.in_mask}
        shapes = [open_source(name, file).spec.shape[:3] for name, file in files.items()]
        if shapes[0] != shapes[1]:
            raise GridError(f"Image and mask sizes do not match: {shapes[0]} and {shapes[1]}.")
        try:
            out_file = self._image(
                "img * (mask > limit)",
                self._named("_masked", folder),
                as_stored(files["img"]),
                **files,
                limit=self.inputs.threshold,
            )
        except GridError as error:
            raise GridError(f"Image and mask affines are not similar enough. {error}") from None
        return {"out_file": out_file}


class _BinarizeInputSpec(NamedInputSpec):
    in_file = File(exists=True, mandatory=True, desc="input image")
    thresh_low = traits.Float(mandatory=True, desc="non-inclusive lower threshold")


class _BinarizeOutputSpec(TraitedSpec):
    out_file = File(exists=True, desc="masked file")
    out_mask = File(exists=True, desc="output mask")


class Binarize(DropIn):
    """Keep what lies above a threshold, as `niworkflows.interfaces.nibabel.Binarize`."""

    input_spec = _BinarizeInputSpec
    output_spec = _BinarizeOutputSpec

    def _compute(self, folder: Path) -> dict[str, Any]:
        from nipype_mathimg.calc.run import math_img

        image = self.inputs.in_file
        result = self._call(
            math_img,
            formula="out_mask = img > low; out_file = np.where(out_mask, img, 0)",
            inputs={"img": image, "low": self.inputs.thresh_low},
            outputs={
                "out_file": self._named("_masked", folder),
                "out_mask": self._named("_mask", folder),
            },
            copy_header_from="img",
            dtype={"out_file": as_stored(image), "out_mask": "uint8"},
            num_threads=1,
        )
        return dict(result.files)


class _BinarySubtractInputSpec(NamedInputSpec):
    in_base = File(exists=True, mandatory=True, desc="input base mask")
    in_subtract = File(exists=True, mandatory=True, desc="input subtract mask")


class _BinarySubtractOutputSpec(TraitedSpec):
    out_mask = File(exists=True, desc="subtracted mask")


class BinarySubtraction(DropIn):
    """Take a mask out of another, as `niworkflows.interfaces.morphology.BinarySubtraction`."""

    input_spec = _BinarySubtractInputSpec
    output_spec = _BinarySubtractOutputSpec

    def _compute(self, folder: Path) -> dict[str, Any]:
        out_mask = self._image(
            "(base != 0) & (less == 0)",
            folder / "subtracted_mask.nii.gz",
            "uint8",
            base=self.inputs.in_base,
            less=self.inputs.in_subtract,
        )
        return {"out_mask": out_mask}


class _Label2MaskInputSpec(NamedInputSpec):
    in_file = File(exists=True, mandatory=True, desc="Input label file")
    label_val = traits.Int(mandatory=True, desc="Label value to create mask from")


class Label2Mask(DropIn):
    """Make a mask of one label, as `fmriprep.interfaces.maths.Label2Mask`."""

    input_spec = _Label2MaskInputSpec
    output_spec = OneFile

    def _compute(self, folder: Path) -> dict[str, Any]:
        out_file = self._image(
            "seg == label",
            self._named("_mask", folder),
            "uint8",
            seg=self.inputs.in_file,
            label=self.inputs.label_val,
        )
        return {"out_file": out_file}
