"""What all interfaces of this package share."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nipype import logging as nipype_logging
from nipype.interfaces.base import Bunch, SimpleInterface

from nipype_mathimg.errors import HeaderWarning, MathImgError
from nipype_mathimg.interfaces.shared_folder import refuse_shared_folder
from nipype_mathimg.words import Place

__all__ = ["CheckedInterface"]

LOGGER = nipype_logging.getLogger("nipype.interface")


@contextmanager
def _in_words_of_a_node() -> Iterator[None]:
    """Say errors of the core as who writes a workflow knows its things."""
    try:
        yield
    except MathImgError as error:
        raise error.at(Place.NODE) from error.__cause__


class CheckedInterface(SimpleInterface):
    """An interface that checks its inputs itself, first thing in ``_run_interface``."""

    def _check_mandatory_inputs(self) -> None:
        """Leave every check to the run: an error before it makes MultiProc wait for ever."""

    def _pre_run_hook(self, runtime: Bunch) -> Bunch:
        """Refuse to overwrite the result of another node."""
        refuse_shared_folder(Path(runtime.cwd))
        return runtime

    def _call(self, function: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401
        """Call the core, and write its notes to Nipype's log."""
        with warnings.catch_warnings():
            # The same text is among the notes, and the log is what users of a workflow read.
            warnings.simplefilter("ignore", HeaderWarning)
            with _in_words_of_a_node():
                result = function(**arguments)
        for note in result.notes:
            # What a header lost shows in later nodes only; the other notes need nobody's doing.
            level = logging.WARNING if note.topic == "header" else logging.INFO
            LOGGER.log(level, "%s: %s", type(self).__name__, note.shown(Place.NODE))
        return result
