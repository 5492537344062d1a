"""The disk is started early, and its faults are not lost."""

from __future__ import annotations

import errno
import os
import threading

import pytest

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files import atomic_file
from nipype_mathimg.images.files.atomic_file import AtomicFile


def test_a_fault_that_only_the_early_thread_saw_fails_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_file, "EARLY_BYTES", 10)
    faulty = threading.Event()

    def fsync(file: int) -> None:
        # Linux tells of a failed write once only.
        if not faulty.is_set():
            faulty.set()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(atomic_file.os, "fsync", fsync)
    file = AtomicFile(str(tmp_path / "image.nii"))
    file.write_at(b"0123456789ab", 0)
    with pytest.raises(ImageFileError, match="cannot be written"):
        file.sync()
    file.discard()

    assert list(tmp_path.iterdir()) == []


def test_small_files_start_no_thread(tmp_path):
    before = threading.active_count()
    file = AtomicFile(str(tmp_path / "image.nii"))
    file.write_at(b"0" * 1000, 0)
    assert threading.active_count() == before
    file.sync()
    file.commit()
    assert (tmp_path / "image.nii").read_bytes() == b"0" * 1000
