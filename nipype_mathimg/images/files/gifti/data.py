"""The values of one data array: from the text of the document, or a file beside it."""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import chain
from typing import Any

import numpy as np
from pybase64 import b64decode

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files import inflaters
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.spec import Array

__all__ = ["CHUNK_BYTES", "DataArray", "Encoding"]

CHUNK_BYTES = 1 << 20
"""Bytes of a document that are decoded at once."""

_SPACES = (b"\n", b" ", b"\r", b"\t")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_LONGEST_NUMBER = 64
_TAG = "<Data>"
_AGAIN = "Copy or create the file again"


class Encoding(Enum):
    """How a document holds the values of an array."""

    GZIPPED = "GZipBase64Binary"
    BASE64 = "Base64Binary"
    ASCII = "ASCII"
    EXTERNAL = "ExternalFileBinary"


class _Damaged(Exception):  # noqa: N818 - becomes an ImageFileError, which names the file
    """The data of an array are not what the document says of them."""


class DataArray(Frozen):
    """Where the values of one data array lie, and how they are decoded.

    Parameters
    ----------
    file : InputFile
        The document, or the file beside it that has the values.
    place : str
        Which array of the document it is, for messages.
    encoding : Encoding
        How it holds them.
    start, stop : int
        Bytes of the (inflated) file: from the tag ``<Data>`` on, or the bytes themselves.
    shape : tuple of int
        Vertices, and values per vertex.
    dtype : numpy.dtype
        Of the values, of either byte order.
    by_rows : bool
        Whether the values of one vertex lie side by side.
    """

    file: InputFile
    place: str
    encoding: Encoding
    start: int
    stop: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    by_rows: bool

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the decoded values."""
        return self.size * self.dtype.itemsize

    def check(self) -> None:
        """Raise an ImageFileError where so few bytes cannot hold as many values."""
        text = self.stop - self.start
        if self.encoding is not Encoding.EXTERNAL:
            text -= len(_TAG)
        least = {
            # Two bits repeat 258 bytes at the most (RFC 1951); 3 bytes are 4 letters.
            Encoding.GZIPPED: self.nbytes / 1032 * 4 / 3,
            Encoding.BASE64: self.nbytes * 4 / 3,
            # A digit and a space each.
            Encoding.ASCII: 2 * self.size - 1,
            Encoding.EXTERNAL: self.nbytes,
        }[self.encoding]
        if text < least:
            raise self.error(
                f"it says that it has {self.size} values of {self.dtype.newbyteorder('=')}, and "
                f"its {text} bytes cannot hold as many"
            )

    def values(self, chunks: Iterable[bytes]) -> Array:
        """Return the values, all of the first time point before the second.

        Parameters
        ----------
        chunks : iterable of bytes
            The (inflated) file from `start` to `stop`.

        Raises
        ------
        ImageFileError
            They are damaged, or not as many as the document says.
        """
        try:
            found = self._decoded(chunks)
        except _Damaged as error:
            raise self.error(str(error)) from error.__cause__
        if self.by_rows and 1 not in self.shape:
            found = found.reshape(self.shape).ravel(order="F")
        return found

    def _decoded(self, chunks: Iterable[bytes]) -> Array:
        if self.encoding is Encoding.EXTERNAL:
            return self._filled(chunks)
        text = _without_tag(chunks)
        if self.encoding is Encoding.ASCII:
            return self._numbers(text)
        pieces = _from_base64(text)
        if self.encoding is Encoding.GZIPPED:
            pieces = self._inflated(pieces)
        return self._filled(pieces)

    def _inflated(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what a zlib stream inflates to, and not more than one byte too many."""
        pieces = filter(None, pieces)
        first = next(pieces, b"")
        large = self.file.identity.size >= inflaters.WORTH_A_CHOICE
        library = inflaters.fastest(lambda: first if large else b"", zlib.MAX_WBITS)
        stream = library.decompressobj()
        left = self.nbytes + 1
        for piece in chain([first], pieces):
            if stream.eof or not left:
                raise _Damaged("its zlib data go on behind their end")
            try:
                found = stream.decompress(piece, left)
            except library.error as error:
                raise _Damaged(f"its zlib data are damaged ({error})") from error
            left -= len(found)
            yield found
        if stream.unused_data:
            raise _Damaged("its zlib data go on behind their end")
        if not stream.eof:
            raise _Damaged("its zlib data are truncated")

    def _filled(self, pieces: Iterable[bytes]) -> Array:
        """Return an array of bytes that have to be as many as it has."""
        pieces = iter(pieces)
        first = next(pieces, b"")
        if len(first) == self.nbytes:
            if any(pieces):
                raise self._too_many()
            return np.frombuffer(first, self.dtype)  # in one piece, as most are: not copied
        values = np.empty(self.size, self.dtype)
        target = values.view(np.uint8).data
        done = 0
        for piece in chain([first], pieces):
            if done + len(piece) > len(target):
                raise self._too_many()
            target[done : done + len(piece)] = piece
            done += len(piece)
        if done < len(target):
            raise _Damaged(f"it has {done} bytes instead of {len(target)}")
        return values

    def _too_many(self) -> _Damaged:
        return _Damaged(f"it has more than the {self.nbytes} bytes that it should have")

    def _numbers(self, text: Iterable[bytes]) -> Array:
        values = np.empty(self.size, self.dtype)
        done = 0
        for words in _words(text):
            if done + len(words) > values.size:
                raise _Damaged(f"it has more than the {values.size} numbers that it should have")
            try:
                values[done : done + len(words)] = _parsed(words, self.dtype)
            except (ValueError, OverflowError) as error:
                raise _Damaged(f"not all of its text is numbers of {self.dtype} ({error})") from (
                    error
                )
            done += len(words)
        if done < values.size:
            raise _Damaged(f"it has {done} numbers instead of {values.size}")
        return values

    def error(self, problem: str) -> ImageFileError:
        """Return the error for this array."""
        return self.file.error(f"{self.place}: {problem}", _AGAIN)


