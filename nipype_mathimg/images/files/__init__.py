"""Bytes in and out: `source` opens an image, `sink` writes one, all or nothing.

Reading: `image_file` recognises the format (`nifti_file`, `other_formats`), `stored` says where
the elements lie, `codecs` and `special_readers` inflate, `reader` reads, `sequence` joins lists
of files. Writing: `containers` lists the formats by suffix, `encoder` compresses pieces,
`atomic_file` lets the result appear when it is complete. `spool` keeps decoded elements on
local disk.
"""
