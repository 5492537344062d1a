"""How fast and how large: the same jobs by this package and by the calculators users pick.

``python -m tests.benchmarks`` makes its data, checks every tool's result against float64 NumPy,
times all tools in turns, and writes a table and plots; ``--help`` shows how to run a part.
"""
