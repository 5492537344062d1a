"""What all interfaces of this package share."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from nipype import logging as nipype_logging
from nipype.external.due import BibTeX
from nipype.interfaces.base import Bunch, SimpleInterface

import nipype_mathimg
from nipype_mathimg.errors import HeaderWarning, MathImgError
from nipype_mathimg.interfaces.ending import ending_clean
from nipype_mathimg.interfaces.shared_folder import refuse_shared_folder
from nipype_mathimg.spec import Note
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

    _speaker = "nipype_mathimg"

    _references: ClassVar[list[dict[str, Any]]] = [
        {
            "entry": BibTeX(
                "@misc{nipype_mathimg,"
                "title={nipype_mathimg: an image calculator for Nipype},"
                "author={{The nipype_mathimg developers}},"
                f"note={{Version {nipype_mathimg.__version__}}}}}"
            ),
            "tags": ["implementation"],
        }
    ]

    @property
    def version(self) -> str:
        """The version of this package."""
        return nipype_mathimg.__version__

    def _check_mandatory_inputs(self) -> None:
        """Leave every check to the run: an error before it makes MultiProc wait for ever."""

    def _pre_run_hook(self, runtime: Bunch) -> Bunch:
        """Refuse to overwrite the result of another node."""
        folder = Path(runtime.cwd)
        refuse_shared_folder(folder)
        self._speaker = _node_in(folder) or type(self).__name__
        return runtime

    def _call(self, function: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401
        """Call the core, and write its notes to Nipype's log."""
        with warnings.catch_warnings():
            # The same text is among the notes, and the log is what users of a workflow read.
            warnings.simplefilter("ignore", HeaderWarning)
            with _in_words_of_a_node(), ending_clean(self._speaker):
                result = function(**arguments)
        self._log(result.notes)
        return result

    def _log(self, notes: Sequence[Note]) -> None:
        """Write what a user should know in one line, and all of it where it is asked for."""
        # What a header lost shows in later nodes only; the other notes need nobody's doing.
        ordered = sorted(notes, key=lambda note: note.topic != "header")
        said = [note.shown(Place.NODE) for note in ordered]
        if not said:
            return
        level = logging.WARNING if ordered[0].topic == "header" else logging.INFO
        # Of a MapNode over 60 runs nobody reads every note of every file.
        more = f" ({len(said) - 1} more at logging level DEBUG)" if said[1:] else ""
        LOGGER.log(level, "%s: %s%s", self._speaker, said[0], more)
        for text in said[1:]:
            LOGGER.debug("%s: %s", self._speaker, text)


def _node_in(folder: Path) -> str | None:
    """Return the name of the node that runs in a folder; None where none does."""
    # Nipype writes it when a node starts, and renames it when the node has ended.
    running = any(folder.glob("_0x*_unfinished.json"))
    return folder.name.removeprefix("_") if running else None
