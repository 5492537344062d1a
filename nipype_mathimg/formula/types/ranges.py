"""Ranges of integer results, exact in Python's integers."""

from __future__ import annotations

from nipype_mathimg.formula.types.numtype import Bounds

__all__ = [
    "add",
    "clip_sign",
    "combine_bits",
    "floor_divide",
    "fmod",
    "gcd",
    "larger",
    "lcm",
    "left_shift",
    "multiply",
    "negative",
    "power",
    "product",
    "remainder",
    "right_shift",
    "rounded",
    "smaller",
    "square",
    "subtract",
    "total",
]


MOST_DIGITS = 20
"""No integer of 64 bits has more."""


def _corners(values: list[int]) -> Bounds:
    return (min(values), max(values))


def add(a: Bounds, b: Bounds) -> Bounds:
    """Range of a + b."""
    return (a[0] + b[0], a[1] + b[1])


def subtract(a: Bounds, b: Bounds) -> Bounds:
    """Range of a - b."""
    return (a[0] - b[1], a[1] - b[0])


def multiply(a: Bounds, b: Bounds) -> Bounds:
    """Range of a * b."""
    return _corners([x * y for x in a for y in b])


def negative(a: Bounds) -> Bounds:
    """Range of -a."""
    return (-a[1], -a[0])


def square(a: Bounds) -> Bounds:
    """Range of a * a."""
    low = 0 if a[0] <= 0 <= a[1] else min(a[0] ** 2, a[1] ** 2)
    return (low, max(a[0] ** 2, a[1] ** 2))


BEYOND = (-(2**80), 2**80)
"""Stands for a range that no integer type holds, and that would take long to compute."""


def total(a: Bounds, most: int) -> Bounds:
    """Range of the sum of any number of values, at most `most`."""
    # With 0, the sum of nothing: a mask may be empty.
    return (min(a[0] * most, 0), max(a[1] * most, 0))


def product(a: Bounds, most: int) -> Bounds:
    """Range of the product of any number of values, at most `most`."""
    largest = max(abs(a[0]), abs(a[1]), 1)
    # bit_length - 1 is not more than the logarithm, so this has certainly more than 64 bits, and
    # Python need not compute a number of millions of digits.
    if most * (largest.bit_length() - 1) > 70:
        return BEYOND
    return (-(largest**most) if a[0] < 0 else 0, largest**most)


def power(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of a ** b; None where it may be a fraction."""
    largest = max(abs(a[0]), abs(a[1]))
    if b[0] < 0:
        return None
    if largest > 1 and b[1] * (largest.bit_length() - 1) > 70:
        return BEYOND
    if largest <= 1:
        return (min(a[0], 0), 1)
    # Powers of negative numbers change their sign with the exponent: the extremes lie at the ends
    # of its range, or one beside them.
    exponents = {b[0], b[1], max(b[1] - 1, b[0]), min(b[0] + 1, b[1])}
    values = [base**exponent for base in a for exponent in exponents]
    if a[0] <= 0 <= a[1]:
        values += [0, 1] if b[0] == 0 else [0]
    return _corners(values)


def floor_divide(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of a // b; None where b may be 0, which gives infinity."""
    if b[0] <= 0 <= b[1]:
        return None
    # Where the divisor keeps its sign, the quotient is monotonic in both.
    return _corners([x // y for x in a for y in b])


def remainder(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of a % b, which has the sign of b; None where b may be 0."""
    if b[0] <= 0 <= b[1]:
        return None
    return (0, b[1] - 1) if b[0] > 0 else (b[0] + 1, 0)


def fmod(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of np.fmod(a, b), which has the sign of a; None where b may be 0."""
    if b[0] <= 0 <= b[1]:
        return None
    most = max(abs(b[0]), abs(b[1])) - 1
    return (max(min(a[0], 0), -most), min(max(a[1], 0), most))


def rounded(a: Bounds, decimals: int) -> Bounds:
    """Range of np.round(a, decimals), half to even as Python's own."""
    places = max(decimals, -MOST_DIGITS)
    return (round(a[0], places), round(a[1], places))


def smaller(a: Bounds, b: Bounds) -> Bounds:
    """Range of np.minimum(a, b)."""
    return (min(a[0], b[0]), min(a[1], b[1]))


def larger(a: Bounds, b: Bounds) -> Bounds:
    """Range of np.maximum(a, b)."""
    return (max(a[0], b[0]), max(a[1], b[1]))


def clip_sign(a: Bounds) -> Bounds:
    """Range of np.sign(a)."""
    return (max(min(a[0], 1), -1), max(min(a[1], 1), -1))


def combine_bits(a: Bounds, b: Bounds) -> Bounds:
    """Range of a & b, a | b, a ^ b: everything with as many bits."""
    # A negative number -n has the bits of n - 1, inverted.
    most = max((v if v >= 0 else ~v).bit_length() for v in (*a, *b))
    if min(a[0], b[0]) >= 0:
        return (0, 2**most - 1)
    return (-(2**most), 2**most - 1)


def left_shift(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of a << b; None where b may be negative or large."""
    if b[0] < 0 or b[1] > 64:
        return None
    return multiply(a, (2 ** b[0], 2 ** b[1]))


def right_shift(a: Bounds, b: Bounds) -> Bounds | None:
    """Range of a >> b; None where b may be negative."""
    if b[0] < 0:
        return None
    return _corners([x >> min(y, 64) for x in a for y in b])


def gcd(a: Bounds, b: Bounds) -> Bounds:
    """Range of np.gcd(a, b), which is |b| where a is 0."""
    ends = [(pair, max(abs(pair[0]), abs(pair[1]))) for pair in (a, b)]
    # What is never 0 has no divisor larger than itself.
    never_0 = [most for (low, high), most in ends if not low <= 0 <= high]
    return (0, min(never_0) if never_0 else max(most for _, most in ends))


def lcm(a: Bounds, b: Bounds) -> Bounds:
    """Range of np.lcm(a, b)."""
    return (0, max(abs(x * y) for x in a for y in b))
