"""What happens to one block: arrays in, an array out; no kernel knows an op, a name or a file.

`kernel` says what a kernel is: a frozen value whose class and fields are its identity. Most are
called with blocks alone (`Blockwise`); some have to know where these lie. A block of the result
comes at once from

- one element of each operand: `pointwise`, `exact`, `parametrised`, `cast`, `coordinates`;
  `scipy_values` are those of SciPy, with the `conversions` of one statistic to another and the
  distributions: `located` are those with location and scale, of the standard ones that are
  `continuous` (more in `distributions`) or `discrete`, with the `tails` that floats cannot hold;
- elements elsewhere: `view`, `join`, `spread` (regions back to their voxels);
- all of an axis: `along_axis`, `running`, `quantiles`, `modes`, `time_series` (`gaussian_filter`),
  `eigen` and `correlations` (of matrices);
- neighbours: `window` (of masks by `mask_functions`); a whole volume: `volume_functions`,
  `diffusion`, `inpainting`, `recursive_gaussian`, `edges`, `ridges`, `distances`, `geodesic`;
  `shifted` has what lies beside each voxel.
  SciPy comes from `scipy_modules`.

What is accumulated over many blocks is an `accumulator`:

- `accumulate` drives each `statistic`: `moments` (`whole_squares` of small integers), `extremes`
  and `wide_sum`;
- `by_parcel` has the same for each region of a label image (`parcel_rows` where places come last,
  `parcel_quantiles` at once), in the order of `parcel_order`;
- order statistics are found by `rank_search`, in windows (`rank_windows`) or digit by digit
  (`rank_digits` of `rank_keys`), with the arithmetic of `quantiles`;
- what counts voxels is `counting`: `occurrences` and `histogram`, which `ranges_of_counts` and
  `staple` read.
"""
