"""The header and the dtype of each result: which image gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.calc.inputs import Inputs
from nipype_mathimg.calc.job import Job
from nipype_mathimg.calc.outcomes import outcome_of
from nipype_mathimg.calc.storing import asked_dtype, output_dtype
from nipype_mathimg.domain import domain_of
from nipype_mathimg.errors import FormulaError, HeaderError, nearest
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import ArraySpec, Axis, Note
from nipype_mathimg.words import option, setting, worded

__all__ = [
    "LOST",
    "HeaderOptions",
    "asked_for_all",
    "check_grid",
    "donor_of",
    "for_each",
    "header_of",
    "stored_spec",
]

GRIDS = ("follow", "header")
"""Where a result may lie."""

LOST = "header"
"""Topic of the note that names what a new header does not keep."""


def for_each(
    which: str, given: str | Mapping[str, str] | None, names: Iterable[str]
) -> dict[str, str | None]:
    """Return an option for each result: one value for all, or a mapping.

    Parameters
    ----------
    which : str
        The name of the option, for messages.
    given : str, mapping or None
        What the caller gave.
    names : iterable of str
        The results.

    Raises
    ------
    FormulaError
        The mapping names something that is no result that is written.
    """
    results = list(names)
    if given is None or isinstance(given, str):
        return dict.fromkeys(results, given)
    for name in given:
        if name not in results:
            raise FormulaError(
                worded(
                    "{option} names {name!r}, which is no result that is written; those are: "
                    "{results}.{hint}",
                    option=option(which),
                    name=name,
                    results=", ".join(filter(None, results)) or "none with a name",
                    hint=nearest(name, results),
                )
            )
    return {name: given.get(name) for name in results}


def donor_of(name: str | None, inputs: Inputs) -> ImageSource | None:
    """Return the image whose header a result gets, None for a new header.

    Raises
    ------
    HeaderError
        The name is none of an image.
    """
    if not name:
        return None
    images = inputs.files
    if name not in images:
        what = "is a number" if name in inputs.values else "is not an input"
        hint = nearest(name, images) or f" Images are: {', '.join(images)}."
        owner = next((one for one, image in images.items() if name in image.files), "")
        if owner:
            hint = f" Give the name of the input, {owner}."
        raise HeaderError(
            worded(
                "{option} is {name!r}, which {what}.{hint}",
                option=option("copy_header_from"),
                name=name,
                what=what,
                hint=hint,
            )
        )
    return images[name]


def asked_for_all(
    dtype: str | Mapping[str, str],
    copy_header_from: str | Mapping[str, str] | None,
    inputs: Inputs,
) -> np.dtype[Any] | None:
    """Return the dtype that is asked for every result, None where each has its own."""
    if not isinstance(dtype, str):
        return None
    if dtype != "header":
        return asked_dtype(dtype, None)
    if isinstance(copy_header_from, Mapping):
        return None
    return asked_dtype(dtype, donor_of(copy_header_from, inputs))


def stored_spec(
    job: Job, name: str, dtype: str, donor: ImageSource | None
) -> tuple[ArraySpec, list[Note]]:
    """Return shape, axes and dtype of the file of a result, and what to say of the dtype.

    Raises
    ------
    HeaderError
        No file of its kind has the dtype that was asked for.
    """
    op = job.inferred.results[name]
    decided = output_dtype(dtype, op, donor)
    image = donor or next(iter(job.inputs.images.values()))
    with job.explaining():
        stored, notes = image.header.storable(decided, asked=dtype not in ("auto", "header"))
    return op.spec.changed(dtype=stored), [note.changed(result=name) for note in notes]


class HeaderOptions(Frozen):
    """What a caller asks of the header of a result.

    Parameters
    ----------
    donor : ImageSource or None
        The image whose header it gets, None for a new one.
    grid : {"follow", "header"}
        Whether the result lies where the formula put it, or on the grid of the donor.
    tr : float or None
        TR in seconds, None for what the formula left of the donor's.
    suffix : str
        End of the name of the file, in lower case.
    """

    donor: ImageSource | None = None
    grid: str = "follow"
    tr: float | None = None
    suffix: str = ""


def check_grid(grid: str) -> None:
    """Refuse what no result can do about its grid.

    Raises
    ------
    HeaderError
        It is none of `GRIDS`.
    """
    if grid not in GRIDS:
        raise HeaderError(
            worded(
                "{option} is {given!r}; choose one of {known}.{hint}",
                option=option("grid"),
                hint=nearest(grid, GRIDS),
                given=grid,
                known=", ".join(GRIDS),
            )
        )


def header_of(
    job: Job, name: str, spec: ArraySpec, options: HeaderOptions
) -> tuple[ImageHeader, list[Note]]:
    """Return the header of a result, and a note for every field that a rule changed.

    Raises
    ------
    HeaderError
        There is no right header for the result; the message shows formula and inputs.
    """
    with job.explaining():
        check_grid(options.grid)
        op, formula = job.inferred.results[name], job.inferred.formula
        spec = _with_regions(job, spec)
        outcome = outcome_of(op, formula, spec, options.suffix)
        if options.donor is None:
            header, notes = _fresh(job, outcome, options)
        else:
            header, notes = _copied(job, outcome, options.donor, options)
        if op.intent is not None:
            # What the donor's values were is no news then.
            notes = [note for note in notes if note.topic != "intent_code"]
            header, found = header.with_intent(op.intent)
            notes += found
    return header, [note.changed(result=name) for note in notes]


def _with_regions(job: Job, spec: ArraySpec) -> ArraySpec:
    """Return a result of regions with the places that these have in the file of their labels."""
    pairs = zip(spec.axes, spec.shape, strict=True)
    return spec.changed(axes=tuple(_with_places(job, axis, length) for axis, length in pairs))


def _with_places(job: Job, axis: Axis, length: int) -> Axis:
    parcels = axis.parcels
    if parcels is None or parcels.image not in job.inputs.images:
        return axis
    image = job.inputs.images[parcels.image]
    there = [int(k) for k in axis.all(length)]
    labels = [parcels.labels[k] for k in there]
    names = [parcels.names[k] for k in there]
    domain = image.header.regions(image.values(), labels, names)
    return Axis(axis.source, length=len(there), domain=domain)


def _copied(
    job: Job, outcome: Outcome, donor: ImageSource, options: HeaderOptions
) -> tuple[ImageHeader, list[Note]]:
    """Return the header of the donor, adapted."""
    notes: list[Note] = []
    spec = outcome.spec
    first = next(iter(job.inputs.images.values()))
    if options.grid == "header":
        axes = _axes_of(donor, spec)
        if axes != spec.axes:
            asked = setting("grid", "header")
            said = worded("put on the grid of {name!r}, as {it} asks", name=donor.name, it=asked)
            notes = [Note("grid", said)]
        outcome = outcome.changed(spec=spec.changed(axes=axes))
    elif donor.name in job.inputs.donors and donor.grid.shape != first.grid.shape:
        raise _other_places(donor, first)
    header, found = donor.header_for(spec.ndim).derived(outcome)
    header, set_to = _with_tr(header, options.tr)
    return header, [*notes, *found, *set_to]


def _with_tr(header: ImageHeader, tr: float | None) -> tuple[ImageHeader, Sequence[Note]]:
    """Return a header with the TR that is asked for, and a note, also where it has none."""
    header, notes = header.with_step(tr)
    if tr is not None and not notes:
        said = worded("{tr} is not used: the result has no time axis", tr=option("tr"))
        notes = [Note("tr", said)]
    return header, notes


def _other_places(donor: ImageSource, first: ImageSource) -> HeaderError:
    """Return the error for an image that gives its header to one with other places."""
    if donor.grid.affine is not None and first.grid.affine is not None:
        return HeaderError(
            f"{donor.name!r} has {donor.grid.shape} voxels and {first.name!r} "
            f"{first.grid.shape}: a header fits only where x, y and z are equally long"
        )
    own, theirs = (domain_of(one.spec.axes).many for one in (donor, first))
    return HeaderError(
        worded(
            "{donor!r} cannot give the header of a result of {first!r}: {why}",
            donor=donor.name,
            first=first.name,
            why=donor.grid.mismatch(first.grid, np.inf)
            or f"the one has {own} and the other {theirs}. Name an image of {theirs}",
        )
    )


def _axes_of(donor: ImageSource, spec: ArraySpec) -> tuple[Axis, ...]:
    """Return the axes of a result that is put on the grid of the donor."""
    space = len(donor.grid.shape)
    if spec.shape[:space] != donor.grid.shape:
        raise HeaderError(
            worded(
                "{grid} puts the result on the grid of {donor!r}, which has the shape {shape}, "
                "and the result has {own}; keep x, y and z whole, or leave it at {follow}",
                grid=setting("grid", "header"),
                donor=donor.name,
                shape=donor.grid.shape,
                own=spec.shape,
                follow=setting("grid", "follow"),
            )
        )
    shown = donor.spec.shown
    whole = spec.ndim if spec.shape == shown.shape else space
    return (*shown.axes[:whole], *spec.axes[whole:])


def _fresh(job: Job, outcome: Outcome, options: HeaderOptions) -> tuple[ImageHeader, list[Note]]:
    """Return a header that has the grid, and a note that names what it lacks."""
    if options.grid == "header":
        raise HeaderError(
            worded(
                "{grid} takes the grid of the image that {option} names, and {option} is not set; "
                "name an input there",
                grid=setting("grid", "header"),
                option=option("copy_header_from"),
            )
        )
    first = next(iter(job.inputs.images.values()))
    others = [image.header for image in job.inputs.images.values()]
    header, found = first.header.fresh(outcome, others)
    header, set_to = _with_tr(header, options.tr)
    notes = [*found, *set_to]
    lost = first.header_for(outcome.spec.ndim).lost(header)
    if lost:
        message = worded(
            "the header is new and does not have what {first!r} carries: {lost}; keep it "
            "by {remedy}",
            first=first.name,
            lost=", ".join(lost),
            remedy=setting("copy_header_from", first.name),
        )
        notes.append(Note(LOST, message))
    return header, notes
