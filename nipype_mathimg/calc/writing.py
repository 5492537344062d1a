"""Running a plan, and writing its results: all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.calc.job import Job
from nipype_mathimg.calc.result import Result
from nipype_mathimg.calc.storing import Storing
from nipype_mathimg.calc.value_notes import number_notes, value_notes
from nipype_mathimg.domain import domain_of
from nipype_mathimg.errors import MathImgError
from nipype_mathimg.formula.engine.progress import Progress
from nipype_mathimg.formula.engine.run import run
from nipype_mathimg.formula.engine.sinks import Piece, Writer
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.kernel import Value as Evaluated
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.atomic_file import AtomicFile, waiting_text
from nipype_mathimg.images.files.sink import Sink, open_sink, publish
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.images.files.spool import Spool
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.spec import ArraySpec, DataRange, Note
from nipype_mathimg.words import in_units, option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.files.held import HeldSink

__all__ = ["FileResult", "as_plain", "run_plan", "write_results"]


_NO_THREAD = "can't start new thread"
"""How Python says so, in an error that has no class of its own."""


class FileResult(Frozen):
    """A result that becomes a file.

    Parameters
    ----------
    name : str
        Its name in the formula.
    out_file : path or None
        The file; None for an image that stays in memory.
    spec : ArraySpec
        Shape and dtype of the file.
    header : ImageHeader
        Its header.
    with_range : bool
        Set cal_min and cal_max to the range of the data.
    """

    name: str
    out_file: str | os.PathLike[str] | None
    spec: ArraySpec
    header: ImageHeader
    with_range: bool

    @property
    def tr(self) -> float | None:
        """TR in seconds; None for a file without time, or without a unit of it."""
        timed = any(axis.is_time for axis in self.spec.axes)
        return self.header.step_seconds if timed else None

    @property
    def path(self) -> str:
        """The file, absolute; what messages call an image in memory."""
        if self.out_file is None:
            return f"the result `{self.name}`" if self.name else "the result"
        # Absolute, because who reads the result may do so in another folder, as Nipype's nodes do.
        return os.path.abspath(os.path.expanduser(os.fspath(self.out_file)))


class _Writer:
    """Takes the pieces of the result in order."""

    def __init__(self, sink: Sink[Any] | HeldSink, store: Storing) -> None:
        self.sink = sink
        self.store = store
        self.found: list[DataRange] = []

    def encode(self, values: Evaluated, region: Region) -> Piece:
        # Converted and compressed here, by any thread; only `_append` keeps the file's order.
        piece = self.store(np.asarray(values), region)
        return partial(self._append, self.sink.encode(piece.values), piece.range)

    # What is appended has a form of its own for each class of sinks.
    def _append(self, encoded: Any, found: DataRange) -> None:  # noqa: ANN401
        self.sink.append(encoded)
        self.found.append(found)


def write_results(
    plan: Plan,
    job: Job,
    results: Sequence[FileResult],
    notes: Sequence[Note],
    donors: Iterable[ImageSource] = (),
    progress: Progress | None = None,
    tables: Mapping[str, str] = {},
) -> Result:
    """Run a plan and write its results: all of them, or nothing.

    Parameters
    ----------
    plan : Plan
        How.
    job : Job
        The formula with its inputs.
    results : sequence of FileResult
        What is written; the other results are returned as numbers.
    notes : sequence of Note
        What is known already.
    donors : iterable of ImageSource
        Images beside the inputs that a header came from.
    progress : callable, optional
        Is told how far it is.
    tables : mapping
        For the name of a result that is a table, its file.
    """
    inferred = job.inferred
    with ExitStack() as sinks:
        writers = {
            one.name: _Writer(
                _sink_of(one, sinks), Storing(one.spec.dtype, one.path, domain_of(one.spec.axes))
            )
            for one in results
        }
        values = run_plan(plan, job, writers, donors, progress)
        ranges = {name: _joined(writer.found) for name, writer in writers.items()}
        for one in results:
            header = one.header
            if one.with_range:
                header = header.with_range(ranges[one.name])
            writers[one.name].sink.complete(header)
        texts = [
            sinks.enter_context(_waiting_table(path, name, inferred.results[name], values))
            for name, path in tables.items()
        ]
        made = {name: writer.sink for name, writer in writers.items()}
        publish([sink for sink in made.values() if isinstance(sink, Sink)], texts)
        held = {name: sink.held() for name, sink in made.items() if not isinstance(sink, Sink)}
    found = [
        note
        for one in results
        for note in value_notes(
            one.name, ranges[one.name], one.spec, inferred.results[one.name], inferred.formula
        )
    ]
    plain = {name: as_plain(value) for name, value in values.items() if name not in tables}
    files = {one.name: one.path for one in results if one.out_file is not None}
    trs = {one.name: one.tr for one in results if one.tr is not None}
    said = (*notes, *found, *number_notes(plain))
    return Result({**files, **tables}, plain, ranges, plan, said, held, trs)


def _sink_of(result: FileResult, stack: ExitStack) -> Sink[Any] | HeldSink:
    if result.out_file is None:
        from nipype_mathimg.images.files.held import HeldSink  # most results become files

        return stack.enter_context(HeldSink(result.spec))
    return stack.enter_context(open_sink(result.path, result.header, result.spec))


def _waiting_table(
    path: str, name: str, op: Op, values: Mapping[str, Evaluated]
) -> AbstractContextManager[AtomicFile]:
    from nipype_mathimg.calc.tables import columns_of, text_of  # few results are tables

    return waiting_text(path, text_of(columns_of({name: op}, values)))


def as_plain(value: Evaluated) -> Any:  # noqa: ANN401 - a number, or a list of them
    """Return a value as Python's own numbers."""
    return value.tolist() if isinstance(value, np.ndarray) else value


