"""Random formulas over random images against NumPy in float64, and hostile texts for the parser.

``python -m tests.fuzz values --cases 20000 --seed 1`` and
``python -m tests.fuzz parser --cases 50000 --seed 1``; a short run of each is a test. In the order
in which a case passes:

- `templates`: how each row of the function table is called; a slot stands for an operand.
- `images`: random inputs.
- `grammar`: a template, filled with operands that fit it (`slots`), becomes a formula.
- `reference`: evaluates the same text with NumPy in float64 and Python's integers.
- `package`: evaluates it with the package, in two ways that may not differ by a bit.
- `refusals`: what the package may refuse, and why.
- `verdict`: compares the two. How far a result may be off is found by evaluating the reference
  again with each of its results shaken in the last digits.
- `case`: one case, from its seed to what came of it.
- `shrink`: a smaller formula on smaller images that fails in the same way.
- `run`: many cases; `texts` and `parser`: the fuzzer of texts.
- `headers`: absurd fields, and formulas that move the grid; `damage` and `broken_files`: files of
  every format with something changed; `same_bytes`: compressed results, whose bytes may depend on
  nothing but their voxels. `report` counts their cases.
- `peers`: what niimath, mrcalc and wb_command say of random images, where they are installed.
- `cost`: formulas that grow, and what it takes to plan them.
"""
