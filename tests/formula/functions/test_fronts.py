"""Distances on paths inside of a mask, against fast marching by a heap, voxel after voxel."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

RNG = np.random.default_rng(5)
SIZES = (2.0, 1.0, 2.5)


def marched(seeds, speed, sizes):
    """Return the times of J. A. Sethian's fast marching to the first order."""
    times = np.where(seeds != 0, 0.0, np.inf)
    done = np.zeros(seeds.shape, bool)
    heap = [(0.0, tuple(place)) for place in np.argwhere(seeds != 0)]
    heapq.heapify(heap)
    while heap:
        _, place = heapq.heappop(heap)
        if done[place]:
            continue
        done[place] = True
        for k in range(seeds.ndim):
            for step in (-1, 1):
                near = list(place)
                near[k] += step
                near = tuple(near)
                if 0 <= near[k] < seeds.shape[k] and not done[near] and speed[near] > 0:
                    time = arrival(times, done, near, 1 / speed[near], sizes)
                    if time < times[near]:
                        times[near] = time
                        heapq.heappush(heap, (time, near))
    return times


def arrival(times, done, place, slowness, sizes):
    earlier = []
    for k, size in enumerate(sizes):
        sides = [(*place[:k], place[k] + step, *place[k + 1 :]) for step in (-1, 1)]
        known = [times[p] for p in sides if 0 <= p[k] < times.shape[k] and done[p]]
        if known:
            earlier.append((min(known), size))
    earlier.sort()
    best = np.inf
    for count in range(1, len(earlier) + 1):
        # The roots of sum(((t - earlier) / size)**2) - slowness**2, by NumPy.
        parts = [np.poly1d([1 / size, -time / size]) ** 2 for time, size in earlier[:count]]
        roots = np.roots((sum(parts) - slowness**2).coeffs)
        root = float(max(roots.real))
        if count > 1 and root <= earlier[count - 1][0]:
            break
        best = root if count == 1 or abs(roots.imag).max() < 1e-9 else best
    return best


@pytest.mark.parametrize("shape", [(7, 6, 5), (1, 5, 6), (5, 1, 1)])
@pytest.mark.parametrize("kind", ["mask", "speed"])
def test_times_are_those_of_fast_marching(shape, kind):
    inside = RNG.random(shape) > 0.25
    speed = inside.astype("uint8") if kind == "mask" else inside * (0.3 + RNG.random(shape))
    seeds = np.zeros(shape, "int16")
    seeds[0, 0, 0] = 3
    seeds[-1, shape[1] // 2, -1] = 1
    leaves = {
        "seeds": leaf_of("seeds", seeds, sizes=SIZES),
        "speed": leaf_of("speed", speed, sizes=SIZES),
    }
    formula = "geodesic_distance(seeds, speed)"
    got = compute(formula, leaves)
    np.testing.assert_allclose(got, marched(seeds, speed, SIZES), rtol=1e-9)
    assert (seeds != 0).sum() == (got == 0).sum()
    for way in WAYS[1:3]:
        assert same_bits(compute(formula, leaves, way), got), way


def test_a_way_leads_around_a_wall():
    """Along a corridor the distance is that of its voxels; where nothing leads it is infinite."""
    mask = np.zeros((9, 3, 3), "uint8")
    mask[:, 0, 1] = mask[8, :, 1] = mask[2:, 2, 1] = 1
    mask[0, 2, 1] = 1
    seeds = np.zeros(mask.shape, "uint8")
    seeds[0, 0, 1] = 1
    leaves = {"s": leaf_of("s", seeds, sizes=SIZES), "m": leaf_of("m", mask, sizes=SIZES)}
    got = compute("geodesic_distance(s, m)", leaves)
    assert got[8, 0, 1] == 16
    assert got[2, 2, 1] > 16 + 6 * 2
    assert np.isinf(got[0, 2, 1])
    assert np.isinf(got[mask == 0]).all()


def test_every_volume_has_seeds_of_its_own():
    seeds = np.zeros((4, 3, 5, 2), "uint8")
    seeds[0, 0, 0, 0] = seeds[3, 2, 4, 1] = 1
    speed = np.where(RNG.random((4, 3, 5)) > 0.1, 2.0, np.nan)
    leaves = {"s": leaf_of("s", seeds, sizes=(*SIZES, 2.0)), "v": leaf_of("v", speed, sizes=SIZES)}
    got = compute("geodesic_distance(s, v)", leaves)
    for t in range(2):
        want = marched(seeds[..., t], np.nan_to_num(speed), SIZES)
        np.testing.assert_allclose(got[..., t], want, rtol=1e-9)
    assert np.isinf(compute("geodesic_distance(s * 0, v)", leaves)).all()


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("geodesic_distance(a, b)", "the size of the voxels is not known"),
        ("geodesic_distance(c, np.stack([c, c], axis=-1))", "does not fit the seeds"),
        ("geodesic_distance(c * 1j, c)", "takes real numbers"),
        ("geodesic_distance(c)", "`speed` is missing"),
    ],
)
def test_refused(formula, message):
    a = np.ones((3, 3, 3))
    with pytest.raises(FormulaError, match=message):
        inferred(formula, {"a": a, "b": a, "c": leaf_of("c", a, sizes=(1, 1, 1))})
