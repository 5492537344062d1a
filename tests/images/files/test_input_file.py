"""Files that must not be used: special ones, pointers, wrong names, bombs, changed ones."""

from __future__ import annotations

import bz2
import gzip
import os
import socket
import struct
from contextlib import suppress
from importlib import import_module

import nibabel as nib
import numpy as np
import pytest
from nibabel.freesurfer import MGHImage

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.codecs import CODECS
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.files.source import open_source
from tests.requirements import REQUIREMENTS

SHAPE = (5, 4, 3)
DATA = np.arange(60, dtype=np.int16).reshape(SHAPE, order="F")


def nifti_bytes(data=DATA):
    return nib.Nifti1Image(data, np.eye(4)).to_bytes()


def zstd_compress(data):
    for name in REQUIREMENTS["zstandard"].modules:
        with suppress(ImportError):
            return import_module(name).compress(data)
    raise AssertionError


PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstd_compress}
SUFFIXES = [".bz2", ".gz", pytest.param(".zst", marks=pytest.mark.needs("zstandard"))]


def read_all(path):
    source = open_source("a", path)
    out = np.empty(source.spec.size, source.stored_dtype)
    with source.open() as reader:
        reader.read_into(0, out)
        reader.finish()
    return out


# What is no regular file


def pipe(path):
    os.mkfifo(path)


def local_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket has 108 characters at most
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


def device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nii.bz2", "a.mgz", "a.img", "a.txt"])
@pytest.mark.parametrize(
    ("make", "match"),
    [
        (pipe, "is a pipe.*regular file first"),
        (local_socket, "is a socket"),
        (device, "is a device"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
)
def test_special_files_are_refused_at_once(tmp_path, name, make, match):
    make(tmp_path / name)
    with pytest.raises(ImageFileError, match=f"Input 'a': .*{name}: {match}"):
        open_source("a", tmp_path / name)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("special", [".hdr", ".img"])
def test_a_pipe_as_one_half_of_a_pair(tmp_path, special):
    nib.save(nib.Nifti1Pair(DATA, np.eye(4)), tmp_path / "a.img")
    (tmp_path / f"a{special}").unlink()
    pipe(tmp_path / f"a{special}")
    for given in (".hdr", ".img"):
        with pytest.raises(ImageFileError, match=rf"a\{special}: is a pipe"):
            open_source("a", tmp_path / f"a{given}")


@pytest.mark.timeout(10)
def test_a_pipe_that_takes_the_place_of_a_file(tmp_path):
    path = tmp_path / "a.nii"
    path.write_bytes(nifti_bytes())
    file = InputFile.found("a", str(path))
    path.unlink()
    pipe(path)
    with pytest.raises(ImageFileError, match="is a pipe"):
        file.open()


# Placeholders and names


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.img", "a.mgz"])
@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n", "git lfs pull"),
        (b"/annex/objects/MD5E-s9--0123456789abcdef.nii.gz\n", "datalad get"),
    ],
)
def test_pointers_in_place_of_the_content(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageFileError, match=rf"{name}: is a .* pointer, .*{match}") as found:
        open_source("a", tmp_path / name)
    assert "damaged" not in str(found.value)


@pytest.mark.parametrize(
    ("target", "match"),
    [
        (".git/annex/objects/xX/5f/MD5E-s9--0/MD5E-s9--0.nii", "content is not here.*datalad get"),
        ("elsewhere.nii", r"is a link to .*elsewhere\.nii, which does not exist"),
    ],
)
def test_links_that_lead_nowhere(tmp_path, target, match):
    (tmp_path / "dataset.nii").symlink_to(target)
    (tmp_path / "node.nii").symlink_to(tmp_path / "dataset.nii")
    for name in ("dataset.nii", "node.nii"):
        with pytest.raises(ImageFileError, match=f"Input 'a': .*{name}: .*{match}"):
            open_source("a", tmp_path / name)


def mgh_bytes():
    return MGHImage(DATA, np.eye(4)).to_bytes()


@pytest.mark.parametrize(
    ("name", "content", "problem", "right"),
    [
        ("a.nii.gz", nifti_bytes, "is not compressed", "a.nii"),
        ("a.NII.GZ", nifti_bytes, "is not compressed", "a.NII"),
        ("a.nii.bz2", nifti_bytes, "is not compressed", "a.nii"),
        ("a.mgz", mgh_bytes, "is not compressed", "a.mgh"),
        ("a.nii.gz", lambda: bz2.compress(nifti_bytes()), "by bzip2, although", "a.nii.bz2"),
        ("a.nii.bz2", lambda: gzip.compress(nifti_bytes()), "by gzip, although", "a.nii.gz"),
        ("a.nii", lambda: gzip.compress(nifti_bytes()), "by gzip, which its name", "a.nii.gz"),
        ("a.mgh", lambda: gzip.compress(mgh_bytes()), "by gzip, which its name", "a.mgz"),
    ],
)
def test_names_that_do_not_say_how_a_file_is_packed(tmp_path, name, content, problem, right):
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(ImageFileError, match=rf"{problem}.*Name it .*/{right}$"):
        open_source("a", path)
    path.rename(tmp_path / right)
    np.testing.assert_array_equal(read_all(tmp_path / right), DATA.ravel(order="F"))


