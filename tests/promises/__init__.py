"""What holds whatever happens around a formula: no network, the same bytes, no growth.

`work` computes some formulas in a process of its own; ``python -m tests.promises.golden`` writes
the hashes of results anew, and ``python -m tests.promises.endurance`` runs long.
"""
