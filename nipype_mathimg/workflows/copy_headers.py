"""Compute from two runs with and without their header, and show what each way keeps."""

from __future__ import annotations

from functools import partial

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from nipype_mathimg.interfaces import CompareHeaders, CopyHeader, MathImg, node

__all__ = ["RESULTS", "init_copy_headers_wf"]

RESULTS = ("same_fresh", "same_copied", "mean_fresh", "mean_copied", "mean_at_once")
"""The images that the workflow computes, in the order of its tables."""


def init_copy_headers_wf(
    *,
    formula: str = "np.mean(img1, axis=-1) - np.mean(img2, axis=-1)",
    omp_nthreads: int = 1,
    name: str = "copy_headers_wf",
) -> pe.Workflow:
    """Build a workflow that compares the headers of computed images with that of their donor.

    Five images are computed: the first run times one, with a fresh header and with its own; the
    `formula`, with a fresh header, with one that is copied in a step of its own, and with one that
    the same node copies.

    Parameters
    ----------
    formula : str
        A formula over ``img1`` and ``img2``; the default takes the mean over time of each run, so
        that the number of axes changes.
    omp_nthreads : int
        Number of threads of each node.
    name : str
        Name of the workflow.

    Inputs
    ------
    img1 : file
        A run; all headers are compared with its.
    img2 : file
        Another run on the same grid.

    Outputs
    -------
    out_files : list of file
        The five images, in the order of `RESULTS`.
    tables : list of file
        For each of them a text file with the header fields that differ from those of ``img1``.
    """
    workflow = pe.Workflow(name=name)
    inputnode = pe.Node(niu.IdentityInterface(fields=["img1", "img2"]), name="inputnode")
    outputnode = pe.Node(niu.IdentityInterface(fields=["out_files", "tables"]), name="outputnode")

    calculator = partial(_calculator, omp_nthreads)
    same_fresh = calculator("same_fresh", "img1 * 1")
    same_copied = calculator("same_copied", "img1 * 1", copy_header_from="img1")
    mean_fresh = calculator("mean_fresh", formula)
    mean_at_once = calculator("mean_at_once", formula, copy_header_from="img1")
    # Two nodes for what mean_at_once does in one: the way for images of other programs.
    mean_copied = pe.Node(CopyHeader(out_file="mean_copied.nii.gz"), name="mean_copied")

    collect = pe.Node(niu.Merge(len(RESULTS)), name="collect")
    compare = pe.MapNode(CompareHeaders(), iterfield=["in_file"], name="compare")
    workflow.connect(
        [
            (inputnode, same_fresh, [("img1", "img1")]),
            (inputnode, same_copied, [("img1", "img1")]),
            (inputnode, mean_fresh, [("img1", "img1"), ("img2", "img2")]),
            (inputnode, mean_at_once, [("img1", "img1"), ("img2", "img2")]),
            (inputnode, mean_copied, [("img1", "hdr_file")]),
            (mean_fresh, mean_copied, [("out_file", "in_file")]),
            (same_fresh, collect, [("out_file", "in1")]),
            (same_copied, collect, [("out_file", "in2")]),
            (mean_fresh, collect, [("out_file", "in3")]),
            (mean_copied, collect, [("out_file", "in4")]),
            (mean_at_once, collect, [("out_file", "in5")]),
            (inputnode, compare, [("img1", "reference_file")]),
            (collect, compare, [("out", "in_file")]),
            (collect, outputnode, [("out", "out_files")]),
            (compare, outputnode, [("out_file", "tables")]),
        ]
    )  # fmt: skip
    return workflow


def _calculator(omp_nthreads: int, result: str, expression: str, **options: str) -> pe.Node:
    interface = MathImg(expression, out_file=f"{result}.nii.gz", **options)
    return node(interface, name=result, n_procs=omp_nthreads)
