"""The whole path of a formula over arrays in memory: no file is needed to test the engine."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from unittest import mock

import numpy as np

from nipype_mathimg.calc.labels import KnownLabels
from nipype_mathimg.formula.engine.run import run
from nipype_mathimg.formula.functions import FUNCTIONS, Function
from nipype_mathimg.formula.graph import tape as tape_module
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.infer import Inferred, infer
from nipype_mathimg.formula.plan.plan import Plan, make_plan
from nipype_mathimg.formula.program import parse
from nipype_mathimg.formula.types.limits import LIMITS, Limits
from nipype_mathimg.formula.types.numtype import integer_bounds, needs_more_than_24_bits
from nipype_mathimg.spec import ArraySpec, Axis, image_axes

PLENTY = 1 << 30


@dataclass
class MemoryLeaf:
    """An image whose stored elements are an array; remembers what was asked of it.

    `random_access` False behaves as a compressed file: whoever reads backwards is caught.
    """

    name: str
    spec: ArraySpec
    stored: np.ndarray
    slope: float | None = None
    random_access: bool = True
    ahead_bytes: int = 0
    opens: int = 0
    finished: int = 0
    closed: int = 0
    reads: list[tuple[int, int]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        return self.stored.dtype

    def decode(self, block: np.ndarray) -> np.ndarray:
        native = block.astype(block.dtype.newbyteorder("="), copy=False)
        return native if self.slope is None else native.astype(self.spec.dtype) * self.slope

    def open(self) -> _MemoryReader:
        with self.lock:
            self.opens += 1
        return _MemoryReader(self)

    @property
    def elements_read(self) -> int:
        return sum(count for _, count in self.reads)


class _MemoryReader:
    def __init__(self, leaf: MemoryLeaf) -> None:
        self.leaf = leaf
        self.position = 0

    def read_into(self, start: int, out: np.ndarray) -> None:
        leaf = self.leaf
        assert out.ndim == 1
        assert out.flags.c_contiguous
        assert out.dtype == leaf.stored.dtype
        assert 0 <= start <= start + out.size <= leaf.stored.size
        if not leaf.random_access:
            assert start >= self.position, "a compressed file was read backwards"
        out[...] = leaf.stored[start : start + out.size]
        with leaf.lock:
            leaf.reads.append((start, out.size))
            self.position = start + out.size

    def finish(self) -> None:
        with self.leaf.lock:
            self.leaf.finished += 1

    def close(self) -> None:
        with self.leaf.lock:
            self.leaf.closed += 1


class MemoryStore:
    """Stands for a place on disk; what was never written cannot be read."""

    made: list[MemoryStore]

    def __init__(self, name: str, dtype: np.dtype[Any], size: int) -> None:
        self.name = name
        self.data = np.zeros(size, dtype)
        self.written = np.zeros(size, bool)
        self.open = True

    def write_at(self, start: int, block: np.ndarray) -> None:
        assert self.open
        flat = block.ravel(order="F")
        assert flat.dtype == self.data.dtype
        self.data[start : start + flat.size] = flat
        self.written[start : start + flat.size] = True

    def read_into(self, start: int, out: np.ndarray) -> None:
        assert self.open
        part = slice(start, start + out.size)
        assert self.written[part].all(), "elements were read that were never written"
        out[...] = self.data[part]

    def close(self) -> None:
        self.open = False

    def __enter__(self) -> MemoryStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@dataclass(frozen=True)
class Way:
    """How a formula is computed; nothing of this may change a bit of the result.

    `chunk` cuts the result; `small` is the size in bytes up to which a compressed image is kept
    in memory (0: it is spooled).
    """

    slab: int | None = None
    threads: int = 1
    memory: int = PLENTY
    streamed: bool = False
    chunk: int | None = None
    small: int | None = None
    writes: bool = True
    others: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)

    @property
    def limits(self) -> Limits:
        changes = {"chunk": self.chunk, "small_image": self.small, **self.others}
        return LIMITS.changed(**{k: v for k, v in changes.items() if v is not None})


WHOLE = Way()
WAYS = (
    Way(slab=45, threads=3, streamed=True, chunk=23, small=0),
    Way(slab=20, threads=1, streamed=False, chunk=20),
    Way(slab=7, threads=2, streamed=True, chunk=61),
    Way(slab=1000, threads=3, streamed=False, chunk=37),
)
"""Pieces of one plane, odd pieces, everything; from memory, streams, copies on disk."""


def leaf_of(
    name: str, values: Any, *, streamed: bool = False, order: str = "=", sizes: Any = ()
) -> MemoryLeaf:
    """Return an image as it would lie in a file, perhaps with foreign bytes."""
    array = np.asarray(values)
    bounds = integer_bounds(array.dtype)
    wide = needs_more_than_24_bits(array.dtype, bounds)
    axes = image_axes(array.ndim, sizes, lengths=array.shape)
    spec = ArraySpec(array.shape, array.dtype, axes, bounds, wide)
    stored = array.ravel(order="F").astype(array.dtype.newbyteorder(order))
    return MemoryLeaf(name, spec, stored, random_access=not streamed)


def scaled_leaf(name: str, stored: np.ndarray, slope: float, **more: Any) -> MemoryLeaf:
    """Return an image with a scale factor: its values are float64."""
    leaf = leaf_of(name, stored, **more)
    leaf.spec = leaf.spec.changed(dtype=np.dtype(float), bounds=None)
    leaf.slope = slope
    return leaf


def _inputs(inputs: Mapping[str, Any], streamed: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    images = {
        name: leaf_of(name, value, streamed=streamed) if isinstance(value, np.ndarray) else value
        for name, value in inputs.items()
        if isinstance(value, np.ndarray | MemoryLeaf)
    }
    for leaf in images.values():
        leaf.random_access = leaf.random_access and not streamed
    values = {name: images[name].spec if name in images else v for name, v in inputs.items()}
    return images, values


def inferred(formula: str, inputs: Mapping[str, Any]) -> Inferred:
    """Parse and infer."""
    images, values = _inputs(inputs, False)
    return infer(parse(formula), values, labels=KnownLabels(formula, images, {}))


def planned(formula: str, inputs: Mapping[str, Any], way: Way = WHOLE) -> Plan:
    """Parse, infer and plan."""
    images, values = _inputs(inputs, way.streamed)
    return make_plan(
        infer(
            parse(formula),
            values,
            functions=way.functions,
            labels=KnownLabels(formula, images, {}),
        ),
        images,
        memory=way.memory,
        threads=way.threads,
        written=None if way.writes else (),
        slab=way.slab,
        limits=way.limits,
    )


@dataclass
class PiecesOfAResult:
    """Puts the pieces of a result together; they have to come in file order."""

    shape: tuple[int, ...]
    values: np.ndarray | None = None
    position: int = 0

    def encode(self, value: Any, region: Any) -> Any:
        assert np.shape(value) == tuple(high - low for low, high in region)
        return partial(self._append, region, np.array(value, order="F"))

    def _append(self, region: Any, value: np.ndarray) -> None:
        if self.values is None:
            self.values = np.empty(int(np.prod(self.shape)), value.dtype)
        assert value.dtype == self.values.dtype, "pieces of different dtypes"
        first = np.ravel_multi_index([low for low, _ in region], self.shape, order="F")
        assert first == self.position, "pieces out of order"
        self.values[first : first + value.size] = value.ravel(order="F")
        self.position = first + value.size

    def whole(self) -> np.ndarray:
        assert self.values is not None
        assert self.position == self.values.size
        return self.values.reshape(self.shape, order="F")


@contextmanager
def blocks_checked() -> Iterator[None]:
    """Check every block that is computed: its dtype and its values are those of its spec."""
    original_apply, original_run = tape_module._apply, tape_module.Tape.run

    def apply(op: Op, region: Any, blocks: Any) -> Any:
        return as_specified(op, region, original_apply(op, region, blocks))

    def run_tape(tape: Any, demand: Any, fetch: Any, wanted: Any) -> Any:
        def fetched(op: Op, region: Any) -> Any:
            return as_specified(op, region, fetch(op, region))

        return original_run(tape, demand, fetched, wanted)

    with (
        mock.patch.object(tape_module, "_apply", apply),
        mock.patch.object(tape_module.Tape, "run", run_tape),
    ):
        yield


def as_specified(op: Op, region: Any, value: Any) -> Any:
    """Return a block, after a look whether it is what was inferred before anything was read."""
    array, spec = np.asarray(value), op.spec
    assert array.shape == tuple(high - low for low, high in region), op.name
    if spec.shape:
        assert array.dtype == spec.dtype, f"{op.name}: {array.dtype} where {spec.dtype} is said"
    else:
        kinds = "iu" if spec.dtype.kind in "iu" else spec.dtype.kind
        assert array.dtype.kind in kinds, f"{op.name}: {value!r} where {spec.dtype} is said"
    if spec.bounds is not None and array.size:
        low, high = int(array.min()), int(array.max())
        inside = spec.bounds[0] <= low and high <= spec.bounds[1]
        assert inside, f"{op.name}: {low} to {high} where {spec.bounds} is said"
    return value


def execute(plan: Plan, way: Way = WHOLE) -> Any:
    """Run a plan and return the result."""
    stores: list[MemoryStore] = []

    def store(name: str, dtype: np.dtype[Any], size: int) -> MemoryStore:
        stores.append(MemoryStore(name, dtype, size))
        return stores[-1]

    root = plan.root
    before = threading.active_count()
    (name,) = plan.results
    with blocks_checked():
        if not way.writes:
            (result,) = run(plan, store).values()
        else:
            pieces = PiecesOfAResult(root.shape)
            assert run(plan, store, {name: pieces}) == {}
            result = pieces.whole()
            assert result.dtype == root.spec.dtype
    assert not any(s.open for s in stores)
    assert threading.active_count() == before, "threads are left behind"
    for leaf in plan.images.values():
        assert leaf.closed == leaf.opens, "a reader was left open"
    return result


def compute(formula: str, inputs: Mapping[str, Any], way: Way = WHOLE, **changes: Any) -> Any:
    """Compute a formula; a result without axes is returned as a number."""
    way = replace(way, **changes)
    root = inferred(formula, inputs).root
    if not root.shape or (root.accumulator is not None and root.accumulator.at_most):
        way = replace(way, writes=False)
    return execute(planned(formula, inputs, way), way)


def reference(formula: str, inputs: Mapping[str, Any], **names: Any) -> Any:
    """Return what NumPy makes of a formula, without its warnings."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(formula, {"np": np, **names, **inputs})


def same_bits(first: Any, second: Any) -> bool:
    """Tell whether two results are equal to the last bit, but for those of NaN.

    In a file every NaN has the same bits, see `storing`.
    """
    one, two = (_with_one_nan(np.array(each)) for each in (first, second))
    return (
        one.dtype == two.dtype
        and one.shape == two.shape
        and one.tobytes(order="F") == two.tobytes(order="F")
    )


def _with_one_nan(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in "fc":
        for part in (array.real, array.imag) if array.dtype.kind == "c" else (array,):
            part[np.isnan(part)] = np.nan
    return array


def axes_of(formula: str, inputs: Mapping[str, Any]) -> list[tuple[str | None, float, float]]:
    """Return (source, start, step) of every axis of a result."""
    return [_triple(axis) for axis in inferred(formula, inputs).root.spec.axes]


def _triple(axis: Axis) -> tuple[str | None, float, float]:
    return (axis.source, axis.start, axis.step)
