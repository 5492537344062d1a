"""What happens to one block: arrays in, an array out; no kernel knows an op, a name or a file.

`kernel` says what a kernel is: a frozen value whose class and fields are its identity. Most are
called with blocks alone (`Blockwise`); some have to know where these lie. A block of the result
comes at once from `pointwise`, `exact`, `parametrised`, `cast`, `view`, `join`, `along_axis`,
`running`, `window` and `quantiles`. What is accumulated over many blocks is an `accumulator`:
`accumulate` drives `moments`, `extremes` and `wide_sum`, and order statistics are found by
`rank_search`, in windows (`rank_windows`) or digit by digit (`rank_digits`), with the arithmetic
of `quantiles`. What counts voxels is `counting`: `occurrences` and `histogram`.
"""
