"""The surface tree: what a formula says, before anything is known about its inputs."""

from __future__ import annotations

from collections.abc import Iterator

from nipype_mathimg.frozen import Frozen

__all__ = [
    "Attribute",
    "Binding",
    "Call",
    "Choice",
    "DTypeName",
    "Index",
    "Literal",
    "Name",
    "Node",
    "Program",
    "Sequence",
    "Slice",
    "Unit",
    "postorder",
]

Span = tuple[int, int]
"""Offsets of the first and one past the last character in the text of the formula."""


class Literal(Frozen):
    """A number, None, or the ellipsis."""

    span: Span
    value: object

    @property
    def children(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


class DTypeName(Frozen):
    """The name of a dtype: ``np.float32``, ``"int16"``, ``float``."""

    span: Span
    name: str

    @property
    def children(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


class Name(Frozen):
    """An input: an image, a list of images, a number or a list of numbers."""

    span: Span
    name: str

    @property
    def children(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


class Unit(Frozen):
    """A unit of length: ``mm``."""

    span: Span
    name: str

    @property
    def children(self) -> tuple[Node, ...]:
        """Nothing."""
        return ()


class Sequence(Frozen):
    """A list or a tuple."""

    span: Span
    items: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The items."""
        return self.items


class Attribute(Frozen):
    """``base.name`` for one of the listed attributes."""

    span: Span
    base: Node
    name: str

    @property
    def children(self) -> tuple[Node, ...]:
        """The base."""
        return (self.base,)


class Call(Frozen):
    """A function of the table with its arguments; operators and methods are calls too."""

    span: Span
    function: str
    args: tuple[Node, ...]
    kwargs: tuple[tuple[str, Node], ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """Positional, then keyword arguments."""
        return (*self.args, *(node for _, node in self.kwargs))


class Slice(Frozen):
    """``start:stop:step`` inside brackets; an absent part is None."""

    span: Span
    start: Node | None
    stop: Node | None
    step: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts that are there."""
        return tuple(part for part in (self.start, self.stop, self.step) if part is not None)


class Index(Frozen):
    """``base[items]``."""

    span: Span
    base: Node
    items: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The base, then what stands in the brackets."""
        return (self.base, *self.items)


class Choice(Frozen):
    """``given if x is not None else absent``: one of two expressions, by whether `x` is given.

    It is decided before anything is read, see `choices.settled`.
    """

    span: Span
    test: Name
    given: Node
    absent: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The name that is asked for, then what stands for either answer."""
        return (self.test, self.given, self.absent)


Node = Literal | DTypeName | Name | Unit | Sequence | Attribute | Call | Slice | Index | Choice
"""Something that a formula contains; `children` stand in the order of the text."""


class Binding(Frozen):
    """``name = value``: an expression that has a name.

    Parameters
    ----------
    span : tuple of int
        Where the name stands.
    name : str
        The name; empty for an expression at the end that has none.
    value : Node
        The expression.
    """

    span: Span
    name: str
    value: Node

    def inner_names(self) -> Iterator[Name]:
        """Yield every name that the expression uses."""
        return (node for node in postorder(self.value) if isinstance(node, Name))


class Program(Frozen):
    """What a formula says: expressions with names, in order; the last is the result.

    Parameters
    ----------
    formula : str
        The text.
    bindings : tuple of Binding
        At least one; a formula of one expression is one binding without a name.
    """

    formula: str
    bindings: tuple[Binding, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are bound, in order."""
        return tuple(binding.name for binding in self.bindings if binding.name)

    def uses(self) -> Iterator[Name]:
        """Yield every name that an expression uses."""
        for binding in self.bindings:
            yield from binding.inner_names()


def postorder(tree: Node) -> Iterator[Node]:
    """Yield every node of a tree, children first, without recursion.

    A sum of a thousand terms is a tree a thousand levels deep: recursion would fail on it.
    """
    stack: list[tuple[Node, bool]] = [(tree, False)]
    while stack:
        node, seen = stack.pop()
        if seen:
            yield node
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node.children))
