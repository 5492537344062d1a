"""Hashes of results of the last release; ``python -m tests.promises.golden`` writes them.

They say that a result changed, not that it is right, which other tests say. Who changes a result
on purpose writes it in CHANGELOG.md, and the hashes anew.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np

from tests.promises.work import compute_all

GOLDEN = Path(__file__).with_name("golden.json")


def hashes() -> dict[str, str]:
    """Return, for every formula, dtype, shape and a hash of the decoded voxels."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, path in compute_all(Path(folder)):
            data = np.asanyarray(nib.load(path).dataobj)
            data = data.astype(data.dtype.newbyteorder("<"))
            if data.dtype.kind == "f":  # the bits of NaN depend on the processor
                data = np.where(np.isnan(data), np.float32(np.nan), data).astype(data.dtype)
            digest = hashlib.sha256(data.tobytes(order="F")).hexdigest()
            size = "x".join(map(str, data.shape))
            found[name] = f"{data.dtype.name} {size} {digest}"
    return found


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(hashes(), indent=1) + "\n")
