"""Images: `headers` are values that know no file, `files` read and write bytes."""
