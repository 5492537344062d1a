"""From the text of a formula to its tree; what is not listed is refused."""

from __future__ import annotations

import ast
import keyword
import sys
import threading
from functools import lru_cache

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.functions import ALIASES, BUILTINS, CONSTANTS, DTYPE_NAMES, FUNCTIONS
from nipype_mathimg.formula.nodes import (
    Attribute,
    Call,
    DTypeName,
    Index,
    Literal,
    Name,
    Node,
    Sequence,
    Slice,
    postorder,
)
from nipype_mathimg.formula.wording import check_text, sentence, syntax_error

__all__ = ["ATTRIBUTES", "RESERVED_NAMES", "input_names", "normalised", "parse"]

ATTRIBUTES = ("shape", "ndim", "size", "dtype", "T", "real", "imag")
"""Attributes that an array has in a formula."""

RESERVED_NAMES = frozenset({"np", *BUILTINS, "True", "False", "None"})
"""Names that mean something in every formula and so cannot be inputs."""

LONG_SUM = 2000
"""Recursion limit of Python while a sum of thousands of terms is parsed."""

MAX_DEPTH = 100
"""Deepest nesting of brackets, calls and right-hand sides."""

_OPEN_ENDED = ("reshape", "transpose")
"""Methods that take their lengths or axes with or without brackets."""

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
    ast.LShift: "left_shift",
    ast.RShift: "right_shift",
}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "negative",
    ast.UAdd: "positive",
    ast.Invert: "invert",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_REFUSED: dict[type[ast.AST], str] = {
    ast.BoolOp: "`and` and `or` are not part of the formula language; write `(a > 0) & (b > 0)` "
    "or `(a > 0) | (b > 0)`, with the parentheses",
    ast.Not: "`not` is not part of the formula language; write `~(a > 0)`",
    ast.IfExp: "`x if condition else y` is not part of the formula language; write "
    "`np.where(condition, x, y)`",
    ast.Lambda: "`lambda` is not part of the formula language; write the expression itself",
    ast.ListComp: "Comprehensions are not part of the formula language; write the list out, as "
    "in `[a, b, c]`, or give a list of files to one input",
    ast.NamedExpr: "`:=` is not part of the formula language; repeat the expression, equal parts "
    "are computed once",
    ast.Dict: "A dict is not part of the formula language",
    ast.JoinedStr: "F-strings are not part of the formula language",
    ast.Starred: "`*` before an argument is not part of the formula language; write the list out",
    ast.Await: "`await` is not part of the formula language",
    ast.In: "`in` is not part of the formula language; write `np.isin(img, [1, 2])`",
    ast.NotIn: "`not in` is not part of the formula language; write `~np.isin(img, [1, 2])`",
    ast.Is: "`is` is not part of the formula language; write `==`",
    ast.IsNot: "`is not` is not part of the formula language; write `!=`",
    ast.MatMult: "`@` (matrix product) is not part of the formula language; write "
    "`np.sum(a * b, axis=...)`",
}
for _same, _kind in ((ast.SetComp, ast.ListComp), (ast.GeneratorExp, ast.ListComp)):
    _REFUSED[_same] = _REFUSED[_kind]
_REFUSED[ast.DictComp] = _REFUSED[ast.ListComp]
_REFUSED[ast.Set] = _REFUSED[ast.Dict]


@lru_cache(maxsize=256)
def parse(formula: str) -> Node:
    """Parse a formula into its tree.

    Parameters
    ----------
    formula : str
        An expression in NumPy's notation, e.g. ``"np.mean(bold, axis=-1) * mask"``.

    Returns
    -------
    Node
        The tree; no input has been looked at.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language; the culprit is underlined.

    Examples
    --------
    >>> parse("a + 1").function
    'add'
    """
    return _Parser(formula).tree()


def input_names(formula: str) -> tuple[str, ...]:
    """Return the names of the inputs of a formula, in order of first appearance.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language.

    Examples
    --------
    >>> input_names("np.where(mask > 0, bold - low, 0)")
    ('mask', 'bold', 'low')
    """
    names = [node for node in postorder(parse(formula)) if isinstance(node, Name)]
    return tuple(dict.fromkeys(node.name for node in sorted(names, key=lambda node: node.span)))


