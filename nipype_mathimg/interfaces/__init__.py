"""The calculator as Nipype interfaces."""

from nipype_mathimg.interfaces.factory import mathimg_class
from nipype_mathimg.interfaces.header import CompareHeaders, CopyHeader
from nipype_mathimg.interfaces.math import MathImg, MathValue
from nipype_mathimg.interfaces.multiproc import WatchfulMultiProcPlugin
from nipype_mathimg.interfaces.node import node

__all__ = [
    "CompareHeaders",
    "CopyHeader",
    "MathImg",
    "MathValue",
    "WatchfulMultiProcPlugin",
    "mathimg_class",
    "node",
]
