"""Output specs of a program: one output for each name, whatever it turns out to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from nipype.interfaces.base import File, TraitedSpec, traits

from nipype_mathimg.errors import nearest
from nipype_mathimg.interfaces.names import is_output_name
from nipype_mathimg.interfaces.reporting import OUT_REPORT, REPORT_TEXT

__all__ = ["CheckedOutputSpec", "FileOrNumbers", "described", "output_spec"]

_DESCRIPTION = "the file of `{}`, its number, or its list of numbers"


class CheckedOutputSpec(TraitedSpec):
    """Base of this package's output specs: who asks for none of them is told their names."""

    def __prefix_trait__(self, name: str, is_set: bool) -> Any:  # noqa: ANN401 - Traits
        """Refuse a name that is no output, and say which ones there are; see `HasTraits`."""
        if is_set or name.startswith("_"):
            return super().__prefix_trait__(name, is_set)
        known = sorted(self.copyable_trait_names())
        raise AttributeError(
            f"There is no output `{name}`; take one of: {', '.join(known)}.{nearest(name, known)}"
        )


class FileOrNumbers(File):
    """A file, a number or a list of numbers: which it is, the run says.

    As Nipype's own file trait, it lets a working folder be moved (``use_relative_paths``).
    """

    def validate(
        self, object_: object, name: str, value: object, return_pathlike: bool = False
    ) -> object:
        """Return a number or a list of numbers as it is; check anything else as a file."""
        items = value if isinstance(value, list) else [value]
        if all(isinstance(item, (int, float, complex)) for item in items):
            return value
        return super().validate(object_, name, value, return_pathlike)


def described(names: Iterable[str] | Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return output names with what a help says of each: what a mapping has, or what they are.

    Examples
    --------
    >>> described({"mask": "where there is signal"})
    (('mask', 'where there is signal'),)
    """
    given = names if isinstance(names, Mapping) else {}
    return tuple((name, given.get(name) or _DESCRIPTION.format(name)) for name in names)


@cache
def output_spec(outputs: tuple[tuple[str, str], ...]) -> type[TraitedSpec]:
    """Return a spec with these outputs: always the same class for the same arguments.

    Parameters
    ----------
    outputs : tuple of pairs of str
        Names and descriptions. A name that no output can have is left out: the run says why.
    """
    # On the class: traits added to an instance lose their type when it is pickled or copied.
    fields: dict[str, Any] = {
        name: FileOrNumbers(exists=True, desc=text)
        for name, text in outputs
        if is_output_name(name)
    }
    fields.setdefault(OUT_REPORT, File(exists=True, desc=REPORT_TEXT))
    for name, _ in outputs:
        # An output of the program that has this name itself goes before.
        fields.setdefault(f"{name}_meta", traits.Dict(desc=f"what a sidecar says of `{name}`"))
    namespace = {
        "__module__": __name__,
        "__doc__": "Outputs of a program.",
        "__reduce_ex__": _reduce,
        "_origin": outputs,
        **fields,
    }
    metaclass: Any = type(TraitedSpec)
    spec: type[TraitedSpec] = metaclass("ProgramOutputSpec", (CheckedOutputSpec,), namespace)
    return spec


def _reduce(self: Any, _protocol: int) -> tuple[object, ...]:  # noqa: ANN401 - a made class
    # By origin: no module has this class under its name.
    return _blank, (type(self)._origin,), self.__getstate__()


def _blank(outputs: tuple[tuple[str, str], ...]) -> TraitedSpec:
    return output_spec(outputs)()
