"""Headers of CIFTI-2 files: what their XML says, copied where it is long.

`scan` walks the XML once and finds the maps; `maps` are their values: dense models, parcels,
series, named maps; `header` answers what is asked of any header, by the list in `rules`, and
`compare` and `parts` are for what is compared and copied.
"""
