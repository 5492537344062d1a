"""Mean time series of the regions of an atlas, and how much of each region a run covers."""

from __future__ import annotations

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import MathImg, node

__all__ = ["init_parcellation_wf"]

FORMULA = """
covered = np.var(bold, axis=-1) > 0
coverage = np.mean(covered, by=atlas)
timeseries = np.where(coverage >= {least}, np.mean(bold[covered], by=atlas), np.nan)
"""

_CIFTI = {"timeseries": "timeseries.ptseries.nii", "coverage": "coverage.pscalar.nii"}


def init_parcellation_wf(
    *,
    min_coverage: float = 0.5,
    cifti: bool = False,
    omp_nthreads: int = 1,
    name: str = "parcellation_wf",
) -> pe.Workflow:
    """Build a workflow that averages a run over regions, of which it covers enough.

    One node instead of the five of XCP-D's parcellation (mask of what is covered, its mean and
    the mean of the run by region, threshold, mask), for volumes and for surfaces.

    Parameters
    ----------
    min_coverage : float
        A region of which less is covered, as a fraction of 1, has no value (``n/a``, or NaN).
    cifti : bool
        The run is a dtseries and the atlas a dlabel, which names its regions itself: the results
        are parcellated files of CIFTI-2, and `labels` is left out.
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    bold : file
        A run; what lies outside its field of view is constant.
    atlas : file
        Labels on the grid of the run, 0 in no region.
    labels : file
        Their table, a .tsv with the columns ``index`` and ``name`` (BIDS) or a .json.

    Outputs
    -------
    timeseries : file
        .tsv (or .ptseries.nii), a row for each volume and a column for each region: the mean of
        what varies over time.
    coverage : file
        .tsv (or .pscalar.nii), a row for each region: the fraction of it that varies over time.

    Raises
    ------
    ValueError
        `min_coverage` does not lie between 0 and 1.
    """
    if not 0 <= min_coverage <= 1:
        raise ValueError(f"min_coverage is {min_coverage}; it has to lie between 0 and 1")
    workflow = pe.Workflow(name=name)
    fields = ["bold", "atlas"] if cifti else ["bold", "atlas", "labels"]
    inputnode = pe.Node(niu.IdentityInterface(fields=fields), name="inputnode")
    results = ["timeseries", "coverage"]
    outputnode = pe.Node(niu.IdentityInterface(fields=results), name="outputnode")
    parcellate = node(
        MathImg(
            FORMULA.format(least=float(min_coverage)).strip(),
            outputs=results,
            out_file=_CIFTI if cifti else {one: f"{one}.tsv" for one in results},
            copy_header_from="bold" if cifti else None,
        ),
        name="parcellate",
        n_procs=omp_nthreads,
    )
    workflow.connect(
        [
            (inputnode, parcellate, [("bold", "bold"), ("atlas", "atlas")]),
            (parcellate, outputnode, [(one, one) for one in results]),
        ]
    )  # fmt: skip
    if not cifti:
        workflow.connect([(inputnode, parcellate, [(("labels", _of_atlas), "label_tables")])])
    return workflow


# Nipype keeps the source of a function in a connection and runs it alone: it can use nothing else
# of this module.
def _of_atlas(path: str) -> dict[str, str]:
    return {"atlas": path}
