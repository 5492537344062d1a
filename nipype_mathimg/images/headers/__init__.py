"""Header values and the rules that adapt them; no file is touched.

`nifti` is the record, with `codes`; `affines`, `quaternions` and `geometry` place voxels in the
world; `derive` makes the header of a result by the list in `rules`, each of which leaves a note;
`lost`, `parts` and `compare` are for what is lost, copied and compared.
"""
