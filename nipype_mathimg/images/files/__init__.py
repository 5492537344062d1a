"""Bytes in and out: `source` opens an image, `sink` writes one, all or nothing.

Reading: `input_file` is a file that stays the same from its header to its last voxel,
`image_file` recognises the format (`nifti_file`; `cifti_file`; `other_formats` by `nibabel_files`;
the package `gifti`), `in_memory` takes what a caller has at hand, `stored` says where the elements
lie, `codecs` (`gzip_file`, `inflating`) inflate with the fastest of the `inflaters`, `misnamed`
explains what cannot be inflated,
`reader` reads (`special_readers` what has several factors, or what only nibabel can), `sequence`
joins lists of files, `side_by_side` rows of CIFTI-2.
Writing: `containers` lists the formats by suffix (`mgh` has what lies around the voxels of one),
`packing` has how a file is compressed (`gzip_member`, `zstandard`) and `encoder` does it,
`atomic_file` lets the result appear when it is complete, `held` keeps one that becomes no file.
`spool` keeps decoded elements on local disk; `transfer` moves bytes for all of them.
"""
