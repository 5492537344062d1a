"""What the names in a formula stand for: functions, constants, dtypes, attributes."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Sequence

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.language.text import Text
from nipype_mathimg.formula.language.tree import DTypeName, Literal, Node
from nipype_mathimg.formula.language.vocabulary import Namespace, Vocabulary

__all__ = ["CONVERSION", "called", "check_root", "meant", "named"]

CONVERSION = "_dtype"
"""In place of a function: the name of a dtype is called, as in ``np.float32(img)``."""

_PACKAGES = frozenset(
    (
        "numpy", "scipy", "math", "cmath", "statistics", "os", "sys", "nilearn", "nibabel", "nib",
        "skimage", "sklearn", "pandas", "pd", "torch", "jax", "jnp", "cupy",
    )
)  # fmt: skip
"""What is more likely a package than an image when something it lacks is asked of it."""

_NEVER_IMAGES = _PACKAGES - {"math", "statistics", "os", "sys", "pd", "nib"}
"""Packages whose names no input has: a map of arithmetic may be `math`, of proton density `pd`."""


def named(
    text: Text, vocabulary: Vocabulary, node: ast.Attribute, space: Namespace, path: str
) -> Node:
    """Return what a name after ``np.`` stands for that is not called."""
    span = text.span(node)
    if path in space.constants:
        return Literal(span, space.constants[path])
    if path in space.dtypes:
        return DTypeName(span, space.dtypes[path])
    if path in space.functions:
        spelling = f"{space.name}.{path}"
        raise text.refuse(node, f"`{spelling}` is a function; call it, as in `{spelling}(...)`")
    raise _unknown(text, vocabulary, node, space, path)


_LISTED = "; see `mathimg functions` for those that there are"


def _unknown(
    text: Text, vocabulary: Vocabulary, node: ast.AST, space: Namespace, path: str
) -> FormulaError:
    if path in space.constants:
        return text.refuse(node, f"`{space.name}.{path}` is a number; leave out the brackets")
    refusal = f"{space.name}.{path} is not a function of the formula language"
    if path in space.absent:
        return text.refuse(node, f"{refusal}; {space.absent[path]}")
    word = path.rpartition(".")[2]
    if word in vocabulary.own or word in vocabulary.builtins:
        return text.refuse(node, f"{refusal}; write `{word}(...)` alone")
    home = vocabulary.home_of(path)
    if home is not None:
        return text.refuse(node, f"{refusal}; write `{home.name}.{path}(...)`")
    if space.is_known_elsewhere(path):
        return text.refuse(node, f"{refusal}{_LISTED}")
    # Behind another package, as in `np.ndimage.zoom` or `stats.zscore`.
    home, instead = vocabulary.home_of(word), vocabulary.instead_of(word)
    if home is not None:
        return text.refuse(node, f"{refusal}; write `{home.name}.{word}(...)`")
    if instead:
        return text.refuse(node, f"{refusal}; {instead}")
    choices = [word for word in space.words() if not word.startswith("_")]
    hint = nearest(path, choices, prefix=f"{space.name}.")
    return text.refuse(node, f"{refusal}.{hint}" if hint else f"{refusal}{_LISTED}")


def called(
    text: Text, vocabulary: Vocabulary, func: ast.Name | ast.Attribute
) -> tuple[str, ast.expr | None]:
    """Return the row of the called function, and the object of a method call."""
    if isinstance(func, ast.Name):
        return _bare(text, vocabulary, func), None
    place = vocabulary.place_of(func)
    if place is not None:
        space, path = place
        if path in space.dtypes:
            return CONVERSION, None
        if path not in space.functions:
            raise _unknown(text, vocabulary, func, space, path)
        return space.functions[path], None
    return _method(text, vocabulary, func), func.value


def _method(text: Text, vocabulary: Vocabulary, func: ast.Attribute) -> str:
    if func.attr.startswith("_"):
        raise text.refuse(func, "Names with a leading underscore are not part of the language")
    if _root(func) in _NEVER_IMAGES:
        check_root(text, vocabulary, func)
    if func.attr in vocabulary.methods:
        return vocabulary.methods[func.attr]
    if func.attr in vocabulary.attributes:
        raise text.refuse(func, f"`.{func.attr}` is no method; leave out the brackets")
    _check_absent(text, vocabulary, func, func.attr)
    check_root(text, vocabulary, func)
    hint = nearest(func.attr, vocabulary.methods, prefix=".")
    space = vocabulary.home_of(func.attr)
    if space is not None:
        hint = f" Write `{space.name}.{func.attr}(...)`"
    refusal = f"`.{func.attr}(...)` cannot stand behind an image"
    raise text.refuse(func, f"{refusal}.{hint}" if hint else f"{refusal}{_LISTED}")


def _check_absent(text: Text, vocabulary: Vocabulary, node: ast.expr, word: str) -> None:
    """Refuse what other packages and calculators have, and say what does its job."""
    instead = vocabulary.instead_of(word)
    if instead:
        raise text.refuse(node, f"`{word}` is not part of the formula language; {instead}")


def check_root(text: Text, vocabulary: Vocabulary, node: ast.Attribute) -> None:
    """Refuse what begins with the name of a package, and say what a formula has instead.

    Raises
    ------
    FormulaError
        ``scipy.stats.norm.sf``, ``numpy.sqrt``: not an attribute of an image, but of a package;
        or ``.affine``, which an image of another package has.
    """
    _check_absent(text, vocabulary, node, node.attr)
    root, *parts = _path(node)
    known = {*vocabulary.attributes, *vocabulary.methods}
    if not root or not (root in _PACKAGES or any(part not in known for part in parts[:-1])):
        return
    written, here = ".".join((root, *parts)), _in_formula(vocabulary, parts)
    if here:
        raise text.refuse(node, f"`{written}` is `{here}` in a formula; write that")
    raise text.refuse(
        node,
        f"`{written}` is not part of the formula language; write a function that begins with "
        f"{_roots(vocabulary)}{_LISTED}",
    )


def _root(node: ast.expr) -> str:
    """Return the name in front of all dots, an empty one where something else stands there."""
    return _path(node)[0]


def _path(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *parts]


def _in_formula(vocabulary: Vocabulary, parts: Sequence[str]) -> str:
    """Return how a formula writes what stands behind the name of a package, if it can."""
    for word in (".".join(parts), parts[-1]):
        for space in vocabulary.namespaces:
            if word in space.words():
                return f"{space.name}.{word}"
    return ""


def taken(vocabulary: Vocabulary, name: str) -> str:
    """Return why no input can have a name, where it means something already."""
    if keyword.iskeyword(name):
        return f"`{name}` is a word of Python"
    if name in vocabulary.units:
        return f"`{name}` is a unit, as in `6*{name}`"
    if name in vocabulary.reserved:
        roots = [root.split(".")[0] for space in vocabulary.namespaces for root in space.roots]
        return f"functions begin with `{name}.`" if name in roots else f"`{name}` is a function"
    return "it has to be letters, digits and underscores, with a letter in front"


def meant(vocabulary: Vocabulary, word: str, formula: str = "") -> str:
    """Return what an unknown name stands for behind a namespace, or an empty string.

    Parameters
    ----------
    vocabulary : Vocabulary
        The names that there are.
    word : str
        The name.
    formula : str
        Where it stands, if that is known.
    """
    for space in vocabulary.namespaces:
        if word in space.constants:
            return f" For the number write `{space.name}.{word}`."
        if word in space.functions:
            return f" For the function write `{space.name}.{word}(...)`."
    if re.search(rf"\bax[ei]s\s*=\s*[(\[]?\s*(?:[\w-]+\s*,\s*)*{word}\b", formula):
        return (
            " An axis is a number: write 0, 1 and 2 for x, y and z, and -1 for the last one, "
            "which is time in a series."
        )
    if word in _PACKAGES:
        found = re.search(rf"(?<![\w.]){word}((?:\.\w+)+)", formula)
        parts = found[1].split(".")[1:] if found else [""]
        here = _in_formula(vocabulary, parts)
        if found and here:
            return f" If the package was meant, `{found[0]}` is `{here}` in a formula; write that."
        return f" Functions begin with {_roots(vocabulary)}."
    return ""


def _roots(vocabulary: Vocabulary) -> str:
    return " or ".join(f"`{space.name}.`" for space in vocabulary.namespaces)


def _bare(text: Text, vocabulary: Vocabulary, func: ast.Name) -> str:
    if func.id in vocabulary.conversions:
        return CONVERSION
    row = vocabulary.builtins.get(func.id) or vocabulary.own.get(func.id)
    if row is not None:
        return row
    space = vocabulary.home_of(func.id)
    if space is not None:
        raise text.refuse(
            func,
            f"Write `{space.name}.{func.id}(...)`: functions are called with `{space.name}.`",
        )
    _check_absent(text, vocabulary, func, func.id)
    words = (word for space in vocabulary.namespaces for word in space.functions)
    hint = nearest(
        func.id, [*vocabulary.builtins, *vocabulary.own, *vocabulary.conversions, *words]
    )
    refusal = f"`{func.id}` is not a function of the formula language"
    raise text.refuse(func, f"{refusal}.{hint}" if hint else f"{refusal}{_LISTED}")
