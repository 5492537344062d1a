"""Names of a package that are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

__all__ = ["attribute", "listed"]


def attribute(package: str, homes: Mapping[str, str], name: str) -> object:
    """Return what a name of a package stands for; called by the package's ``__getattr__``.

    Parameters
    ----------
    package : str
        The name of the package.
    homes : mapping of str to str
        For each name the module that has it, below the package.
    name : str
        What is asked for.

    Raises
    ------
    AttributeError
        The package has no such name.
    ImportError
        The module cannot be imported.
    """
    # AttributeError, because hasattr and `from ... import` ask for names that may not exist.
    if name not in homes:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    module = f"{package}.{homes[name]}"
    try:
        return getattr(import_module(module), name)
    except AttributeError as error:
        # Python would hide what is wrong, mostly a package that is too old or too new, behind
        # "cannot import name".
        raise ImportError(f"{module} cannot be imported: {error}", name=module) from error


def listed(module: Mapping[str, object], names: Iterable[str]) -> list[str]:
    """Return what ``dir`` shows of a package, also before it is imported.

    Called by the package's ``__dir__``: without it the key Tab offers what the package has
    imported for itself, and not what it is for.

    Parameters
    ----------
    module : mapping
        The package's ``globals()``.
    names : iterable of str
        Its public names.

    Examples
    --------
    >>> listed({"__name__": "here", "TYPE_CHECKING": False}, ["math_img"])
    ['__name__', 'math_img']
    """
    return sorted({*names, *(name for name in module if name.startswith("__"))})
