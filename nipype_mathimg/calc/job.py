"""A formula with its inputs, known before any voxel is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.calc.budget import budget_bytes
from nipype_mathimg.calc.inputs import (
    Inputs,
    InputValue,
    check_names,
    is_list_of_images,
    open_inputs,
)
from nipype_mathimg.calc.labels import KnownLabels
from nipype_mathimg.errors import FormulaError, MathImgError
from nipype_mathimg.formula.infer import Inferred, infer
from nipype_mathimg.formula.language.choices import optional_names, settled
from nipype_mathimg.formula.language.parse import check_outputs, input_names
from nipype_mathimg.formula.language.tree import Program
from nipype_mathimg.formula.plan.plan import Plan, make_plan
from nipype_mathimg.formula.program import check_input_names, parse
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Note
from nipype_mathimg.words import option, worded

if TYPE_CHECKING:
    from nipype_mathimg.calc.label_tables import LabelTable

__all__ = ["Job", "available_threads", "check_threads", "check_words", "job_of", "plan_of"]


class Job(Frozen):
    """A formula with its inputs, inferred; nothing is read yet.

    Parameters
    ----------
    inferred : Inferred
        The formula.
    inputs : Inputs
        Its images and numbers.
    """

    inferred: Inferred
    inputs: Inputs

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a user should know about inputs and formula."""
        return (*self.inputs.notes, *self.inferred.notes)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Show formula and inputs with every error that is raised within."""
        with explained(self.inferred.formula, self.inputs):
            yield


@contextmanager
def explained(formula: str, inputs: Inputs) -> Iterator[None]:
    """Show a formula and its inputs with every error that is raised within."""
    try:
        yield
    except MathImgError as error:
        # A copy with more text: as the cause of itself it would be shown twice.
        raise error.explained(formula, inputs.described()) from error.__cause__


def job_of(
    formula: str,
    given: Mapping[str, InputValue],
    grid_tolerance: float,
    outputs: Sequence[str] = (),
    stored_in: Callable[[Inputs], np.dtype[Any] | None] = lambda inputs: None,
    donors: Collection[str] = (),
    label_tables: Mapping[str, LabelTable] | None = None,
) -> Job:
    """Parse a formula, open its inputs and infer every part of it.

    Headers are read, and masks and labels, see `ImageSource.looked_at`.

    Parameters
    ----------
    formula : str
        The text.
    given : mapping
        Its inputs by name.
    grid_tolerance : float
        Largest distance between equal corners of two images, in mm.
    outputs : sequence of str
        The names that become results; the last line's value when empty.
    stored_in : callable, optional
        From the inputs to the dtype that is asked for the results, None where none is.
    donors : collection of str
        Names of inputs that give a header; the formula need not use them.
    label_tables : mapping, optional
        For the name of a label image its table.
    """
    whole = _read(formula, given, donors)
    program = _settled(whole, check_outputs(whole, outputs), given)
    program, given = _unrolled(program, given)
    names = input_names(program)
    given = _without_idle(given, whole, {*names, *donors})
    inputs = open_inputs(
        formula, names, given, grid_tolerance, donors, _windows(program)
    ).looked_at()
    with explained(formula, inputs):
        affine = next(iter(inputs.images.values())).grids[0].affine
        stored = stored_in(inputs)
        tables = {name: image.header.label_names for name, image in inputs.images.items()}
        if label_tables:
            tables |= _label_tables(label_tables, inputs)
        known = KnownLabels(formula, inputs.images, tables)
        found = infer(program, inputs.values, outputs, stored, affine, labels=known)
        return Job(found, inputs)


def _windows(program: Program) -> Collection[str]:
    """Return the inputs that say what counts around a voxel."""
    if "ndimage" not in program.formula:
        return ()
    from nipype_mathimg.calc.windows import window_names  # most formulas look at no neighbours

    return window_names(program)


def check_words(
    formula: str,
    given: Mapping[str, InputValue],
    outputs: Sequence[str],
    donors: Collection[str],
) -> None:
    """Refuse a formula, names of inputs or of results that are wrong whatever the files hold.

    Raises
    ------
    FormulaError
        As of `job_of`, before a file is opened.
    """
    whole = _read(formula, given, donors)
    names = input_names(_settled(whole, check_outputs(whole, outputs), given))
    check_names(formula, names, _without_idle(given, whole, {*names, *donors}), donors)


def _read(formula: str, given: Mapping[str, InputValue], donors: Collection[str]) -> Program:
    check_input_names(formula, [name for name in given if name not in donors])
    return parse(formula)


def _without_idle(
    given: Mapping[str, InputValue], whole: Program, used: Collection[str]
) -> dict[str, InputValue]:
    """Leave out what only the other side of a choice would use: it is not even opened."""
    idle = {*input_names(whole)} - {*used}
    return {name: value for name, value in given.items() if name not in idle}


def _settled(program: Program, results: Sequence[str], given: Mapping[str, InputValue]) -> Program:
    absent = [name for name in optional_names(program) if given.get(name) is None]
    return settled(program, absent, results)


def _unrolled(
    program: Program, given: Mapping[str, InputValue]
) -> tuple[Program, Mapping[str, InputValue]]:
    """Let every file of a list that is stacked be an input of its own."""
    lists = {name: list(value) for name, value in given.items() if is_list_of_images(value)}
    if not lists:
        return program, given
    from nipype_mathimg.formula.language.lists import item_name, unrolled

    program = unrolled(program, {name: len(files) for name, files in lists.items()})
    used = set(input_names(program))
    items = {
        item: file
        for name, files in lists.items()
        for k, file in enumerate(files)
        if (item := item_name(name, k)) in used
    }
    return program, {**given, **items}


def _label_tables(labels: Mapping[str, LabelTable], inputs: Inputs) -> dict[str, dict[int, str]]:
    from nipype_mathimg.calc.label_tables import label_tables  # few formulas have a table

    return label_tables(labels, inputs)


def plan_of(
    job: Job,
    memory: int | str | None,
    threads: int | None,
    stored: Mapping[str, np.dtype[Any]],
) -> Plan:
    """Return the plan of a job; a refusal shows the inputs.

    Parameters
    ----------
    job : Job
        The formula with its inputs.
    memory : int, str or None
        See `budget_bytes`.
    threads : int or None
        Threads that may compute at once, those that the process may use when absent.
    stored : mapping
        For the name of every result that is written, the dtype of its file.
    """
    check_threads(threads)
    with job.explaining():
        return make_plan(
            job.inferred,
            job.inputs.images,
            memory=budget_bytes(memory),
            # A whole number may be one of NumPy, or 2.0.
            threads=int(threads or available_threads()),
            written=stored.keys(),
            stored=stored,
            filed=True,
        )


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that is none.

    Raises
    ------
    FormulaError
        It is below 1.
    """
    if threads is not None and threads < 1:
        raise FormulaError(
            worded(
                "{option} is {threads}; it has to be 1 or more.",
                option=option("num_threads"),
                threads=threads,
            )
        )


def available_threads() -> int:
    """Return how many cores this process may use."""
    # Not os.cpu_count(): a batch system gives a job some of the cores of a machine.
    return max(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 1)
