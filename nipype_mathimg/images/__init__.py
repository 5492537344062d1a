"""Image files and their headers; knows NumPy and nibabel, never a formula."""
