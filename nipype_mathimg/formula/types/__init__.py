"""What is known of a value before it is read; pure functions of dtypes, ranges, axes and regions.

`numtype` dtypes with ranges, `ranges` of integers through functions, `promotion` from operands to
results, `alignment` of arrays by their axes, of which those of length 1 at the end (`ends`) are as
good as none, `meeting` of different grids, `regions` which part of an operand is needed, `slabs`
that a domain is cut into. `limits` has the numbers that plans are tuned with.
"""
