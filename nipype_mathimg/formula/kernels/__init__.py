"""What happens to one block: arrays in, an array out; no kernel knows an op, a name or a file.

`pointwise`, `cast`, `view`, `join`, `along_axis` give a block of the result at once. What is
accumulated over many blocks: `accumulate` drives `moments` and `extremes`, and order statistics
are found by `rank_search`, in windows (`rank_windows`) or digit by digit (`rank_digits`), with the
arithmetic of `quantiles`.
"""
