"""The file of a report: what stands on the page, and the same bytes for the same results."""

from __future__ import annotations

import html
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO

import nipype_mathimg
from nipype_mathimg.calc.inputs import InputValue
from nipype_mathimg.calc.options import OPTIONS, checked_options, is_instance
from nipype_mathimg.calc.planes import Volume
from nipype_mathimg.calc.result import Result
from nipype_mathimg.images.files.atomic_file import write_text
from nipype_mathimg.report.asked import check_report
from nipype_mathimg.report.page import Block, Curves, Planes, Space, Words, drawn
from nipype_mathimg.report.reading import Seen, first_volume, seen
from nipype_mathimg.spec import DataRange, FloatArray
from nipype_mathimg.words import Place

__all__ = ["write_report"]

_MOST_IMAGES = 6
"""A page is read; a program may have a hundred results."""

_MOST_NOTES = 24

_SD_COLOURS = "viridis"
"""As the map of the SD over time has in fMRIPrep's reports."""


@checked_options({**OPTIONS, "result": (is_instance(Result), "what math_img gave")})
def write_report(
    result: Result,
    file: str | os.PathLike[str],
    *,
    inputs: Mapping[str, InputValue] | None = None,
    copy_header_from: str | Mapping[str, str] | None = None,
    num_threads: int | None = None,
    place: Place = Place.PYTHON,
) -> str:
    """Write a report of a result on one page: planes, histogram, formula, notes.

    The images are read once more, volume by volume. The same results give the same bytes.

    Parameters
    ----------
    result : Result
        What `math_img` gave.
    file : path
        Where to: ``.svg``, or ``.html``.
    inputs : mapping, optional
        The inputs of the formula by name, as `math_img` had them.
    copy_header_from : str or mapping, optional
        The input that gave the header, as `math_img` had it: it is shown beside the result.
    num_threads : int, optional
        Threads that compute.
    place : Place
        In whose words notes are said.

    Returns
    -------
    str
        The file, with its absolute name.

    Raises
    ------
    MathImgError
        matplotlib is not installed, the file has another suffix or cannot be written, or an image
        cannot be read any more.
    """
    check_report(file)
    path = os.path.abspath(os.path.expanduser(os.fspath(file)))
    title = " ".join(["Report of", *(os.path.basename(one) for one in result.files.values())])
    blocks = _blocks(result, inputs or {}, copy_header_from, num_threads, place)
    text = _as_svg(blocks, title)
    write_text(path, text if path.lower().endswith(".svg") else _as_html(text, title))
    return path


def _blocks(
    result: Result,
    inputs: Mapping[str, InputValue],
    copy_header_from: str | Mapping[str, str] | None,
    threads: int | None,
    place: Place,
) -> Iterator[Block]:
    yield from _head(result, inputs)
    images = list(result.data_ranges)
    for name in images[:_MOST_IMAGES]:
        each = copy_header_from
        donor = (each.get(name) if isinstance(each, Mapping) else each) or ""
        yield from _of_image(result, name, donor, inputs.get(donor), threads)
    if images[_MOST_IMAGES:]:
        yield Words(f"Without a picture here: {', '.join(images[_MOST_IMAGES:])}")
    yield from _end(result, place)


def _head(result: Result, inputs: Mapping[str, InputValue]) -> Iterator[Block]:
    yield Words("Formula", 11, weight="bold")
    formula = result.plan.inferred.formula if result.plan else ""
    yield Words(formula.strip(), 8.5, "monospace", indent="    ", most=20)
    for name, value in inputs.items():
        yield Words(f"{name}: {_said(value)}", 7.5, most=2)
    yield Space(0.1)


def _said(value: object) -> str:
    """Return an input in a few words: without folders, which differ from run to run."""
    if isinstance(value, str | os.PathLike):
        return os.path.basename(os.fspath(value))
    if isinstance(value, list | tuple) and value:
        more = f" and {len(value) - 1} more" if len(value) > 1 else ""
        return _said(value[0]) + more
    if isinstance(value, int | float | complex):
        return repr(value)
    return f"{type(value).__name__} in memory"


