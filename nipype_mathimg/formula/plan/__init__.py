"""How a typed graph is computed within a memory budget.

`schedule` -> `stage` -> `reads` -> `plan`.

`repeats` finds what would be computed more than once, `pieces` are those in which files are
written, `cuts` finds the axes along which a stage can be cut and `cut` has what is made of it,
`sinks` are who takes the values, `costs` says how long a stage takes, `ports` what the engine asks
of an image. `described` shows a plan to people and scripts.
"""
