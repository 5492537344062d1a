"""What holds for the files of the package: complete maps, and functions of one thought."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import nipype_mathimg

PACKAGE = Path(nipype_mathimg.__file__).parent
FOLDERS = sorted(init.parent for init in PACKAGE.rglob("__init__.py"))
MOST_LINES = 40


def in_words(folder: Path) -> str:
    return str(folder.relative_to(PACKAGE.parent))


@pytest.mark.parametrize("folder", FOLDERS, ids=in_words)
def test_a_map_names_every_module(folder):
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    rooms = {path.parent.name for path in folder.glob("*/__init__.py")}
    named = set(re.findall(r"\w+", text))
    assert sorted((modules | rooms) - named) == []


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return function.body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_a_function_fits_on_a_screen():
    long = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of_code(node) > MOST_LINES
    ]
    assert long == []
