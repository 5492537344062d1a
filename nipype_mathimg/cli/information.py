"""What can be looked up at a terminal: the functions of the language, and the guide."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

import nipype_mathimg
from nipype_mathimg.errors import nearest

__all__ = ["functions", "guide"]


@click.command()
@click.argument("search", required=False, default="")
def functions(search: str) -> None:
    """Print the functions of formulas, an example of each; those with SEARCH in it.

    In the examples a and b are runs (4D), mask, labels and atlas volumes (3D), w has a number for
    each volume.
    """
    from nipype_mathimg.cli.examples import example_of
    from nipype_mathimg.formula.functions import FUNCTIONS
    from nipype_mathimg.formula.functions.instead import INSTEAD

    wanted = search.lower().removeprefix("np.")
    rows = {row.spelling: example_of(row) for row in FUNCTIONS.values()}
    found = {
        name: example
        for name, example in rows.items()
        if wanted in name.lower() or wanted in example.lower()
    }
    width = max(map(len, found), default=0)
    lines = [f"{name:{width}}  {example}" for name, example in found.items()]
    others = {name: text for name, text in INSTEAD.items() if wanted and wanted in name.lower()}
    lines += [f"np.{name}: {text}" for name, text in others.items()]
    if not lines:
        names = (name.rpartition(".")[2] for name in rows)
        raise click.ClickException(
            f"No function has {search!r} in its name or example.{nearest(wanted, names)} "
            "`mathimg functions` prints all of them."
        )
    _show("\n".join(lines))


@click.command()
@click.argument("topic", required=False)
def guide(topic: str | None) -> None:
    """Print a page of the guide; without TOPIC which pages there are."""
    pages = _pages()
    if topic is None:
        width = max(map(len, pages), default=0)
        _show("\n".join(f"{name:{width}}  {_title(page())}" for name, page in pages.items()))
        return
    # As a page is called in a link, or in a listing of its folder.
    name = topic.lower().removesuffix(".md").replace("-", "_").replace(" ", "_")
    found = [one for one in pages if name in one]
    if name not in pages and len(found) != 1:
        raise click.ClickException(
            f"The guide has no page {topic!r}; its pages are: {', '.join(found or pages)}."
            f"{nearest(name, pages)}"
        )
    _show(pages[name if name in pages else found[0]]())


def _pages() -> dict[str, Callable[[], str]]:
    """Return what gives each page of the guide, by names, in the order of the alphabet."""
    from nipype_mathimg.cli.function_page import page

    folder = Path(nipype_mathimg.__file__).with_name("guide")
    files = folder.iterdir() if folder.is_dir() else ()
    found: dict[str, Callable[[], str]] = {
        file.name.removesuffix(".md"): partial(file.read_text, encoding="utf-8")
        for file in files
        if file.name.endswith(".md")
    }
    # From the table itself, so that no new row has to be added to a page by hand.
    return dict(sorted({**found, "functions": page}.items()))


def _title(text: str) -> str:
    return next((line.lstrip("# ") for line in text.splitlines() if line.startswith("#")), "")


def _show(text: str) -> None:
    """Print a text; on a terminal in the pager where it is longer."""
    if sys.stdout.isatty():
        click.echo_via_pager(text)
    else:
        click.echo(text)
