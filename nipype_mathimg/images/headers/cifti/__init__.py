"""Headers of CIFTI-2 files: what their XML says, copied where it is long.

`scan` walks the XML once and finds the maps; `places` are lists of grayordinates and parcels,
which `parcellate` makes of labels, `maps` are series and named maps. `grid` and `header` answer
what is asked of any grid and header, by the list in `rules`; `compare` and `parts` are for what
is compared and copied.
"""
