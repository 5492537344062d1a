"""How much memory a node needs, from the plan of its formula; reads headers only."""

from __future__ import annotations

import warnings
from typing import Any

from nipype.interfaces.base import InputMultiObject

from nipype_mathimg.calc.budget import DEFAULT_MEMORY, budget_bytes
from nipype_mathimg.errors import HeaderWarning, MathImgError
from nipype_mathimg.interfaces.arguments import core_arguments
from nipype_mathimg.interfaces.finish import Finish
from nipype_mathimg.interfaces.reporting import Reporting
from nipype_mathimg.interfaces.specs import FormulaInputSpec, declared

try:
    from nipype.utils.ram_estimator import RamEstimator
except ImportError:  # Nipype before 1.11: MultiProc then keeps to the node's mem_gb
    RamEstimator = object

__all__ = ["BUDGET_GB", "PROCESS_GB", "PlanEstimator", "estimated_gb", "largest_gb"]

GB = 2**30
"""Bytes in what Nipype calls a GB."""

PROCESS_GB = 0.115
"""Memory of a worker process that has loaded Nipype and this package, before any image."""

REPORT_GB = 0.05
"""What matplotlib takes beside that, where a node writes a report: 30 to 40 MB."""

BUDGET_GB = DEFAULT_MEMORY / GB
"""What the core may use beside that when ``memory`` is not set."""


def estimated_gb(inputs: FormulaInputSpec) -> float | None:
    """Return the memory in GB that an interface with these inputs needs, with its process.

    Returns
    -------
    float or None
        None when the inputs are not all known, or not right: the run will say which.
    """
    from nipype_mathimg.calc.run import explain

    try:
        arguments = core_arguments(inputs)
        Finish.of(arguments, arguments.get("outputs", ()))
        reporting = Reporting.of(arguments, arguments.get("outputs", ()))
        with warnings.catch_warnings():
            # The run says it, once.
            warnings.simplefilter("ignore", HeaderWarning)
            peak_bytes = explain(**arguments).peak_bytes
    except (MathImgError, OSError):
        return None
    return PROCESS_GB + float(peak_bytes) / GB + (REPORT_GB if reporting.file else 0)


def largest_gb(inputs: FormulaInputSpec) -> float:
    """Return what an interface may use at most in GB, for inputs that are not known yet."""
    given = inputs.memory
    try:
        budget = budget_bytes(given if isinstance(given, (int, str)) else None)
    except MathImgError:
        # The run says what is wrong with it.
        budget = DEFAULT_MEMORY
    return PROCESS_GB + budget / GB


class PlanEstimator(RamEstimator):
    """Tell MultiProc the memory of a node once its connected inputs are known.

    Nipype's own estimators count the voxels of one volume; this one asks for the plan of the
    computation, which knows the time axis and what the formula does with it.

    Parameters
    ----------
    blank : FormulaInputSpec
        The inputs of the interface; a MapNode shows them in another form.
    """

    def __init__(self, blank: FormulaInputSpec) -> None:
        self.blank = blank

    def __call__(self, inputs: Any) -> tuple[float, str]:  # noqa: ANN401 - Nipype's dynamic spec
        """Return the memory in GB, and a sentence for the node's report."""
        job = one_job(self.blank, inputs)
        found = estimated_gb(job)
        if found is None:
            return largest_gb(job), "inputs not known, or wrong: the whole budget"
        return found, f"plan of the formula: {found:.3f} GB with the process"


def one_job(blank: FormulaInputSpec, inputs: Any) -> FormulaInputSpec:  # noqa: ANN401 - as above
    """Return the inputs of one run: those of a Node, or of the first job of a MapNode."""
    if isinstance(inputs, FormulaInputSpec):
        return inputs
    job: FormulaInputSpec = blank.clone_traits()
    for name in declared(job):
        value = getattr(inputs, name)
        mapped = inputs.trait(name).is_trait_type(InputMultiObject)
        setattr(job, name, value[0] if mapped and value else value)
    return job
