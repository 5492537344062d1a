"""From characters to a tree.

`text` -> `parse` -> `translate` -> `tree`; knows no NumPy and no shapes.

`mistakes` words what Python's parser refuses, `syntax` lists what is refused with what to write
instead, `precedence` refuses comparisons that were meant otherwise, and `names` finds out what a
name stands for.
"""
