"""What a header is told about the result that it is made for."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import ArraySpec

__all__ = ["Outcome"]


class Outcome(Frozen):
    """What a header is made for: a result, before it is computed.

    Parameters
    ----------
    spec : ArraySpec
        Shape, where each axis comes from, and the dtype in the file.
    values_changed : bool
        False when every element is a copy of one of the image's.
    title : str
        What the values are: the name of the function for a plain reduction, else the formula.
    taken : tuple of (str, float)
        For axes of the image of which one element was taken, its position.
    images : int
        Of so many images it is made.
    suffix : str
        End of the name of the file, in lower case; empty where there is none yet.
    """

    spec: ArraySpec
    values_changed: bool = True
    title: str = ""
    taken: tuple[tuple[str, float], ...] = ()
    images: int = 1
    suffix: str = ""
