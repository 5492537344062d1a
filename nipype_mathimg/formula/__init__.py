"""The formula language and its engine; knows NumPy, never a file."""

LANGUAGE_VERSION = 1
"""Changes when the same formula may give other numbers; part of what Nipype hashes."""
