"""A workflow of one node: the frame that the factories of this package share."""

from __future__ import annotations

from collections.abc import Mapping

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.formula.program import input_names
from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_single_node_wf"]


def init_single_node_wf(
    formula: str,
    *,
    copy_header_from: str,
    output: str,
    defaults: Mapping[str, object] | None = None,
    omp_nthreads: int = 1,
    name: str = "single_node_wf",
) -> pe.Workflow:
    """Build a workflow that computes one formula in one node.

    Parameters
    ----------
    formula : str
        The formula; its free names are the fields of ``inputnode``.
    copy_header_from : str
        The input whose header the result carries on.
    output : str
        Name of the result: of the field of ``outputnode``, of the node and of its file.
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
    one field, called `output`
        The image that the formula gives.

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
    outputnode = pe.Node(niu.IdentityInterface(fields=[output]), name="outputnode")
    for field, value in (defaults or {}).items():
        setattr(inputnode.inputs, field, value)
    calculator = node(
        # The default, after the first input, would not say what was computed.
        MathImg(formula, copy_header_from=copy_header_from, out_file=f"{output}.nii.gz"),
        name=output,
        n_procs=omp_nthreads,
    )
    workflow.connect(
        [
            (inputnode, calculator, [(field, field) for field in names]),
            (calculator, outputnode, [("out_file", output)]),
        ]
    )  # fmt: skip
    return workflow
