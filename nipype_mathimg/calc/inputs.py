"""The inputs of a call: images are opened (headers only) and their grids compared."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import TypeGuard

import numpy as np

from nipype_mathimg.calc.given import is_beside, is_list_of_numbers, is_matrix, plain
from nipype_mathimg.calc.input_notes import meeting_notes, tr_notes, unit_notes
from nipype_mathimg.errors import FormulaError, GridError, ImageFileError, nearest
from nipype_mathimg.formula.infer import Input
from nipype_mathimg.formula.program import meant_by, name_span
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.files.source import (
    Image,
    ImageSource,
    InMemory,
    array_source,
    open_source,
)
from nipype_mathimg.spec import Array, Note
from nipype_mathimg.words import giving, worded

__all__ = ["InputValue", "Inputs", "check_names", "is_list_of_images", "open_inputs"]

InputValue = (
    str
    | os.PathLike[str]
    | Sequence[str | os.PathLike[str]]
    | int
    | float
    | complex
    | bool
    | Sequence[float]
    | Sequence[Sequence[float]]
    | Mapping[str, object]
    | InMemory
    | Sequence[InMemory]
    | Array
)
"""A file, a list of files (one image), an image of nibabel (or a list of them), an array of three
axes or more (on the grid of the other images), a number, a list of numbers (also of True and
False), a matrix (a list of rows, or an array of NumPy), or numbers by name (a dict).

