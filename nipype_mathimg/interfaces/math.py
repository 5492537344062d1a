"""`MathImg`, `MathValue` and `MathTable`: a formula over images as a Nipype interface."""

from __future__ import annotations

from collections.abc import Iterable

from nipype.interfaces.base import Bunch, File, TraitedSpec, traits

from nipype_mathimg.interfaces.arguments import core_arguments
from nipype_mathimg.interfaces.base import CheckedInterface
from nipype_mathimg.interfaces.finish import Finish
from nipype_mathimg.interfaces.metadata import described_formula, known_units, metadata
from nipype_mathimg.interfaces.names import check_output_names, chosen_names, optional_inputs
from nipype_mathimg.interfaces.outputs import CheckedOutputSpec, described, output_spec
from nipype_mathimg.interfaces.reporting import REPORT_TEXT, Reporting
from nipype_mathimg.interfaces.specs import FormulaInputSpec, MathImgInputSpec, make_spec
from nipype_mathimg.interfaces.targets import table_file, targets
from nipype_mathimg.interfaces.texts import Text, Texts

__all__ = ["FormulaInterface", "MathImg", "MathTable", "MathTableInputSpec", "MathValue"]


class FormulaInterface(CheckedInterface):
    """Base of the interfaces that compute a formula.

    Parameters
    ----------
    formula : str, optional
        The formula; its free names become the inputs of the interface.
    names : iterable of str, optional
        The inputs, when the formula comes later: over a connection, or as a MapNode's iterfield.
    optional : iterable of str
        Those of the inputs that may be missing; a formula that asks for one, as in
        ``a * b if m0 is None else a * b * m0``, makes it optional by that.
    **inputs
        Values of inputs.

    Raises
    ------
    FormulaError
        The formula is wrong, or a name cannot be the name of an input.
    """

    input_spec = FormulaInputSpec

    def __init__(
        self,
        formula: str | None = None,
        names: Iterable[str] | None = None,
        optional: Iterable[str] = (),
        **inputs: object,
    ) -> None:
        # Workflow.export writes the arguments of a constructor from attributes like this one.
        self._names = list(chosen_names(type(self).input_spec, formula, names, inputs))
        self._optional = list(optional_inputs(formula, self._names, optional))
        if formula is not None:
            inputs["formula"] = formula
        self.input_spec = make_spec(
            type(self).input_spec, tuple(self._names), frozenset(self._optional)
        )
        super().__init__(**inputs)
        # Pickled by reference to the class; the inputs carry how their spec is made.
        del self.input_spec

    @property
    def __desc__(self) -> str:
        """A sentence about the formula, for the ``__desc__`` of a LiterateWorkflow."""
        given = self.inputs.get()
        outputs = given.get("outputs")
        return described_formula(
            str(given["formula"]), outputs if isinstance(outputs, list) else ()
        )


_META = (
    "what a sidecar says of the result: RepetitionTime and Units where they are known, Sources, "
    "the formula and versions; for the `meta_dict` of a DerivativesDataSink"
)


class _MathImgOutputSpec(CheckedOutputSpec):
    out_file = File(exists=True, desc="the image that the formula gives")
    out_meta = traits.Dict(desc=_META)
    out_report = File(exists=True, desc=REPORT_TEXT)


class _SplitOutputSpec(CheckedOutputSpec):
    out_files = traits.List(File(exists=True), desc="the volumes of the result")
    out_meta = traits.Dict(desc=_META)
    out_report = File(exists=True, desc=REPORT_TEXT)


