"""Inputs that are lists of files, where a formula stacks their files one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nipype_mathimg.formula.language.choices import exchanged
from nipype_mathimg.formula.language.tree import Call, Name, Program, Sequence, postorder

__all__ = ["item_name", "unrolled"]

STACK = "stack"
"""Elsewhere a list is one image, whose files are joined along t."""


def item_name(name: str, place: int) -> str:
    """Return the name of one file of a list, which no formula can write.

    Examples
    --------
    >>> item_name("echoes", 1)
    'echoes[1]'
    """
    return f"{name}[{place}]"


def unrolled(program: Program, lengths: Mapping[str, int]) -> Program:
    """Return a program in which a list that is stacked is the list of its files.

    Parameters
    ----------
    program : Program
        The formula.
    lengths : mapping
        For the name of every input that is a list of files, how many there are.

    Returns
    -------
    Program
        ``np.stack(echoes, axis=-1)`` became ``np.stack([echoes[0], echoes[1]], axis=-1)``, each a
        name of its own.
    """
    if not lengths or not any(True for _ in _stacked(program, lengths)):
        return program
    done = {
        id(name): Sequence(
            name.span,
            tuple(Name(name.span, item_name(name.name, k)) for k in range(lengths[name.name])),
        )
        for name in _stacked(program, lengths)
    }
    bindings = (one.changed(value=exchanged(one.value, done)) for one in program.bindings)
    return program.changed(bindings=tuple(bindings))


def _stacked(program: Program, lengths: Mapping[str, int]) -> Iterator[Name]:
    bound = set(program.names)
    for binding in program.bindings:
        for node in postorder(binding.value):
            if isinstance(node, Call) and node.function == STACK:
                first = node.children[0] if node.children else None
                if isinstance(first, Name) and first.name in lengths and first.name not in bound:
                    yield first
