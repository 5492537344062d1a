"""Which parts of a header are asked for, by their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nipype_mathimg.errors import HeaderError, nearest

__all__ = ["ALL", "chosen_parts"]

ALL = "all"
"""Stands for every part."""


def chosen_parts(parts: Sequence[str], copied: Iterable[str], whole: str) -> list[str]:
    """Return the parts to copy, each once.

    Parameters
    ----------
    parts : str or sequence of str
        What is asked for.
    copied : iterable of str
        What is copied for `ALL`, in order.
    whole : str
        What they are parts of, for a message.

    Raises
    ------
    HeaderError
        There is no such part.
    """
    names = [parts] if isinstance(parts, str) else list(dict.fromkeys(parts))
    known = list(dict.fromkeys((ALL, *copied)))
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f" The parts are {', '.join(known)}."
            raise HeaderError(f"{name!r} is no part of {whole}.{hint}")
    return list(copied) if ALL in names else names
