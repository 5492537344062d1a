"""How a typed graph is computed within a memory budget.

`schedule` -> `stage` -> `reads` -> `plan`.

`repeats` finds what would be computed more than once, `cuts` finds the axes along which a stage
can be cut, `ports` says what the engine asks of an image.
"""
