"""``mathimg copy-header`` and ``mathimg compare-headers``."""

from __future__ import annotations

import click

from nipype_mathimg.calc import headers
from nipype_mathimg.cli.options import refuse_existing
from nipype_mathimg.cli.output import echo_file, echo_json, echo_notes
from nipype_mathimg.cli.shared import json_option, overwrite_option, shown

__all__ = ["compare_headers", "copy_header"]


@click.command("copy-header")
@click.argument("in_file", type=click.Path())
@click.argument("hdr_file", type=click.Path())
@click.argument("out_file", type=click.Path())
@click.option("--part", "parts", multiple=True, default=("all",), show_default=True)
@overwrite_option
@shown
def copy_header(
    in_file: str, hdr_file: str, out_file: str, parts: tuple[str, ...], *, overwrite: bool
) -> None:
    """Write IN_FILE with parts of the header of HDR_FILE to OUT_FILE."""
    refuse_existing([out_file], overwrite=overwrite)
    result = headers.copy_header(in_file, hdr_file, out_file, parts=parts)
    echo_notes(result.notes)
    echo_file(result.out_file)


@click.command("compare-headers")
@click.argument("reference", type=click.Path())
@click.argument("image", type=click.Path())
@json_option
@shown
def compare_headers(reference: str, image: str, *, as_json: bool) -> None:
    """Print the header fields in which IMAGE differs from REFERENCE."""
    found = headers.compare_headers(reference, image)
    if not as_json:
        click.echo(found)
        return
    differences = [item._asdict() for item in found.differences]
    echo_json(
        {"same": found.same, "displacement_mm": found.displacement_mm, "differences": differences}
    )