# What compressed files hold besides the voxels


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("garbage", [b"garbage after the end", b"B", b"\1" * 70_000])
def test_garbage_after_compressed_data(tmp_path, suffix, garbage):
    path = tmp_path / f"a.nii{suffix}"
    path.write_bytes(PACK[suffix](nifti_bytes()) + garbage)
    with pytest.raises(ImageFileError, match="data are damaged or truncated"):
        read_all(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_several_streams_are_one_file(tmp_path, suffix):
    content = nifti_bytes()
    path = tmp_path / f"a.nii{suffix}"
    pieces = [content[i : i + 100] for i in range(0, len(content), 100)]
    path.write_bytes(b"".join(PACK[suffix](piece) for piece in pieces))
    np.testing.assert_array_equal(read_all(path), DATA.ravel(order="F"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_truncation_of_compressed_data_is_found(tmp_path, suffix):
    packed = PACK[suffix](nifti_bytes())
    path = tmp_path / f"a.nii{suffix}"
    for length in range(1, len(packed)):
        path.write_bytes(packed[:length])
        with pytest.raises(ImageFileError, match="Input 'a'"):
            read_all(path)


class Counted:
    """A stream that counts what was inflated."""

    def __init__(self, stream, counts):
        self._stream, self._counts = stream, counts

    def read(self, size):
        found = self._stream.read(size)
        self._counts.append(len(found))
        return found

    def readinto(self, buffer):
        count = self._stream.readinto(buffer)
        self._counts.append(count)
        return count

    def close(self):
        self._stream.close()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_bomb_is_not_inflated_beyond_what_its_header_asks_for(tmp_path, suffix, monkeypatch):
    codec, counts = CODECS[suffix], []
    path = tmp_path / f"a.nii{suffix}"
    path.write_bytes(PACK[suffix](nifti_bytes() + bytes(50 << 20)))
    counting = codec.changed(open=lambda file: Counted(codec.open(file), counts))
    monkeypatch.setitem(CODECS, suffix, counting)
    with pytest.raises(ImageFileError, match=r"longer than its header says: .* instead of 472"):
        read_all(path)
    assert sum(counts) < 2000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_byte_inflates_to_more_than_the_table_says(suffix):
    size = 100 << 20
    assert len(PACK[suffix](bytes(size))) * CODECS[suffix].most >= size


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_header_that_asks_for_more_than_a_compressed_file_can_hold(tmp_path, suffix):
    content = bytearray(nifti_bytes())
    struct.pack_into("<4h", content, 40, 3, 32767, 32767, 32767)
    path = tmp_path / f"a.nii{suffix}"
    path.write_bytes(PACK[suffix](bytes(content)))
    size = 352 + 2 * 32767**3
    with pytest.raises(ImageFileError, match=f"describes {size} bytes, and .* cannot hold"):
        open_source("a", path)


# Absurd headers of MGH files


@pytest.mark.parametrize("ending", [".mgh", ".mgz"])
@pytest.mark.parametrize("value", [-(2**31), -1, 0, 2**16, 2**31 - 1])
@pytest.mark.parametrize("places", [(4,), (8,), (16,), (4, 8), (4, 8, 12), (4, 8, 12, 16)])
def test_lengths_of_mgh_axes_that_cannot_be(tmp_path, places, value, ending):
    content = bytearray(mgh_bytes())
    for place in places:
        struct.pack_into(">i", content, place, value)
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".mgz" else content)
    with pytest.raises(ImageFileError, match=f"Input 'a': .*a{ending}: "):
        read_all(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [30, 42, 54, 78])  # voxel size, two directions, centre
def test_places_of_mgh_voxels_that_are_none(tmp_path, place, value):
    content = bytearray(mgh_bytes())
    struct.pack_into(">f", content, place, value)
    (tmp_path / "a.mgh").write_bytes(content)
    with pytest.raises(ImageFileError, match="affine holds NaN or infinity"):
        open_source("a", tmp_path / "a.mgh")


@pytest.mark.parametrize("suffix", [".hdr", ".hdr.gz", ".hdr.bz2"])
@pytest.mark.parametrize("given", ["hdr", "img"])
def test_a_header_file_that_would_fill_memory(tmp_path, suffix, given):
    header = nib.Nifti1Pair(np.zeros((2, 2, 2), np.int16), np.eye(4)).header.binaryblock
    # An extension of 6 MiB, which nibabel would have whole.
    content = header + struct.pack("<4Bii", 1, 0, 0, 0, 6 << 20, 6) + bytes((6 << 20) - 8)
    pack = {".hdr": bytes, ".hdr.gz": gzip.compress, ".hdr.bz2": bz2.compress}[suffix]
    (tmp_path / f"a{suffix}").write_bytes(pack(content))
    image = tmp_path / f"a{suffix.replace('hdr', 'img')}"
    image.write_bytes(pack(bytes(16)))
    path = tmp_path / f"a{suffix.replace('hdr', given)}"
    with pytest.raises(ImageFileError, match=r"a\.hdr.*: a header of more than 4 MiB"):
        open_source("a", path)