def _without_tag(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what follows the first tag."""
    inside = True
    for chunk in chunks:
        rest = chunk
        if inside:
            _, end, rest = chunk.partition(b">")
            inside = not end
        yield rest


def _from_base64(text: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes that base64 stands for."""
    rest = b""
    for chunk in text:
        if any(space in chunk for space in _SPACES):
            letters = rest + chunk.translate(None, b"".join(_SPACES))
        else:
            letters = rest + chunk
        whole = len(letters) - len(letters) % 4
        yield _bytes_of(letters[:whole])
        rest = letters[whole:]
    yield _bytes_of(rest)


def _bytes_of(letters: bytes) -> bytes:
    try:
        return b64decode(letters, validate=True)
    except binascii.Error as error:
        strays = sorted(set(letters) - _BASE64)
        what = f"{chr(strays[0])!r} is none of its letters" if strays else "it ends too early"
        raise _Damaged(f"its base64 is damaged ({what})") from error


def _words(text: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the words of a text, as they come, whole."""
    rest = b""
    for chunk in text:
        words = (rest + chunk).split()
        # The next piece may go on with the last word.
        rest = words.pop() if words and not chunk[-1:].isspace() else b""
        if len(rest) > _LONGEST_NUMBER:
            raise _Damaged("its text is not numbers")
        yield words
    yield rest.split()


def _parsed(words: list[bytes], dtype: np.dtype[Any]) -> Array:
    """Return numbers from their text; an integer that does not fit is an OverflowError."""
    if dtype.kind == "f" or dtype.itemsize == 8:
        return np.array(words, dtype)
    # Before 2.0 NumPy wraps what does not fit.
    wide = np.array(words, np.int64)
    found = wide.astype(dtype)
    if (found != wide).any():
        raise OverflowError(f"{wide[found != wide][0]} does not fit")
    return found
