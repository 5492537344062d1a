"""The calculator as Nipype interfaces.

`WatchfulMultiProcPlugin` is imported when it is asked for: with it come all plugins of Nipype, and
IPython, which take as long to load as everything else here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nipype_mathimg.interfaces.factory import mathimg_class
from nipype_mathimg.interfaces.header import CompareHeaders, CopyHeader
from nipype_mathimg.interfaces.math import MathImg, MathTable, MathValue
from nipype_mathimg.interfaces.node import node
from nipype_mathimg.lazy import attribute

if TYPE_CHECKING:
    from nipype_mathimg.interfaces.multiproc import WatchfulMultiProcPlugin

__all__ = [
    "CompareHeaders",
    "CopyHeader",
    "MathImg",
    "MathTable",
    "MathValue",
    "WatchfulMultiProcPlugin",
    "mathimg_class",
    "node",
]


def __getattr__(name: str) -> object:
    return attribute(__name__, {"WatchfulMultiProcPlugin": "multiproc"}, name)
