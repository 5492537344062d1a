"""Every interface in every kind of node under every plugin, as one table.

``python -m tests.interfaces.matrix`` runs all of it and prints the table.
"""
