"""A plan becomes values: `run` leads stage by stage.

`streams` and `read_ahead` bring blocks of compressed images, `pipeline` hands them with the
slabs to the `workers`, `slab` computes a slab of a stage, `sinks` take its values, among them
`accumulators` what is reduced, and the `workspace` holds what is at hand of images and earlier
stages, in memory and on disk. `progress` tells how far a run is.
"""
