"""Tissue probability maps that sum up to one, and where any and where all tissues occur.

Without arguments it takes three real maps and their mask, which Nipype ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows import (
    init_mask_intersection_wf,
    init_mask_union_wf,
    init_normalize_tpms_wf,
)
from nipype_mathimg.workflows.running import (
    absolute,
    file_table,
    run_workflow,
    script_parser,
    shipped,
)

TPMS = [shipped(f"tpm_0{tissue}.nii.gz") for tissue in range(3)]


def main() -> None:
    """Run the pipeline and print where its maps are."""
    options = parser().parse_args()
    tpms = [absolute(path) for path in options.tpms]
    workflow = tissue_maps(tpms, absolute(options.mask), options.n_procs)
    print(f"\n{file_table(run_workflow(workflow, options))}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = script_parser(__doc__)
    line.add_argument("--tpms", nargs="+", metavar="TPM", default=TPMS, help="the maps, 3D")
    line.add_argument("--mask", default=shipped("tpms_msk.nii.gz"), help="a mask, 3D")
    return line


def tissue_maps(tpms: Sequence[str], mask: str, omp_nthreads: int = 1) -> pe.Workflow:
    """Build the pipeline: normalised maps, then their union and their intersection."""
    workflow = pe.Workflow("tissue_maps_wf")
    normalize = init_normalize_tpms_wf(omp_nthreads=omp_nthreads)
    normalize.inputs.inputnode.tpms = list(tpms)
    normalize.inputs.inputnode.mask = mask
    union = init_mask_union_wf(omp_nthreads=omp_nthreads)
    intersection = init_mask_intersection_wf(omp_nthreads=omp_nthreads)
    workflow.connect(
        [
            (normalize, union, [("outputnode.tpms", "inputnode.masks")]),
            (normalize, intersection, [("outputnode.tpms", "inputnode.masks")]),
        ]
    )
    return workflow


if __name__ == "__main__":
    main()
