"""What becomes of the file of a result: it stays, is cut, or gives way to an input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from nipype_mathimg.calc.given import named_donors
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.interfaces.targets import first_image, stem_of

__all__ = ["Finish"]


class Finish(Frozen):
    """What a node does with the file of its only result.

    Parameters
    ----------
    out_file : str, dict or None
        Its name, as it was given.
    suffix : str
        The end of its default name.
    unchanged : {'write', 'pass'}
        ``pass``: when no voxel changed, the result is the input itself.
    split : str or None
        The axis along which it is cut.
    """

    out_file: Any
    suffix: str = "_math"
    unchanged: str = "write"
    split: str | None = None

    @classmethod
    def of(cls, arguments: dict[str, Any], outputs: Sequence[str]) -> Finish:
        """Take the options out of the arguments of an interface.

        Raises
        ------
        FormulaError
            They do not go together.
        """
        words = {
            name: arguments.pop(name)
            for name in ("suffix", "unchanged", "split")
            if name in arguments
        }
        asked = [f"{name}={value!r}" for name, value in words.items() if value != "write"]
        if outputs and asked:
            raise FormulaError(
                f"{asked[0]} is for the only result of a node, and this one has `outputs`; make a "
                "node of its own for that result."
            )
        if words.get("split") and words.get("unchanged") == "pass":
            raise FormulaError(
                "A node gives either its volumes (split='t') or its input (unchanged='pass')."
            )
        return cls(arguments.pop("out_file", None), **words)

    def __call__(self, path: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the outputs of the node whose result was written to `path`."""
        from nipype_mathimg.calc.series import same_voxels, split_series

        if self.split:
            files = split_series(path, os.path.join(os.path.dirname(path), f"{stem_of(path)}_"))
            os.unlink(path)
            return {"out_files": files}
        if self.unchanged == "pass":
            image = _itself(arguments)
            asked = arguments.get("dtype", "auto") != "auto"
            if image is not None and same_voxels(path, image, dtype=asked):
                os.unlink(path)
                return {"out_file": image}
        return {"out_file": path}


def _itself(arguments: dict[str, Any]) -> str | None:
    """Return the file of the image that a result may be; None for a list of files."""
    inputs = arguments["inputs"]
    donors = named_donors(arguments.get("copy_header_from"))
    found = inputs.get(donors[0]) if donors else first_image(inputs)
    # A TR that was asked for has to be written.
    return found if isinstance(found, str) and "tr" not in arguments else None
