"""Bytes in and out: `source` opens an image, `sink` writes one, all or nothing.

Reading: `input_file` is a file that stays the same from its header to its last voxel,
`image_file` recognises the format (`nifti_file`; `other_formats` by `nibabel_files`), `stored`
says where the elements lie, `codecs`, `inflating` and `special_readers` inflate, `misnamed`
explains what cannot be inflated, `reader` reads, `sequence` joins lists of files.
Writing: `containers` lists the formats by suffix, `encoder` compresses pieces, `atomic_file`
lets the result appear when it is complete. `spool` keeps decoded elements on local disk;
`transfer` moves bytes for all of them.
"""
