"""Which axes of arrays belong together: by identity where NumPy would count from the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nipype_mathimg.spec import TIME, Axis

__all__ = ["AlignmentError", "aligned_axes", "broadcast"]

Shape = tuple[int, ...]
Axes = tuple[Axis, ...]
Order = tuple[int | None, ...]


class AlignmentError(Exception):
    """Two operands do not fit; the message has the places {first} and {second}."""

    def __init__(self, message: str, first: int, second: int) -> None:
        super().__init__(message)
        self.operands = (first, second)


def broadcast(shapes: Sequence[Shape], axes: Sequence[Axes]) -> tuple[Shape, Axes]:
    """Return shape and axes of aligned operands; the first with a known origin gives it."""
    ndim = max((len(shape) for shape in shapes), default=0)
    full = [(s, a) for s, a in zip(shapes, axes, strict=True) if len(s) == ndim]
    shape, origin = [], []
    for k in range(ndim):
        length = next((s[k] for s, _ in full if s[k] != 1), 1)
        candidates = [a[k] for s, a in full if s[k] == length]
        known = [axis for axis in candidates if axis.source is not None]
        shape.append(length)
        origin.append((known or candidates)[0])
    return tuple(shape), tuple(origin)


def aligned_axes(shapes: Sequence[Shape], axes: Sequence[Axes]) -> list[tuple[Order | None, Axes]]:
    """Return, for each operand, the order in which its axes stand in the common frame.

    Parameters
    ----------
    shapes : sequence of tuple
        Shapes of the operands.
    axes : sequence of tuple of Axis
        Origins of their axes.

    Returns
    -------
    list of (order, axes)
        For every axis of the frame the operand's axis, None for a new one of length 1; None
        instead of the order when nothing has to be done (numbers, or the frame itself).

    Raises
    ------
    AlignmentError
        The operands do not fit.
    """
    ndims = {len(shape) for shape in shapes if shape}
    frame = _frame(shapes, axes) if len(ndims) > 1 else None
    plan: list[tuple[Order | None, Axes]] = []
    for k, (shape, own) in enumerate(zip(shapes, axes, strict=True)):
        if frame is None or not shape:
            plan.append((None, own))
        else:
            order = _order(shape, own, frame, k)
            placed = tuple(Axis() if a is None else own[a] for a in order)
            same = order == tuple(range(len(shape)))
            plan.append((None, own) if same else (order, placed))
    _check(shapes, plan)
    return plan


def _known(axes: Axes) -> bool:
    sources = [axis.source for axis in axes]
    return None not in sources and len(set(sources)) == len(sources)


def _frame(shapes: Sequence[Shape], axes: Sequence[Axes]) -> tuple[int, Shape, Axes]:
    """Return (operand, shape, axes) of the common frame: the longest, or the union of all."""
    arrays = [k for k, shape in enumerate(shapes) if shape]
    longest = max(arrays, key=lambda k: (len(shapes[k]), -k))
    shape, frame = shapes[longest], axes[longest]
    sources = {axis.source for axis in frame}
    missing = {
        axis.source: (axis, shapes[k][j])
        for k in arrays
        for j, axis in enumerate(axes[k])
        if axis.source is not None and axis.source not in sources
    }
    if missing and _known(frame):
        merged = {axis.source: (axis, n) for axis, n in zip(frame, shape, strict=True)}
        merged.update(missing)
        names = sorted(merged, key=lambda name: merged[name][0].order)
        if [n for n in names if n in sources] == [axis.source for axis in frame]:
            frame = tuple(merged[name][0] for name in names)
            shape = tuple(merged[name][1] for name in names)
    return longest, shape, frame


def _order(own_shape: Shape, own: Axes, frame: tuple[int, Shape, Axes], operand: int) -> Order:
    longest, shape, axes = frame
    sources = [axis.source for axis in axes]
    if _known(own) and all(axis.source in sources for axis in own):
        places = [sources.index(axis.source) for axis in own]
        if places == sorted(places):
            return tuple(places.index(k) if k in places else None for k in range(len(axes)))
        raise AlignmentError(
            "The axes of `{first}` and `{second}` are in different orders; "
            "re-order one with np.transpose",
            longest,
            operand,
        )
    if len(own) == 1 and own[0].source is None and TIME in sources:
        k = sources.index(TIME)
        if own_shape[0] == shape[k]:
            return tuple(0 if j == k else None for j in range(len(axes)))
    if len(own) < len(axes) and any(axis.source is not None for axis in own):
        return _by_name(own, sources, longest, operand)
    missing = len(axes) - len(own)
    return (*(None,) * missing, *range(len(own)))


def _by_name(own: Axes, sources: list[str | None], longest: int, operand: int) -> Order:
    """Place what is known by its name; what is new (length one, a list) goes after it."""
    places: list[int] = []
    for axis in own:
        after = places[-1] + 1 if places else 0
        if axis.source in sources and axis.source is not None:
            place = sources.index(axis.source)
        else:
            place = after
        if place < after or place >= len(sources):
            raise AlignmentError(
                "The axes of `{first}` and `{second}` do not correspond; give both the same "
                "number of axes, as in `mask[..., None]`",
                longest,
                operand,
            )
        places.append(place)
    return tuple(places.index(k) if k in places else None for k in range(len(sources)))


def _check(shapes: Sequence[Shape], plan: Sequence[tuple[Order | None, Axes]]) -> None:
    """Compare what now stands in the same place: lengths, and known origins.

    What agrees with the first that says something about a place agrees with all before it, so
    the time is proportional to the number of operands.
    """
    lengths: dict[int, _Met] = {}
    sources: dict[int, _Met] = {}
    for k, (shape, (order, axes)) in enumerate(zip(shapes, plan, strict=True)):
        for j, axis in enumerate(axes):
            a = j if order is None else order[j]
            length = 1 if a is None else shape[a]
            if length == 1:
                continue
            met = _Met(length, axis, k, shape)
            _check_axis(lengths.setdefault(j, met), met)
            _check_axis(sources.get(j, met), met)
            if axis.source is not None:
                sources.setdefault(j, met)


class _Met(NamedTuple):
    """What an operand says about a place of the frame: its length there and its axis."""

    length: int
    axis: Axis
    operand: int
    shape: Shape


def _check_axis(first: _Met, second: _Met) -> None:
    """Compare two that are longer than one in the same place."""
    n, m, a, b = first.length, second.length, first.axis, second.axis
    if a.source != b.source and a.source is not None and b.source is not None:
        raise AlignmentError(
            f"The {a.source} axis of `{{first}}` meets the {b.source} axis of `{{second}}`; "
            "re-order the axes of one with np.transpose, or insert `None` where one is missing",
            first.operand,
            second.operand,
        )
    if n == m:
        return
    if a.is_time and b.is_time:
        message = (
            f"`{{first}}` has {n} volumes and `{{second}}` has {m}; cut one of them, as in "
            f"`img[..., :{min(n, m)}]`, or reduce both over time first"
        )
    else:
        message = (
            f"`{{first}}` of shape {first.shape} and "
            f"`{{second}}` of shape {second.shape} do not fit"
        )
    raise AlignmentError(message, first.operand, second.operand)
