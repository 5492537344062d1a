"""Iterables and iterfields that would lose results: formulas in one folder, other outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import FrameType
from typing import Any

from nipype.pipeline.engine.utils import _get_valid_pathstr

from nipype_mathimg.errors import FormulaError

__all__ = [
    "is_connection",
    "refuse_expansion",
    "refuse_mapped_outputs",
    "refuse_mapping",
    "refuse_shared_folders",
]


def refuse_shared_folders(iterables: Any) -> None:  # noqa: ANN401 - as loose as Nipype's attribute
    """Raise when two formulas of a node's iterables would run in the same folder.

    Nipype names the folder after the value, without ``<>()?:#!|"';[] {}``. Of two formulas that
    differ in these only, the second overwrites the result of the first, and both get its image.

    Parameters
    ----------
    iterables : object
        A node's ``iterables``: one ``(field, values)`` or a list of them; other forms are left
        alone.

    Raises
    ------
    FormulaError
        Two formulas share a folder; the message names both and two ways round.
    """
    _refuse_shared((formula, _get_valid_pathstr(formula)) for formula in _formulas(iterables))


def refuse_expansion() -> None:
    """Raise when Nipype expands iterables, of any kind of node, into nodes that share a folder.

    A plain Node tells its interface nothing, and in MultiProc the two nodes would empty each
    other's folder as they start, which Nipype answers by waiting for ever. What can be asked is
    who sets the formula: the function that expands the graph, before anything runs.
    """
    # The frames: Formula.validate, one or two set_input, and Nipype's function.
    for frame in islice(_callers(sys._getframe(1)), 5):
        if frame.f_code.co_name == "_merge_graphs":
            found = frame.f_locals.get("iterable_params") or ()
            _refuse_shared((one["formula"], _folder(one)) for one in found if "formula" in one)
            return


def refuse_mapped_outputs(iterfield: str | Iterable[str]) -> None:
    """Raise when a MapNode has other outputs for each of its runs.

    Other nodes are connected to the outputs of the MapNode itself, which are those of its
    interface: what only some of the runs give would have no name.

    Parameters
    ----------
    iterfield : str or iterable of str
        The fields of a MapNode.

    Raises
    ------
    FormulaError
        ``outputs`` is among them.
    """
    if "outputs" in ([iterfield] if isinstance(iterfield, str) else iterfield):
        raise FormulaError(
            "`outputs` cannot be an iterfield: every run of a MapNode has the same outputs, to "
            "which other nodes are connected. Name all results once, as in "
            "MathImg(formula, outputs=['mean', 'std']), or make a node for each choice."
        )


def refuse_mapping() -> None:
    """Raise when Nipype's own MapNode sets other outputs for one of its runs."""
    # The frames: the trait's validate, and Nipype's function.
    for frame in islice(_callers(sys._getframe(1)), 3):
        if frame.f_code.co_name == "_make_nodes":
            refuse_mapped_outputs(frame.f_locals["self"].iterfield)
            return


def is_connection() -> bool:
    """Tell whether Nipype passes on what another node gave.

    An output that was not set arrives as Undefined, as if somebody had taken the value back.
    """
    # The frames: Field.validate, up to three set_input, and Nipype's function.
    return any(
        frame.f_code.co_name in _PASSING_ON for frame in islice(_callers(sys._getframe(1)), 7)
    )


_PASSING_ON = ("_get_inputs", "_propagate_root_output")
"""Nipype's functions that set connected inputs: from results, and from an IdentityInterface."""


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _folder(parameters: Mapping[str, object]) -> str:
    return repr({name: _get_valid_pathstr(parameters[name]) for name in sorted(parameters)})


def _refuse_shared(formulas: Iterable[tuple[object, str]]) -> None:
    seen: dict[str, object] = {}
    for formula, folder in formulas:
        other = seen.setdefault(folder, formula)
        if other != formula:
            raise FormulaError(
                f"As iterables, the formulas `{other}` and `{formula}` would run in one folder, "
                "because Nipype drops the characters in which they differ. Use a MapNode with "
                "iterfield='formula', or iterate over a label at the same time (synchronize=True)."
            )


def _formulas(iterables: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    pairs = [iterables] if isinstance(iterables, tuple) else iterables
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, tuple) and len(pair) == 2 and pair[0] == "formula":
            yield from map(str, pair[1] if isinstance(pair[1], (list, tuple)) else [])
