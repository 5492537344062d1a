"""Opening files by nibabel, and knowing which files it opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import Any, BinaryIO

import nibabel as nib
from nibabel.filebasedimages import ImageFileError as NotOfThisFormatError
from nibabel.fileholders import FileHolder
from nibabel.freesurfer.mghformat import MGHImage
from nibabel.imageclasses import all_image_classes
from nibabel.imageglobals import logger
from nibabel.spatialimages import SpatialImage

from nipype_mathimg.images.files.codecs import Stream, codec_of
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.misnamed import START_BYTES, misnamed
from nipype_mathimg.words import in_units

__all__ = ["ImageFiles", "load"]

_PAIR_WRAPPERS = ("", ".gz", ".bz2", ".zst")
_MGH_SUFFIXES = (".mgh", ".mgz")
_HEADERS = (".hdr", ".head")
_MOST_HEADER = 4 << 20
"""Bytes of a header file: NIfTI has 348 and a few extensions, AFNI a short text."""
_AT_ONCE = 1 << 16
_AGAIN = "Copy or create the file again"


class ImageFiles:
    """The files that an image may consist of, looked at before nibabel opens any of them.

    Parameters
    ----------
    given : InputFile
        Its path was given. What other formats of this name have beside it follows from that.

    Raises
    ------
    ImageFileError
        One of them is not a regular file, or a header file is longer than any.
    """

    def __init__(self, given: InputFile) -> None:
        paths: set[str] = set()
        for image_class in all_image_classes:
            untyped: Any = image_class
            with suppress(NotOfThisFormatError):
                holders = untyped.filespec_to_file_map(given.path).values()
                paths.update(str(holder.filename) for holder in holders)
        # lexists: a link that leads nowhere is to be reported, not passed over.
        beside = sorted(path for path in paths - {given.path} if os.path.lexists(path))
        self.given = given
        self._files = {path: InputFile.found(given.name, path) for path in beside}
        self._files[given.path] = given
        for file in self._files.values():
            _check_length(file)

    def at(self, path: str) -> InputFile:
        """Return the file of a path; raise what is wrong with it."""
        return self._files.get(path) or InputFile.found(self.given.name, path)

    def of(self, image: SpatialImage) -> tuple[InputFile, ...]:
        """Return the files that `image` was opened from."""
        paths = {holder.filename for holder in image.file_map.values()}
        return tuple(file for path, file in self._files.items() if path in paths)


def load(file: InputFile, unusual: str = "") -> SpatialImage:
    """Open an image of any format.

    Parameters
    ----------
    file : InputFile
        The file.
    unusual : str
        What makes it no regular NIfTI, where its name says that it is one: the fault, if nibabel
        does not know better.

    Raises
    ------
    ImageFileError
        nibabel cannot open it, or it is no volume image.
    """
    path = file.path
    try:
        mgh = os.path.splitext(path)[1].lower() in _MGH_SUFFIXES
        with _quiet() if unusual else nullcontext():
            image = _load_mgh(file) if mgh else nib.load(path)
    except Exception as error:  # each format of nibabel raises classes of its own
        with file.open() as stream:
            wrong_name = misnamed(path, stream.read(START_BYTES))
        if wrong_name:
            raise file.error(*wrong_name) from error
        if unusual:
            raise file.error(unusual, _AGAIN) from error
        problem = _without_header(path) or f"not an image that nibabel can open ({error})"
        remedy = "Give an intact NIfTI, MGH, Analyze or AFNI file whose suffix tells its format"
        raise file.error(problem, remedy) from error
    if not isinstance(image, SpatialImage):
        if unusual:
            raise file.error(unusual, _AGAIN)
        problem = f"a {type(image).__name__} has no x, y and z axes"
        raise file.error(problem, "Give a volume image, for example NIfTI")
    return image


def _check_length(file: InputFile) -> None:
    """Refuse a header file that would fill memory: nibabel reads extensions and texts whole."""
    codec = codec_of(file.path)
    stem = file.path if codec is None else os.path.splitext(file.path)[0]
    if not stem.lower().endswith(_HEADERS):
        return
    length = 0
    # What is wrong with a damaged one is told by whoever reads it.
    with suppress(*codec.errors if codec else ()), file.open() as content:
        if codec is None:
            length = os.fstat(content.fileno()).st_size
        elif codec.missing() is None:
            with closing(codec.open(content)) as stream:
                while length <= _MOST_HEADER and (block := stream.read(_AT_ONCE)):
                    length += len(block)
    if length > _MOST_HEADER:
        problem = f"a header of more than {in_units(_MOST_HEADER)}, which no image has"
        raise file.error(problem, _AGAIN)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep nibabel from printing what it thinks of a header: lines that do not name the file."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _without_header(path: str) -> str | None:
    """Return the problem of an ``.img`` that lacks its ``.hdr``."""
    stem, dot, rest = path.rpartition(".img")
    if (
        dot
        and rest in _PAIR_WRAPPERS
        and not any(os.path.exists(f"{stem}.hdr{one}") for one in _PAIR_WRAPPERS)
    ):
        return f"its header file {stem}.hdr is missing"
    return None


def _load_mgh(file: InputFile) -> SpatialImage:
    """Read header and footer of an MGH file.

    nibabel by itself leaves the file open, and inflates all of a ``.mgz`` with zlib, to reach
    the footer.
    """
    codec = codec_of(file.path)
    with file.open() as content:
        if codec is None:
            return _mgh_image(file, content)
        with closing(codec.open(content)) as stream:
            return _mgh_image(file, stream)


def _mgh_image(file: InputFile, stream: BinaryIO | Stream) -> SpatialImage:
    load: Any = MGHImage.from_file_map
    holder: Any = FileHolder
    image: SpatialImage = load({"image": holder(file.path, stream)})
    return image
