"""What becomes of the header of a GIFTI file in that of a result: one function for each rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.gifti.change import Change, count_maps, set_step, stepped
from nipype_mathimg.images.headers.gifti.values import (
    LABEL,
    NONE,
    SHAPE,
    TIME_SERIES,
    TIME_STEP,
    GiftiMap,
    with_entry,
)
from nipype_mathimg.spec import Note
from nipype_mathimg.words import option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.gifti.header import GiftiHeader

__all__ = ["RULES"]

_HISTORY = ("Provenance", "ProgramProvenance", "WorkingDirectory")
"""Entries of Workbench that say by which command, where, a file was made."""


Rule = Callable[["GiftiHeader", Change], "tuple[GiftiHeader, list[Note]]"]


def choose_maps(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep what is said of each map that stays; a new one gets the name of what it is."""
    kept, count = change.kept, count_maps(change.spec)
    maps = change.donor.maps
    if kept is not None:
        return header.changed(maps=tuple(maps[k] for k in kept)), []
    title = change.outcome.title or "result"
    new = GiftiMap(NONE, maps[0].metadata, maps[0].coordinates)
    if change.in_time:
        # Of another image: a name for each of its time points would say nothing.
        new = new.changed(intent=TIME_SERIES).with_entry("Name", None)
        return header.changed(maps=(new,) * count), []
    titles = [title] if count == 1 else [f"{title} {k + 1}" for k in range(count)]
    header = header.changed(maps=tuple(new.renamed(one) for one in titles))
    if len(change.donor.shape) < 2:
        return header, []
    before = "time points" if change.donor.is_series else "maps"
    told = f"the {before} of the donor are gone: the result is named {title!r}"
    return header, [Note("Name", told)]


def name_combination(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Name a single map of which several images are the values by what it is."""
    outcome = change.outcome
    combined = outcome.values_changed and outcome.images > 1
    if not combined or change.later is not None:
        return header, []
    before = header.maps[0].name
    header = header.changed(maps=(header.maps[0].renamed(outcome.title),))
    if before in ("", outcome.title):
        return header, []
    return header, [Note("Name", f"{outcome.title!r}, not {before!r}")]


def name_time_point(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Name a single time point by its time, or by its number where the step is unknown."""
    picked, donor = change.picked, change.donor
    if picked is None or change.later is not None or not donor.is_series:
        return header, []
    step = donor.time_step
    name = f"t = {picked * step:g}" if step is not None else f"time point {picked}"
    return header.changed(maps=(header.maps[0].renamed(name),)), []


def keep_step(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep the TimeStep with the time points; it grows where only some of them stay."""
    step = change.donor.time_step
    if not change.in_time or not change.donor.is_series:
        return set_step(header, None), []
    if step is None or change.later is None or change.kept is None:
        return header, []
    new = stepped(step, change.later)
    if new is None:
        told = "dropped: the time points of the result are not evenly spaced"
        return set_step(header, None), [Note(TIME_STEP, told)]
    if new == step:
        return header, []
    return set_step(header, new), [Note(TIME_STEP, f"{new:g}, not {step:g}: the series was cut")]


def set_intents(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Say what the values are: a series stays one, a shape too; statistics end with arithmetic."""
    if change.labels:
        return header, []
    real = change.spec.dtype.kind == "f"
    maps = tuple(one.changed(intent=_intent(one.intent, change, real)) for one in header.maps)
    ended = {
        before.intent: after.intent
        for before, after in zip(header.maps, maps, strict=True)
        if before.intent != after.intent
    }
    notes = [
        Note("Intent", f"{after}, not {before}: the values are others")
        for before, after in ended.items()
        if before not in (LABEL, TIME_SERIES)
    ]
    return header.changed(maps=maps), notes


def _intent(before: str, change: Change, real: bool) -> str:
    if change.in_time:
        return TIME_SERIES
    if before in (TIME_SERIES, LABEL):
        return NONE
    if change.outcome.values_changed and not (before == SHAPE and real):
        return NONE
    return before


def keep_table(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Keep the table of labels for labels, and for nothing else."""
    if change.labels:
        if not header.labels:
            raise HeaderError(
                worded(
                    "labels need a table, and the image that {option} names has none",
                    option=option("copy_header_from"),
                )
            )
        if change.spec.dtype.kind not in "iu":
            raise HeaderError(
                f"labels are whole numbers, and the result is {change.spec.dtype}; convert it "
                "with .astype(int), or name the file .shape.gii"
            )
        maps = tuple(one.changed(intent=LABEL) for one in header.maps)
        # GIFTI 1.0, "NIFTI_INTENT_LABEL": labels are of this type.
        return header.changed(maps=maps, stored=np.dtype(np.int32)), []
    if not header.labels:
        return header, []
    told = "the table of labels is left out: only a file named .label.gii has labels"
    # Workbench writes a table with one entry, "???", into files that have no labels.
    lost = change.donor.is_labels or len(header.labels) > 1
    return header.changed(labels=()), [Note("LabelTable", told)] if lost else []


def drop_history(header: GiftiHeader, change: Change) -> tuple[GiftiHeader, list[Note]]:
    """Drop by which command the donor was made, which does not hold for other values."""
    found = dict(header.metadata)
    if not change.outcome.values_changed or not found.keys() & set(_HISTORY):
        return header, []
    metadata = header.metadata
    if "Provenance" in found:
        metadata = with_entry(metadata, "ParentProvenance", found["Provenance"])
    for name in _HISTORY:
        metadata = with_entry(metadata, name, None)
    told = "the command that made the donor is its ParentProvenance now"
    return header.changed(metadata=metadata), [Note("Provenance", told)]


RULES: tuple[Rule, ...] = (
    choose_maps,
    name_combination,
    name_time_point,
    keep_step,
    set_intents,
    keep_table,
    drop_history,
)
"""In this order: maps first, then what is said of each, then what is said of all."""
