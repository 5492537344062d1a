"""Files whose content is packed in another way than their names say."""

from __future__ import annotations

from os.path import splitext

from nipype_mathimg.images.files.codecs import CODECS, codec_of

__all__ = ["START_BYTES", "misnamed"]

START_BYTES = 4
"""Bytes of a file that `misnamed` has to see."""

# Headers of NIfTI-1 (and Analyze) and of NIfTI-2 begin with their size, in either byte order;
# MGH files with their version.
_PLAIN_STARTS = frozenset(
    [size.to_bytes(4, order) for size in (348, 540) for order in ("little", "big")]
    + [(1).to_bytes(4, "big")]
)
_ONE_WORD = {".mgz": ".mgh"}
"""Suffixes that say format and compression at once, and the same format uncompressed."""


def misnamed(path: str, start: bytes) -> tuple[str, str] | None:
    """Say what is wrong with the name of a file that cannot be read.

    Parameters
    ----------
    path : str
        The file.
    start : bytes
        Its first `START_BYTES`.

    Returns
    -------
    tuple of str, or None
        Problem and remedy; None where the name agrees with the content, or with neither.

    Examples
    --------
    >>> misnamed("a.nii.gz", bytes([92, 1, 0, 0]))
    ('is not compressed, although its name ends in .gz', 'Name it a.nii')
    """
    named = codec_of(path)
    stem, suffix = splitext(path)
    found = next((end for end in CODECS if start.startswith(CODECS[end].magic)), None)
    if found is None and start.lstrip()[:1] == b"<" and named is not None:
        return "is a web page or other text, not an image", "Download or copy the file again"
    if found is None:
        if named is None or start not in _PLAIN_STARTS:
            return None
        plain = stem + _ONE_WORD.get(suffix.lower(), "")
        return f"is not compressed, although its name ends in {suffix}", f"Name it {plain}"
    codec = CODECS[found]
    if named is None:
        packed = {plain: one for one, plain in _ONE_WORD.items() if CODECS[one] is codec}
        whole = stem + packed[suffix] if suffix in packed else path + found
        return f"is compressed by {codec.name}, which its name does not say", f"Name it {whole}"
    if named is codec:
        return None
    problem = f"is compressed by {codec.name}, although its name ends in {suffix}"
    return problem, f"Name it {stem}{found}"
