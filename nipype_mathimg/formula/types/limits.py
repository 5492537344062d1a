"""The numbers that a plan is tuned with, in one record that is handed in."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen

__all__ = ["LIMITS", "Limits"]


class Limits(Frozen):
    """Sizes that decide how a formula is computed; none of them changes a value of a result.

    `chunk` alone changes bytes of compressed files, so it is no option of a call.

    Parameters
    ----------
    chunk : int
        Voxels of a piece of a result that has at most 4 bytes a voxel: 1 MiB stays in the cache
        of a core while it is computed and compressed, and is long enough for a compressor.
    small_image : int
        Bytes up to which a compressed image is kept in memory rather than decoded again: a mask
        or a map of a template of 2 mm, decoded, is 0.9 to 7 MiB.
    spool_block : int
        Elements that are decoded at once where an image is decoded to disk first; more does not
        make it faster.
    sampled_slabs : int
        Up to so many slabs each is asked what it needs; of more, runs of neighbours at 16
        regular places, since a plan must not cost more than a small job.
    disk_bytes : int
        From this size on a result that does not come in file order waits on disk. It is read
        once more, in file order, which a disk does as well as memory.
    window_bytes : int
        Bytes of a stream that may be in flight, however large the budget.
    least_window : int
        Bytes of a block of a stream that are allowed however small the budget: below, an image
        is spooled for the sake of less than the compressor takes.
    most_overlap : float
        Where functions look at neighbours, pieces are made larger until no more than so many times
        the voxels of a piece are computed for it.
    larger_pieces : int
        By how much pieces grow for that, and slabs for `accumulated_bytes`, at the most.
    write_at_once : int
        Bytes of a slab up to which a result that reduces on its way is written directly; above,
        it is computed first, in slabs that suit the budget.
    slab_bytes : tuple of int
        Bytes of a slab in the three rounds that a plan tries: generous, thrifty, least.
    cached_bytes : int
        What stays in the second cache of a core.
    accumulated_bytes : int
        Bytes up to which a slab grows that is only accumulated, where states do not stay there:
        for one volume at a time the state of each voxel is loaded for each of its values, which
        takes longer than the sum. Two volumes of 3 mm in float32 fit in: a mean over time
        takes no more memory then than a result that is written.
    short_run : int
        Elements that are read and thrown away in less time than another read takes to begin (on
        a local disk, some 50 microseconds).
    read_slack : float
        A read may be so many times what is wanted: one long read beats two short ones.
    kept_ranks : int
        Values that the window of an order statistic holds before it is narrowed: a volume of a
        template of 2 mm fits in.
    most_windows : int
        More order statistics than these are ranked by digits, which looks at a value once for all
        of them.
    few_ranks : int
        As many candidates are collected and sorted, when digits have left so few.
    repeated_operations : int
        Operations that all runs together may compute once more than the formula has them. Each
        of n reductions in a row begins anew at the images, which takes n**2 of them; so many are
        planned in 1 or 2 s, and come from about 150 reductions in a row.
    """

    chunk: int = 1 << 18
    small_image: int = 8 << 20
    spool_block: int = 1 << 16
    sampled_slabs: int = 512
    disk_bytes: int = 16 << 20
    window_bytes: int = 64 << 20
    least_window: int = 1 << 20
    most_overlap: float = 1.25
    larger_pieces: int = 8
    write_at_once: int = 32 << 20
    slab_bytes: tuple[int, int, int] = (24 << 20, 4 << 20, 1 << 20)
    cached_bytes: int = 512 << 10
    accumulated_bytes: int = 3 << 20
    short_run: int = 1 << 16
    read_slack: float = 1.25
    kept_ranks: int = 1 << 20
    most_windows: int = 4
    few_ranks: int = 1 << 18
    repeated_operations: int = 1 << 15


LIMITS = Limits()
"""What is used unless something else is handed in, which tests do."""