A file may also be a table (.tsv), a sidecar (.json), or rows of numbers (.bval, .bvec, .txt, .par,
.1D)."""


MESSAGE_WIDTH = 98
"""Where the names of a table are cut off in a message."""


class Inputs(Frozen):
    """The inputs of a formula, known but not read.

    Parameters
    ----------
    images : dict
        The images by name, in the order of the formula.
    values : dict
        For every name what `infer` takes: a spec, a number or a list of numbers.
    notes : tuple of Note
        What a user should know about them (different TRs or units).
    donors : dict
        Images that the formula does not use and that only give a header, by name.
    """

    images: dict[str, ImageSource]
    values: dict[str, Input]
    notes: tuple[Note, ...]
    donors: Mapping[str, ImageSource] = {}

    def looked_at(self) -> Inputs:
        """Return the inputs with the range that small images of integers have.

        Raises
        ------
        ImageFileError
            Voxels cannot be read.
        """
        images = {name: image.looked_at() for name, image in self.images.items()}
        specs = {name: image.spec for name, image in images.items()}
        return self.changed(images=images, values={**self.values, **specs})

    @property
    def files(self) -> dict[str, ImageSource]:
        """Everything that was opened, by name."""
        return {**self.images, **self.donors}

    def described(self) -> str:
        """Return one line for each input, for a message."""
        lines = []
        for name, value in self.values.items():
            image = self.images.get(name)
            if isinstance(value, Mapping):
                lines.append(f"    {name}: a table with {', '.join(value)}"[:MESSAGE_WIDTH])
            elif isinstance(value, np.ndarray):
                lines.append(f"    {name}: {' x '.join(map(str, value.shape))} weights")
            elif image is None:
                lines.append(f"    {name}: {value!r:.60}")
            else:
                shape = " x ".join(map(str, image.spec.shown.shape))
                files = image.files[0] + (" ..." if len(image.files) > 1 else "")
                lines.append(f"    {name}: {shape} {image.spec.dtype}, {files}")
        return "\n".join(lines)


def open_inputs(
    formula: str,
    names: Sequence[str],
    given: Mapping[str, InputValue],
    grid_tolerance: float,
    donors: Collection[str] = (),
    windows: Collection[str] = (),
) -> Inputs:
    """Open the images and sort out the numbers.

    Parameters
    ----------
    formula : str
        For messages.
    names : sequence of str
        The free names of the formula.
    given : mapping
        What the caller gave for each.
    grid_tolerance : float
        Largest displacement of a corner of the volume, in mm.
    donors : collection of str
        Names of images whose header is asked for; the formula need not use them.
    windows : collection of str
        Names of images that say what counts around a voxel: they are read, and lie on no grid.

    Raises
    ------
    FormulaError
        An input is missing, superfluous, or of a wrong type.
    ImageFileError
        A file cannot be used.
    GridError
        The images do not share one grid.
    """
    check_names(formula, names, given, donors)
    numbers = {name: _number(name, given[name]) for name in names}
    kernels = [name for name in windows if numbers[name] is None]
    if kernels:
        from nipype_mathimg.calc.windows import windows_of  # most formulas have none

        numbers |= windows_of(formula, {name: _alone(name, given[name]) for name in kernels})
    on_grid = {name: given[name] for name in names if numbers[name] is None}
    beside = {name: given[name] for name in names if name not in on_grid and name not in kernels}
    images = _open_images(formula, on_grid, kernels, beside)
    values = {
        name: images[name].spec if number is None else number for name, number in numbers.items()
    }
    others = {
        name: open_source(name, _files(name, given[name]))
        for name in dict.fromkeys(donors)
        if name in given and name not in names
    }
    used = list(images.values())
    first = used[0]
    same = [donor for donor in others.values() if donor.grid.shape == first.grid.shape]
    _check_grids([*used, *same], grid_tolerance)
    notes = (*tr_notes(used), *unit_notes([*used, *same]), *meeting_notes(used))
    return Inputs(images, values, notes, others)


def _open_images(
    formula: str,
    given: Mapping[str, InputValue],
    kernels: Sequence[str],
    beside: Mapping[str, InputValue],
) -> dict[str, ImageSource]:
    """Open what is no number; arrays lie on the grid of the first image that has one.

    What is beside the images, numbers and tables, is named where there is no image.
    """
    opened = {
        name: open_source(name, _files(name, value))
        for name, value in given.items()
        if not _is_array(value)
    }
    if not opened:
        hint = "".join(
            f" `{name}` is an array, which says nothing of its place in the world: give "
            f"nibabel.Nifti1Image({name}, affine)."
            for name in [*given][:1]
        )
        if kernels and not given:
            hint = f" `{kernels[0]}` says what counts around a voxel, and is on no grid."
        elif not given:
            hint = "".join(f" `{name}` is {_told(value)}." for name, value in beside.items())
        raise FormulaError(
            "The formula uses no image; at least one input has to be a file, or an image of "
            f"nibabel.{hint}",
            formula,
        )
    like = next(iter(opened.values()))
    return {
        name: array_source(name, value, like) if _is_array(value) else opened[name]
        for name, value in given.items()
    }


def _told(value: object) -> str:
    """Return what an input is that is no image."""
    value = plain(value)
    if isinstance(value, str):
        return f"{value}, a file of numbers"
    if isinstance(value, dict):
        return f"a table with {', '.join(value)}"[:MESSAGE_WIDTH]
    return f"{value!r:.60}"


def _alone(name: str, value: InputValue) -> ImageSource | Array:
    """Return an image that shares no grid with others."""
    return value if _is_array(value) else open_source(name, _files(name, value))


def _is_array(value: object) -> TypeGuard[Array]:
    # Fewer axes are a list of numbers, and a matrix.
    return isinstance(value, np.ndarray) and value.ndim > 2


def check_names(
    formula: str,
    names: Sequence[str],
    given: Mapping[str, InputValue],
    donors: Collection[str],
) -> None:
    """Refuse inputs that the formula does not name, and names without an input.

    Raises
    ------
    FormulaError
        The message shows the name, and the one that may have been meant.
    """
    for name in given:
        if name not in names and name not in donors:
            near = next((other for other in names if nearest(name, [other])), "")
            raise FormulaError(
                f"The input {name!r} does not occur in the formula."
                f"{nearest(name, names) or ' Leave it out, or use it there.'}",
                formula,
                name_span(formula, near) if near else None,
            )
    for name in names:
        if name not in given or given[name] is None:
            hint = nearest(name, [other for other in given if other != name])
            raise FormulaError(
                worded(
                    "The input {name!r} of the formula is not set; {remedy}.{hint}",
                    name=name,
                    remedy=giving(name),
                    hint=hint + meant_by(name, formula),
                ),
                formula,
                name_span(formula, name),
            )


def _number(name: str, value: object) -> Input | None:
    """Return a number, a list of numbers, a matrix or numbers by name; None for images."""
    if _is_array(value) or is_image(value):
        return None
    value = plain(value)
    if isinstance(value, str) and is_beside(value):
        from nipype_mathimg.calc.beside import read_beside  # most formulas have images alone

        value = read_beside(name, value)
    if isinstance(value, bool | int | float | complex | dict):
        return value
    return value if is_list_of_numbers(value) or is_matrix(value) else None


def _files(name: str, value: object) -> Image | list[Image]:
    if isinstance(value, str | os.PathLike):
        if not os.fspath(value):
            raise ImageFileError(f"Input {name!r}: the name of the file is empty")
        return value
    if is_image(value):
        return value
    if isinstance(value, Sequence):
        files = [v for v in value if isinstance(v, str | os.PathLike) or is_image(v)]
        if len(files) == len(value):
            return files
    shown = f"{' '.join(repr(value).split()):.60}"
    raise FormulaError(
        f"The input {name!r} is {type(value).__name__} {shown}; it has to be a file, a list "
        "of files, a number, a list of numbers or a list of equally long lists of numbers (not a "
        "mixture)." + _in_memory(value)
    )


def _in_memory(value: object) -> str:
    """Return what to do with something that holds voxels and is no image that can be used."""
    if hasattr(value, "get_filename"):
        return " Of surfaces and dense maps give the file."
    if isinstance(value, Sequence) and any(map(_is_array, value)):
        return " Join the arrays first: np.stack(arrays, axis=-1)."
    return ""


def is_list_of_images(value: object) -> TypeGuard[Sequence[Image]]:
    """Tell whether a value is a list of files, or of images of nibabel."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return bool(value) and all(isinstance(v, str | os.PathLike) or is_image(v) for v in value)


def is_image(value: object) -> TypeGuard[InMemory]:
    """Tell whether a value is a volume image of nibabel, which need not be loaded for that.

    Examples
    --------
    >>> is_image("bold.nii"), is_image(1)
    (False, False)
    """
    return all(hasattr(value, name) for name in ("dataobj", "affine", "header"))


def _check_grids(images: Sequence[ImageSource], tolerance: float) -> None:
    """Compare every image (and every file of a list) with the first one."""
    # Not each with the one before: small distances would add up along a list.
    first = images[0]
    for image in images:
        for file, grid in zip(image.files, image.grids, strict=True):
            difference = None if grid is first.grid else first.grid.mismatch(grid, tolerance)
            if difference is not None:
                raise GridError(
                    worded(
                        "The grids of the inputs {first!r} ({first_file}) and {image!r} ({file}) "
                        "differ: {difference}",
                        first=first.name,
                        first_file=first.files[0],
                        image=image.name,
                        file=file,
                        difference=difference,
                    )
                )
