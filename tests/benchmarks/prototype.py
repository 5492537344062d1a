"""The shape of the engine by hand: the least that a Python process needs for one .nii.gz job.

Usage: ``python prototype.py JOB A.nii.gz [B.nii.gz] OUT.nii.gz``, for float32 images with a header
of 352 bytes, which is written unchanged. One inflating thread per input, two workers that compute
and deflate, a writer; recycled blocks of 1 MiB. It checks nothing: it is a yardstick.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from queue import Queue
from threading import Condition, Lock, Thread
from typing import Any

import numpy as np
from isal import igzip, isal_zlib
from numpy.typing import NDArray

Block = NDArray[np.float32]

BLOCK_BYTES = 1 << 20
BLOCKS_AHEAD = 4
WORKERS = 2
HEADER_BYTES = 352


def _ratio(out: Block, a: Block, b: Block) -> None:
    np.subtract(a, b, out=out)
    np.divide(out, b, out=out)


def _magnitude(out: Block, a: Block, b: Block) -> None:
    np.multiply(a, a, out=out)
    out += b * b
    np.sqrt(out, out=out)


def _copy(out: Block, a: Block) -> None:
    np.multiply(a, 1, out=out)


JOBS: dict[str, Callable[..., None]] = {
    "copy": _copy,
    "ratio": _ratio,
    "magnitude": _magnitude,
}


class Input:
    """One file, inflated by its own thread into blocks that come back."""

    def __init__(self, path: str) -> None:
        stream: Any = igzip.open(path, "rb")
        self.header = bytes(stream.read(HEADER_BYTES))
        self.free: Queue[Block] = Queue()
        self.full: Queue[tuple[Block, int]] = Queue()
        for _ in range(BLOCKS_AHEAD):
            self.free.put(np.empty(BLOCK_BYTES // 4, np.float32))
        Thread(target=self._inflate, args=(stream,), daemon=True).start()

    def _inflate(self, stream: Any) -> None:
        filled = BLOCK_BYTES
        while filled == BLOCK_BYTES:
            block = self.free.get()
            view = block.view(np.uint8).data
            filled = 0
            while filled < BLOCK_BYTES and (count := stream.readinto(view[filled:])):
                filled += count
            self.full.put((block, filled // 4))


class Output:
    """Deflated blocks, written in order by whoever waits for them."""

    def __init__(self) -> None:
        self.ready: dict[int, tuple[bytes, int, int]] = {}
        self.last: int | None = None
        self.changed = Condition()

    def put(self, index: int, piece: tuple[bytes, int, int], *, last: bool) -> None:
        with self.changed:
            self.ready[index] = piece
            if last:
                self.last = index
            self.changed.notify()

    def take(self, index: int) -> tuple[bytes, int, int] | None:
        with self.changed:
            self.changed.wait_for(lambda: index in self.ready or self.last == index - 1)
            return self.ready.pop(index, None)


def deflated(data: Any) -> tuple[bytes, int, int]:
    """Return raw deflate blocks, the CRC and the length of `data`."""
    deflater = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    payload = deflater.compress(data) + deflater.flush(isal_zlib.Z_FULL_FLUSH)
    return payload, isal_zlib.crc32(data), len(data)


def _work(
    compute: Callable[..., None], inputs: list[Input], output: Output, turn: Lock, count: list[int]
) -> None:
    result = np.empty(BLOCK_BYTES // 4, np.float32)
    np.seterr(all="ignore")  # per thread
    while True:
        with turn:
            if count[0] < 0:
                return
            taken = [source.full.get() for source in inputs]
            index, size = count[0], taken[0][1]
            last = size < result.size
            count[0] = -1 if last else index + 1
        out = result[:size]
        compute(out, *(block[:size] for block, _ in taken))
        for source, (block, _) in zip(inputs, taken, strict=True):
            source.free.put(block)
        output.put(index, deflated(out.view(np.uint8).data), last=last)


def main(job: str, *paths: str) -> None:
    """Compute one job from files to a file."""
    inputs = [Input(path) for path in paths[:-1]]
    output, turn, count = Output(), Lock(), [0]
    for _ in range(WORKERS):
        args = (JOBS[job], inputs, output, turn, count)
        Thread(target=_work, args=args, daemon=True).start()
    with open(paths[-1], "wb") as file:
        file.write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")
        payload, crc, total = deflated(inputs[0].header)
        file.write(payload)
        index = 0
        while (piece := output.take(index)) is not None:
            file.write(piece[0])
            crc = isal_zlib.crc32_combine(crc, piece[1], piece[2])
            total += piece[2]
            index += 1
        file.write(b"\x03\0" + struct.pack("<II", crc, total & 0xFFFFFFFF))


if __name__ == "__main__":
    main(*sys.argv[1:])