def run_plan(
    plan: Plan,
    job: Job,
    writers: Mapping[str, Writer] | None = None,
    donors: Iterable[ImageSource] = (),
    progress: Progress | None = None,
) -> dict[str, Evaluated]:
    """Run a plan; an error of a value shows the formula and its inputs.

    Parameters
    ----------
    plan : Plan
        How.
    job : Job
        The formula with its inputs.
    writers : mapping, optional
        For the name of every result that is an image, who takes it; the others are returned.
    donors : iterable of ImageSource
        Images beside the inputs that a header came from.
    progress : callable, optional
        Is told how far it is.

    Raises
    ------
    ImageFileError
        A file cannot be read to its end, or is not what it was when its header was read.
    """
    images = [*job.inputs.files.values(), *donors]
    try:
        with job.explaining():
            values = _run(plan, writers, progress)
    except MathImgError:
        # That a file changed explains what else was found wrong.
        _check_unchanged(images)
        raise
    _check_unchanged(images)
    return values


def _check_unchanged(images: Iterable[ImageSource]) -> None:
    for image in images:
        image.check_unchanged()


def _run(
    plan: Plan, writers: Mapping[str, Writer] | None, progress: Progress | None
) -> dict[str, Evaluated]:
    try:
        return run(plan, Spool, writers, progress)
    except MemoryError:
        raise MathImgError(
            worded(
                "The machine has not enough memory: the plan needs {needed}. Give a smaller "
                "budget ({memory}), fewer threads ({threads}), or a narrower window where a "
                "filter has one that is many voxels wide.",
                needed=in_units(plan.peak_bytes),
                memory=option("memory"),
                threads=option("num_threads"),
            )
        ) from None
    # Told by its text: all other RuntimeErrors are faults of the program and keep their traceback.
    except RuntimeError as error:
        if _NO_THREAD not in str(error):
            raise
        raise MathImgError(
            worded(
                "The system allows no further thread, and the plan uses {count} and one for each "
                "compressed image. Ask for fewer ({option}), or raise the limit of processes or "
                "of memory (`ulimit -u`, `ulimit -v`, or that of the batch system).",
                count=plan.threads,
                option=option("num_threads"),
            )
        ) from None


def _joined(ranges: list[DataRange]) -> DataRange:
    # A piece without a finite voxel has the range NaN, of which min() could make the result.
    low = [r.minimum for r in ranges if not np.isnan(r.minimum)]
    high = [r.maximum for r in ranges if not np.isnan(r.maximum)]
    lost = sum(r.non_finite for r in ranges)
    rounded = sum(r.rounded for r in ranges)
    if not low:
        return DataRange(float("nan"), float("nan"), lost, rounded)
    return DataRange(min(low), max(high), lost, rounded)
