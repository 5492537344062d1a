"""What a call gives back: files and numbers by name, with what a user should know about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.plan.plan import Plan
from nipype_mathimg.spec import DataRange, Note

__all__ = ["Result", "Value"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a call wrote and computed.

    Parameters
    ----------
    files : mapping
        For the name of a result, its file; a formula with one result may have an empty name.
    values : mapping
        For the name of a result that is not written, its number, or list of numbers.
    data_ranges : mapping
        For the name of every file, the finite range of its voxels.
    plan : Plan or None
        How it was computed.
    notes : tuple of Note
        What a user should know: header fields that changed, voxels that are not finite.
    """

    files: Mapping[str, str]
    values: Mapping[str, Any]
    data_ranges: Mapping[str, DataRange]
    plan: Plan | None
    notes: tuple[Note, ...]

    @property
    def out_file(self) -> str:
        """The file of a formula with one.

        Raises
        ------
        FormulaError
            There are several files, or none.
        """
        return self.files[self._only()]

    @property
    def data_range(self) -> DataRange:
        """The finite range of the voxels of the only file; raises as `out_file`."""
        return self.data_ranges[self._only()]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a path or a number
        """Return the file or the number of a name."""
        return self.files[name] if name in self.files else self.values[name]

    def _only(self) -> str:
        if len(self.files) != 1:
            raise FormulaError(
                f"There are {len(self.files)} files here; take one by its name, "
                f"of {', '.join(self.files) or 'none'}, as in `result.files['name']`."
            )
        return next(iter(self.files))


@dataclass(frozen=True, slots=True)
class Value:
    """A number that a formula gave.

    Parameters
    ----------
    value : int, float, complex, bool, or list of these
        A list for a result with one axis.
    plan : Plan
        How it was computed.
    notes : tuple of Note
        What a user should know.
    """

    value: Any
    plan: Plan
    notes: tuple[Note, ...]
