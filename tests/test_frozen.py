"""Frozen values behave as frozen dataclasses do."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import ClassVar

import pytest

from nipype_mathimg.frozen import Frozen


class Shift(Frozen):
    axis: int
    by: float = 1.0
    name: ClassVar[str] = "shift"


class Same(Frozen):
    axis: int
    by: float = 1.0


class Longer(Shift):
    times: int = 2


@dataclass(frozen=True)
class Reference:
    axis: int
    by: float = 1.0


def test_identity_is_class_and_fields():
    assert Shift(1) == Shift(1, 1.0) == Shift(axis=1, by=1.0)
    assert Shift(1) != Shift(2)
    assert Shift(1) != Same(1)
    assert Shift(1) != (1, 1.0)
    assert len({Shift(1), Shift(1), Same(1), Shift(1, 2.0)}) == 3
    assert Longer(1, 2.0, times=3) == Longer(1, by=2.0, times=3)
    assert repr(Shift(1)) == repr(Reference(1)).replace("Reference", "Shift")
    assert pickle.loads(pickle.dumps(Longer(4))) == Longer(4)


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"axis": 2}), ((1,), {"other": 2}), ((), {"by": 2})],
)
def test_wrong_fields_are_refused_as_by_a_dataclass(values, named):
    with pytest.raises(TypeError):
        Reference(*values, **named)
    with pytest.raises(TypeError):
        Shift(*values, **named)


def test_values_cannot_be_changed():
    one = Shift(1)
    with pytest.raises(AttributeError):
        one.axis = 2
    with pytest.raises(AttributeError):
        del one.axis
    assert one == Shift(1)
