"""A file that an input names: a regular one, and the same one at every opening."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.words import Message, Term, worded

__all__ = ["FileIdentity", "InputFile"]

_STREAM = "It may be read more than once: write the data to a regular file first"
_KINDS = (
    (stat.S_ISDIR, "is a folder", "Give an image file in it"),
    (stat.S_ISFIFO, "is a pipe", _STREAM),
    (stat.S_ISSOCK, "is a socket", _STREAM),
    (stat.S_ISCHR, "is a device", _STREAM),
    (stat.S_ISBLK, "is a device", _STREAM),
)

_LONGEST_POINTER = 1024
"""Bytes; the Git LFS specification asks for less, and git-annex writes some 100."""

_POINTERS = (
    (
        b"version https://git-lfs.github.com/spec/",
        "is a Git LFS pointer, not the image itself",
        "Get its content with `git lfs pull`",
    ),
    (
        b"/annex/objects/",
        "is a git-annex pointer, not the image itself",
        "Get its content with `datalad get` or `git annex get`",
    ),
)


class FileIdentity(Frozen):
    """What tells a file from every other one, and from itself after a change.

    Parameters
    ----------
    device, inode : int
        Which file it is.
    size : int
        Its length in bytes.
    mtime_ns : int
        When it was written last, in ns.
    """

    # No ctime: a further hard link, or new permissions, would change it but not the content.
    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        """Return the identity of the file that `status` describes."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class InputFile(Frozen):
    """A regular file, as it was when it was found.

    Parameters
    ----------
    name : str
        Name of the input in the formula, for messages.
    path : str
        Its path.
    identity : FileIdentity
        What it was then; whoever opens it later gets the same file, unchanged, or an error.
    """

    name: str
    path: str
    identity: FileIdentity

    @classmethod
    def found(cls, name: str, path: str) -> InputFile:
        """Look at a file.

        Raises
        ------
        ImageFileError
            Missing, empty, unreadable, no regular file (a pipe would keep the caller waiting for
            ever), or a pointer of Git LFS or git-annex in place of the content.
        """
        with _open_regular(name, path) as stream:
            file = cls(name, path, FileIdentity.of(os.fstat(stream.fileno())))
            if not file.identity.size:
                raise file.error("the file is empty", "Copy or create it again")
            if file.identity.size < _LONGEST_POINTER:
                start = stream.read(_LONGEST_POINTER)
                for sign, problem, remedy in _POINTERS:
                    if start.startswith(sign):
                        raise file.error(problem, remedy)
        return file

    def open(self) -> BinaryIO:
        """Open the file for reading.

        Raises
        ------
        ImageFileError
            It cannot be read, or is not the one that was found.
        """
        stream = _open_regular(self.name, self.path)
        if FileIdentity.of(os.fstat(stream.fileno())) != self.identity:
            stream.close()
            raise self._changed()
        return stream

    def check_unchanged(self) -> None:
        """Raise an ImageFileError unless the path still leads to the file as it was found."""
        try:
            now = FileIdentity.of(os.stat(self.path))
        except OSError as error:
            raise self._changed() from error
        if now != self.identity:
            raise self._changed()

    def error(self, problem: str, remedy: str) -> ImageFileError:
        """Return the error for this file: whose input, which file, what is wrong, what to do."""
        return _error(self.name, self.path, problem, remedy)

    def _changed(self) -> ImageFileError:
        return self.error(
            "the file was replaced, changed or removed after its header had been read: header "
            "and data may not belong together",
            "Run again when nothing writes to it any more",
        )


def _error(name: str, path: str, problem: str, remedy: Message | Term) -> ImageFileError:
    said = worded("{start}. {remedy}", start=f"Input {name!r}: {path}: {problem}", remedy=remedy)
    return ImageFileError(said)


def _open_regular(name: str, path: str) -> BinaryIO:
    """Open a file that is a regular one; never wait for the other end of a pipe."""
    try:
        # Asked before opening, because to open a device can do something: a tape is rewound.
        kinds = _special(os.stat(path).st_mode)
        # Should a pipe take the place of the file right now, opening it does not wait either.
        number = -1 if kinds else os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise _error(name, path, *_missing(name, path)) from error
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise _error(name, path, problem, "Check its permissions") from error
    if not kinds:
        stream = os.fdopen(number, "rb")
        kinds = _special(os.fstat(number).st_mode)
        if not kinds:
            return stream
        stream.close()
    raise _error(name, path, *kinds[0])


def _special(mode: int) -> list[tuple[str, str]]:
    """Return problem and remedy of a file that is not a regular one, nothing otherwise."""
    return [(problem, remedy) for is_kind, problem, remedy in _KINDS if is_kind(mode)]


def _missing(name: str, path: str) -> tuple[str, str | Term]:
    """Return problem and remedy of a path that leads to no file."""
    if not os.path.islink(path):
        if "*" in path or "?" in path:
            return "no such file: a pattern is taken as a name", Term(
                f"Give the list of files: {name}=sorted(glob.glob({path!r}))",
                "Give the list of files, for example from SelectFiles or BIDSDataGrabber",
                f"Let the shell expand it: -i {name} {path}",
            )
        if path.replace(".", "", 1).isdigit():
            return "no such file", "Write a number without quotes"
        there = _packed_otherwise(path)
        return "no such file", f"Write {there[0]}, which is there" if there else "Check the path"
    target = os.path.realpath(path)
    if f"{os.sep}annex{os.sep}objects{os.sep}" in target:
        problem = "is a link of git-annex whose content is not here"
        return problem, "Get it with `datalad get` or `git annex get`"
    return f"is a link to {target}, which does not exist", "Check the link"


def _packed_otherwise(path: str) -> list[str]:
    """Return which files are there under the same name with another compression, or without."""
    from nipype_mathimg.images.files.codecs import CODECS, codec_of  # for errors alone

    plain = os.path.splitext(path)[0] if codec_of(path) is not None else path
    return [name for name in (plain + end for end in ("", *CODECS)) if os.path.isfile(name)]
