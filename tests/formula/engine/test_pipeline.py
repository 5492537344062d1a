"""When the blocks of a stream go back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from nipype_mathimg.formula.engine.pipeline import Held
from nipype_mathimg.formula.engine.streams import Block, Feed

if TYPE_CHECKING:
    from nipype_mathimg.spec import Array

MEMORY = np.arange(6.0)


class _Feed:
    """Notes what is given back."""

    def __init__(self, copy: object = None) -> None:
        self.copy = copy
        self.given_back: list[Array] = []

    def give_back(self, block: Block | None) -> None:
        if block is not None:
            self.given_back.append(block.data)


@pytest.mark.parametrize(
    ("values", "copy", "early"),
    [
        pytest.param([MEMORY * 2], None, True, id="computed"),
        pytest.param([3.0], None, True, id="a number"),
        pytest.param([MEMORY[::2]], None, False, id="a part of the block"),
        pytest.param([MEMORY * 2, MEMORY.reshape(2, 3)], None, False, id="one of two"),
        pytest.param([MEMORY * 2], "a copy", False, id="copied to disk meanwhile"),
    ],
)
def test_blocks_go_back_once_and_not_before_they_are_used(
    values: list[object], copy: object, early: bool
) -> None:
    feed, other = _Feed(copy), _Feed()
    blocks = {0: Block(0, MEMORY, 0), 1: None}
    held = Held({0: cast("Feed", feed), 1: cast("Feed", other)}, blocks)
    held.release_early(values)
    assert len(feed.given_back) == early
    held.release()
    assert [data is MEMORY for data in feed.given_back] == [True]
    assert other.given_back == []
