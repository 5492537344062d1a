"""From characters to a tree.

`text` -> `parse` -> `translate` -> `tree`; knows no NumPy and no shapes.

`statements` finds the lines of a program, by its `marks`. `mistakes` words what Python's parser
refuses, `syntax` lists what is refused with what to write instead, `precedence` refuses
comparisons that were meant otherwise, `choices` asks whether inputs are given, `lists` which are
stacked file by file, and `names` finds out what a name stands for, in a `vocabulary` that is
handed in.
"""
