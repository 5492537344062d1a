"""What is known of a value before it is read; pure functions of dtypes, ranges, axes and regions.

`numtype` dtypes with ranges, `ranges` of integers through functions, `promotion` from operands to
results, `alignment` of arrays by their axes, `regions` which part of an operand is needed.
"""
