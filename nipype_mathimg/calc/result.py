"""What a call gives back: files and numbers by name, with what a user should know about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, cast

from numpy.lib.mixins import NDArrayOperatorsMixin

from nipype_mathimg.errors import FormulaError, UnknownNameError, nearest
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.frozen import Frozen, Unique
from nipype_mathimg.spec import DataRange, Note

if TYPE_CHECKING:
    from nibabel.spatialimages import SpatialImage

    from nipype_mathimg.images.files.held import HeldImage

__all__ = ["Result", "TableResult"]

_OF_IMAGES = frozenset(
    {"affine", "dataobj", "get_data", "get_fdata", "header", "shape", "slicer", "to_filename"}
)
"""What people ask of an image, which a result is not."""

_OF_TABLES = frozenset({"groupby", "head", "iloc", "loc", "mean", "plot", "shape", "to_csv"})
"""What people ask of a table of pandas."""


class Result(Frozen, NDArrayOperatorsMixin):
    """What a call wrote and computed.

    Parameters
    ----------
    files : mapping
        For the name of a result, its file; a formula with one result may have an empty name.
    values : mapping
        For the name of a result that is not written, its number, or list of numbers.
    data_ranges : mapping
        For the name of every image, the finite range of its voxels.
    plan : Plan or None
        How it was computed.
    notes : tuple of Note
        What a user should know: header fields that changed, voxels that are not finite.
    images : mapping
        For the name of an image without a file, what `load` makes an image of.
    trs : mapping
        For the name of an image with a time axis, its TR in seconds, where the header has one.
    """

    files: Mapping[str, str]
    values: Mapping[str, Any]
    data_ranges: Mapping[str, DataRange]
    plan: Plan | None
    notes: tuple[Note, ...]
    images: Mapping[str, HeldImage] = MappingProxyType({})
    trs: Mapping[str, float] = MappingProxyType({})

    @property
    def out_file(self) -> str:
        """The file of a formula with one.

        Raises
        ------
        FormulaError
            There are several files, or none.
        """
        if self.images and not self.files:
            raise FormulaError(
                "The result has no file, it is in memory: take the image with `result.load()`, or "
                "give math_img an `out_file`."
            )
        return self.files[_only(self.files, "files")]

    @property
    def data_range(self) -> DataRange:
        """The finite range of the voxels of the only image.

        Raises
        ------
        FormulaError
            There are several images, or none.
        """
        return self.data_ranges[_only(self.data_ranges, "data_ranges")]

    def load(self, name: str | None = None) -> SpatialImage:
        """Return a result as an image of nibabel.

        One without a file is in memory, or, above 64 MiB, in a temporary file that goes with the
        image.

        Parameters
        ----------
        name : str, optional
            Which one, of several.

        Raises
        ------
        FormulaError
            There is no image of this name, or there are several and none is named.
        """
        names = {**self.files, **self.images}
        if name is None:
            name = _only(names, "load", "()")
        _taken(names, name, "image")
        if name in self.images:
            return self.images[name].image()
        from nibabel.loadsave import load

        return cast("SpatialImage", load(self.files[name]))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a path, a number or an image
        """Return the file, the number or the image in memory of a name."""
        found = _taken({**self.values, **self.files, **self.images}, name, "result")
        return self.load(name) if name in self.images else found

    def __getattr__(self, name: str) -> NoReturn:
        hint = f"; take the image: result.load().{name}" if name in _OF_IMAGES else ""
        # A value that is just being unpickled has nothing yet.
        if any(name in self.__dict__.get(kind, ()) for kind in ("files", "images", "values")):
            hint = f"; take it by its name: result[{name!r}]"
        raise AttributeError(f"a Result has no {name!r}{hint}")

    __ne__ = object.__ne__  # results are compared, and not their voxels

    def _refuse_numbers(self, *_given: object, **_options: object) -> NoReturn:
        """Say where the numbers are, which a result is taken for."""
        names = [name for name in (*self.files, *self.images, *self.values) if name]
        taken = f"result[{names[0]!r}]" if len(names) > 1 or self.values else "result"
        image = f"result.load({names[0]!r})" if len(names) > 1 else "result.load()"
        hint = f"take a number by its name: {taken}" if self.values else ""
        if self.files or self.images:
            hint = f"take the image: {image}, or its voxels: {image}.get_fdata()"
        raise TypeError(f"a Result is no number and no array; {hint}")

    # NumPy asks for these, and Python for the others, where a result stands in arithmetic.
    __array__ = __array_ufunc__ = _refuse_numbers
    __float__ = __int__ = __complex__ = __len__ = _refuse_numbers

    def __bool__(self) -> bool:
        return True  # there is a result, though it has no length

    def __str__(self) -> str:
        lines = [f"{name}: {said}".removeprefix(": ") for name, said in self._rows()]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def __repr__(self) -> str:
        from nipype_mathimg.display import short

        return short(f"Result\n{self}")

    def _repr_html_(self) -> str:
        from nipype_mathimg.calc.picture import pictures_of
        from nipype_mathimg.display import html_table

        named = ((name or "result", said) for name, said in self._rows())
        rows = [*named, *(("note", str(note)) for note in self.notes)]
        return html_table(rows) + pictures_of(self)

    def _rows(self) -> Iterator[tuple[str, str]]:
        for name in {**self.files, **self.images}:
            where = self.files.get(name, "in memory: result.load()")
            # A table has none.
            found = self.data_ranges.get(name)
            yield name, f"{where}, {found.minimum:.4g} to {found.maximum:.4g}" if found else where
        for name, value in self.values.items():
            yield name, repr(value)


def _taken(found: Mapping[str, Any], name: str, what: str) -> Any:  # noqa: ANN401 - of any kind
    """Return what has a name; where nothing has it, the error says which names there are."""
    if isinstance(name, str) and name in found:
        return found[name]
    if "" in found:
        told = "the only one has no name: take `result.load()`, or `result.out_file`."
    else:
        told = f"those are: {', '.join(found) or 'none'}."
        told += nearest(name, found) if isinstance(name, str) else ""
    raise UnknownNameError(f"There is no {what} {name!r:.60} here; {told}")


def _only(names: Mapping[str, object], asked: str, end: str = "") -> str:
    if len(names) != 1:
        how = f"result.{asked}('name')" if end else f"result.{asked}['name']"
        raise FormulaError(
            f"There are {len(names)} images here; take one by its name, "
            f"of {', '.join(names) or 'none'}, as in `{how}`."
        )
    return next(iter(names))


class TableResult(Unique):
    """A table that a formula gave.

    Parameters
    ----------
    columns : mapping
        For the name of each column its values, as Python's own numbers and texts.
    file : str or None
        Where it was written.
    plan : Plan
        How it was computed.
    notes : tuple of Note
        What a user should know.
    """

    columns: Mapping[str, list[Any]]
    file: str | None
    plan: Plan
    notes: tuple[Note, ...]

    @property
    def text(self) -> str:
        """The table as it is written: tabs between columns, and ``n/a`` for NaN."""
        from nipype_mathimg.calc.tables import text_of  # few formulas make a table

        return text_of(dict(self.columns))

    def __getitem__(self, name: str) -> list[Any]:
        """Return a column."""
        column: list[Any] = _taken(self.columns, name, "column")
        return column

    def __getattr__(self, name: str) -> NoReturn:
        hint = "; for a DataFrame: pandas.DataFrame(table.columns)" if name in _OF_TABLES else ""
        if name in self.__dict__.get("columns", ()):
            hint = f"; take the column by its name: table[{name!r}]"
        raise AttributeError(f"a TableResult has no {name!r}{hint}")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        from nipype_mathimg.display import short

        return short(self.text)

    def _repr_html_(self) -> str:
        # Only as many as are shown, and one more for a word about the rest.
        from nipype_mathimg.display import MOST_LINES, html_table

        first = (values[: MOST_LINES + 1] for values in self.columns.values())
        return html_table(zip(*first, strict=True), list(self.columns))
