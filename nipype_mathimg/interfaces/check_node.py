"""Arguments of a node that Nipype would take and never use."""

from __future__ import annotations

import re
from inspect import Parameter, signature
from typing import Any

import nipype.pipeline.engine as pe
from nipype.interfaces.base import Interface

from nipype_mathimg.calc.given import is_number
from nipype_mathimg.calc.options import Rules, is_instance
from nipype_mathimg.errors import FormulaError, nearest

__all__ = ["NODE_RULES", "check_arguments"]


def _is_node_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[\w-]+", value) is not None


def _is_amount(value: object) -> bool:
    return is_number(value) and value > 0


def _is_count(value: object) -> bool:
    return value is None or (is_number(value) and float(value).is_integer() and value >= 1)


NODE_RULES: Rules = {
    "interface": (is_instance(Interface), "an interface, as node(MathImg('bold * 2'), 'double')"),
    "name": (_is_node_name, "a name of letters, digits and _, as node(interface, 'tsnr')"),
    "mem_gb": (_is_amount, "a number of GB, without a unit, as node(..., mem_gb=4)"),
    "n_procs": (_is_count, "a whole number of 1 or more, as node(..., n_procs=2)"),
}


def check_arguments(kind: type[pe.Node], interface: Interface, arguments: dict[str, Any]) -> None:
    """Refuse what a node does not know: Nipype's own takes any argument and says nothing.

    Parameters
    ----------
    kind : type
        The class of the node.
    interface : Interface
        What it runs.
    arguments : dict
        For its constructor, without interface and name.

    Raises
    ------
    FormulaError
        An argument is none of the node, or a field is none of the interface.
    """
    known = _known(kind)
    for word in arguments:
        if word not in known:
            what = f"an input of its interface; set it there, as in MathImg(..., {word}=...)"
            hint = nearest(word, known)
            is_input = word in interface.inputs.copyable_trait_names()
            raise FormulaError(
                f"A node has no argument `{word}`{f': it is {what}.' if is_input else '.'}"
                f" It takes: {', '.join(known)}.{hint}"
            )
    for word in ("iterfield", "joinfield"):
        given = arguments.get(word) or ()
        for field in [given] if isinstance(given, str) else given:
            _check_field(word, field, interface)


def _known(kind: type[pe.Node]) -> list[str]:
    """Return the arguments that the constructors of a class and of its bases name."""
    found: dict[str, None] = {}
    for base in kind.__mro__:
        if issubclass(base, pe.nodes.EngineBase) and "__init__" in vars(base):
            for name, one in signature(base).parameters.items():
                if one.kind is not Parameter.VAR_KEYWORD:
                    found[name] = None
    return [name for name in found if name not in ("self", "interface", "name")]


def _check_field(word: str, field: str, interface: Interface) -> None:
    # Not of all inputs of a joined list: Nipype adds some.
    inputs = interface.inputs.copyable_trait_names()
    if field not in inputs:
        raise FormulaError(
            f"{word}={field!r} is no input of this node; its inputs are: {', '.join(inputs)}."
            f"{nearest(field, inputs)}"
        )
