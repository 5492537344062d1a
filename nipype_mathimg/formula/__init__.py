"""The formula language and its engine; knows NumPy, never a file.

The rooms, in the order in which a formula passes through them; each imports only from those that
stand above it in this list, but for `program`, `infer` and `plan`, which bring them together:

- `language`: characters become a tree.
- `types`: what is known of a value before it is read: dtype, range, axes, regions.
- `kernels`: what happens to one block.
- `graph`: the typed graph, and the tools with which a row of the table makes it grow.
- `functions`: the table, one row a function.
- `program`: the text, read with the names of the table.
- `infer`: a tree and the inputs' specs become a typed graph; every mistake is found here.
- `plan`: which stages, cut how, read how, at what cost.
- `engine`: a plan becomes values.

Words
-----
span
    A place in the text of a formula.
operand
    What a part of a formula stands for while it is inferred: something known (`Static`), a list,
    voxels chosen by a mask, or an `Op`.
spec
    Shape, dtype, axes and range of an array.
axis
    Where an axis comes from: the image's axis, first position and step on it.
place
    A voxel, a vertex of a surface, or a grayordinate: a row of a CIFTI-2 matrix, which is one or
    the other. Vertices and grayordinates have one axis, along which neighbours are not known.
parcel, region
    The places that have one label of a label image; regions are an axis of their own.
range, bounds
    Smallest and largest integer that can occur.
weak
    A plain number, which adopts the precision of its partners.
rule
    From the operands' types to the type of the result.
row
    One function of the table.
kernel
    What happens to one block.
accumulator
    A kernel whose value grows while blocks of its operand pass by.
op
    A kernel on operands, with its spec; equal ops are one.
need
    Which region of an operand a region of the result needs: all of an axis, one index of it, or
    what follows an axis of the result.
tape
    The ops between some targets and what is known, in order.
demand
    The regions of every op that a slab needs.
domain, slab
    What a stage runs over, and a piece of it.
stage
    One run over a domain.
reading
    How a stage reads an image: as a stream, kept, directly, or by way of a spool.
leaf
    An image as the engine sees it.
stream, block
    A compressed image that is read once from its begin, and a run of its elements.
"""

LANGUAGE_VERSION = 2
"""Changes when the same formula may give other numbers; part of what Nipype hashes."""
