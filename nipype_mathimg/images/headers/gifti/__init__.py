"""Headers of GIFTI files.

`values` are the pieces that a file consists of, `grid` its surface; `header` answers what is
asked of any header: `derive` makes that of a result by the list in `rules`, each of which looks
at a `change`; `compare` and `parts` are for what is compared, lost and copied.
"""
