"""What all interfaces of this package share."""

from __future__ import annotations

from collections.abc import Iterable

from nipype import logging
from nipype.interfaces.base import SimpleInterface

from nipype_mathimg.spec import Note

__all__ = ["CheckedInterface"]

LOGGER = logging.getLogger("nipype.interface")


class CheckedInterface(SimpleInterface):
    """An interface that checks its inputs itself, first thing in ``_run_interface``."""

    def _check_mandatory_inputs(self) -> None:
        """Leave every check to the run: an error before it makes MultiProc wait for ever."""

    def _log(self, notes: Iterable[Note]) -> None:
        for note in notes:
            LOGGER.info("%s: %s", type(self).__name__, note)