def _of_image(
    result: Result, name: str, donor: str, given: InputValue | None, threads: int | None
) -> Iterator[Block]:
    source = result.files.get(name) or result.load(name)
    found = result.data_ranges[name]
    shown = seen(source, found, threads)
    file = os.path.basename(result.files.get(name, "in memory"))
    yield Words(": ".join(filter(None, [name, file])), 11, weight="bold", most=3)
    yield Words(_facts(shown, result, name, found), most=4)
    centre = None
    for title, volume in shown.volumes.items():
        centre = volume.centre() if centre is None else centre
        yield from _planes(title or "Result", volume, centre, title.startswith("SD"))
    before = None if given is None else first_volume(given, threads)
    if before is not None:
        title, volume = before
        centre = volume.centre() if centre is None else centre
        title = ", ".join(filter(None, [f"{donor}, which gave the header", title]))
        yield from _planes(title, volume, centre)
    if shown.counts is not None or shown.signal is not None:
        yield Space(0.08)
        yield Curves(shown)


def _planes(title: str, volume: Volume, centre: FloatArray, sd: bool = False) -> Iterator[Block]:
    yield Space(0.06)
    yield Words(title, weight="bold", most=2)
    yield Planes(volume, centre, _SD_COLOURS if sd else "")


def _facts(shown: Seen, result: Result, name: str, found: DataRange) -> str:
    """Return what is known of an image: shape, dtype, steps, range."""
    spec = shown.spec
    stored = result.plan.stored.get(name) if result.plan else None
    parts = [" x ".join(map(str, spec.shape)), str(stored or spec.dtype)]
    steps = [axis.spacing for axis in spec.axes[:3]]
    if shown.volumes and None not in steps:
        parts.append(f"voxels of {' x '.join(f'{step:.4g}' for step in steps)} mm")
    if spec.ndim > 3 and spec.axes[3].is_time and spec.axes[3].spacing:
        parts.append(f"TR {spec.axes[3].spacing:.6g} s")
    lost = f"{found.non_finite} of {spec.size} values are not finite (NaN or infinite)"
    if found.non_finite and shown.volumes:
        # Mean and SD are red only where no volume has a value.
        lost += ", red below" if shown.signal is None else "; mean and SD leave them out"
    parts.append(f"values {found.minimum:.6g} to {found.maximum:.6g}")
    parts.append(lost if found.non_finite else "all finite")
    return "  \N{MIDDLE DOT}  ".join(parts)


def _end(result: Result, place: Place) -> Iterator[Block]:
    if result.values:
        yield Words("Numbers", 11, weight="bold")
        for name, value in result.values.items():
            yield Words(f"{name} = {value!r}", 8.5, "monospace", most=4)
        yield Space(0.1)
    if result.notes:
        yield Words("Notes", 11, weight="bold")
        for note in result.notes[:_MOST_NOTES]:
            yield Words(f"\N{BULLET} {note.shown(place)}", indent="   ", most=4)
        if len(result.notes) > _MOST_NOTES:
            yield Words(f"... ({len(result.notes) - _MOST_NOTES} more notes)")
        yield Space(0.1)
    yield Words(f"nipype_mathimg {nipype_mathimg.__version__}", 7.5)


def _as_svg(blocks: Iterable[Block], title: str) -> str:
    """Return a page as SVG: as wide as where it is shown, text as text."""
    import matplotlib as mpl

    made = StringIO()
    with mpl.rc_context():
        # What a user has set changes no byte.
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": "nipype_mathimg", "svg.fonttype": "none"})
        with warnings.catch_warnings():
            # Of letters that matplotlib's font has not, and that of a browser has.
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
            kept = {"Date": None, "Creator": None}
            drawn(blocks).savefig(made, format="svg", metadata=kept)
    text = made.getvalue()
    # Before the first "<svg" stand an XML declaration and a document type, which HTML has not.
    text = text[text.index("<svg") :]
    head, body = text.split(">", 1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    name = html.escape(title)
    # A browser that opens it alone would shrink a long page to the height of its window.
    style = f"width: 100%; height: auto; aspect-ratio: {_size(head)}"
    head += f' width="100%" style="{style}" role="img" aria-label="{name}"'
    return f"{head}>\n <title>{name}</title>{body}"


def _size(head: str) -> str:
    """Return width and height of a page, as CSS says a ratio."""
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', head)
    return " / ".join(found.groups()) if found else "auto"


def _as_html(svg: str, title: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>body {{ margin: 0 auto; max-width: 1600px; background: white }}</style>\n"
        f"</head>\n<body>\n{svg}</body>\n</html>\n"
    )
