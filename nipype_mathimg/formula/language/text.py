"""One expression of a formula: Python's tree of it, and where its parts stand."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Sequence
from itertools import accumulate

from nipype_mathimg.errors import FormulaError, sentence
from nipype_mathimg.formula.language.mistakes import syntax_error

__all__ = ["Text"]

LONG_SUM = 2000
"""Recursion limit of Python while a sum of thousands of terms is parsed."""

# The limit belongs to the interpreter: no thread may set it back while another one parses.
_deeper = threading.Lock()


class Text:
    """One expression, as it was written in a formula.

    Parameters
    ----------
    formula : str
        What the user wrote, for messages.
    code : str, optional
        The same with blanks in place of comments; the formula itself when absent.
    start, stop : int, optional
        Offsets of the expression in both; everything when absent.
    """

    def __init__(
        self, formula: str, code: str | None = None, start: int = 0, stop: int | None = None
    ) -> None:
        self.formula = formula
        self.start = start
        self.stop = len(formula) if stop is None else stop
        # Leading blanks are an indentation error to Python; parentheses allow line breaks.
        self.code = formula if code is None else code
        expression = self.code[start : self.stop]
        self.parsed = f"({expression}\n)".replace("\r", " ")
        self.starts = self._line_starts()

    def python(self) -> ast.expr:
        """Return Python's tree.

        Raises
        ------
        FormulaError
            The text is no expression.
        """
        try:
            return _expression(self.parsed).body
        except SyntaxError as error:
            raise syntax_error(self.formula, self.parsed, error, self.start) from None
        # How Python says that a tree is too deep depends on its version.
        except (RecursionError, MemoryError, ValueError):
            raise self.error(
                "The formula has too many terms or levels; put the terms in a list, as in "
                "`sum([a, b, c])`, or give one input a list of files"
            ) from None

    def _line_starts(self) -> list[tuple[int, Sequence[int]]]:
        starts, offset = [], 0
        for line in self.parsed.split("\n"):
            starts.append((offset, _columns(line)))
            offset += len(line) + 1
        return starts

    def _offset(self, line: int, column: int) -> int:
        # One character is the added parenthesis.
        start, columns = self.starts[line - 1]
        return self.start + start + columns[min(column, len(columns) - 1)] - 1

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the place of a part of Python's tree in the formula."""
        if not isinstance(node, ast.expr):
            return (self.start, self.stop)
        end_line, end_column = node.end_lineno, node.end_col_offset
        if end_line is None or end_column is None:
            return (self.start, self.stop)
        start = self._offset(node.lineno, node.col_offset)
        # The parentheses around the text can be a node themselves.
        return max(start, self.start), min(self._offset(end_line, end_column), self.stop)

    def source(self, node: ast.AST) -> str:
        """Return how a part of Python's tree was written."""
        start, stop = self.span(node)
        return self.formula[start:stop]

    def error(self, message: str, span: tuple[int, int] | None = None) -> FormulaError:
        """Return the error to be raised."""
        return FormulaError(sentence(message), self.formula, span)

    def refuse(self, node: ast.AST, message: str, at: ast.AST | None = None) -> FormulaError:
        """Return the error to be raised, which underlines a part of the formula."""
        return self.error(message, self.span(at or node))


def _columns(line: str) -> Sequence[int]:
    """Return for each byte of a line, which ast counts, how many characters come before it."""
    if line.isascii():
        return range(len(line) + 1)
    # All bytes of a character but its first begin with the bits 10.
    begins = (byte & 0xC0 != 0x80 for byte in line.encode())
    return list(accumulate(begins, initial=0))


def _expression(text: str) -> ast.Expression:
    """Parse a text; a long sum is a tree as deep as it has terms."""
    try:
        return ast.parse(text, mode="eval")
    except RecursionError:
        # Up to Python 3.11 the depth of a tree is limited to three times this number.
        with _deeper:
            usual = sys.getrecursionlimit()
            sys.setrecursionlimit(max(usual, LONG_SUM))
            try:
                return ast.parse(text, mode="eval")
            finally:
                sys.setrecursionlimit(usual)
