"""Kills, full disks, failing calls of the system: all results are complete and right, or none.

``python -m tests.faults kills --cases 200 --seed 1`` and ``... calls``; a few of
each are tests. `jobs` is what is disturbed, run in a process of its own, and tells whether what it
left is right; `kills` ends it at random moments; `calls` lets the n-th call of the system fail, by
the library in `shim.c`, which is loaded before the one of C.
"""
