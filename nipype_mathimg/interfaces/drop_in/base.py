"""What the classes share: inputs are checked by Nipype's traits, values come from a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nipype.interfaces.base import Bunch, File, TraitedSpec
from nipype.utils.filemanip import fname_presuffix

from nipype_mathimg.interfaces.base import CheckedInterface

__all__ = ["DropIn", "OneFile", "as_stored"]


class DropIn(CheckedInterface):
    """Base: the inputs are checked by Nipype's traits, what is computed is a formula."""

    def _run_interface(self, runtime: Bunch) -> Bunch:
        # Here, not before the run: see `CheckedInterface`.
        super(CheckedInterface, self)._check_mandatory_inputs()
        self._results.update(self._compute(Path(runtime.cwd)))
        return runtime

    def _compute(self, folder: Path) -> dict[str, Any]:
        raise NotImplementedError

    def _image(
        self,
        formula: str,
        out_file: str | Path,
        dtype: str = "auto",
        **inputs: Any,  # noqa: ANN401
    ) -> str:
        """Write the image of a formula under the header of its first input."""
        from nipype_mathimg.calc.run import math_img

        donor = next(iter(inputs))
        result = self._call(
            math_img,
            formula=formula,
            inputs=inputs,
            out_file=out_file,
            copy_header_from=donor,
            dtype=dtype,
            num_threads=1,
        )
        return str(result.out_file)

    def _named(self, suffix: str, folder: Path) -> str:
        return str(fname_presuffix(self.inputs.in_file, suffix=suffix, newpath=str(folder)))


def as_stored(path: str, *whole: float) -> str:
    """Return the dtype option that keeps the dtype of a file where it holds all results.

    Not for a file with a scale factor, whose stored numbers are not its values, nor for fractions
    in a file of whole numbers.
    """
    from nipype_mathimg.images.files.source import open_source

    source = open_source("in_file", path)
    if source.spec.dtype != source.header.dtype:
        return "auto"
    fractions = any(not float(value).is_integer() for value in whole)
    return "auto" if fractions and source.header.dtype.kind in "iu" else "header"


class OneFile(TraitedSpec):
    """The output of most classes."""

    out_file = File(exists=True, desc="the result")
