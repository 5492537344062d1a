"""The typed graph and how it grows: `operands` -> `builder` -> `op` -> `tape`.

A row of the function table gets `operands`, reads the static ones with `arguments`, and calls
the `builder`, or `voxelwise` and `indexing`, which add ops to the graph. A `tape` lists the ops
between some targets and what is known, and computes a region of them.
"""
