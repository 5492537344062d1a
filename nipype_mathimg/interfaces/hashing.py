"""What Nipype's cache sees of an input: files by their state, numbers to the last digit."""

from __future__ import annotations

import os

from nipype import config
from nipype.interfaces.base import isdefined
from nipype.utils.filemanip import hash_infile, hash_timestamp

__all__ = ["fingerprint", "hash_method_or_default"]

PARTNERS = {
    ".hdr": (".img", ".img.gz"),
    ".img": (".hdr",),
    ".img.gz": (".hdr", ".hdr.gz"),
    ".HEAD": (".BRIK", ".BRIK.gz"),
    ".BRIK": (".HEAD",),
    ".BRIK.gz": (".HEAD",),
}
"""The other file of an image that consists of two."""

_METHODS = {"timestamp": hash_timestamp, "content": hash_infile}


def hash_method_or_default(method: str | None) -> str:
    """Return the name of a hash method, by default the one of Nipype's configuration."""
    return str(method or config.get("execution", "hash_method")).lower()


def fingerprint(value: object, is_path: bool, method: str, *, full_path: bool = False) -> object:
    """Return what stands for `value` in a hash: plain values, with no two meanings alike.

    Nipype itself formats numbers with ten decimals, so that 1e-11 and 2e-11 would be the same
    input, and looks at one file only of an image that consists of two.

    Parameters
    ----------
    value : object
        The value of an input, or a list or dict of such values.
    is_path : bool
        Whether a string is a path; a formula is not, even when a file has its name.
    method : {'timestamp', 'content'}
        How Nipype's configuration wants files to be told apart.
    full_path : bool
        Show files with their whole path (for a record that people read), and not with the bare
        name, which counts because the name of a result is made from it.
    """
    if isinstance(value, dict):
        # The order in which a dict was filled has no effect on the result.
        items = sorted(value.items())
        return [(key, fingerprint(item, is_path, method)) for key, item in items]
    if isinstance(value, (list, tuple)):
        return [fingerprint(item, is_path, method, full_path=full_path) for item in value]
    if not isdefined(value):
        return "undefined"
    if not isinstance(value, str):
        # The type too: 1, 1.0 and True give results of other dtypes. The repr of a float is the
        # shortest text that reads back as the same float.
        return f"{type(value).__name__} {value!r}"
    if is_path and os.path.isfile(value):
        shown = value if full_path else os.path.basename(value)
        return (shown, *(_METHODS[method](path) for path in (value, *_partners(value))))
    return value


def _partners(path: str) -> list[str]:
    for suffix, others in PARTNERS.items():
        if path.endswith(suffix):
            stem = path[: -len(suffix)]
            return [stem + other for other in others if os.path.isfile(stem + other)]
    return []
