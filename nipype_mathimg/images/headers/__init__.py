"""Header values and the rules that adapt them; no file is touched.

`header` says what is asked of the header of any kind of file, and `volume` answers for those of
voxels, by what follows.
`nifti` is the record, with `codes`; `repair` makes sense of what no standard allows; `affines`,
`quaternions` and `geometry` place voxels in the world; `derive` makes the header of a result
by the list in `rules`, each of which leaves a note; `lost`, `parts` and `compare` are for what is
lost, copied and compared.
"""
