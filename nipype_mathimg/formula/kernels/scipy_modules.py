"""SciPy's modules, loaded without what they name of NumPy and never use.

SciPy copies every name of NumPy when it is loaded, and with them come `numpy.f2py`, a compiler of
Fortran, and `numpy.testing`: a third of the time that `scipy.ndimage` takes to load, and 8 MB.
They are put off until somebody asks for what they have, as `importlib.util.LazyLoader` does it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import ndimage, signal, special
else:

    def __getattr__(name: str) -> ModuleType:
        """Load a module of SciPy."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        for module in PUT_OFF:
            _put_off(module)
        return import_module(f"scipy.{name}")


__all__ = ["ndimage", "signal", "special"]

PUT_OFF = ("f2py", "testing")
"""Modules of NumPy."""


def _put_off(module: str) -> None:
    """Load a module of NumPy when one of its names is asked for."""
    from importlib.util import LazyLoader, find_spec, module_from_spec

    name = f"numpy.{module}"
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    found = module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    setattr(np, module, found)
