"""From the phase of two echoes to a fieldmap in Hz, in one node."""

from __future__ import annotations

import nipype.pipeline.engine as pe

from nipype_mathimg.workflows.single_node import init_single_node_wf

__all__ = ["init_fieldmap_wf"]


def init_fieldmap_wf(*, omp_nthreads: int = 1, name: str = "fieldmap_wf") -> pe.Workflow:
    """Build a workflow that turns a phase difference in the scanner's units into Hz.

    One node instead of sdcflows' ``PhaseMap2rads`` (once per echo), ``SubtractPhases`` and
    ``Phasediff2Fieldmap``. The difference is wrapped into half a turn to either side and nothing
    is unwrapped: right where the field is off by less than ``1 / (2 * echo time difference)``,
    which is 203 Hz for the usual 2.46 ms.

    Parameters
    ----------
    omp_nthreads : int
        Number of threads of the node.
    name : str
        Name of the workflow.

    Inputs
    ------
    phase1 : file or number
        Phase of the first echo. For a phase difference that the scanner has computed, the number
        that stands for no difference: 0 or, where the values start at 0, half a turn.
    phase2 : file
        Phase of the second echo, or the phase difference.
    units_per_turn : number
        How many of the scanner's units are 2 pi: 4096 for values from 0 to 4095, 8192 for values
        from -4096 to 4094, 6.283185307179586 for radians.
    echo_time1, echo_time2 : number
        Echo times in seconds (``EchoTime1`` and ``EchoTime2`` in BIDS).

    Outputs
    -------
    fieldmap : file
        The field in Hz, float.
    """
    # Counted in turns, so that neither 2 pi nor a complex number is needed on the way to Hz.
    return init_single_node_wf(
        "(((phase2 - phase1) / units_per_turn + 0.5) % 1 - 0.5) / (echo_time2 - echo_time1)",
        copy_header_from="phase2",
        output="fieldmap",
        omp_nthreads=omp_nthreads,
        name=name,
    )
