"""The site: ``python -m sphinx -W -b html nipype_mathimg/guide site`` (the extra ``docs``)."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import nipype_mathimg
from nipype_mathimg.cli.function_page import page

if TYPE_CHECKING:
    from click import Context
    from sphinx.application import Sphinx

project = "nipype_mathimg"
author = "the nipype_mathimg developers"
version = release = nipype_mathimg.__version__
extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "sphinx_click",
    "nipype.sphinxext.apidoc",
]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = f"nipype_mathimg {release}"

# The sections of Nipype's interfaces and workflows, as fMRIPrep's pages show them.
napoleon_use_param = False
napoleon_custom_sections = [("Inputs", "Parameters"), ("Outputs", "Parameters")]
autodoc_typehints = "none"
myst_heading_anchors = 3
# The pictures of the gallery, with the example that draws each above it.
plot_include_source = True
plot_html_show_formats = plot_html_show_source_link = False
plot_formats = [("png", 100)]
# Pages link to files of the repository, which a site does not have.
suppress_warnings = ["myst.xref_missing"]


def _without_markup(_app: Sphinx, _context: Context, lines: list[str]) -> None:
    # What --help prints is no reStructuredText: a star would begin an emphasis.
    lines[:] = [line.replace("*", r"\*") for line in lines]


def _write_functions(app: Sphinx) -> None:
    # The only page that is made from the code; git ignores it.
    Path(app.srcdir, "functions.md").write_text(page(), encoding="utf-8")


def _draw_gallery(_app: Sphinx, page: str, source: list[str]) -> None:
    """Let matplotlib's directive draw what the examples of the gallery plot."""
    if page == "gallery":
        source[0] = re.sub(r"```python\n(.*?)```", _plotted, source[0], flags=re.DOTALL)


def _plotted(example: re.Match[str]) -> str:
    # The directive counts the pictures of a document, and each block here is a document.
    options = f"   :filename-prefix: gallery-{example.start()}\n\n"
    return f"```{{eval-rst}}\n.. plot::\n{options}{indent(example[1], '   ')}```"


def _draw_elsewhere(app: Sphinx) -> None:
    # Workflows leave their folders where they run.
    folder = Path(app.doctreedir, "gallery")
    folder.mkdir(parents=True, exist_ok=True)
    app.config.plot_working_directory = str(folder)


def setup(app: Sphinx) -> None:
    """Connect what changes texts before they are set; Sphinx calls it."""
    app.connect("builder-inited", _write_functions)
    app.connect("builder-inited", _draw_elsewhere)
    app.connect("source-read", _draw_gallery)
    for part in ("description", "options", "usage", "epilog"):
        app.connect(f"sphinx-click-process-{part}", _without_markup)
