"""Input specs with strict names, late checks and exact hashes, also from a formula's names."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar

from nipype.interfaces.base import BaseInterfaceInputSpec, Undefined, isdefined, traits

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula import LANGUAGE_VERSION
from nipype_mathimg.formula.program import meant_by, normalised
from nipype_mathimg.interfaces.fields import (
    Count,
    Field,
    ImageOrNumber,
    LabelFiles,
    Memory,
    Number,
)
from nipype_mathimg.interfaces.hashing import fingerprint, hash_method_or_default
from nipype_mathimg.interfaces.iterables import is_connection
from nipype_mathimg.interfaces.texts import (
    Formula,
    OneOf,
    OutputNames,
    ReportName,
    Text,
    TextOrEach,
)
from nipype_mathimg.words import giving

__all__ = [
    "CheckedInputSpec",
    "FormulaInputSpec",
    "MathImgInputSpec",
    "NamedInputSpec",
    "declared",
    "derived_spec",
    "make_spec",
    "no_such_input",
    "own_fields",
    "problem",
    "values",
]


class NamedInputSpec(BaseInterfaceInputSpec):
    """Inputs of which a name that is none is answered with those that there are."""

    def __prefix_trait__(self, name: str, is_set: bool) -> Any:  # noqa: ANN401 - Traits
        """Refuse a name that is no input, and say which ones there are; see `HasTraits`."""
        # Traits and Nipype keep attributes of their own under names like that.
        if is_set and not name.startswith("_"):
            raise traits.TraitError(no_such_input(self, name))
        return super().__prefix_trait__(name, is_set)


class CheckedInputSpec(NamedInputSpec):
    """Base of this package's input specs: names are checked at once, values in the run."""

    def get_hashval(self, hash_method: str | None = None) -> tuple[list[tuple[str, Any]], str]:
        """Return the inputs as they count for the cache, and their hash.

        Unlike Nipype's: numbers count to the last digit, a formula without its white space, and
        a string as a file only where a file is meant.
        """
        method = hash_method_or_default(hash_method)
        # Nipype hashes no code: a formula that means something else in a later version must run
        # again.
        record: list[tuple[str, Any]] = [("language", LANGUAGE_VERSION)]
        hashed = list(record)
        for name, field, value in self._hashed():
            record.append((name, fingerprint(value, field.is_path, method, full_path=True)))
            hashed.append((name, fingerprint(value, field.is_path, method)))
        # As long as Nipype's own: it becomes part of the names of files in a node's folder.
        return record, hashlib.md5(str(hashed).encode(), usedforsecurity=False).hexdigest()

    def __setattr__(self, name: str, value: object) -> None:
        """Set an input; an output that was not set leaves what the input has."""
        if value is Undefined and is_connection():
            return
        super().__setattr__(name, value)

    def _hashed(self) -> Iterator[tuple[str, Field, Any]]:
        traits = declared(self)
        for name, value in values(self).items():
            if not traits[name].nohash:
                yield (
                    name,
                    traits[name].trait_type,
                    _canonical(value) if name == "formula" else value,
                )


class FormulaInputSpec(CheckedInputSpec):
    """Inputs of every interface that computes a formula, besides the formula's own."""

    _origin: ClassVar[tuple[Any, ...]]

    formula = Formula(
        mandatory=True,
        hash_files=False,
        desc="an expression in NumPy's notation over the inputs, such as "
        "`np.mean(bold, axis=-1) * mask`, or a program: lines of the form `name = expression`",
    )
    grid_tolerance = Number(
        0.01,
        usedefault=True,
        desc="largest distance in mm between the same voxel of two images",
    )
    label_tables = LabelFiles(
        desc="for the name of a label image its table, a .tsv with the columns `index` and `name` "
        "or a .json, as {'atlas': 'atlas_dseg.tsv'}: names and order of its regions"
    )
    num_threads = Count(
        1,
        usedefault=True,
        nohash=True,
        desc="number of threads; 1 unless set, so that a node uses what the scheduler counts for "
        "it; Node(n_procs=...) sets both",
    )
    memory = Memory(
        nohash=True, desc="memory that the computation may use, with its unit: `4G`, `512M`"
    )


class MathImgInputSpec(FormulaInputSpec):
    """Inputs of an interface that writes images computed by a formula."""

    outputs = OutputNames(
        hash_files=False,
        desc="names of a program that become outputs of the node, in place of out_file: each a "
        "file, or, where it has no axis or one, a number or a list of numbers",
    )
    copy_header_from = TextOrEach(
        hash_files=False,
        desc="name of the input whose header the result carries on; the formula need not use it; "
        "a dict has one for each output",
    )
    dtype = TextOrEach(
        "auto",
        usedefault=True,
        hash_files=False,
        desc="type of the voxels on disk: `auto`, `header` (the one of copy_header_from), or a "
        "NumPy name such as `float32`; a dict has one for each output",
    )
    grid = TextOrEach(
        "follow",
        usedefault=True,
        hash_files=False,
        desc="`follow`: voxels keep their place in the world; `header`: the result lies on the "
        "grid of copy_header_from whatever the formula did, so that `img[::-1]` is the mirror "
        "image; a dict has one for each output",
    )
    tr = Number(desc="TR in seconds of results that have a fourth axis; by default the header's")
    out_file = TextOrEach(
        hash_files=False,
        desc="name of the result, relative to the working folder of the node; by default "
        "`<name of the formula's first image>_math`. Without a suffix it gets that of its kind: "
        "`.nii.gz`, `.func.gii`, ... With `outputs`, a dict with a name for each of some; by "
        "default `<name of the first image>_<output>`",
    )
    suffix = Text(
        hash_files=False,
        desc="in place of `_math` in the default name of the result, such as `_clipped`",
    )
    unchanged = OneOf(
        ("write", "pass"),
        desc="`pass`: when no voxel changes, the result is the file of copy_header_from itself, "
        "or of the first image of the formula, and nothing is written; by default `write`",
    )
    split = OneOf(
        ("t",),
        desc="`t`: the result is a list of 3D files, `out_files`, in place of out_file",
    )
    report = ReportName(
        hash_files=False,
        desc="True: the node also writes `out_report`, a page (.svg) with pictures of the result "
        "and of copy_header_from, histogram and notes; or the name of its file, .svg or .html",
    )


