"""Header values and the rules that adapt them; no file is touched.

`header` says what is asked of the header of any kind of file, and `image_grid` of its places; an
`outcome` is the result that one is made for. `volume` answers for those of voxels, as follows.
`nifti` is the record, with `codes`; `repair` makes sense of what no standard allows; `affines`,
`quaternions`, `geometry` and the `grid` place voxels in the world, `timing` volumes in time;
`derive` makes the header of a result by the list in `rules`, each of which leaves a note on a
`change`; `kinds` of files are for certain axes, and a `statistic` says what values are; `lost`,
`parts` (`chosen` by name) and `compare` are for what is lost, copied and compared. The packages
`gifti` and `cifti` answer for surfaces.
"""
