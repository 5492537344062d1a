"""A file that appears under its name only when it is complete."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.transfer import write_at
from nipype_mathimg.words import in_units

__all__ = ["AtomicFile", "commit_all", "waiting_text", "write_text"]

# An SSD takes about 0.1 s for as much, far longer than a thread takes to start; smaller files
# never start one.
EARLY_BYTES = 32 << 20
"""Bytes after which the disk is started."""


class AtomicFile:
    """A hidden file beside its target, which it replaces at the end.

    It is locked while it is written: what a killed process left of the same target is told by
    its free lock, and removed. Its name ends in ``.part``, so that no pattern for images finds
    it.

    Parameters
    ----------
    target : str
        Path of the file to come; an existing file stays as it is until `commit`, and gives its
        permissions to the new one. Those of a new file follow the umask.
    needed : int
        Bytes that will be written, as far as they are known; refused at once when the disk has
        less.
    early : int
        Bytes after which the disk is started, and again after as many.

    Raises
    ------
    ImageFileError
        The folder is missing, cannot be written or is too full, or `target` is a folder.
    """

    def __init__(self, target: str, needed: int = 0, early: int = EARLY_BYTES) -> None:
        self._temporary, self._file = "", -1
        self.target = target
        self._needed = needed
        folder, self._name = os.path.split(os.path.abspath(target))
        if not os.path.isdir(folder):
            raise ImageFileError(f"{target}: {_no_folder(folder)}")
        if os.path.isdir(target) or not self._name:
            msg = f"{target}: is a folder. Give the name of a file in it"
            raise ImageFileError(msg)
        self._folder = folder
        # The host is part of it: the lock of a process on another machine may not be seen.
        key = zlib.crc32(os.fsencode(f"{os.uname().nodename}\0{self._name}"))
        # A name may have 255 bytes (NAME_MAX); 40 characters of UTF-8 have at most 160 of them.
        self._prefix = f".{self._name[:40]}.{key:08x}."
        self._early = EarlySync(early)
        self._mode = _permissions(target)
        try:
            self._remove_stale()
            self._check_space()
            self._create()
        except OSError as error:
            raise self._failed(error) from error
        except BaseException:
            # A signal may come when the file is there and its number not yet known.
            if self._temporary:
                with suppress(OSError):
                    os.unlink(self._temporary)
            raise

    def __del__(self) -> None:
        # For a signal between here and the one who would call `discard`.
        self.discard()

    def write_at(self, data: bytes | memoryview, place: int) -> None:
        """Write bytes at a position; several threads may write to different ones."""
        try:
            write_at(self._file, data, place)
        except OSError as error:
            raise self._failed(error) from error
        self._early.written(self._file, len(data))

    def sync(self) -> None:
        """Wait until the bytes are on the disk: a full disk may show here for the first time."""
        try:
            self._early.wait()
            os.fsync(self._file)
        except OSError as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Give the file its name, in place of what had it.

        The folder is not synced: if the power fails now, the old content may still have the name,
        but never a part of the new one.
        """
        try:
            if self._mode is not None:
                # Some file systems have no permissions to set.
                with suppress(OSError):
                    os.fchmod(self._file, self._mode)
            # After `sync`: with delayed allocation the name may be on the disk before the bytes,
            # and a power failure would leave an empty file.
            os.replace(self._temporary, self.target)
        except OSError as error:
            raise self._failed(error) from error
        self._close()

    def keep_old(self) -> str | None:
        """Keep what has the name now under another one, which is returned; None: there is none."""
        old = f"{self._temporary}.old"
        try:
            # A symbolic link is kept as such: `commit` replaces it, not what it leads to. And a
            # second link, not a rename: at no moment may the name be without a file.
            os.link(self.target, old, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError:
            # A file system without links: the old file cannot come back.
            return None
        return old

    def discard(self) -> None:
        """Remove the file, unless it was committed; may be called at any time."""
        if self._file >= 0:
            with suppress(OSError):
                os.unlink(self._temporary)
            self._close()

    def _check_space(self) -> None:
        # f_bavail, not f_bfree: what a file system reserves for root is of no use here.
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < self._needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _close(self) -> None:
        with suppress(OSError):
            self._early.wait()
        os.close(self._file)
        self._file = -1

    def _create(self) -> None:
        # Not even meanwhile may others read what they could not read in the old file; the owner
        # has to be able to remove it if this process is killed.
        mode = 0o666 if self._mode is None else self._mode & 0o666 | 0o600
        while True:
            path = os.path.join(self._folder, f"{self._prefix}{os.urandom(8).hex()}.part")
            self._temporary = path
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            # Without locks nothing is ever taken for stale, see _remove_if_unlocked.
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:
                self._file = file
                return
            os.close(file)  # another process took it for stale before it was locked

    def _remove_stale(self) -> None:
        with os.scandir(self._folder) as entries:
            stale = [one.path for one in entries if one.name.startswith(self._prefix)]
        for path in stale:
            with suppress(OSError):
                _remove_if_unlocked(path)

    def _failed(self, error: OSError) -> ImageFileError:
        size = f" (at least {in_units(self._needed)})" if self._needed else ""
        return ImageFileError(
            f"{self.target}: cannot be written{size}: {error.strerror or error}. Nothing was "
            f"left behind. Check the free space of {self._folder} and its permissions"
        )


def _no_folder(folder: str) -> str:
    """Return what is said of a folder that is none."""
    above = folder
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if os.path.isfile(above):
        return f"{above} is a file and no folder. Give the result another path"
    return f"the folder {folder} does not exist. Create it first"


def _permissions(path: str) -> int | None:
    """Return who may read, write and execute a file, None where there is none."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode) & 0o777
    except OSError:
        return None


def commit_all(files: Sequence[AtomicFile]) -> None:
    """Give files their names; when one cannot have it, none has it in the end.

    A link keeps what had a name until all have theirs. Only a kill between two of the renames,
    which follow each other at once, leaves some new files beside some old ones.

    Parameters
    ----------
    files : sequence of AtomicFile
        Complete files.

    Raises
    ------
    ImageFileError
        A fault of the system; what had the names before has them again.
    """
    # One rename is all or nothing by itself (POSIX).
    kept = [file.keep_old() for file in files] if len(files) > 1 else [None] * len(files)
    done = 0
    try:
        for file in files:
            file.commit()
            done += 1
    except BaseException:
        for file, old in zip(files[:done], kept, strict=False):
            with suppress(OSError):
                os.unlink(file.target) if old is None else os.replace(old, file.target)
        raise
    finally:
        for old in kept:
            if old is not None:
                with suppress(OSError):
                    os.unlink(old)


@contextmanager
def waiting_text(path: str, text: str) -> Iterator[AtomicFile]:
    """Write a text to a file that waits for its name; it is gone afterwards if it has none.

    Raises
    ------
    ImageFileError
        It cannot be written.
    """
    data = text.encode()
    file = AtomicFile(path, len(data))
    try:
        file.write_at(data, 0)
        file.sync()
        yield file
    finally:
        # Does nothing to a file that has its name.
        file.discard()


def write_text(path: str, text: str) -> None:
    """Write a text file that appears when it is complete, or not at all."""
    with waiting_text(path, text) as file:
        file.commit()


class EarlySync:
    """Sends a file to the disk while it is still being written, in a thread of its own.

    Otherwise the disk would idle while the file is computed, and the caller while it is stored.

    Parameters
    ----------
    every : int
        Bytes after which the disk is started.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._pending = 0
        self._thread: Thread | None = None
        self._error: OSError | None = None

    def written(self, file: int, count: int) -> None:
        """Take note of bytes that were written, and start the disk when they are many."""
        self._pending += count
        idle = self._thread is None or not self._thread.is_alive()
        if self._pending >= self._every and idle:
            self._pending = 0
            # A daemon, so that an interpreter that ends on an error does not wait for the disk.
            thread = Thread(target=self._sync, args=(file,), daemon=True)
            # Where the system allows no further thread, the disk only starts later.
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread

    def wait(self) -> None:
        """Wait for the disk.

        Raises
        ------
        OSError
            The disk failed: the system tells of a fault once, perhaps to the thread.
        """
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error

    def _sync(self, file: int) -> None:
        try:
            os.fsync(file)
        except OSError as error:
            self._error = error


def _remove_if_unlocked(path: str) -> None:
    # For writing, although nothing is written: NFS emulates flock by locks of ranges of bytes, and
    # an exclusive one needs that (man 2 flock).
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(file)