class MathImg(FormulaInterface):
    """Compute images from images and numbers by a formula in NumPy's notation.

    The inputs are the formula's free names. Each takes an image file, a list of image files (3D:
    stacked along t, 4D: joined along t), a number, or a list of numbers.

    Parameters
    ----------
    formula : str, optional
        The formula; its free names become the inputs of the interface.
    names : iterable of str, optional
        The inputs, when the formula comes later: over a connection, or as a MapNode's iterfield.
    optional : iterable of str
        Those of the inputs that may be missing; a formula that asks for one, as in
        ``a * b if m0 is None else a * b * m0``, makes it optional by that.
    **inputs
        Values of inputs. ``outputs``, a list of names that the formula binds, gives the interface
        outputs of these names in place of ``out_file``.

    Raises
    ------
    FormulaError
        The formula is wrong, or a name cannot be the name of an input or an output.

    Examples
    --------
    >>> node_interface = MathImg("100 * bold / np.mean(bold, axis=-1)", copy_header_from="bold")
    >>> sorted(set(node_interface.inputs.copyable_trait_names()) - set(MathImg().inputs.get()))
    ['bold']
    >>> program = "mean = np.mean(bold, axis=-1); limit = np.percentile(mean, 20)"
    >>> sorted(MathImg(program, outputs=["mean", "limit"])._outputs().get())
    ['limit', 'limit_meta', 'mean', 'mean_meta', 'out_report']
    """

    input_spec = MathImgInputSpec
    output_spec = _MathImgOutputSpec

    # `outputs` is an input, not an argument of its own: what is copied, pickled, exported and
    # hashed with the inputs is so with it.
    def __init__(
        self,
        formula: str | None = None,
        names: Iterable[str] | None = None,
        optional: Iterable[str] = (),
        **inputs: object,
    ) -> None:
        super().__init__(formula, names, optional, **inputs)
        check_output_names(self.inputs, self._named())

    def _named(self) -> list[str]:
        """Return the names of the program that are outputs; none for `out_file`."""
        given = self.inputs.outputs
        return list(given) if isinstance(given, (list, tuple)) else []

    def _outputs(self) -> TraitedSpec:
        own = type(self).output_spec.class_traits()
        names = {name: own[name].desc if name in own else "" for name in self._named()}
        if names:
            return output_spec(described(names))()
        return _SplitOutputSpec() if self._is_split() else super()._outputs()

    def _is_split(self) -> bool:
        return bool(self.inputs.split == "t")

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.run import math_img

        arguments = core_arguments(self.inputs)
        names = arguments.pop("outputs", ())
        check_output_names(self.inputs, names)
        finish = Finish.of(arguments, names)
        report = Reporting.of(arguments, names)
        where = targets(names, finish.out_file, arguments["inputs"], runtime.cwd, finish.suffix)
        result = self._call(math_img, **({"outputs": where} if names else where), **arguments)
        # Before the file may be cut.
        self._results.update(report(result, arguments, runtime.cwd))
        formula, inputs = arguments["formula"], arguments["inputs"]
        units = known_units(result, inputs)
        for name in names:
            self._results[name] = result[name]
            if name in result.files:
                meta = metadata(formula, inputs, result.trs.get(name), units.get(name))
                self._results.setdefault(f"{name}_meta", meta)
        if not names:
            self._results["out_meta"] = metadata(
                formula, inputs, next(iter(result.trs.values()), None), units.get("")
            )
            self._results.update(finish(result.out_file, arguments))
        return runtime


class _MathValueOutputSpec(CheckedOutputSpec):
    out = traits.Union(
        # The first that fits is taken, and Int would store True as 1.
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


class MathTableInputSpec(FormulaInputSpec):
    """Inputs of an interface that writes a table."""

    outputs = Texts(
        hash_files=False,
        desc="names of a program that become columns of the table, side by side; by default the "
        "last line",
    )
    out_file = Text(
        hash_files=False,
        desc="name of the table, relative to the working folder of the node; by default "
        "`<name of the formula's first image>_table.tsv`",
    )


class _MathTableOutputSpec(CheckedOutputSpec):
    out_file = File(exists=True, desc="the table, tabs between its columns (TSV)")


class MathTable(FormulaInterface):
    """Compute a table from images by a formula: values of the regions of an atlas, above all.

    A run gives a row for each volume and a column for each region, one volume a row for each
    region.

    Examples
    --------
    >>> MathTable("np.mean(bold, by=atlas)").inputs.grid_tolerance
    0.01
    """

    input_spec = MathTableInputSpec
    output_spec = _MathTableOutputSpec

    def _run_interface(self, runtime: Bunch) -> Bunch:
        from nipype_mathimg.calc.table_call import math_table

        arguments = core_arguments(self.inputs)
        outputs = arguments.pop("outputs", ())
        check_output_names(self.inputs, outputs)
        where = table_file(arguments.pop("out_file", None), arguments["inputs"], runtime.cwd)
        result = self._call(math_table, out_file=where, outputs=outputs, **arguments)
        self._results["out_file"] = result.file
        return runtime
