"""The surface tree: what a formula says, before anything is known about its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Attribute",
    "Call",
    "DTypeName",
    "Index",
    "Literal",
    "Name",
    "Node",
    "Sequence",
    "Slice",
    "postorder",
]

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Something that a formula contains.

    Parameters
    ----------
    span : tuple of int
        Offsets of the first and one past the last character in the text of the formula.
    """

    span: Span

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes directly below this one, in the order of the text."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A number, None, or the ellipsis."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class DTypeName(Node):
    """The name of a dtype: ``np.float32``, ``"int16"``, ``float``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """An input: an image, a list of images, a number or a list of numbers."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Node):
    """A list or a tuple."""

    items: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The items."""
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Node):
    """``base.name`` for one of the listed attributes."""

    base: Node
    name: str

    @property
    def children(self) -> tuple[Node, ...]:
        """The base."""
        return (self.base,)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """A function of the table with its arguments; operators and methods are calls too."""

    function: str
    args: tuple[Node, ...]
    kwargs: tuple[tuple[str, Node], ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """Positional, then keyword arguments."""
        return (*self.args, *(node for _, node in self.kwargs))


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Node):
    """``start:stop:step`` inside brackets; an absent part is None."""

    start: Node | None
    stop: Node | None
    step: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts that are there."""
        return tuple(part for part in (self.start, self.stop, self.step) if part is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """``base[items]``."""

    base: Node
    items: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The base, then what stands in the brackets."""
        return (self.base, *self.items)


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
