"""How much of other calculators a formula can say: ``python -m tests.coverage_of_peers``.

Every operation of a peer is one `Claim`: its formula, a number or an option that does it, or the
reason why there is none. Formulas are computed on small images, so that a claim cannot be
untrue. fslmaths, 3dcalc and c3d are those of `nipype_mathimg.translate`; what a translation
refuses but a formula can say is in `convert3d`. `imagemath` (by its source) and `mrtrix` have
lists of their own, in text files. Peers that can be installed are run: niimath and mrcalc in
tests/translate, maskfilter and mrfilter in `test_coverage`.
"""
