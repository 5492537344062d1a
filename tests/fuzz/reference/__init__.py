"""A formula evaluated by NumPy in float64 and Python's integers; knows nothing of the package.

- `values`: arrays with the names of their axes; `rounding`: how their digits may be shaken.
- `alignment`: axes meet by what they are.
- `calls`: the table of functions, one entry a row of the package's table. `arithmetic`, `parts`,
  `truths`, `choices`, `reductions`, `order`, `composed` (with `lanes`), `scans`, `joining`,
  `shapes` and `indexing` fill it.
- `evaluate`: from the text of a formula to its value; `inputs`: images as it sees them.
"""
