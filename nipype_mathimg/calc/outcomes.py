"""What a result is, for its header: where its axes come from, and what its values are called."""

from __future__ import annotations

from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import ArraySpec

__all__ = ["has_regions", "outcome_of"]


def has_regions(op: Op) -> bool:
    """Tell whether a result has values for the regions of a label image."""
    return any(axis.parcels for axis in op.spec.axes)


def outcome_of(op: Op, formula: str, spec: ArraySpec, suffix: str = "") -> Outcome:
    """Return what is known of a result before it is computed.

    Parameters
    ----------
    op : Op
        The result.
    formula : str
        The text.
    spec : ArraySpec
        Shape, axes and dtype of the file.
    suffix : str
        End of the name of the file.
    """
    return Outcome(
        spec,
        values_changed=not op.shows_input,
        title=_title(op, formula),
        taken=tuple(_taken(op).items()) if op.shows_input else (),
        images=sum(one.is_input for one in ancestors([op])),
        suffix=suffix,
    )


def _title(op: Op, formula: str) -> str:
    """Return the name of the function for a plain reduction of an image, else what was written."""
    reduces = bool(op.args) and op.spec.ndim < op.args[0].spec.ndim
    # An image that is indexed has fewer axes too.
    if reduces and op.args[0].shows_input and not op.shows_operand:
        return op.name
    low, high = op.span
    return " ".join(formula[low:high].split())


def _taken(op: Op) -> dict[str, float]:
    """Return the positions, on axes of the image, at which one element was taken."""
    found: dict[str, float] = {}
    while op.shows_operand:
        (maps,), (image,) = op.maps, op.args
        for follow, axis in zip(maps, image.spec.axes, strict=True):
            if follow is not None and follow.axis is None and axis.source and axis.places is None:
                found[axis.source] = axis.start + axis.step * follow.start
        op = image
    return found
