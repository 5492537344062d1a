"""`CopyHeader` and `CompareHeaders`: the header of one image against that of another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nipype.interfaces.base import Bunch, File, traits

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.kinds import is_cifti, is_gifti, kind_named
from nipype_mathimg.interfaces import fields, texts
from nipype_mathimg.interfaces.base import CheckedInterface
from nipype_mathimg.interfaces.outputs import CheckedOutputSpec
from nipype_mathimg.interfaces.specs import CheckedInputSpec, declared, problem, values
from nipype_mathimg.interfaces.targets import stem_of

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.compare import HeaderComparison

__all__ = ["CompareHeaders", "CopyHeader"]

_WRITABLE = (".nii", ".nii.gz", ".nii.zst", ".hdr", ".img", ".mgz")


class _CopyHeaderInputSpec(CheckedInputSpec):
    in_file = fields.File(mandatory=True, desc="the image whose voxels are kept")
    hdr_file = fields.File(mandatory=True, desc="the image whose header is copied")
    parts = texts.Texts(
        ("all",),
        usedefault=True,
        hash_files=False,
        desc="what to copy: all, xform, time, intent, descrip, extensions; of surfaces all, "
        "metadata, time, labels, intent, names",
    )
    out_file = texts.Text(
        hash_files=False,
        desc="name of the result, relative to the working folder of the node; by default the name "
        "of in_file with `_hdr` before its suffix",
    )

    num_threads = fields.Count(
        1, usedefault=True, nohash=True, desc="number of threads; Node(n_procs=...) sets it"
    )


class _CopyHeaderOutputSpec(CheckedOutputSpec):
    out_file = File(exists=True, desc="the voxels of in_file under the header of hdr_file")


class CopyHeader(CheckedInterface):
    """Give an image the header of another one, or parts of it, adapted where the axes differ.

    Examples
    --------
    >>> copy_header = CopyHeader(parts=["xform", "time"])
    >>> copy_header.inputs.parts
    ['xform', 'time']
    """

    input_spec = _CopyHeaderInputSpec
    output_spec = _CopyHeaderOutputSpec

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.headers import copy_header

        inputs = _checked(self.inputs)
        name = inputs.pop("out_file", None) or _default_name(inputs["in_file"])
        out_file = os.path.join(runtime.cwd, name)
        self._results["out_file"] = self._call(copy_header, out_file=out_file, **inputs).out_file
        return runtime


class _CompareHeadersInputSpec(CheckedInputSpec):
    reference_file = fields.File(mandatory=True, desc="the image that is compared to")
    in_file = fields.File(mandatory=True, desc="the image that is compared")


class _CompareHeadersOutputSpec(CheckedOutputSpec):
    out_file = File(exists=True, desc="the table of differences as text")
    differences = traits.List(
        traits.Tuple(traits.Str, traits.Str, traits.Str),
        desc="for each field that differs: its name, the reference's value, the image's value",
    )
    same = traits.Bool(desc="whether no field differs and no voxel lies elsewhere; NaN equals NaN")
    displacement_mm = traits.Float(
        desc="largest distance in mm between the same voxel of both; undefined when the images "
        "have different shapes"
    )


class CompareHeaders(CheckedInterface):
    """Tell in which header fields an image differs from a reference.

    Examples
    --------
    >>> sorted(CompareHeaders().output_spec().get())
    ['differences', 'displacement_mm', 'out_file', 'same']
    """

    input_spec = _CompareHeadersInputSpec
    output_spec = _CompareHeadersOutputSpec

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.headers import compare_headers

        inputs = _checked(self.inputs)
        comparison = compare_headers(inputs["reference_file"], inputs["in_file"])
        table = Path(runtime.cwd, f"{stem_of(inputs['in_file'])}_headers.txt")
        table.write_text(f"{comparison}\n", encoding="utf-8")
        self._results["out_file"] = str(table)
        self._results.update(_outputs(comparison))
        return runtime


def _checked(inputs: CheckedInputSpec) -> dict[str, Any]:
    """Return the values of all inputs that are set.

    Raises
    ------
    HeaderError
        Inputs are not set or of the wrong type.
    """
    found = [text for name in declared(inputs) if (text := problem(inputs, name))]
    if found:
        raise HeaderError(" ".join(found))
    return values(inputs)


def _outputs(comparison: HeaderComparison) -> dict[str, Any]:
    rows = [(row.field, row.reference, row.image) for row in comparison.differences]
    outputs: dict[str, Any] = {"differences": rows, "same": comparison.same}
    if comparison.displacement_mm is not None:
        outputs["displacement_mm"] = comparison.displacement_mm
    return outputs


def _default_name(in_file: str) -> str:
    """Return the name of a result: that of the image, in a format that can be written."""
    suffix, kind = kind_named(in_file) or ("", None)
    if is_gifti(in_file):
        # What its data are compressed by is no part of the name.
        suffix = suffix.removesuffix(".gz") or ".func.gii"
    # What CIFTI holds can have no other name.
    elif suffix not in _WRITABLE and not (kind is not None and is_cifti(kind)):
        suffix = ".nii.gz"
    return f"{stem_of(in_file)}_hdr{suffix}"
