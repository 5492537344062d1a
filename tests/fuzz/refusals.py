"""What the package may refuse although NumPy does not, and why."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["REFUSALS", "reason_of"]


GROWS = r"\*\*|pow|prod|lcm|<<|left_shift|square|\*|ldexp|divide|//|%|mod|remainder|round|sum"
"""What makes a range of integers grow beyond 64 bits, or gives infinity for some."""


class Refusal(NamedTuple):
    """A part of the message, the documented rule behind it, and where the rule holds."""

    message: str
    reason: str
    formula: str = ""


REFUSALS: tuple[Refusal, ...] = (
    Refusal("64 bits", "integers never wrap: what may exceed 64 bits is refused"),
    Refusal(
        "no bits to combine",
        "integers that may exceed 64 bits are computed as floats, which have no bits",
        GROWS,
    ),
    Refusal(
        "A selection of voxels cannot be indexed",
        "what is flattened or selected lives inside a reduction",
        r"flatten|ravel|reshape",
    ),
    Refusal(
        "Nothing is taken: the list that is the index is False everywhere",
        "no array is empty: a list that is an index takes something",
        r"\[",
    ),
    Refusal(
        "keepdims is not possible for a selection",
        "what is flattened or selected has no axes to keep",
        r"flatten|ravel|reshape|\[",
    ),
    Refusal(
        "np.average of what is selected or flattened needs weights that are so too",
        "what is flattened or selected meets nothing but what is so by the same mask",
        r"average",
    ),
    Refusal(
        "Two flattened arrays meet",
        "what is flattened meets nothing but what is so of the same shape",
        r"flatten|ravel|reshape",
    ),
    Refusal(
        r"decimals=-?\d+ has to lie between",
        "no number has such a digit",
        "round",
    ),
)


def reason_of(message: str, formula: str) -> str | None:
    """Return why a formula may be refused with a message, None where it may not."""
    for rule in REFUSALS:
        if re.search(rule.message, message) and re.search(rule.formula, formula):
            return rule.reason
    return None
