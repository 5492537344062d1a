"""Comparisons beside ``&``, ``|`` and ``^``, which bind closer: ``a > 0 & b > 0`` is a slip."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nipype_mathimg.formula.language.text import Text

__all__ = ["check_comparison"]

_SIGNS: dict[type[ast.operator], str] = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^"}


def check_comparison(text: Text, node: ast.Compare) -> None:
    """Refuse a comparison whose operand without brackets was meant as two operands.

    As Python reads it, ``bold > 0 & mask > 0`` is ``bold > (0 & mask) > 0``, which is False
    everywhere. What combines bits may stay: ``labels & 1 == 0``, ``0 < labels & 7 < 3``.

    Raises
    ------
    FormulaError
        The comparison is underlined.
    """
    operands = [node.left, *node.comparators]
    for place, operand in enumerate(operands):
        if not isinstance(operand, ast.BinOp) or type(operand.op) not in _SIGNS:
            continue
        if _meant_apart(operands, place, operand) and not _bracketed(text, node, operands, place):
            sign, part = _SIGNS[type(operand.op)], text.source(operand)
            raise text.refuse(
                node,
                f"`{sign}` binds closer than comparisons, so `{part}` is compared here. Put the "
                f"comparisons in brackets, as in `(a > 0) {sign} (b > 0)`; where `{part}` is "
                "meant, put that in brackets",
            )


def _meant_apart(operands: Sequence[ast.expr], place: int, operand: ast.BinOp) -> bool:
    """Tell whether the parts of an operand belong to the comparisons beside them.

    Who combines bits writes the array first, and then a number that is not 0; in the middle of a
    chain also two numbers around it, as in ``0 < labels & 7 < 3``.
    """
    first, last = place == 0, place == len(operands) - 1
    if first:
        # `(a > 0) & b > 0`: a truth has no bits to be compared with a number.
        halved = isinstance(operand.left, ast.Compare) > isinstance(operand.right, ast.Compare)
        return (halved and _is_number(operands[1])) or _is_zero(operand.right)
    if _is_number(operand.left):
        return True
    if last:
        return False
    around = operands[place - 1], operands[place + 1]
    bits = _is_number(operand.right) and not _is_zero(operand.right)
    return not (bits and all(map(_is_number, around)))


def _is_number(node: ast.expr) -> bool:
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant)


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _bracketed(text: Text, node: ast.Compare, operands: Sequence[ast.expr], place: int) -> bool:
    """Tell whether an operand stands in brackets of its own, which Python's tree leaves out."""
    before = text.span(operands[place - 1])[1] if place else text.span(node)[0]
    return "(" in text.code[before : text.span(operands[place])[0]]
