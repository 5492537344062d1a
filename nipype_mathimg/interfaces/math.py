"""`MathImg` and `MathValue`: a formula over images as a Nipype interface."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from nipype.interfaces.base import Bunch, File, TraitedSpec, traits
from nipype.utils.filemanip import split_filename

from nipype_mathimg.interfaces.arguments import core_arguments
from nipype_mathimg.interfaces.base import CheckedInterface
from nipype_mathimg.interfaces.names import chosen_names
from nipype_mathimg.interfaces.specs import FormulaInputSpec, MathImgInputSpec, make_spec

__all__ = ["FormulaInterface", "MathImg", "MathValue"]


class FormulaInterface(CheckedInterface):
    """Base of the interfaces that compute a formula.

    Parameters
    ----------
    formula : str, optional
        The formula; its free names become the inputs of the interface.
    names : iterable of str, optional
        The inputs, when the formula comes later: over a connection, or as a MapNode's iterfield.
    **inputs
        Values of inputs.

    Raises
    ------
    FormulaError
        The formula is wrong, or a name cannot be the name of an input.
    """

    input_spec = FormulaInputSpec

    def __init__(
        self, formula: str | None = None, names: Iterable[str] | None = None, **inputs: object
    ) -> None:
        # Workflow.export writes the arguments of a constructor from attributes like this one.
        self._names = list(chosen_names(type(self).input_spec, formula, names))
        if formula is not None:
            inputs["formula"] = formula
        self.input_spec = make_spec(type(self).input_spec, tuple(self._names))
        super().__init__(**inputs)
        # Pickled by reference to the class; the inputs carry how their spec is made.
        del self.input_spec


class _MathImgOutputSpec(TraitedSpec):
    out_file = File(exists=True, desc="the image that the formula gives")


class MathImg(FormulaInterface):
    """Compute an image from images and numbers by a formula in NumPy's notation.

    The inputs are the formula's free names. Each takes an image file, a list of image files (3D:
    stacked along t, 4D: joined along t), a number, or a list of numbers.

    Examples
    --------
    >>> node_interface = MathImg("100 * bold / np.mean(bold, axis=-1)", copy_header_from="bold")
    >>> sorted(set(node_interface.inputs.copyable_trait_names()) - set(MathImg().inputs.get()))
    ['bold']
    """

    input_spec = MathImgInputSpec
    output_spec = _MathImgOutputSpec

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.run import math_img

        arguments = core_arguments(self.inputs)
        out_file = os.path.join(runtime.cwd, arguments.pop("out_file", None) or _name(arguments))
        self._results["out_file"] = self._call(math_img, out_file=out_file, **arguments).out_file
        return runtime


class _MathValueOutputSpec(TraitedSpec):
    out = traits.Union(
        traits.Bool,
        traits.Int,
        traits.Float,
        traits.Complex,
        traits.List,
        desc="the number that the formula gives, or a list of numbers",
    )


class MathValue(FormulaInterface):
    """Compute a number, or a list of numbers, from images and numbers by a formula.

    Its output connects to any number input, also of `MathImg`.

    Examples
    --------
    >>> MathValue("np.percentile(img[mask > 0], 98)").inputs.grid_tolerance
    0.01
    """

    output_spec = _MathValueOutputSpec

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.run import math_value

        self._results["out"] = self._call(math_value, **core_arguments(self.inputs)).value
        return runtime


def _name(arguments: dict[str, Any]) -> str:
    """Return the default name of a result: that of the first image in the formula."""
    values = arguments["inputs"].values()
    firsts = [value[0] if isinstance(value, list) else value for value in values]
    stems = [split_filename(value)[1] for value in firsts if isinstance(value, str)]
    return f"{stems[0]}_math.nii.gz" if stems else "math.nii.gz"
