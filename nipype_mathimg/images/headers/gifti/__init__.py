"""Headers of GIFTI files.

`values` are the pieces that a file consists of, `grid` its surface; `header` answers what is
asked of any header, by the list in `rules`; `compare` and `parts` are for what is compared, lost
and copied.
"""
