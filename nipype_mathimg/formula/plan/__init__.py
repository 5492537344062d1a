"""How a typed graph is computed within a memory budget.

`schedule` -> `stage` -> `reads` -> `plan`.

`cuts` finds the axes along which a stage can be cut, `ports` says what the engine asks of an
image.
"""
