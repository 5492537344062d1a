"""``python -m nipype_mathimg`` is the command ``mathimg``."""

from __future__ import annotations

from nipype_mathimg.cli import main

if __name__ == "__main__":
    main(prog_name="mathimg")
