"""One gzip member, made of blocks that several threads deflate, whose start can be rewritten.

Layout (RFC 1952, RFC 1951): fixed gzip header; the file's head in stored blocks, so that its
length never changes; the deflated chunks, each ended by a full flush on a byte boundary; an
empty last block; CRC-32 and length of everything.
"""

from __future__ import annotations

import struct

from isal import isal_zlib

__all__ = [
    "combined_crc",
    "crc32",
    "deflated",
    "end_of_member",
    "stored_head",
    "zlib_stream",
]

# The level of isal that is as fast as its level 1 and never larger; its level 0 makes noisy
# images larger than they were.
_FAST_LEVEL = 2
# ISA-L (2.32 at the latest) makes the place of the third byte in its table from the address of the
# compressor where a stream begins in its code for all but the last bytes of the input
# (igzip_icf_body_h1_gr_bt.asm, `.write_first_byte` hashes rcx), so that a match is missed now and
# then which is found in another thread. Its code for the last bytes begins rightly, and runs alone
# where only a few bytes are given, as for all that is shorter than its look-ahead of 288.
_BEGIN_BYTES = 8
_SHORT_BYTES = 256
# isal packs masks and labels, which repeat themselves, to twice the size that zlib finds. Where
# it reaches this share of the data, zlib-ng is quick too.
_REPETITIVE = 12
_THOROUGH_LEVEL = 6

# No name, no time, unknown system: the bytes depend on the data only.
_MEMBER_START = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
# Last block, fixed Huffman codes, and at once the code for its end (RFC 1951, 3.2.6).
_EMPTY_LAST_BLOCK = b"\x03\x00"
# LEN of a stored block has 16 bits (RFC 1951, 3.2.4).
_LONGEST_STORED = 0xFFFF


def stored_head(head: bytes) -> bytes:
    """Return the start of a member whose first bytes are `head`, uncompressed."""
    pieces = [_MEMBER_START]
    for start in range(0, len(head), _LONGEST_STORED):
        piece = head[start : start + _LONGEST_STORED]
        # Not the last block, type 00, filled up to a byte; LEN and its complement.
        pieces.append(struct.pack("<BHH", 0, len(piece), len(piece) ^ 0xFFFF))
        pieces.append(piece)
    return b"".join(pieces)


def deflated(data: bytes | memoryview) -> bytes:
    """Return `data` as blocks that depend on no other block and end on a byte boundary."""
    # Raw blocks (negative window bits), without a header of their own. A full flush ends on a byte
    # and forgets what came before: no block may refer to one that another thread deflates.
    return _packed(data, -isal_zlib.MAX_WBITS, isal_zlib.Z_FULL_FLUSH)


def zlib_stream(data: bytes | memoryview) -> bytes:
    """Return `data` as a zlib stream (RFC 1950) of its own."""
    return _packed(data, isal_zlib.MAX_WBITS, isal_zlib.Z_FINISH)


def _packed(data: bytes | memoryview, window_bits: int, flush: int) -> bytes:
    fast = isal_zlib.compressobj(_FAST_LEVEL, isal_zlib.DEFLATED, window_bits)
    begin, rest = b"", data
    if len(data) > _SHORT_BYTES:
        begin = fast.compress(data[:_BEGIN_BYTES]) + fast.flush(isal_zlib.Z_SYNC_FLUSH)
        rest = data[_BEGIN_BYTES:]
    packed = b"".join((begin, fast.compress(rest), fast.flush(flush)))  # one copy, not two
    if len(packed) * _REPETITIVE > len(data):
        return packed
    # Not every image needs it.
    from zlib_ng import zlib_ng

    thorough = zlib_ng.compressobj(_THOROUGH_LEVEL, zlib_ng.DEFLATED, window_bits)
    # The same modes have the same numbers in every library of zlib's interface.
    smaller = thorough.compress(data) + thorough.flush(flush)
    return min(packed, smaller, key=len)


def crc32(data: bytes | memoryview) -> int:
    """Return the CRC-32 of `data`."""
    return isal_zlib.crc32(data)


def combined_crc(first: int, second: int, second_length: int) -> int:
    """Return the CRC-32 of two runs of bytes from the CRC-32 of each."""
    return isal_zlib.crc32_combine(first, second, second_length)


def end_of_member(crc: int, length: int) -> bytes:
    """Return what ends a member of `length` uncompressed bytes."""
    # ISIZE is the length modulo 2**32 (RFC 1952, 2.3.1): an image may be longer.
    return _EMPTY_LAST_BLOCK + struct.pack("<II", crc, length & 0xFFFFFFFF)
