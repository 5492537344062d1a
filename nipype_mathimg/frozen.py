"""Small values that are their own identity, made in a tenth of the time of a dataclass.

Each frozen dataclass takes 0.5 ms when its module is loaded, because its methods are compiled from
text; fifty kernels would be a fifth of the start of a command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_options: object) -> object:
        """Do nothing: what it says is for type checkers (PEP 681)."""
        return lambda cls: cls


__all__ = ["Frozen", "Unique"]


@dataclass_transform(frozen_default=True)
class Frozen:
    """Base of values whose annotated attributes are their fields.

    A subclass is used as a frozen dataclass: it takes its fields in order or by name, cannot be
    changed, and equals another value of the same class, and of no other, with equal fields.

    Parameters of a subclass
    ------------------------
    apart : tuple of str
        Fields that two equal values may differ in.

    Raises
    ------
    TypeError
        A field is missing, given twice, or there are too many.
    AttributeError
        A field is assigned to.

    Examples
    --------
    >>> class Step(Frozen):
    ...     axis: int
    ...     width: int = 1
    >>> Step(2), Step(2) == Step(2, width=1), len({Step(2), Step(2, 1), Step(3)})
    (Step(axis=2, width=1), True, 2)
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _compared: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}

    def __init_subclass__(cls, *, apart: tuple[str, ...] = ()) -> None:
        # Annotations are text here (PEP 563). A class without any has an empty dict of its own,
        # not that of its base, from Python 3.10 on.
        own = (name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind))
        cls._fields = (*cls._fields, *own)
        cls._compared = tuple(name for name in cls._fields if name not in apart)
        cls._defaults = {name: getattr(cls, name) for name in cls._fields if hasattr(cls, name)}

    def __init__(self, *values: object, **named: object) -> None:
        fields = self._fields
        # Past __setattr__, which refuses.
        own = self.__dict__
        if len(values) < len(fields) or named:
            # Stored like the others: a function as a default would be bound as a method.
            own.update(self._defaults)
            own.update(named)
        own.update(zip(fields, values, strict=False))
        twice = named and values and not named.keys().isdisjoint(fields[: len(values)])
        if twice or len(own) != len(fields) or len(values) > len(fields):
            self._refuse(values, named)

    def _refuse(self, values: Sequence[object], named: Mapping[str, object]) -> None:
        """Raise a TypeError where values are too many, given twice, unknown or missing."""
        kind, fields = type(self).__name__, self._fields
        if len(values) > len(fields):
            raise TypeError(f"{kind} takes {len(fields)} values, not {len(values)}")
        for name in named:
            if name not in fields[len(values) :]:
                raise TypeError(f"{kind} has no further field {name!r}")
        for name in fields:
            if name not in self.__dict__:
                raise TypeError(f"{kind} lacks {name!r}")

    def changed(self, **changes: object) -> Self:
        """Return a value that differs in some fields."""
        return type(self)(**{**dict(zip(self._fields, self._values(), strict=True)), **changes})

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def _identity(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._compared)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._identity() == other._identity()

    def __hash__(self) -> int:
        # With the class: two kernels without fields are not the same operation.
        return hash((type(self), self._identity()))

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({', '.join(shown)})"


class Unique(Frozen):
    """Base of frozen values each of which equals itself only.

    Examples
    --------
    >>> class Job(Unique):
    ...     step: int
    >>> Job(2) == Job(2)
    False
    """

    __eq__ = object.__eq__
    __hash__ = object.__hash__