def declared(spec: NamedInputSpec) -> Mapping[str, Any]:
    """Return the inputs of a spec and their traits, in the order of their names."""
    cls = type(spec)
    if cls not in _DECLARED:
        # From the class: a MapNode puts list traits into the instance.
        traits = cls.class_traits()
        names = sorted(cls().copyable_trait_names())
        _DECLARED[cls] = {name: traits[name] for name in names if name in traits}
    return _DECLARED[cls]


_DECLARED: dict[type, Mapping[str, Any]] = {}
"""Asked for several times in every run; Traits takes longer for it than a small computation."""


def no_such_input(spec: NamedInputSpec, name: str) -> str:
    """Return a sentence about a name that is none of the inputs of a spec."""
    known = declared(spec)
    own = [one for one, trait in known.items() if isinstance(trait.trait_type, ImageOrNumber)]
    if isinstance(spec, FormulaInputSpec) and not own:
        return (
            f"There is no input `{name}`, because the interface was made without a formula; give "
            f"it one, or declare its inputs, as in names=[{name!r}]."
        )
    whose = "the inputs of the formula" if own else "the inputs"
    words = ", ".join(own or known)
    return f"There is no input `{name}`; {whose} are: {words}.{nearest(name, known)}"


def values(spec: CheckedInputSpec) -> dict[str, Any]:
    """Return the inputs that are set, in the order of their names."""
    given = ((name, getattr(spec, name)) for name in declared(spec))
    return {name: value for name, value in given if isdefined(value)}


def problem(spec: CheckedInputSpec, name: str, *, needed: bool | None = None) -> str | None:
    """Return a sentence about an input that is unset or of the wrong type, else None.

    Parameters
    ----------
    spec : CheckedInputSpec
        The inputs.
    name : str
        One of them.
    needed : bool, optional
        It has to be set; when absent, that is said by its trait.
    """
    trait, value = declared(spec)[name], getattr(spec, name)
    if not isdefined(value):
        if not (trait.mandatory if needed is None else needed):
            return None
        formula = getattr(spec, "formula", None)
        hint = meant_by(name, formula if isinstance(formula, str) else None)
        return f"Input `{name}` is not set: {giving(name).node}.{hint}"
    found = trait.trait_type.problem(value)
    return f"Input `{name}` is {found}." if found else None


@cache
def make_spec(
    base: type[FormulaInputSpec], names: tuple[str, ...], optional: frozenset[str] = frozenset()
) -> type[FormulaInputSpec]:
    """Return `base` with one input per name: always the same class for the same arguments."""
    return derived_spec(base, own_fields(names, optional), base, names, optional)


def own_fields(names: Iterable[str], optional: Collection[str]) -> dict[str, Field]:
    """Return the inputs of a formula."""
    # None, because Nipype's help leaves out what is neither True nor None.
    return {name: ImageOrNumber(mandatory=None if name in optional else True) for name in names}


def derived_spec(
    base: type[FormulaInputSpec], fields: Mapping[str, Field], *origin: object
) -> type[FormulaInputSpec]:
    """Return a subclass of `base` with more inputs.

    Parameters
    ----------
    base : type
        The spec to which inputs are added.
    fields : dict of str to Field
        The inputs.
    *origin : object
        What its instances are pickled with: an interface class whose ``input_spec`` it is, or
        the arguments of `make_spec`.
    """
    namespace = {
        "__module__": __name__,
        "__doc__": base.__doc__,
        "__reduce_ex__": _reduce,
        **fields,
    }
    # A class, because traits that are added to an instance lose their type by pickle and deepcopy
    # (enthought/traits#16), and Nipype does both to every node.
    metaclass: Any = type(base)
    spec: type[FormulaInputSpec] = metaclass(base.__name__, (base,), namespace)
    spec._origin = origin
    return spec


def _reduce(self: FormulaInputSpec, _protocol: int) -> tuple[object, ...]:
    # By origin: no module has this class under its name.
    return _blank, type(self)._origin, self.__getstate__()


def _blank(origin: Any, *names: Any) -> FormulaInputSpec:  # noqa: ANN401 - a class, `make_spec`
    spec: type[FormulaInputSpec] = make_spec(origin, *names) if names else origin.input_spec
    return spec()


def _canonical(formula: object) -> object:
    """Return a formula, or each of a list, without what cannot change its result."""
    if isinstance(formula, list):
        return [_canonical(one) for one in formula]
    return _normalised(str(formula)) if isinstance(formula, str) else formula


@lru_cache(maxsize=256)
def _normalised(formula: str) -> str:
    try:
        return str(normalised(formula))
    except FormulaError:
        # Hashing happens before the run, and must not raise: the run shows the error.
        return formula
