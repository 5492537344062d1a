"""The typed graph and how it grows: `operands` -> `builder` -> `op` -> `tape`.

A row of the function table gets `operands`, reads the static ones with `arguments`, and calls
the `builder`, or `voxelwise` and `indexing`, which add ops to the graph. A `tape` lists the ops
between some targets and what is known, and computes a region of them.

What a part of a formula may be beside an image: `attributes` of one, `lengths` in millimetres,
columns of `tables`, `labels` and the `parcels` they stand for, which a `label_source` knows before
the work is planned. `shaping`, the base of the builder, aligns, cuts and joins arrays.
`neighbours` tells the axes along which elements lie side by side. `remarks` are what is said while
the graph grows.
"""
