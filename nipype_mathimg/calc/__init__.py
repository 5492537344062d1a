"""Where formula, images and headers meet: `run` has the public functions.

A call passes through them in this order: `calls` shows who makes a mistake the right call,
`options` has what each argument may be, `given` makes Python's own files and numbers of the
arguments, `budget` the memory. `inputs` opens the images and compares their grids (`input_notes`
says what may be meant), with what lies `beside` them and the `windows` that are read at once;
`labels` finds the regions of label images, `label_tables` what they are called. `job` joins the
inputs with the formula. `outputs` says where results go, `donors` which image gives each its
header, `outcomes` what it is, `storing` the dtype of its file. `writing` runs the plan and writes,
`tables` for results with regions, `value_notes` says what is remarkable, and `result` is given
back, with a `picture` of three `planes` in a notebook.

`table_call` has `math_table`, `value` what `math_value` gives back; `headers` copies and compares
headers without a formula; `series` is what a node may ask of a result that is written, and `units`
what its values are measured in.
"""
