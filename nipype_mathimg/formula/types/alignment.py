"""Which axes of arrays belong together: by identity where NumPy would count from the end."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.axis import MAP, PARCEL
from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.types.ends import is_list, single_ends
from nipype_mathimg.formula.types.meeting import meet
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Axis

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
    """Return shape and axes of aligned operands; see `meet` for where the result lies."""
    ndim = max((len(shape) for shape in shapes), default=0)
    full = [(s, a) for s, a in zip(shapes, axes, strict=True) if len(s) == ndim]
    shape, origin = [], []
    for k in range(ndim):
        length = next((s[k] for s, _ in full if s[k] != 1), 1)
        shape.append(length)
        origin.append(meet([a[k] for s, a in full if s[k] == length], length))
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
    _check_places(shapes, axes)
    dropped = single_ends(shapes, axes)
    kept = [n - len(gone) for n, gone in zip(map(len, shapes), dropped, strict=True)]
    cut = [shape[:n] for shape, n in zip(shapes, kept, strict=True)]
    shown = [own[:n] for own, n in zip(axes, kept, strict=True)]
    ndims = {len(shape) for shape in cut if shape}
    frame = _frame(cut, shown) if len(ndims) > 1 else None
    plan: list[tuple[Order | None, Axes]] = []
    for k, (shape, own) in enumerate(zip(cut, shown, strict=True)):
        order: Order = tuple(range(len(shape)))
        if frame is not None and shape:
            order = _order(shape, own, frame, k)
        placed = tuple(Axis() if a is None else own[a] for a in order)
        same = order == tuple(range(len(shapes[k])))
        plan.append((None, axes[k]) if same else (order, placed))
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
        # Only if the longest operand keeps its order in it: who transposed an image wants it so.
        if [n for n in names if n in sources] == [axis.source for axis in frame]:
            frame = tuple(merged[name][0] for name in names)
            shape = tuple(merged[name][1] for name in names)
    return longest, shape, frame


def _order(own_shape: Shape, own: Axes, frame: tuple[int, Shape, Axes], operand: int) -> Order:
    longest, _, axes = frame
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
    # Numbers beside an image are one for each volume, also where
    # NumPy would count from the end and meet another axis.
    if is_list(own_shape, own):
        return _along(own_shape[0], frame, operand)
    if len(own) < len(axes) and any(axis.source is not None for axis in own):
        return _by_name(own, sources, longest, operand)
    # Nothing is known of its axes, so NumPy's rule is left: count from the end.
    missing = len(axes) - len(own)
    return (*(None,) * missing, *range(len(own)))


def _along(length: int, frame: tuple[int, Shape, Axes], operand: int) -> Order:
    """Place a list of numbers: along t, else along the axis that is none of x, y and z."""
    longest, shape, axes = frame
    later = [k for k, axis in enumerate(axes) if not (axis.is_space or axis.is_listed)]
    long = [k for k in later if shape[k] > 1]
    times = [k for k in long if axes[k].is_time]
    places = times or long or later
    if not places:
        raise AlignmentError(
            f"`{{second}}` is a list of {length} numbers and runs along t, which `{{first}}` does "
            "not have; write `{first}[..., None]` for a result with one volume for each number, "
            "or give the list the place that is meant, as in `{second}[:, None, None]`",
            longest,
            operand,
        )
    place = places[-1]
    if length != shape[place] and 1 not in (length, shape[place]):
        name = domain_of(axes).times if axes[place].is_time else "elements along that axis"
        raise AlignmentError(
            f"`{{second}}` is a list of {length} numbers and runs along "
            f"{axes[place].source or 'the axis behind x, y and z'}, where `{{first}}` has "
            f"{shape[place]} {name}; give it as many, or write another place with None, as in "
            "`{second}[:, None, None]`",
            longest,
            operand,
        )
    return tuple(0 if k == place else None for k in range(len(axes)))


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


def _check_places(shapes: Sequence[Shape], axes: Sequence[Axes]) -> None:
    """Refuse values of regions beside an image, other models, and maps beside volumes.

    Places that only a list tells are the same where the lists are, never where they are as long.
    """
    met: dict[str, tuple[int, Axis]] = {}
    kinds: dict[str, int] = {}
    for k, own in enumerate(axes):
        for axis in own:
            if axis.is_listed and axis.source is not None:
                first, known = met.setdefault(axis.source, (k, axis))
                if known.domain != axis.domain:
                    raise AlignmentError(_two_lists(axis), first, k)
            kind = _kind_of_place(axis)
            if kind and shapes[k]:
                kinds.setdefault(kind, k)
    if PARCEL in kinds and len(kinds) > 1:
        other = next(kind for kind in kinds if kind != PARCEL)
        parcels = met[PARCEL][1].parcels
        image = parcels.image if parcels else "atlas"
        raise AlignmentError(
            f"`{{first}}` has a value for each region and `{{second}}` one for each {other}; "
            f"write `[{image}]` behind the first to give each {other} the value of its region",
            kinds[PARCEL],
            kinds[other],
        )
    if len(kinds) > 1:
        (one, first), (two, second) = list(kinds.items())[:2]
        raise AlignmentError(
            f"`{{first}}` has values on {one}s and `{{second}}` on {two}s; bring both to one kind "
            "of file first",
            first,
            second,
        )
    _check_maps(axes)


def _check_maps(axes: Sequence[Axes]) -> None:
    maps = [k for k, own in enumerate(axes) if any(axis.source == MAP for axis in own)]
    times = [k for k, own in enumerate(axes) if any(axis.is_time for axis in own)]
    if maps and times:
        several = domain_of(axes[times[0]]).times
        raise AlignmentError(
            f"`{{first}}` has several maps, and `{{second}}` several {several}, which do not "
            "belong to each other; take one map, as in `{first}[..., 0]`",
            maps[0],
            times[0],
        )


def _kind_of_place(axis: Axis) -> str:
    if axis.is_space:
        return "voxel"
    return axis.source if axis.is_listed and axis.source and not axis.is_seed else ""


def _two_lists(axis: Axis) -> str:
    if axis.is_parcel:
        return "The values of `{first}` and of `{second}` belong to regions of different labels"
    return (
        f"The {axis.source} axes of `{{first}}` and `{{second}}` stand for different places; "
        "resample one of them first"
    )


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
            met = _Met(length, axis, k, shape, domain_of(axes).times)
            _check_axis(lengths.setdefault(j, met), met)
            _check_axis(sources.get(j, met), met)
            if axis.source is not None:
                sources.setdefault(j, met)


class _Met(Frozen):
    """What an operand says about a place of the frame: its length there and its axis."""

    length: int
    axis: Axis
    operand: int
    shape: Shape
    times: str


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
            f"`{{first}}` has {n} {first.times} and `{{second}}` has {m}; cut one of them, as in "
            f"`img[..., :{min(n, m)}]`, or reduce both over time first"
        )
    else:
        message = (
            f"`{{first}}` of shape {first.shape} and "
            f"`{{second}}` of shape {second.shape} do not fit"
        )
    raise AlignmentError(message, first.operand, second.operand)
