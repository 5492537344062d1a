"""The bytes of compressed blocks depend on nothing but their content."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from isal import isal_zlib

from nipype_mathimg.images.files.gzip_member import deflated, zlib_stream


@pytest.mark.parametrize("pack", [deflated, zlib_stream])
def test_bytes_do_not_depend_on_where_the_compressor_lies_in_memory(pack):
    # ISA-L hashes bits 16 to 47 of its own address in place of the third position of a stream. A
    # block that begins with these bits and repeats them shows it; what lies between has to be
    # worth a Huffman code.
    rng = np.random.default_rng(0)
    middle, end = (rng.integers(0, 16, n, np.uint8).tobytes() for n in (300, 3000))
    address = id(isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15))
    for shift in range(3):
        start = ((address >> 16) + shift & 0xFFFFFFFF).to_bytes(4, "little")
        block = start + middle + start + end
        first = pack(block)
        others = [isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15) for _ in range(4)]
        second = pack(block)
        assert first == second
        del others


@pytest.mark.parametrize("size", [0, 1, 3, 7, 8, 9, 256, 257, 300, 301, 100_000, 100_001])
def test_blocks_of_any_length_are_whole(size):
    # Even numbers of bytes are noise; the others repeat themselves and are packed by zlib-ng.
    block = np.random.default_rng(1).integers(0, 5 - 4 * (size % 2), size, np.uint8).tobytes()
    whole = zlib.decompressobj(-zlib.MAX_WBITS)
    assert whole.decompress(deflated(block) + deflated(block) + b"\x03\x00") == 2 * block
    assert whole.eof
    assert zlib.decompress(zlib_stream(block)) == block
