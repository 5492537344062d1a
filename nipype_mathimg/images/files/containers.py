"""What lies around the voxels in the files that are written: NIfTI, NIfTI pair, MGH."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Literal

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.packing import GZIP, PLAIN, ZSTANDARD, Packing
from nipype_mathimg.images.headers.header import FramedHeader, ImageHeader
from nipype_mathimg.images.headers.kinds import KINDS, Kind, is_cifti, is_gifti, kind_named
from nipype_mathimg.images.headers.nifti import LAYOUTS, MAGIC, Extension, NiftiHeader
from nipype_mathimg.images.headers.rules import write_unscaled
from nipype_mathimg.spec import ArraySpec

__all__ = ["CONTAINERS", "NIFTI", "Blocks", "Container", "Layout", "check_suffix", "layout_of"]


# The four bytes behind a header tell by the first of them whether extensions follow (nifti1.h). In
# a single file they are always there, so that the voxels begin at 352 (NIfTI-2: 544) or later.
_NO_EXTENSIONS, _SOME_EXTENSIONS = bytes(4), bytes([1, 0, 0, 0])
# esize, which counts these 8 bytes too, and ecode; in the byte order of the header.
_EXTENSION_HEAD = struct.Struct("=2i")


class Blocks(Frozen):
    """The bytes of a file besides the voxels.

    Parameters
    ----------
    head, tail : bytes
        Before and after the voxels.
    side : bytes or None
        Content of a header file of its own.
    """

    head: bytes
    tail: bytes = b""
    side: bytes | None = None


class Container(Frozen):
    """A layout of image files.

    Parameters
    ----------
    byte_order : str
        Of the voxels, as NumPy writes it.
    blocks : callable
        FramedHeader, ArraySpec -> Blocks. The lengths do not depend on the values of fields.
    """

    byte_order: Literal["=", ">"]
    blocks: Callable[[FramedHeader, ArraySpec], Blocks]

    def around(self, header: ImageHeader, spec: ArraySpec) -> Blocks:
        """Return the bytes of a file besides the voxels.

        Raises
        ------
        HeaderError
            The header is of another shape, or one of no such file.
        """
        if not isinstance(header, FramedHeader):
            raise HeaderError(f"{header.described} has no header in the form of NIfTI")
        return self.blocks(header, spec)


def _single_blocks(framed: FramedHeader, spec: ArraySpec) -> Blocks:
    header = framed.nifti
    extensions = _extension_bytes(header.extensions) or _NO_EXTENSIONS
    written = _written(framed, spec, single=True)
    # Always a multiple of 16, as SPM asks for: the header with its flag is one, and so is each
    # extension.
    written["vox_offset"] = LAYOUTS[header.version].itemsize + len(extensions)
    return Blocks(written.tobytes() + extensions)


def _pair_blocks(framed: FramedHeader, spec: ArraySpec) -> Blocks:
    header = framed.nifti
    written = _written(framed, spec, single=False)
    # Without extensions the .hdr has no flag either: it ends where that of Analyze does.
    written["vox_offset"] = 0
    return Blocks(b"", side=written.tobytes() + _extension_bytes(header.extensions))


def _written(framed: FramedHeader, spec: ArraySpec, *, single: bool) -> NiftiHeader:
    """Return a copy whose voxels are those of `spec`, unscaled, in the same file or another."""
    header = framed.nifti
    if header.shape != framed.dimensions(spec.shape):
        msg = f"the header has the shape {header.shape}, the result {spec.shape}"
        raise HeaderError(msg)
    written = header.copy()
    written.set_dtype(spec.dtype)
    write_unscaled(written)
    written["magic"] = MAGIC[header.version, single]
    return written


def _extension_bytes(extensions: Sequence[Extension]) -> bytes:
    """Return extensions behind their flag, each filled up to a multiple of 16 bytes."""
    pieces = [_SOME_EXTENSIONS] if extensions else []
    for code, content in extensions:
        size = -(-(len(content) + _EXTENSION_HEAD.size) // 16) * 16
        pieces.append(_EXTENSION_HEAD.pack(size, code))
        pieces.append(content.ljust(size - _EXTENSION_HEAD.size, b"\0"))
    return b"".join(pieces)


def _mgh_blocks(header: FramedHeader, spec: ArraySpec) -> Blocks:
    from nipype_mathimg.images.files.mgh import mgh_head_and_tail

    return Blocks(*mgh_head_and_tail(header.nifti, spec))


# Readers of NIfTI tell the byte order by sizeof_hdr, so that the native one will do; MGH files are
# big-endian everywhere.
NIFTI = Container("=", _single_blocks)
_PAIR = Container("=", _pair_blocks)
_MGH = Container(">", _mgh_blocks)

CONTAINERS: dict[str, tuple[Container | None, Packing]] = {
    ".nii": (NIFTI, PLAIN),
    ".nii.gz": (NIFTI, GZIP),
    ".nii.zst": (NIFTI, ZSTANDARD),
    ".hdr": (_PAIR, PLAIN),
    ".img": (_PAIR, PLAIN),
    ".hdr.gz": (_PAIR, GZIP),
    ".img.gz": (_PAIR, GZIP),
    ".mgh": (_MGH, PLAIN),
    ".mgz": (_MGH, GZIP),
    ".func.gii": (None, PLAIN),
    ".shape.gii": (None, PLAIN),
    ".label.gii": (None, PLAIN),
    # CIFTI-2 is NIfTI-2 with an extension that says what the axes are.
    **{suffix: (NIFTI, PLAIN) for kind in KINDS if is_cifti(kind) for suffix in kind.suffixes},
}
"""End of the name of a file to write, in lower case -> its layout, and how it is packed."""


class Layout(Frozen):
    """What the name of a file to write says.

    Parameters
    ----------
    container : Container or None
        What lies around the elements; None for GIFTI, where something lies around each array.
    packing : Packing
        How its files are packed.
    data_path : str
        File of the voxels.
    side_path : str or None
        File of the header, for a pair.
    """

    container: Container | None
    packing: Packing
    data_path: str
    side_path: str | None = None


def layout_of(out_file: str) -> Layout:
    """Return the layout that the suffix of `out_file` names, in upper or lower case.

    Raises
    ------
    ImageFileError
        The suffix is unknown, or what packs such files is not installed.
    """
    ending, _ = kind_named(out_file) or ("", None)
    if ending not in CONTAINERS and is_gifti(out_file):
        raise ImageFileError(
            f"{out_file}: values at the vertices of a surface are in files named .func.gii, "
            ".shape.gii or .label.gii, in which they are compressed already; name it so"
        )
    if ending not in CONTAINERS:
        msg = f"{out_file}: unknown format. Let the name end in {', '.join(CONTAINERS)}"
        raise ImageFileError(msg)
    container, packing = CONTAINERS[ending]
    missing = packing.missing()
    if missing:
        raise ImageFileError(f"{out_file}: {'. '.join(missing)}")
    if container is not _PAIR:
        return Layout(container, packing, out_file)
    cut = len(out_file) - len(ending) + 1
    stem, kind, rest = out_file[:cut], out_file[cut : cut + 3], out_file[cut + 3 :]
    # On a file system that tells case, A.IMG belongs to A.HDR and not to A.hdr.
    voxels, header = ("IMG", "HDR") if kind.isupper() else ("img", "hdr")
    return Layout(container, packing, stem + voxels + rest, stem + header + rest)


def check_suffix(out_file: str, kind: Kind | None) -> None:
    """Check that the name of a file says what is written into it.

    Parameters
    ----------
    out_file : str
        The name.
    kind : Kind or None
        Of the result; None where no kind of file has its axes, which its header will say.

    Raises
    ------
    ImageFileError
        The suffix names another kind of file; the message has the right name.
    """
    named = kind_named(out_file)
    if kind is None or named is None or named[0] in kind.suffixes:
        return
    ending, other = named
    stem = out_file[: len(out_file) - len(ending)]
    # CIFTI is not compressed: of a.dtseries.nii.gz the last two parts are the suffix of a volume.
    whole, _ = kind_named(f"{stem}.nii") or ("", None)
    stem = stem[: len(stem) - len(whole.removesuffix(".nii"))]
    raise ImageFileError(
        f"{out_file}: the result is {kind.described}, and {ending} is for {other.described}. "
        f"Name it {stem}{kind.suffixes[0]}"
    )
