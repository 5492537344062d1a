"""What lines of fslmaths need beside their arguments: the kernel, the header, a box of voxels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nipype_mathimg.translate.files import Facts
from nipype_mathimg.translate.kernels import Kernel

__all__ = ["NEEDS_HEADER", "NEEDS_KERNEL", "roi", "with_kernel"]

NEEDS_KERNEL = frozenset(
    {"-dilM", "-dilD", "-dilall", "-dilF", "-eroF", "-ero", "-fmean", "-fmeanu"}
)


def with_kernel(kernel: Kernel, x: str) -> dict[str, str]:
    """Return what stands for the kernel in lines that are applied to `x`."""
    return {
        "structure": kernel.structure,
        "window": kernel.window,
        "weighted": kernel.weighted(x),
        "weights": kernel.weights(x),
        "unnormalised": kernel.unnormalised(x),
    }


def _index(_x: str, facts: Facts) -> dict[str, str]:
    return {"along": "" if facts.radiological else "[::-1]"}


def _subsamp2(_x: str, facts: Facts) -> dict[str, str]:
    moved = not facts.radiological and facts.shape[0] % 2 == 0
    return {"first": "1" if moved else ""}


def _subsamp2offc(_x: str, facts: Facts) -> dict[str, str]:
    moved = not facts.radiological and facts.shape[0] % 2 == 1
    return {"shift": "0" if moved else "-1"}


NEEDS_HEADER: Mapping[str, Callable[[str, Facts], dict[str, str]]] = {
    "-index": _index,
    "-subsamp2": _subsamp2,
    "-subsamp2offc": _subsamp2offc,
}
"""Operations that depend on the header, and what stands for it in their lines."""


def roi(x: str, given: Sequence[str], run: bool) -> str:
    """Return the formula of ``-roi``: zeros outside of a box of voxels."""
    inside = [
        limit
        for axis, begin, size in zip("ijk", given[0:6:2], given[1:6:2], strict=True)
        for limit in _limits(f"{x}.{axis}", int(begin), int(size))
    ]
    # By themselves, because t has no place among the axes of space.
    when = _limits(f"np.arange({x}.shape[-1])", int(given[6]), int(given[7])) if run else []
    for conditions in filter(None, (inside, when)):
        x = f"np.where({' & '.join(conditions)}, {x}, 0)"
    return x


def _limits(where: str, first: int, width: int) -> list[str]:
    """Return the conditions that keep a position between two ends; a width of -1 is all."""
    low = [f"({where} >= {first})"] if first > 0 else []
    return [*low, f"({where} < {first + width})"] if width >= 0 else low
