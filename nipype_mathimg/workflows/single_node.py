"""A workflow of one node: the frame that the factories of this package share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.formula.program import input_names
from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_single_node_wf"]


def init_single_node_wf(
    formula: str,
    *,
    copy_header_from: str,
    output: str | Sequence[str],
    defaults: Mapping[str, object] | None = None,
    omp_nthreads: int = 1,
    name: str = "single_node_wf",
) -> pe.Workflow:
    """Build a workflow that computes one formula, or one program, in one node.

    Parameters
    ----------
    formula : str
        The formula; its free names are the fields of ``inputnode``.
    copy_header_from : str
        The input whose header the result carries on.
    output : str or sequence of str
        Name of the result: of the field of ``outputnode``, of the node and of its file; or the
        names of the results of a program, of which the node has the first.
    defaults : dict of str to object, optional
        Values of inputs that need not be connected.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    one field per name in the formula
        An image file, a list of image files, a number or a list of numbers.

    Outputs
    -------
    one field for each name in `output`
        What the formula gives under this name: an image, or a number.

    Raises
    ------
    FormulaError
        The formula is wrong, or a name in it cannot be the name of an input.

    Examples
    --------
    >>> workflow = init_single_node_wf(
    ...     "np.sqrt(x**2 + y**2)", copy_header_from="x", output="length", name="length_wf"
    ... )
    >>> workflow.list_node_names()
    ['inputnode', 'length', 'outputnode']
    """
    names = list(input_names(formula))
    workflow = pe.Workflow(name=name)
    inputnode = pe.Node(niu.IdentityInterface(fields=names), name="inputnode")
    fields = [output] if isinstance(output, str) else list(output)
    outputnode = pe.Node(niu.IdentityInterface(fields=fields), name="outputnode")
    for field, value in (defaults or {}).items():
        setattr(inputnode.inputs, field, value)
    calculator = node(
        _interface(formula, copy_header_from, output), name=fields[0], n_procs=omp_nthreads
    )
    results = ["out_file"] if isinstance(output, str) else fields
    workflow.connect(
        [
            (inputnode, calculator, [(field, field) for field in names]),
            (calculator, outputnode, list(zip(results, fields, strict=True))),
        ]
    )
    return workflow


def _interface(formula: str, copy_header_from: str, output: str | Sequence[str]) -> MathImg:
    """Return the interface, with files that are named after what was computed.

    The default, after the first input, would not say it. They get the suffix of their kind.
    """
    if isinstance(output, str):
        return MathImg(formula, copy_header_from=copy_header_from, out_file=output)
    return MathImg(
        formula,
        outputs=list(output),
        copy_header_from=copy_header_from,
        out_file={name: name for name in output},
    )
