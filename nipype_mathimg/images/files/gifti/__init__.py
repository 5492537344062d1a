"""GIFTI files: values at the vertices of a surface.

Reading: `scan` finds the markup of a document and where its data lie, without parsing these;
`document` checks it and makes the header; `data` decodes one array, `reader` all of them in
order. Writing: `xml` makes the text around the data, `sink` the file.
"""
