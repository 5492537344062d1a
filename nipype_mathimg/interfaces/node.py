"""Nodes that tell the scheduler the truth about memory and threads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import nipype.pipeline.engine as pe
from nipype.interfaces.base import Interface, InterfaceResult

from nipype_mathimg.calc.options import checked_options
from nipype_mathimg.interfaces.check_node import NODE_RULES, check_arguments
from nipype_mathimg.interfaces.iterables import refuse_mapped_outputs, refuse_shared_folders
from nipype_mathimg.interfaces.math import FormulaInterface
from nipype_mathimg.interfaces.memory import PlanEstimator, estimated_gb, largest_gb

__all__ = ["MathJoinNode", "MathMapNode", "MathNode", "node", "sbatch_args"]


class _KeepsOutputs:
    """A node that keeps all its outputs, connected or not.

    Nipype hashes which outputs are connected, because it deletes the files of the others: one
    more connection would run the node again. That is dear where all results of a program come
    from one pass over the images, and the files of the others are kept in its place.
    """

    @property
    def needed_outputs(self) -> list[str]:
        """None in particular, which means all of them."""
        return []

    @needed_outputs.setter
    def needed_outputs(self, _names: object) -> None:
        """Ignore connections."""


class _IsReported(pe.Node):
    """A node of which a failure before its first result can be reported.

    Nipype asks for the result of a node that failed. When there is none, because the worker was
    killed or the disk had no room for it, that question fails in turn: MultiProc then waits for
    ever, and SLURM and IPython end with a TypeError about str and list, without a crash file.
    """

    @property
    def result(self) -> InterfaceResult:
        """What the node gave, see Nipype's Node; empty when it has not come so far."""
        try:
            return super().result
        except FileNotFoundError:
            return InterfaceResult(type(self.interface), None)


class _AsksForItsMemory(pe.Node):
    """A node that asks SLURM for the memory and the processors that it needs.

    Nipype tells batch systems nothing of them, and they kill what takes more than their default.
    """

    @property
    def plugin_args(self) -> dict[str, Any]:
        """Arguments for the plugin that runs the node, see Nipype; those that were set count."""
        given: dict[str, Any] = self._plugin_args
        if "sbatch_args" in given:
            return given
        # When a job is submitted, what comes before has run: the plan knows the files. Nipype
        # before 1.11 has the estimate only that was made with the node.
        memory = getattr(self, "mem_gb_runtime", None) or self.mem_gb
        return {**given, "sbatch_args": sbatch_args(memory, self.n_procs)}

    @plugin_args.setter
    def plugin_args(self, value: dict[str, Any]) -> None:
        self._plugin_args = value


def sbatch_args(mem_gb: float, n_procs: int) -> str:
    """Return how SLURM is asked for memory and processors.

    Examples
    --------
    >>> sbatch_args(0.365, 2)
    '--mem=374M --cpus-per-task=2'
    """
    return f"--mem={math.ceil(mem_gb * 1024)}M --cpus-per-task={n_procs}"


class MathMapNode(_KeepsOutputs, _AsksForItsMemory, _IsReported, pe.MapNode):
    """A MapNode that a new connection does not run again; every run has the same outputs."""

    def __init__(
        self,
        interface: Interface,
        iterfield: str | Sequence[str],
        name: str,
        **arguments: Any,  # noqa: ANN401 - as in Nipype
    ) -> None:
        refuse_mapped_outputs(iterfield)
        super().__init__(interface, iterfield, name, **arguments)


class MathNode(_KeepsOutputs, _AsksForItsMemory, _IsReported, pe.Node):
    """A Node that a new connection does not run again.

    It refuses iterables over formulas of which Nipype would lose results.
    """

    @property
    def iterables(self) -> Any:  # noqa: ANN401 - as in Nipype
        """What the node is repeated for, see Nipype's Node."""
        return self._iterables

    @iterables.setter
    def iterables(self, value: Any) -> None:  # noqa: ANN401 - as in Nipype
        refuse_shared_folders(value)
        self._iterables = value


class MathJoinNode(_KeepsOutputs, _AsksForItsMemory, _IsReported, pe.JoinNode):
    """A JoinNode that takes the values set on its interface into account.

    Nipype's own hashes the connected inputs only: with another formula, or another number, given
    to the interface, it would return the old result.
    """

    def _get_hashval(self) -> tuple[list[tuple[str, Any]], str]:
        with self._joined():
            hashed: tuple[list[tuple[str, Any]], str] = super()._get_hashval()
        return hashed

    @property
    def mem_gb_runtime(self) -> float:
        """Memory in GB for this join, once its connected inputs are known."""
        with self._joined():
            return float(super().mem_gb_runtime)

    @contextmanager
    def _joined(self) -> Iterator[None]:
        """Let ``inputs`` be the interface's, with the collected lists, instead of one per item."""
        self._get_inputs()
        self._collate_join_field_inputs()
        slots: Any = self._inputs
        self._inputs: Any = self._interface.inputs
        try:
            yield
        finally:
            self._inputs = slots


@checked_options(NODE_RULES)
def node(interface: Interface, name: str, **arguments: Any) -> pe.Node:  # noqa: ANN401
    """Make a node for an interface of this package, with its memory and number of threads.

    Parameters
    ----------
    interface : Interface
        A `MathImg`, `MathValue`, `CopyHeader`, `CompareHeaders`, or an interface made by
        `mathimg_class`.
    name : str
        The name of the node.
    **arguments
        Further arguments of the node. With ``iterfield`` it is a `MathMapNode`, with
        ``joinsource`` a `MathJoinNode`, else a `MathNode`. ``mem_gb`` overrides the estimate;
        ``n_procs`` is also the number of threads.

    Returns
    -------
    Node
        Its ``mem_gb`` comes from the plan of the formula when the inputs are files that exist, and
        is the memory budget when they come over connections. MultiProc asks again, with the
        files that have arrived, before it starts the node (Nipype 1.11 and later); SLURM is asked
        for as much, unless its ``plugin_args`` have ``sbatch_args``.

    Raises
    ------
    FormulaError
        There is no interface, or no name; an argument is none of a node, or a field is no input.

    Examples
    --------
    >>> from nipype_mathimg.interfaces import MathImg
    >>> tsnr = node(MathImg("np.mean(bold, axis=-1) / np.std(bold, axis=-1)"), "tsnr", n_procs=2)
    >>> tsnr.n_procs, tsnr.inputs.num_threads
    (2, 2)
    """
    kind: type[pe.Node] = MathNode
    if "iterfield" in arguments:
        kind = MathMapNode
    elif "joinsource" in arguments:
        kind = MathJoinNode
    check_arguments(kind, interface, arguments)
    estimated = "mem_gb" not in arguments and isinstance(interface, FormulaInterface)
    if estimated:
        arguments["mem_gb"] = estimated_gb(interface.inputs) or largest_gb(interface.inputs)
    made = kind(interface, name=name, **arguments)
    if estimated:
        made.ram_estimator = PlanEstimator(interface.inputs)
    return made
