"""The header of a CIFTI-2 result: one small rule for each of its parts, which leaves notes.

Kind and intent follow from the axes, in `CiftiHeader`, never from the name of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nipype_mathimg.axis import GRAYORDINATE, PARCEL
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.cifti.header import CiftiHeader
from nipype_mathimg.images.headers.cifti.maps import AnyMap, Named, NamedMap, Series
from nipype_mathimg.images.headers.cifti.places import Listed, Members
from nipype_mathimg.images.headers.kinds import is_label_name, unlabelled
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import Axis, Note
from nipype_mathimg.words import CALL_FOR_VALUE, option, worded

__all__ = ["RULES", "derive"]

_STALE = ("Provenance", "ProgramProvenance", "WorkingDirectory", "ParentProvenance")


class Change(Frozen):
    """How a result came from the file that gives its header: all that a rule may look at.

    Parameters
    ----------
    donor : CiftiHeader
        The header that is copied.
    outcome : Outcome
        The result.
    """

    donor: CiftiHeader
    outcome: Outcome

    @property
    def rows(self) -> Axis:
        """The axis of places."""
        return self.outcome.spec.axes[0]

    @property
    def columns(self) -> Axis | None:
        """The other axis, None for a single map."""
        return self.outcome.spec.axes[1] if self.outcome.spec.ndim > 1 else None

    @property
    def length(self) -> int:
        """Number of columns."""
        return self.outcome.spec.shape[1] if self.outcome.spec.ndim > 1 else 1

    def place(self, source: str) -> int | None:
        """Return where on an axis of the donor one element was taken, if it was."""
        found = dict(self.outcome.taken).get(source)
        return None if found is None else round(found)


def derive(donor: CiftiHeader, outcome: Outcome) -> tuple[CiftiHeader, list[Note]]:
    """Return the header of a result, copied from a donor and adapted by `RULES`.

    Parameters
    ----------
    donor : CiftiHeader
        The header that is copied.
    outcome : Outcome
        The result, its axes in the order that a formula sees: places first.

    Raises
    ------
    HeaderError
        The result has no axis of places, or labels are asked for that no table names.
    """
    _check_axes(outcome)
    change = Change(donor, outcome)
    header: CiftiHeader = donor
    notes: list[Note] = []
    for rule in RULES:
        header, found = rule(header, change)
        notes += found
    base = header.base.copy()
    base.set_dtype(outcome.spec.dtype)
    return header.changed(base=base), notes


def _check_axes(outcome: Outcome) -> None:
    axes = outcome.spec.axes
    known = [axis for axis in axes if isinstance(axis.domain, Members)]
    first = axes[0].source if axes else None
    if (
        not known
        or first not in (GRAYORDINATE, PARCEL)
        or axes[0] is not known[0]
        or len(axes) > 2
    ):
        raise HeaderError(
            worded(
                "the result has the axes {axes}; a CIFTI file has grayordinates or parcels first, "
                "all of them and in their order, and at most one axis beside them. Use {call} if "
                "plain numbers are wanted.",
                axes=", ".join(axis.source or "a new one" for axis in axes) or "none",
                call=CALL_FOR_VALUE,
            )
        )
    for axis, length in zip(axes, outcome.spec.shape, strict=True):
        if isinstance(axis.domain, Members) and not axis.is_whole(length):
            raise HeaderError(
                f"the result has a part of the {axis.source}s, or another order; a CIFTI file has "
                "all of them as they are. Write np.where(mask, img, 0) to blank the others out"
            )


Ruled = tuple[CiftiHeader, Sequence[Note]]


def _rows(header: CiftiHeader, change: Change) -> Ruled:
    """Take grayordinates and parcels of the result, copied as they are."""
    members = change.rows.domain
    if members == header.slow.members or not isinstance(members, Members):
        return header, []
    slow = members.listed()
    what = "parcels" if slow.kind == "PARCELS" else "grayordinates"
    return header.changed(slow=slow), [Note("axes", f"the {what} are not the donor's")]


def _series(header: CiftiHeader, change: Change) -> Ruled:
    """Let start and step follow the volumes; the unit stays."""
    axis = change.columns
    if axis is None or not axis.is_time:
        return header, []
    donor = change.donor.fast
    if not isinstance(donor, Series):
        start, step = axis.origin, axis.size
        donor = Series(start, step or 1.0, 0, "SECOND", change.length)
        if step is None:
            unknown = Note("series", "no image says how far apart the times are: step 1")
            return header.changed(fast=donor), [unknown]
    first, step = axis.least(change.length), abs(axis.step)
    moved = donor.changed(
        start=donor.start + first * donor.step, step=donor.step * step, length=change.length
    )
    notes = []
    if (moved.start, moved.step) != (donor.start, donor.step):
        told = f"start {donor.start:g} became {moved.start:g}, step {donor.step:g} {moved.step:g}"
        notes.append(Note("series", told))
    if axis.step < 0 or axis.places is not None:
        notes.append(Note("series", "the times are not in even steps forward; the step stays"))
    return header.changed(fast=moved), notes


def _maps(header: CiftiHeader, change: Change) -> Ruled:
    """Keep names and palettes of maps that stay; name a new one by the formula."""
    axis = change.columns
    if axis is not None and (axis.is_time or isinstance(axis.domain, Members)):
        return header, []
    named = tuple(_named(change, axis, k) for k in range(change.length))
    kept = change.donor.fast
    if isinstance(kept, Named) and named == kept.maps:
        return header, []
    what = "maps are named" if len(named) > 1 else "the map is named"
    names = ", ".join(repr(one.name) for one in named[:3])
    note = Note("maps", f"{what} {names}" + (", ..." if len(named) > 3 else ""))
    return header.changed(fast=Named("SCALARS" if not _labelled(kept) else "LABELS", named)), [
        note
    ]


def _labelled(kept: AnyMap) -> bool:
    return kept.kind == "LABELS"


def _named(change: Change, axis: Axis | None, k: int) -> NamedMap:
    """Return map number k of the result."""
    donor, outcome = change.donor.fast, change.outcome
    if isinstance(donor, Named):
        if axis is not None and axis.source == "map" and axis.places != ():
            place = axis.all(change.length)[k]
            if place in range(donor.length):
                return donor.maps[int(place)]
        taken = change.place("map")
        if axis is None and taken is not None and taken in range(donor.length):
            return donor.maps[taken]
        if axis is None and donor.length == 1 and outcome.images == 1:
            return donor.maps[0]
    taken = change.place("t")
    if isinstance(donor, Series) and axis is None and taken is not None:
        at = donor.changed(start=donor.start + taken * donor.step).real("start")
        return NamedMap(f"t = {at:g} {donor.called}")
    title = outcome.title or "map"
    return NamedMap(title if change.length == 1 else f"{title} {k + 1}")


def _seeds(header: CiftiHeader, change: Change) -> Ruled:
    """Take the second places of a matrix of connectivity of the result."""
    axis = change.columns
    members = None if axis is None else axis.domain
    if not isinstance(members, Members):
        return header, []
    if isinstance(header.fast, Listed) and members == header.fast.members:
        return header, []
    return header.changed(fast=members.listed()), []


def _labels(header: CiftiHeader, change: Change) -> Ruled:
    """Keep a table of labels where the name of the file asks for it, for integers only."""
    outcome, fast = change.outcome, header.fast
    if is_label_name(outcome.suffix):
        other = f"name the result {unlabelled(outcome.suffix)} instead of {outcome.suffix}"
        if not isinstance(fast, Named) or not all(one.keys for one in fast.maps):
            raise HeaderError(
                worded(
                    "a file of labels needs a table of them: name an image that has one "
                    "({option}), or {other}",
                    option=option("copy_header_from"),
                    other=other,
                )
            )
        if outcome.spec.dtype.kind not in "iu":
            raise HeaderError(
                f"the result is {outcome.spec.dtype}, and labels are whole numbers; convert it "
                f"with .astype(int), or {other}"
            )
        return header, []
    if not isinstance(fast, Named) or fast.kind != "LABELS":
        return header, []
    bare = Named("SCALARS", tuple(NamedMap(one.name) for one in fast.maps))
    note = Note("labels", "the table of labels is dropped: no name of labels was asked for")
    return header.changed(fast=bare), [note]


def _metadata(header: CiftiHeader, change: Change) -> Ruled:
    """Drop what tells of the making of the values when they change, and name their parent."""
    if not change.outcome.values_changed:
        return header, []
    found = dict(header.metadata)
    parent = found.get("Provenance")
    kept = [(name, value) for name, value in header.metadata if name not in _STALE]
    if parent:
        kept.append(("ParentProvenance", parent))
    if tuple(kept) == header.metadata:
        return header, []
    dropped = ", ".join(name for name in _STALE[:3] if name in found) or "ParentProvenance"
    note = Note("metadata", f"{dropped} dropped: they tell of the donor's values")
    return header.changed(metadata=tuple(kept)), [note]


RULES: tuple[Callable[[CiftiHeader, Change], Ruled], ...] = (
    _rows,
    _series,
    _maps,
    _seeds,
    _labels,
    _metadata,
)
"""Every rule, from the header so far and the change to the header and notes."""
