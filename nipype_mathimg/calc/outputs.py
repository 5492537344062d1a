"""Where the results of a call go: to files, or back as numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from nipype_mathimg.axis import PARCEL
from nipype_mathimg.calc.given import is_table
from nipype_mathimg.calc.outcomes import has_regions
from nipype_mathimg.errors import FormulaError, ImageFileError
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.infer import Inferred
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.containers import check_suffix, layout_of
from nipype_mathimg.images.files.source import ImageSource
from nipype_mathimg.images.headers.kinds import VOLUME, kind_named, kind_of
from nipype_mathimg.words import CALL_FOR_TABLE, CALL_FOR_VALUE, Term, Wording, worded

__all__ = [
    "IfImage",
    "OfKind",
    "OutputPath",
    "Target",
    "check_files",
    "check_no_input",
    "targets_of",
]

OutputPath = str | os.PathLike[str]


class OfKind(Frozen):
    """A file whose suffix follows from what the result is.

    Parameters
    ----------
    stem : str
        Its path without the suffix.
    """

    stem: str

    def path_for(self, op: Op) -> str:
        """Return the path: ``.nii.gz`` for a volume, ``.func.gii`` for a surface series, ..."""
        if has_regions(op):
            return f"{self.stem}.tsv"
        kind = kind_of(op.spec.axes) or VOLUME
        return f"{self.stem}{kind.suffixes[0]}"


def is_image(op: Op) -> bool:
    """Tell whether a result is an image: of several axes, or with a value for each vertex."""
    return op.ndim > 1 or any(axis.is_place for axis in op.spec.axes if not axis.is_space)


class IfImage(Frozen):
    """Where an image goes; what is none comes back as a number or a list of numbers.

    Parameters
    ----------
    file : OfKind or None
        The file, None for an image in memory.
    """

    file: OfKind | None

    def file_for(self, op: Op) -> OutputPath | None:
        """Return the file; a table for values of regions."""
        return None if self.file is None else self.file.path_for(op)


Target = OutputPath | OfKind | IfImage | None
"""Where a result goes; None brings a number, or a list of numbers, back."""


_ALLOWED = Term(", or allow it with overwrite=True", "", ", or allow it with --overwrite")
"""A node has no such option: Nipype counts on inputs that stay."""

_NO_FILE = Term("give it None in place of a file", "give it no file", "name it without a file")
"""For a number among several results."""


def _file_of(name: str) -> Term:
    """Return how a result gets its file."""
    file = f"{name}.nii.gz"
    return Term(
        f"outputs={{{name!r}: {file!r}}}; or name the results alone, outputs=[{name!r}], for "
        "images in memory",
        f"out_file={{{name!r}: {file!r}}}",
        f"-o {name}={file}",
    )


def _named(outputs: object) -> Iterable[tuple[str, object]]:
    return outputs.items() if isinstance(outputs, Mapping) else ()


def targets_of(
    out_file: OutputPath | None, outputs: Mapping[str, Target] | Sequence[str] | None
) -> tuple[Sequence[str], Mapping[str, Target]]:
    """Return the names that are asked for, and where each result goes.

    Parameters
    ----------
    out_file : path or None
        The file of the only result, None for an image in memory.
    outputs : mapping, sequence of str or None
        For each result its target; names alone for images in memory.

    Raises
    ------
    FormulaError
        Both were given, or something that says no names.
    """
    # What callers say, which type checkers do not see.
    said: list[tuple[str | None, object]] = [(None, out_file), *_named(outputs)]
    for name, target in said:
        if not isinstance(target, str | os.PathLike | OfKind | IfImage | None):
            option = "out_file" if name is None else f"outputs[{name!r}]"
            raise FormulaError(
                f"{option} is {target!r:.60}; it has to be the path of a file. Several results "
                "get theirs by outputs={'mean': 'mean.nii.gz', ...}."
            )
    if outputs is None:
        return (), {"": IfImage(None) if out_file is None else out_file}
    if isinstance(outputs, (list, tuple)):
        outputs = {name: IfImage(None) for name in outputs}
    if not isinstance(outputs, Mapping):
        raise FormulaError(
            f"outputs is {outputs!r:.60}; it has to be a dict with a file for each name, as in "
            "{'mean': 'mean.nii.gz'}, or a list of names, for images in memory."
        )
    if out_file is not None:
        raise FormulaError("Give either `out_file`, for one result, or `outputs`, not both.")
    if not outputs:
        raise FormulaError("`outputs` is empty; name the results, as in {'mean': 'mean.nii.gz'}.")
    return tuple(outputs), outputs


class Files(Frozen):
    """The files of results, by the names of these.

    Parameters
    ----------
    images : mapping
        Results that are written as images.
    tables : mapping
        Results that are written as tables, with absolute names.
    """

    images: Mapping[str, OutputPath | None]
    tables: Mapping[str, str]


def check_files(
    inferred: Inferred,
    targets: Mapping[str, Target],
    images: Mapping[str, ImageSource],
    *,
    overwrite: bool,
) -> Files:
    """Return the results that are written, with their files, after checking them.

    None stands for an image that stays in memory.

    Raises
    ------
    FormulaError
        A file is asked for a number, or a number for an image.
    ImageFileError
        A suffix is unknown or that of another kind of file, two results have one file, or one
        would replace an input.
    """
    files: dict[str, OutputPath | None] = {}
    tables: dict[str, str] = {}
    for name, op in inferred.results.items():
        target = targets.get(name) if name in targets else targets.get("")
        if isinstance(target, OfKind):
            target = target.path_for(op)
        if isinstance(target, IfImage):
            # A list of numbers goes on to an input of another node as it is, without a file.
            if is_image(op) and target.file is None and not has_regions(op):
                files[name] = None
                continue
            target = target.file_for(op) if is_image(op) else None
            if not name and target is None:
                raise FormulaError(_no_image(op), inferred.formula, op.span)
        if target is not None and is_table(target):
            # Most results are images.
            from nipype_mathimg.calc.tables import check_columns, table_path

            check_columns({name: op})
            tables[name] = table_path(target)
            continue
        problem = _problem(name, op, target, asked=name in targets)
        if problem is not None:
            raise FormulaError(problem, inferred.formula, op.span)
        if target is not None:
            kind = kind_of(op.spec.axes)
            if kind is not None:
                check_suffix(os.fspath(target), kind)
            files[name] = target
    _check_paths({**files, **tables}, images, overwrite=overwrite)
    return Files(files, tables)


def _no_image(op: Op) -> Wording:
    """Return what to do with a formula without an image as its only result."""
    return worded(
        "The result is {what}, not an image; use {call}, or keep an image with `keepdims=True`.",
        what="a list of numbers" if op.ndim else "a number",
        call=CALL_FOR_TABLE if has_regions(op) else CALL_FOR_VALUE,
    )


def _problem(name: str, op: Op, target: OutputPath | None, *, asked: bool) -> Wording | None:
    """Return what is wrong with the place where a result goes, None if nothing is."""
    kind = None if target is None else kind_named(os.fspath(target))
    # Regions of grayordinates have a file of their own; others are refused with their header.
    parcellated = kind is not None and kind[1].place == PARCEL
    if has_regions(op) and not parcellated and (target is not None or op.ndim > 1):
        return worded(
            "{which} has a value for each region, which is a table: name it {table}, use {call}, "
            "or give each place the value of its region, as in "
            "`np.mean(bold, by=atlas)[atlas]`.",
            call=CALL_FOR_TABLE,
            which=f"The result `{name}`" if name else "The result",
            table=f"{_stem(target) if target is not None else name or 'means'}.tsv",
        )
    if target is None and is_image(op):
        return worded(
            "The result `{name}` has the shape {shape}; give it a file, as in {remedy}.",
            name=name,
            shape=op.shape,
            remedy=_file_of(name),
        )
    if target is not None and not op.shape:
        named = _NO_FILE if asked and name else worded("use {call}", call=CALL_FOR_VALUE)
        return worded(
            "{which} is a number, not an image; {remedy}, or keep an image with `keepdims=True`.",
            which=f"The result `{name}`" if name else "The result",
            remedy=named,
        )
    return None


def _check_paths(
    files: Mapping[str, OutputPath | None], images: Mapping[str, ImageSource], *, overwrite: bool
) -> None:
    seen: dict[str, str] = {}
    for name, target in files.items():
        if target is None:
            continue
        for path in _paths(target):
            # A link, or a `..`, must not hide that two names are one file.
            real = os.path.realpath(path)
            if real in seen:
                raise ImageFileError(
                    f"{path}: is the file of both results {seen[real]!r} and {name!r}. Give each "
                    "its own"
                )
            seen[real] = name
            if not overwrite:
                _refuse_input(path, real, images)


def _paths(target: OutputPath) -> list[str]:
    """Return the files of a result."""
    path = os.path.expanduser(os.fspath(target))
    if is_table(path):
        return [path]
    layout = layout_of(path)
    return [path for path in (layout.data_path, layout.side_path) if path]


def _stem(target: OutputPath) -> str:
    """Return the name of a file without the suffix of an image."""
    path = os.fspath(target)
    suffix, _ = kind_named(path) or ("", None)
    return path[: len(path) - len(suffix)]


def check_no_input(path: str, images: Mapping[str, ImageSource]) -> None:
    """Refuse a file that is one of the inputs.

    Raises
    ------
    ImageFileError
        It is.
    """
    _refuse_input(path, os.path.realpath(path), images)


def _refuse_input(path: str, real: str, images: Mapping[str, ImageSource]) -> None:
    for name, image in images.items():
        if any(os.path.realpath(file) == real for file in image.files):
            raise ImageFileError(
                worded(
                    "{path}: is the input {name!r} itself, which would be lost. Give the result "
                    "another name{remedy}",
                    path=path,
                    name=name,
                    remedy=_ALLOWED,
                )
            )
