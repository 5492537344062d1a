"""The table of compressions."""

from __future__ import annotations

import bz2
import gzip
from contextlib import closing

import pytest

from nipype_mathimg.images.files.codecs import CODECS, codec_of

PACK = {".gz": gzip.compress, ".mgz": gzip.compress, ".bz2": bz2.compress}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.nii", None),
        ("a.gz.nii", None),
        ("a.b/c", None),
        ("a.nii.gz", "gzip"),
        ("a.NII.GZ", "gzip"),
        ("brain.mgz", "gzip"),
        ("a.nii.bz2", "bzip2"),
        ("a.nii.zst", "Zstandard"),
    ],
)
def test_suffix_tells_the_codec(path, name):
    codec = codec_of(path)
    assert (codec.name if codec else None) == name


@pytest.mark.parametrize("suffix", sorted(PACK))
def test_stream_gives_the_bytes_back_and_fails_on_truncated_files(tmp_path, suffix):
    content = bytes(range(256)) * 40
    packed = PACK[suffix](content)
    path = tmp_path / f"x{suffix}"
    path.write_bytes(packed)
    codec = CODECS[suffix]
    buffer = memoryview(bytearray(len(content)))
    done = 0
    with path.open("rb") as file, closing(codec.open(file)) as stream:
        while count := stream.readinto(buffer[done:] or memoryview(bytearray(1))):
            done += count
    assert bytes(buffer) == content

    path.write_bytes(packed[:-3])
    with (
        path.open("rb") as file,
        closing(codec.open(file)) as stream,
        pytest.raises((OSError, EOFError, *codec.errors)),
    ):
        sum(iter(lambda: stream.readinto(buffer), 0))
