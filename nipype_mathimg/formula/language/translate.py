"""From Python's tree to the tree of a formula; what is not listed is refused."""

from __future__ import annotations

import ast

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.language.choices import CONDITION, tested
from nipype_mathimg.formula.language.syntax import BINARY, COMPARE, REFUSED, UNARY
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.tree import (
    Attribute,
    Call,
    Choice,
    DTypeName,
    Index,
    Literal,
    Name,
    Node,
    Sequence,
    Slice,
    Unit,
)
from nipype_mathimg.formula.language.vocabulary import Vocabulary

__all__ = ["Translation"]

# A level takes a few frames of the 1000 that Python allows,
# and its own parser takes no more than 200 brackets.
MAX_DEPTH = 100
"""Deepest nesting of brackets, calls and right-hand sides."""


class Translation:
    """One expression on its way to a tree.

    Parameters
    ----------
    text : Text
        The expression, and the formula that it is a part of.
    vocabulary : Vocabulary
        The names that it may use.
    """

    def __init__(self, text: Text, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.depth = 0

    def tree(self) -> Node:
        """Return the tree of the expression.

        Raises
        ------
        FormulaError
            Something is not part of the formula language; it is underlined.
        """
        body = self.text.python()
        if isinstance(body, ast.Tuple):
            raise self._comma(body)
        return self._node(body)

    def _comma(self, node: ast.Tuple) -> FormulaError:
        import re  # a formula without a mistake needs none

        decimal = re.search(r"(?<![\w.])(\d+),(\d+)\b", self.text.source(node))
        if decimal is not None:
            return self.text.refuse(
                node, f"Decimals are written with a point; write `{decimal[1]}.{decimal[2]}`"
            )
        return self.text.refuse(
            node,
            "A comma between expressions is not part of the formula language; for several "
            "results give each a name on a line of its own, as in `mean = np.mean(img)`",
        )

    # One method per kind of syntax; what has none is refused.

    def _node(self, node: ast.AST) -> Node:
        for kind, message in REFUSED.items():
            if isinstance(node, kind):
                raise self.text.refuse(node, message)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.text.refuse(
                node, f"{type(node).__name__} is not part of the formula language"
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.text.refuse(
                node, f"The formula is nested more than {MAX_DEPTH} levels deep"
            )
        result: Node = method(node)
        # Not in a `finally`: after an error nobody goes on with this translation.
        self.depth -= 1
        return result

    def _constant(self, node: ast.Constant) -> Node:
        span = self.text.span(node)
        if isinstance(node.value, str):
            return self._text(node, node.value)
        if isinstance(node.value, bytes):
            raise self.text.refuse(node, "Bytes are not part of the formula language")
        if isinstance(node.value, int | float | complex) and _too_large(node.value):
            raise self.text.refuse(
                node, "The number is too large for 64 bits; infinity is `np.inf`"
            )
        return Literal(span, node.value)

    def _text(self, node: ast.Constant, value: str) -> Node:
        name = self.vocabulary.dtypes.get(value)
        if name is not None:
            return DTypeName(self.text.span(node), name)
        if value in self.vocabulary.texts:
            return Literal(self.text.span(node), value)
        # A dtype shares its letters with others: float16 is answered with float32 and float64.
        kind = value.rstrip("0123456789")
        named = self.vocabulary.dtypes.values()
        akin = [name for name in dict.fromkeys(named) if name.rstrip("0123456789") == kind]
        examples = " or ".join(map(repr, akin or ["float32"]))
        known = [*self.vocabulary.dtypes, *self.vocabulary.texts]
        bare = "; numbers, lengths as `6*mm`, and names stand without quotation marks"
        unquoted = "" if akin else bare
        raise self.text.refuse(
            node,
            f"The text {value!r} is no dtype of the formula language, such as {examples}, and no "
            f"other text that a function takes{unquoted}.{nearest(value, known)}",
        )

    def _name(self, node: ast.Name) -> Node:
        span = self.text.span(node)
        if node.id in self.vocabulary.units:
            return Unit(span, node.id)
        if self.vocabulary.namespace_named(node.id) is not None:
            raise self.text.refuse(
                node,
                f"`{node.id}` stands alone; write `{node.id}.` and the name of a function",
            )
        if node.id in self.vocabulary.conversions:
            return DTypeName(span, self.vocabulary.conversions[node.id])
        if node.id in self.vocabulary.builtins:
            raise self.text.refuse(
                node, f"`{node.id}` is a function; call it, as in `{node.id}(...)`"
            )
        if node.id.startswith("_"):
            raise self.text.refuse(
                node, f"`{node.id}` begins with an underscore; names of inputs begin with a letter"
            )
        return Name(span, node.id)

    def _list(self, node: ast.List) -> Node:
        return Sequence(self.text.span(node), tuple(self._node(item) for item in node.elts))

    def _tuple(self, node: ast.Tuple) -> Node:
        return Sequence(self.text.span(node), tuple(self._node(item) for item in node.elts))

    def _binop(self, node: ast.BinOp) -> Node:
        # Walk down the left side in a loop: `a + b + ...` is as deep as it is long.
        chain: list[ast.BinOp] = [node]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        result = self._node(chain[-1].left)
        for step in reversed(chain):
            function = BINARY.get(type(step.op))
            if function is None:
                raise self.text.refuse(
                    step, REFUSED.get(type(step.op), "This operator is not known")
                )
            result = Call(self.text.span(step), function, (result, self._node(step.right)))
        return result

    def _unaryop(self, node: ast.UnaryOp) -> Node:
        function = UNARY.get(type(node.op))
        if function is None:
            raise self.text.refuse(node, REFUSED[type(node.op)])
        return Call(self.text.span(node), function, (self._node(node.operand),))

    def _compare(self, node: ast.Compare) -> Node:
        # Many formulas compare nothing.
        from nipype_mathimg.formula.language.precedence import check_comparison

        check_comparison(self.text, node)
        span = self.text.span(node)
        operands = [self._key(operand) for operand in (node.left, *node.comparators)]
        parts: list[Node] = []
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            function = COMPARE.get(type(operator))
            if function is None:
                raise self.text.refuse(
                    node, REFUSED.get(type(operator), "This comparison is not known")
                )
            parts.append(Call((left.span[0], right.span[1]), function, (left, right)))
        result = parts[0]
        for part in parts[1:]:
            result = Call(span, "logical_and", (result, part))
        return result

    def _ifexp(self, node: ast.IfExp) -> Node:
        test, absent_first = tested(self.text, node.test)
        # By way of `_name`, which refuses what can be no input.
        name, first, second = (self._node(part) for part in (test, node.body, node.orelse))
        if not isinstance(name, Name):
            raise self.text.refuse(node.test, CONDITION)
        given, absent = (second, first) if absent_first else (first, second)
        return Choice(self.text.span(node), name, given, absent)

    def _subscript(self, node: ast.Subscript) -> Node:
        inner = node.slice
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        base = self._node(node.value)
        return Index(self.text.span(node), base, tuple(self._key(item) for item in items))

    def _key(self, node: ast.expr) -> Node:
        """Return what may be a name: of a column in brackets, of a label in a comparison."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Literal(self.text.span(node), node.value)
        if isinstance(node, ast.List):
            return Sequence(self.text.span(node), tuple(self._key(item) for item in node.elts))
        return self._node(node)

    def _slice(self, node: ast.Slice) -> Node:
        parts = [None if p is None else self._node(p) for p in (node.lower, node.upper, node.step)]
        spans = [part.span for part in parts if part is not None]
        span = (spans[0][0], spans[-1][1]) if spans else (0, len(self.text.formula))
        return Slice(span, *parts)

    def _attribute(self, node: ast.Attribute) -> Node:
        span = self.text.span(node)
        place = self.vocabulary.place_of(node)
        if place is not None:
            from nipype_mathimg.formula.language.names import named

            return named(self.text, self.vocabulary, node, *place)
        if node.attr.startswith("_"):
            raise self.text.refuse(
                node, "Names with a leading underscore are not part of the language"
            )
        if node.attr in self.vocabulary.attributes:
            return Attribute(span, self._node(node.value), node.attr)
        if node.attr in self.vocabulary.methods:
            raise self.text.refuse(
                node, f"`.{node.attr}` is a method; call it, as in `.{node.attr}()`"
            )
        from nipype_mathimg.formula.language.names import check_root

        check_root(self.text, self.vocabulary, node)
        words = [*self.vocabulary.attributes, *self.vocabulary.methods]
        hint = nearest(node.attr, words, prefix=".")
        refusal = f"`.{node.attr}` is not part of the formula language"
        if hint:
            raise self.text.refuse(node, f"{refusal}.{hint}")
        known = ", ".join(f"`.{word}`" for word in self.vocabulary.attributes)
        entry = f'`{self.text.source(node.value)}["{node.attr}"]`'
        raise self.text.refuse(
            node, f"{refusal}; write {entry} for an entry of a table; images have {known}"
        )

    def _call(self, node: ast.Call) -> Node:
        # Arithmetic calls nothing.
        from nipype_mathimg.formula.language.names import CONVERSION, called

        span = self.text.span(node)
        if not isinstance(node.func, ast.Name | ast.Attribute):
            self._node(node.func)  # refused itself, it has a better message
            raise self.text.refuse(node.func, "Only functions and methods can be called")
        function, receiver = called(self.text, self.vocabulary, node.func)
        base = [] if receiver is None else [self._node(receiver)]
        for item in node.keywords:
            if item.arg is None:
                raise self.text.refuse(
                    node, "`**` is not part of the formula language", item.value
                )
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise self.text.refuse(argument, REFUSED[ast.Starred])
        read = self._key if function in self.vocabulary.named else self._node
        args = [*base, *(read(argument) for argument in node.args)]
        if base and function in self.vocabulary.open_ended and len(args) > 2:
            place = (args[1].span[0], args[-1].span[1])
            args = [args[0], Sequence(place, tuple(args[1:]))]
        if function == CONVERSION:
            target = self._node(node.func)
            if len(args) != 1 or node.keywords:
                raise self.text.refuse(node, "A dtype takes one argument, as in `np.float32(img)`")
            return Call(span, "astype", (args[0], target))
        kwargs = tuple((item.arg or "", self._node(item.value)) for item in node.keywords)
        return Call(span, function, tuple(args), kwargs)


def _too_large(number: complex) -> bool:
    try:
        return abs(number) == float("inf") or abs(float(abs(number))) == float("inf")
    except OverflowError:
        return True
