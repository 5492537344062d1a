"""The disk is started early, and its faults are not lost."""

from __future__ import annotations

import errno
import os
import threading

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files import atomic_file
from nipype_mathimg.images.files.atomic_file import AtomicFile


def test_a_fault_that_only_the_early_thread_saw_fails_the_file(tmp_path, monkeypatch):
    faulty = threading.Event()

    def fsync(file: int) -> None:
        # Linux tells of a failed write once only.
        if not faulty.is_set():
            faulty.set()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(atomic_file.os, "fsync", fsync)
    file = AtomicFile(str(tmp_path / "image.nii"), early=10)
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


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        call = getattr(os, name)
        monkeypatch.setattr(
            atomic_file.os, name, lambda *args, n=name, c=call: (order.append(n), c(*args))
        )
    path = tmp_path / "m.nii"
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.uint8), np.eye(4)), path)
    math_img("m + 1", {"m": str(path)}, tmp_path / "o.nii", copy_header_from="m")
    assert order == ["fsync", "replace"]


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640, 0o644, 0o664, 0o666, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path, umask, mode):
    path = tmp_path / "image.nii"
    path.write_bytes(b"old")
    path.chmod(mode)
    file = AtomicFile(str(path))
    file.write_at(b"new", 0)
    (hidden,) = set(tmp_path.iterdir()) - {path}
    meanwhile = hidden.stat().st_mode & 0o777
    file.sync()
    file.commit()

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode
    assert meanwhile & ~mode & 0o077 == 0
    assert meanwhile & 0o600 == 0o600


def test_a_new_file_follows_the_umask(tmp_path, umask):
    file = AtomicFile(str(tmp_path / "image.nii"))
    file.commit()
    assert (tmp_path / "image.nii").stat().st_mode & 0o777 == 0o640


def test_a_system_that_allows_no_thread_only_starts_the_disk_later(tmp_path, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    file = AtomicFile(str(tmp_path / "image.nii"), early=10)
    file.write_at(b"0123456789ab", 0)
    file.sync()
    file.commit()
    assert (tmp_path / "image.nii").read_bytes() == b"0123456789ab"
