"""Interface classes with a name of their own, made from a formula."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from nipype_mathimg.calc.options import Rules, checked_options, is_instance, is_names
from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.program import optional_names
from nipype_mathimg.interfaces.base import CheckedInterface
from nipype_mathimg.interfaces.fields import Field
from nipype_mathimg.interfaces.math import FormulaInterface, MathImg
from nipype_mathimg.interfaces.names import check_output_names, chosen_names
from nipype_mathimg.interfaces.outputs import described, output_spec
from nipype_mathimg.interfaces.specs import FormulaInputSpec, derived_spec, own_fields

__all__ = ["mathimg_class"]


def _is_class_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier() and not keyword.iskeyword(value)


def _is_base(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, FormulaInterface)


def _is_dict(value: object) -> bool:
    return value is None or (isinstance(value, Mapping) and is_names(value))


_RULES: Rules = {
    "name": (
        _is_class_name,
        "the name of a class; mathimg_class takes name, formula in this order, as in "
        "mathimg_class('TSNR', formula)",
    ),
    "doc": (is_instance(str, type(None)), "a text"),
    "inputs": (_is_dict, "a dict with a text for each input, as {'bold': 'a run, 4D'}"),
    "defaults": (_is_dict, "a dict with a value for each input, as {'dtype': 'float32'}"),
    "outputs": (
        lambda value: value is None or is_names(value),
        "a list of names of results, as ['mean', 'sd']",
    ),
    "base": (_is_base, "MathImg, MathValue or MathTable"),
    "module": (is_instance(str, type(None)), "the name of a module"),
}


@checked_options(_RULES)
def mathimg_class(
    name: str,
    formula: str,
    *,
    doc: str | None = None,
    inputs: Mapping[str, str] | None = None,
    defaults: Mapping[str, object] | None = None,
    outputs: Mapping[str, str] | Iterable[str] | None = None,
    base: type[FormulaInterface] = MathImg,
    module: str | None = None,
) -> type[FormulaInterface]:
    """Make an interface class with static inputs from a formula.

    Assign it to its own name at the top level of a module. It then behaves as a class written by
    hand: ``help()`` shows its inputs, ``nipypecli run`` and ``nipype.caching.Memory`` take it, and
    it can be pickled from any package.

    Parameters
    ----------
    name : str
        The name of the class.
    formula : str
        The formula; it remains an input, with this default.
    doc : str, optional
        The docstring; by default it quotes the formula.
    inputs : dict of str to str, optional
        What the inputs are, for the help. A key that the formula does not use is an error.
    defaults : dict of str to object, optional
        Defaults of inputs: of the formula's (a number), or of others such as ``dtype`` and
        ``copy_header_from``.
    outputs : iterable of str or dict of str to str, optional
        The names of a program that become outputs; in a dict, with what they are for the help.
    base : type
        `MathImg`, or `MathValue` for a formula that gives numbers.
    module : str, optional
        The module in which the class stands; by default that of the caller.

    Returns
    -------
    type
        A subclass of `base`.

    Raises
    ------
    FormulaError
        The formula is wrong, an argument is not what it has to be, or a name cannot be the name
        of an input; `inputs` or `defaults` name an input that does not exist, or `base` has no
        outputs of other names.

    Examples
    --------
    >>> TSNR = mathimg_class(
    ...     "TSNR",
    ...     "np.mean(bold, axis=-1) / np.std(bold, axis=-1)",
    ...     inputs={"bold": "a run, 4D"},
    ...     defaults={"copy_header_from": "bold"},
    ... )
    >>> TSNR().inputs.copy_header_from
    'bold'
    """
    base_spec = base.input_spec
    names = chosen_names(base_spec, formula, None)
    results = described(outputs or ())
    values = {"formula": formula, **(defaults or {})}
    if results:
        values["outputs"] = tuple(name for name, _ in results)
    own = own_fields(names, optional_names(formula))
    fields = _fields(base_spec, own, dict(inputs or {}), values)
    namespace = {
        # As namedtuple does: pickle looks for a class in its module, here that of the caller,
        # behind `checked_options`.
        "__module__": module or sys._getframe(2).f_globals["__name__"],
        "__doc__": doc or f"Compute ``{formula}``.",
        # Static inputs need no formula to be declared from, and nipype.caching.Memory makes an
        # interface without arguments.
        "__init__": CheckedInterface.__init__,
    }
    made: type[FormulaInterface] = type(name, (base,), namespace)
    made.input_spec = derived_spec(base_spec, fields, made)
    if results:
        check_output_names(made.input_spec(), [name for name, _ in results])
        made.output_spec = output_spec(results)
    return made


def _fields(
    base_spec: type[FormulaInputSpec],
    own: Mapping[str, Field],
    descriptions: dict[str, str],
    defaults: dict[str, object],
) -> dict[str, Field]:
    """Return the formula's inputs, and those of `base_spec` that get another default."""
    inherited = base_spec.class_traits()
    known = {*own, *base_spec().copyable_trait_names()}
    unknown = sorted({*descriptions, *defaults} - known)
    if unknown:
        raise FormulaError(
            f"There is no input `{unknown[0]}`; the inputs are: {', '.join(sorted(known))}."
            f"{nearest(unknown[0], known)}"
        )
    fields: dict[str, Field] = {}
    for name in {**own, **defaults}:
        given: dict[str, Any] = {"desc": descriptions[name]} if name in descriptions else {}
        trait = own[name] if name in own else inherited[name].trait_type
        if name in defaults:
            given |= {"mandatory": None, "usedefault": True}
        fields[name] = trait.clone(defaults.get(name, trait.default_value), **given)
    return fields
