"""Ranges of voxels from one file, and damage found in it."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files import inflaters
from nipype_mathimg.images.files.reader import open_reader
from nipype_mathimg.images.files.source import open_source
from nipype_mathimg.images.files.spool import Spool

SHAPE = (11, 7, 5, 3)
DATA = np.random.default_rng(4).integers(-300, 300, SHAPE).astype(np.int16)
FLAT = DATA.ravel(order="F")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    path = tmp_path_factory.mktemp("reader") / "a.nii.gz"
    nib.save(nib.Nifti1Image(DATA, np.eye(4)), path)
    return path


@pytest.fixture(scope="module")
def plain(packed):
    path = packed.with_name("a.nii")
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def read_all(path):
    source = open_source("a", path)
    out = np.empty(source.spec.size, source.stored_dtype)
    with source.open() as reader:
        reader.read_into(0, out)
        reader.finish()
    return out


@given(cuts=st.lists(st.integers(0, FLAT.size), max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_stream_gives_any_ranges_in_file_order(packed, cuts):
    edges = sorted(cuts)
    with open_source("a", packed).open() as reader:
        for start, stop in zip(edges[::2], edges[1::2], strict=False):
            out = np.empty(stop - start, np.int16)
            reader.read_into(start, out)
            np.testing.assert_array_equal(out, FLAT[start:stop])
        reader.finish()


def test_a_stream_does_not_go_back(packed):
    with open_source("a", packed).open() as reader:
        reader.read_into(10, np.empty(5, np.int16))
        with pytest.raises(ValueError, match="file order only"):
            reader.read_into(14, np.empty(5, np.int16))


def test_a_plain_file_gives_any_ranges_to_several_threads(plain):
    with open_source("a", plain).open() as reader, ThreadPoolExecutor(4) as pool:

        def check(start):
            out = np.empty(64, np.int16)
            reader.read_into(start, out)
            return np.array_equal(out, FLAT[start : start + 64])

        assert all(pool.map(check, reversed(range(0, FLAT.size - 64, 13))))


def test_a_plain_file_that_shrinks_while_it_is_read(plain, tmp_path):
    path = tmp_path / "b.nii"
    path.write_bytes(plain.read_bytes())
    with open_source("a", path).open() as reader:
        path.write_bytes(plain.read_bytes()[:-1])
        with pytest.raises(ImageFileError, match="truncated"):
            reader.read_into(0, np.empty(FLAT.size, np.int16))


@pytest.mark.parametrize("where", ["packed", "plain"])
def test_close_twice_and_a_file_gone(where, request, tmp_path):
    original = request.getfixturevalue(where)
    path = tmp_path / original.name
    path.write_bytes(original.read_bytes())
    source = open_source("a", path)
    reader = source.open()
    reader.close()
    reader.close()
    path.unlink()
    with pytest.raises(ImageFileError, match="no such file"):
        open_reader(source.parts[0])


@pytest.mark.usefixtures("library")
def test_every_flipped_bit_changes_nothing_or_is_found(packed, tmp_path):
    good = packed.read_bytes()
    path = tmp_path / "a.nii.gz"
    # The gzip header's own fields (time, system, flags) hold no voxels.
    places = [*range(10, len(good), 37), *range(len(good) - 8, len(good))]
    for place in places:
        content = bytearray(good)
        content[place] ^= 1 << (place % 8)
        path.write_bytes(content)
        with pytest.raises(ImageFileError, match="Input 'a'"):
            read_all(path)


@pytest.mark.usefixtures("library")
def test_every_truncation_is_found(packed, tmp_path):
    good = packed.read_bytes()
    path = tmp_path / "a.nii.gz"
    for length in [*range(1, len(good), 97), *range(len(good) - 9, len(good))]:
        path.write_bytes(good[:length])
        with pytest.raises(ImageFileError, match="Input 'a'"):
            read_all(path)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("extra", "match"),
    [
        (b"garbage after the end", "damaged"),
        (
            gzip.compress(b"more", mtime=0),
            "longer than its header says: 2663 or more bytes instead",
        ),
    ],
)
def test_bytes_after_the_voxels(packed, tmp_path, extra, match):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(packed.read_bytes() + extra)
    with pytest.raises(ImageFileError, match=match):
        read_all(path)


@pytest.mark.usefixtures("library")
def test_several_members_are_one_file(plain, tmp_path):
    content = plain.read_bytes()
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"".join(gzip.compress(content[i : i + 500]) for i in range(0, 3000, 500)))
    np.testing.assert_array_equal(read_all(path), FLAT)


@pytest.mark.usefixtures("library")
def test_fewer_voxels_than_the_header_says(plain, tmp_path):
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()[:-100]))
    with pytest.raises(ImageFileError, match="its header describes 2662 bytes, it has 2562"):
        read_all(path)


def test_spool_gives_back_what_threads_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Spool("a", DATA.dtype, FLAT.size) as spool:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda t: spool.write_at(t * 385, DATA[..., t]), [2, 0, 1]))
        out = np.empty(500, np.int16)
        spool.read_into(200, out)
        np.testing.assert_array_equal(out, FLAT[200:700])
        assert not list(tmp_path.iterdir())
        with pytest.raises(ValueError, match="never written"):
            spool.read_into(FLAT.size - 1, np.empty(2, np.int16))


def test_spool_larger_than_the_disk():
    size = 1 << 60
    assert not Spool.fits(size)
    with pytest.raises(ImageFileError, match=r"bold: .* 1 EiB.*TMPDIR"):
        Spool("bold", np.dtype(np.uint8), size)


@pytest.mark.parametrize("fastest", [0, 1])
def test_the_faster_library_inflates_whatever_follows(packed, tmp_path, monkeypatch, fastest):
    took = iter([3, 3, 3, 3, 2, 2])  # level so far: the last trial tells
    tried = []

    def seconds(library, begin, window_bits):
        tried.append(library)
        return next(took) - (len(tried) == 5 + fastest)

    monkeypatch.setattr(inflaters.CHOICE, "library", None)
    monkeypatch.setattr(inflaters, "_seconds", seconds)
    read_all(packed)
    assert not tried, "nothing is tried on a small file"

    monkeypatch.setattr(inflaters, "WORTH_A_CHOICE", 1)
    np.testing.assert_array_equal(read_all(packed), FLAT)
    assert inflaters.CHOICE.library is tried[fastest]
    read_all(packed)
    assert len(tried) == 6, "it is chosen once"


def test_a_file_damaged_at_its_start_leaves_the_choice_open(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(inflaters.CHOICE, "library", None)
    monkeypatch.setattr(inflaters, "WORTH_A_CHOICE", 1)
    path = tmp_path / "a.nii.gz"
    path.write_bytes(packed.read_bytes()[:12] + bytes(range(200)))
    with pytest.raises(ImageFileError, match="damaged"):
        read_all(path)
    assert inflaters.CHOICE.library is None
