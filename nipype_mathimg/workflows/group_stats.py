"""Mean and standard deviation of several runs, by JoinNodes."""

from __future__ import annotations

from collections.abc import Sequence

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_group_stats_wf"]


def init_group_stats_wf(
    bold_files: Sequence[str],
    *,
    formula: str = "np.mean(bold, axis=-1)",
    ddof: int = 1,
    omp_nthreads: int = 1,
    name: str = "group_stats_wf",
) -> pe.Workflow:
    """Build a workflow that reduces each run to a map, and the maps to mean and deviation.

    One node per run and two for the group, instead of FSL's ``MeanImage`` per run and a JoinNode
    of ``Merge``, ``MeanImage`` and ``StdImage`` for the group; no 4D file of all runs is written.

    Parameters
    ----------
    bold_files : sequence of str
        The runs, 4D, on one grid. Their numbers are the iterables of ``inputnode``: paths would
        become names of folders, which may be too long.
    formula : str
        What a run is reduced to, over ``bold``: a formula that gives 3D.
    ddof : int
        The sum of squares is divided by the number of runs minus this.
    omp_nthreads : int
        Number of threads of each node.
    name : str
        Name of the workflow.

    Inputs
    ------
    run : int
        The number of a run in `bold_files`; set already.

    Outputs
    -------
    mean : file
        Mean over the runs, 3D, float, with the header of the first run's map.
    std : file
        Standard deviation over the runs, 3D, float.
    """
    workflow = pe.Workflow(name=name)
    inputnode = pe.Node(niu.IdentityInterface(fields=["run"]), name="inputnode")
    inputnode.iterables = ("run", list(range(len(bold_files))))
    outputnode = pe.Node(niu.IdentityInterface(fields=["mean", "std"]), name="outputnode")

    reduce_run = node(
        MathImg(formula, copy_header_from="bold"), name="reduce_run", n_procs=omp_nthreads
    )

    def join(statistic: str, expression: str) -> pe.JoinNode:
        return node(
            MathImg(expression, copy_header_from="maps", out_file=f"{statistic}.nii.gz"),
            name=statistic,
            joinsource="inputnode",
            joinfield=["maps"],
            n_procs=omp_nthreads,
        )

    mean = join("mean", "np.mean(maps, axis=-1)")
    std = join("std", f"np.std(maps, axis=-1, ddof={ddof})")
    workflow.connect(
        [
            (inputnode, reduce_run, [(("run", _item, list(bold_files)), "bold")]),
            (reduce_run, mean, [("out_file", "maps")]),
            (reduce_run, std, [("out_file", "maps")]),
            (mean, outputnode, [("out_file", "mean")]),
            (std, outputnode, [("out_file", "std")]),
        ]
    )  # fmt: skip
    return workflow


# Nipype keeps the source of a function in a connection and runs it alone: it can use nothing else
# of this module.
def _item(index: int, items: list[str]) -> str:
    return items[index]