def normalised(formula: str) -> str:
    """Return one text for all formulas that differ in blanks, brackets or other spellings only.

    Raises
    ------
    FormulaError
        The text is not an expression of the formula language.

    Examples
    --------
    >>> normalised("a+ abs( b) *(2)")
    'a b absolute/1 2 multiply/2 add/2'
    """
    return " ".join(map(_label, postorder(parse(formula))))


def _label(node: Node) -> str:
    """Return what a node is beside its children, and how many children it has."""
    match node:
        case Name():
            return node.name
        case Literal():
            return repr(node.value)
        case DTypeName():
            return f"dtype.{node.name}"
        case Call():
            names = "".join(f" {name}=" for name, _ in node.kwargs)
            return f"{node.function}/{len(node.children)}{names}"
        case Slice():
            given = (part is not None for part in (node.start, node.stop, node.step))
            return ":".join("x" if there else "" for there in given)
        case Attribute():
            return f".{node.name}"
    return f"{type(node).__name__}/{len(node.children)}"


_deeper = threading.Lock()


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


class _Parser:
    """One formula on its way to a tree."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        # Leading blanks are an indentation error to Python; parentheses allow line breaks.
        self.text = f"({formula}\n)".replace("\r", " ")
        self.depth = 0

    def tree(self) -> Node:
        check_text(self.formula)
        try:
            body = _expression(self.text).body
        except SyntaxError as error:
            raise syntax_error(self.formula, self.text, error) from None
        except (RecursionError, MemoryError, ValueError):
            raise self._error(
                "The formula has too many terms or levels; put the terms in a list, as in "
                "`sum([a, b, c])`, or give one input a list of files"
            ) from None
        self.starts = self._line_starts()
        if isinstance(body, ast.Tuple):
            raise self._refuse(
                body, "A comma between expressions makes several results; a formula has one"
            )
        return self._node(body)

    def _line_starts(self) -> list[tuple[int, bytes]]:
        starts, offset = [], 0
        for line in self.text.split("\n"):
            starts.append((offset, line.encode()))
            offset += len(line) + 1
        return starts

    def _offset(self, line: int, column: int) -> int:
        # The columns of ast count bytes of UTF-8; one character is the added parenthesis.
        start, encoded = self.starts[line - 1]
        return start + len(encoded[:column].decode(errors="replace")) - 1

    def _span(self, node: ast.AST) -> tuple[int, int]:
        if not isinstance(node, ast.expr):
            return (0, len(self.formula))
        end_line, end_column = node.end_lineno, node.end_col_offset
        if end_line is None or end_column is None:
            return (0, len(self.formula))
        start = self._offset(node.lineno, node.col_offset)
        # The parentheses around the text can be a node themselves.
        return max(start, 0), min(self._offset(end_line, end_column), len(self.formula))

    def _error(self, message: str, span: tuple[int, int] | None = None) -> FormulaError:
        return FormulaError(sentence(message), self.formula, span)

    def _refuse(self, node: ast.AST, message: str, at: ast.AST | None = None) -> FormulaError:
        return self._error(message, self._span(at or node))

    # One method per kind of syntax; what has none is refused.

    def _node(self, node: ast.AST) -> Node:
        for kind, message in _REFUSED.items():
            if isinstance(node, kind):
                raise self._refuse(node, message)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._refuse(node, f"{type(node).__name__} is not part of the formula language")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._refuse(node, f"The formula is nested more than {MAX_DEPTH} levels deep")
        result: Node = method(node)
        self.depth -= 1
        return result

    def _constant(self, node: ast.Constant) -> Node:
        span = self._span(node)
        if isinstance(node.value, str):
            name = DTYPE_NAMES.get(node.value)
            if name is None:
                raise self._refuse(
                    node,
                    f"The text {node.value!r} is not a dtype; text occurs in a formula only as "
                    f"the name of a dtype.{nearest(node.value, DTYPE_NAMES)}",
                )
            return DTypeName(span, name)
        if isinstance(node.value, bytes):
            raise self._refuse(node, "Bytes are not part of the formula language")
        if isinstance(node.value, int | float | complex) and _too_large(node.value):
            raise self._refuse(node, "The number is too large for 64 bits; infinity is `np.inf`")
        return Literal(span, node.value)

    def _name(self, node: ast.Name) -> Node:
        span = self._span(node)
        if node.id == "np":
            raise self._refuse(node, "`np` stands alone; write `np.` and the name of a function")
        if node.id in ("int", "float", "bool", "complex"):
            return DTypeName(span, DTYPE_NAMES[node.id])
        if node.id in BUILTINS:
            raise self._refuse(node, f"`{node.id}` is a function; call it, as in `{node.id}(...)`")
        if node.id.startswith("_"):
            raise self._refuse(
                node, f"`{node.id}` begins with an underscore; names of inputs begin with a letter"
            )
        return Name(span, node.id)

    def _list(self, node: ast.List) -> Node:
        return Sequence(self._span(node), tuple(self._node(item) for item in node.elts))

    def _tuple(self, node: ast.Tuple) -> Node:
        return Sequence(self._span(node), tuple(self._node(item) for item in node.elts))

    def _binop(self, node: ast.BinOp) -> Node:
        # Walk down the left side in a loop: `a + b + ...` is as deep as it is long.
        chain: list[ast.BinOp] = [node]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        result = self._node(chain[-1].left)
        for step in reversed(chain):
            function = _BINARY.get(type(step.op))
            if function is None:
                raise self._refuse(step, _REFUSED.get(type(step.op), "This operator is not known"))
            result = Call(self._span(step), function, (result, self._node(step.right)))
        return result

    def _unaryop(self, node: ast.UnaryOp) -> Node:
        function = _UNARY.get(type(node.op))
        if function is None:
            raise self._refuse(node, _REFUSED[type(node.op)])
        return Call(self._span(node), function, (self._node(node.operand),))

    def _compare(self, node: ast.Compare) -> Node:
        span = self._span(node)
        operands = [self._node(operand) for operand in (node.left, *node.comparators)]
        parts: list[Node] = []
        for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
            function = _COMPARE.get(type(operator))
            if function is None:
                raise self._refuse(
                    node, _REFUSED.get(type(operator), "This comparison is not known")
                )
            parts.append(Call((left.span[0], right.span[1]), function, (left, right)))
        result = parts[0]
        for part in parts[1:]:
            result = Call(span, "logical_and", (result, part))
        return result

    def _subscript(self, node: ast.Subscript) -> Node:
        inner = node.slice
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        base = self._node(node.value)
        return Index(self._span(node), base, tuple(self._node(item) for item in items))

    def _slice(self, node: ast.Slice) -> Node:
        parts = [None if p is None else self._node(p) for p in (node.lower, node.upper, node.step)]
        spans = [part.span for part in parts if part is not None]
        span = (spans[0][0], spans[-1][1]) if spans else (0, len(self.formula))
        return Slice(span, *parts)

    def _attribute(self, node: ast.Attribute) -> Node:
        span = self._span(node)
        path = _np_path(node)
        if path is not None:
            return self._np_name(node, path)
        if node.attr.startswith("_"):
            raise self._refuse(
                node, "Names with a leading underscore are not part of the language"
            )
        if node.attr in ATTRIBUTES:
            return Attribute(span, self._node(node.value), node.attr)
        if _canonical(node.attr) in FUNCTIONS:
            raise self._refuse(
                node, f"`.{node.attr}` is a method; call it, as in `.{node.attr}()`"
            )
        hint = nearest(node.attr, [*ATTRIBUTES, *FUNCTIONS, *ALIASES], prefix=".")
        raise self._refuse(
            node, f"`.{node.attr}` is not an attribute of the formula language.{hint}"
        )

    def _np_name(self, node: ast.Attribute, path: str) -> Node:
        span = self._span(node)
        if path in CONSTANTS:
            return Literal(span, CONSTANTS[path])
        if path in DTYPE_NAMES:
            return DTypeName(span, DTYPE_NAMES[path])
        if _canonical(path) in FUNCTIONS:
            raise self._refuse(node, f"`np.{path}` is a function; call it, as in `np.{path}(...)`")
        raise self._unknown_function(node, path)

    def _unknown_function(self, node: ast.AST, path: str) -> FormulaError:
        if path in CONSTANTS:
            return self._refuse(node, f"`np.{path}` is a number; leave out the brackets")
        choices = [*FUNCTIONS, *ALIASES, *CONSTANTS, *DTYPE_NAMES]
        hint = nearest(path, [c for c in choices if not c.startswith("_")], prefix="np.")
        return self._refuse(node, f"np.{path} is not a function of the formula language.{hint}")

    def _call(self, node: ast.Call) -> Node:
        span = self._span(node)
        function, base = self._function(node)
        for item in node.keywords:
            if item.arg is None:
                raise self._refuse(node, "`**` is not part of the formula language", item.value)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise self._refuse(argument, _REFUSED[ast.Starred])
        args = [*base, *(self._node(argument) for argument in node.args)]
        if base and function in _OPEN_ENDED and len(args) > 2:
            place = (args[1].span[0], args[-1].span[1])
            args = [args[0], Sequence(place, tuple(args[1:]))]
        if function == "_dtype":
            target = self._node(node.func)
            if len(args) != 1 or node.keywords:
                raise self._refuse(node, "A dtype takes one argument, as in `np.float32(img)`")
            return Call(span, "astype", (args[0], target))
        kwargs = tuple((item.arg or "", self._node(item.value)) for item in node.keywords)
        return Call(span, function, tuple(args), kwargs)

    def _function(self, node: ast.Call) -> tuple[str, list[Node]]:
        """Return the name of the called function, and the object of a method call."""
        func = node.func
        if isinstance(func, ast.Name):
            return self._builtin(func), []
        path = _np_path(func)
        if path is not None:
            if path in DTYPE_NAMES:
                return "_dtype", []
            name = _canonical(path)
            if name not in FUNCTIONS or FUNCTIONS[name].method_only:
                raise self._unknown_function(func, path)
            return name, []
        if isinstance(func, ast.Attribute):
            name = _canonical(func.attr)
            if func.attr.startswith("_"):
                raise self._refuse(
                    func, "Names with a leading underscore are not part of the language"
                )
            if func.attr in ATTRIBUTES and name not in FUNCTIONS:
                raise self._refuse(func, f"`.{func.attr}` is no method; leave out the brackets")
            if name not in FUNCTIONS:
                hint = nearest(func.attr, [*FUNCTIONS, *ALIASES], prefix=".")
                raise self._refuse(func, f"`.{func.attr}` is not a method of the language.{hint}")
            return name, [self._node(func.value)]
        self._node(func)
        raise self._refuse(func, "Only functions of `np` and methods can be called")

    def _builtin(self, func: ast.Name) -> str:
        if func.id in ("int", "float", "bool", "complex"):
            return "_dtype"
        name = BUILTINS.get(func.id)
        if name is not None:
            return name
        if _canonical(func.id) in FUNCTIONS:
            raise self._refuse(func, f"Write `np.{func.id}(...)`: functions are called with `np.`")
        hint = nearest(func.id, [*BUILTINS, *FUNCTIONS])
        raise self._refuse(func, f"`{func.id}` is not a function of the formula language.{hint}")


def _too_large(number: complex) -> bool:
    try:
        return abs(number) == float("inf") or abs(float(abs(number))) == float("inf")
    except OverflowError:
        return True


def _canonical(name: str) -> str:
    return ALIASES.get(name, name)


def _np_path(node: ast.AST) -> str | None:
    """Return ``"linalg.norm"`` for ``np.linalg.norm``, None for what does not begin with np."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id == "np" and parts:
        return ".".join(reversed(parts))
    return None


def is_input_name(name: str) -> bool:
    """Tell whether `name` can be the name of an input.

    Examples
    --------
    >>> is_input_name("bold"), is_input_name("np"), is_input_name("1st"), is_input_name("_x")
    (True, False, False, False)
    """
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and name not in RESERVED_NAMES
    )
