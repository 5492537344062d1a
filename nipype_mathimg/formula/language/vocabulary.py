"""The names that a formula may use; they are handed in, so that the language knows no function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from nipype_mathimg.frozen import Unique

__all__ = ["Namespace", "Vocabulary"]


class Namespace(Unique):
    """The functions and constants behind one name and a dot.

    Parameters
    ----------
    name : str
        As messages spell it: ``"np"``.
    roots : tuple of str
        What a formula may write for it, dots included: ``("ndimage", "scipy.ndimage")``.
    functions : mapping
        From the name after the dot (other names of the same function included) to the row of the
        function table.
    constants : mapping
        From the name after the dot to a number, or None.
    dtypes : mapping
        From the name after the dot to the name of a dtype.
    absent : mapping
        Functions that are not here, to what is said about them.
    is_known_elsewhere : callable
        Tells whether the package that the namespace stands for has a name: it is no slip then.
    """

    name: str
    roots: tuple[str, ...]
    functions: Mapping[str, str]
    constants: Mapping[str, float | None]
    dtypes: Mapping[str, str]
    absent: Mapping[str, str] = MappingProxyType({})
    is_known_elsewhere: Callable[[str], bool] = lambda path: False

    def words(self) -> Iterable[str]:
        """Return everything that may stand after the dot."""
        return (*self.functions, *self.constants, *self.dtypes)


class Vocabulary(Unique):
    """Everything that a formula may name beside its inputs; equal only to itself.

    Parameters
    ----------
    namespaces : tuple of Namespace
        In the order in which messages propose them.
    builtins : mapping
        Functions without a namespace, to their rows: ``{"abs": "absolute"}``.
    own : mapping
        Functions without a namespace, to their rows, whose names inputs may have too.
    conversions : mapping
        Names that convert when they are called, to dtypes: ``{"float": "float64"}``.
    methods : mapping
        From the name of a method (``img.mean()``) to its row.
    attributes : tuple of str
        What an array has without brackets: ``img.shape``.
    dtypes : mapping
        Texts that name a dtype.
    texts : frozenset of str
        Other texts: names of ways to do something, as in ``mode="nearest"``.
    units : frozenset of str
        Names of units of length: ``5*mm``.
    named : frozenset of str
        Rows that take names of labels beside numbers: ``np.isin(seg, ["Left-Hippocampus"])``.
    open_ended : frozenset of str
        Rows that take their last argument with or without brackets: ``img.reshape(2, 3)``.
    absent : mapping
        What other packages and calculators have, alone or behind a dot, to what is said about it.
    """

    namespaces: tuple[Namespace, ...]
    builtins: Mapping[str, str]
    own: Mapping[str, str]
    conversions: Mapping[str, str]
    methods: Mapping[str, str]
    attributes: tuple[str, ...]
    dtypes: Mapping[str, str]
    texts: frozenset[str]
    units: frozenset[str]
    named: frozenset[str]
    open_ended: frozenset[str]
    absent: Mapping[str, str] = MappingProxyType({})

    @property
    def reserved(self) -> frozenset[str]:
        """Names that mean something in every formula: neither an input nor a binding."""
        roots = (root.split(".")[0] for space in self.namespaces for root in space.roots)
        words = (*self.builtins, *self.conversions, *self.units, "True", "False", "None")
        return frozenset((*roots, *words))

    def place_of(self, node: ast.AST) -> tuple[Namespace, str] | None:
        """Return what ``np.linalg.norm`` names: the namespace and ``"linalg.norm"``.

        None for what does not begin with a namespace. The longest beginning counts, so that
        ``scipy.ndimage`` may stand beside ``scipy.special``.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or not parts:
            return None
        written = ".".join((node.id, *reversed(parts)))
        found = [
            (len(root), space, written[len(root) + 1 :])
            for space in self.namespaces
            for root in space.roots
            if written.startswith(f"{root}.")
        ]
        if not found:
            return None
        _, space, path = max(found, key=lambda place: place[0])
        return space, path

    def namespace_named(self, word: str) -> Namespace | None:
        """Return the namespace that stands alone as `word`, None if it is another name."""
        return next((space for space in self.namespaces if word in space.roots), None)

    def instead_of(self, word: str) -> str:
        """Return what does the job of a function that is in no namespace here, mostly nothing."""
        known = (self.absent, *(space.absent for space in self.namespaces))
        return next((texts[word] for texts in known if word in texts), "")

    def home_of(self, word: str) -> Namespace | None:
        """Return the first namespace that has a function of this name."""
        return next((space for space in self.namespaces if word in space.functions), None)
