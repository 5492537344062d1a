"""The calculator as Nipype interfaces.

`math` and `header` have the interfaces, on a common `base`; `factory` makes classes of formulas,
and `drop_in` those that take the place of others' interfaces. `specs` are their inputs, of
`fields` and `texts`, with the `names` that are free and the `hashing` of Nipype's cache;
`arguments` makes of them what the core takes. `outputs` are their outputs: `targets` says where
files go, `finish` what becomes of them, `metadata` what a sidecar says of them, and `reporting` is
about the page with pictures.

`node` makes nodes whose `memory` comes from the plan; `check_node`, `iterables` and
`shared_folder` refuse what would go wrong in a workflow. `ending` is for nodes that a batch system
ends, `multiproc` for workers that are killed.

`WatchfulMultiProcPlugin` is imported when it is asked for: with it come all plugins of Nipype, and
IPython, which take as long to load as everything else here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nipype_mathimg.interfaces.factory import mathimg_class
from nipype_mathimg.interfaces.header import CompareHeaders, CopyHeader
from nipype_mathimg.interfaces.math import MathImg, MathTable, MathValue
from nipype_mathimg.interfaces.node import node
from nipype_mathimg.lazy import attribute, listed

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


def __dir__() -> list[str]:
    return listed(globals(), __all__)
