"""Where formula, images and headers meet: `run` has the public functions.

`inputs` opens the images and compares their grids, `job` joins them with the formula, `storing`
finds the dtype of the file, `writing` runs the plan and writes; `headers` copies and compares
headers.
"""
