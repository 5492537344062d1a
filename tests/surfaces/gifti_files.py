"""Small GIFTI files of one hemisphere, and what nibabel reads in them."""

from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

VERTICES, TIMES, MAPS = 60, 8, 3
THEIRS = Path(nib.__file__).parent / "gifti" / "tests" / "data"
RANDOM = np.random.default_rng(7)
BOLD = RANDOM.normal(1000, 50, (VERTICES, TIMES)).astype("f4")
OTHER = RANDOM.normal(900, 30, (VERTICES, TIMES)).astype("f4")
THICK = RANDOM.uniform(1, 5, VERTICES).astype("f4")
SULC = RANDOM.normal(0, 1, VERTICES).astype("f4")
SULC[::9] = np.nan
ROIS = RANDOM.normal(size=(VERTICES, MAPS)).astype("f4")
PARC = RANDOM.integers(0, 4, VERTICES).astype("i4")
MASK = (THICK > 2).astype("u1")


def save(path, data, intent, names=(), *, labels=(), structure="CortexLeft", step=None, **meta):
    """Write values as nibabel does; an axis of one array each."""
    columns = data.T if data.ndim > 1 else [data]
    arrays = []
    for k, column in enumerate(columns):
        entries = {"Name": names[k]} if names else {}
        if step is not None:
            entries["TimeStep"] = f"{step:f}"
        arrays.append(
            GiftiDataArray(
                np.ascontiguousarray(column),
                intent,
                column.dtype.name,
                meta=GiftiMetaData(entries),
            )
        )
        # What nibabel adds by itself, and programs do not write with values.
        arrays[-1].coordsys = None
    table = GiftiLabelTable()
    for key, name in labels:
        label = GiftiLabel(key, 1, 0.5, 0, 1)
        label.label = name
        table.labels.append(label)
    entries = {"AnatomicalStructurePrimary": structure} if structure else {}
    image = GiftiImage(meta=GiftiMetaData({**entries, **meta}), labeltable=table, darrays=arrays)
    nib.save(image, path)
    return str(path)


def files(folder):
    """Write all of them; return their paths by name."""
    series, shape, none = "NIFTI_INTENT_TIME_SERIES", "NIFTI_INTENT_SHAPE", "NIFTI_INTENT_NONE"
    table = [(0, "???"), (1, "V1"), (2, "V2"), (3, "MT & more")]
    rows = {
        "bold": (".func.gii", BOLD, series, (), {"step": 720, "UserName": "me"}),
        "other": (".func.gii", OTHER, series, (), {"step": 720}),
        "slow": (".func.gii", OTHER, series, (), {"step": 2000}),
        "thick": (".shape.gii", THICK, shape, ["thickness"], {}),
        "sulc": (".shape.gii", SULC, shape, ["depth"], {}),
        "rois": (".shape.gii", ROIS, none, ["a", "b", "c"], {}),
        "parc": (".label.gii", PARC, "NIFTI_INTENT_LABEL", ["atlas"], {"labels": table}),
        "mask": (".shape.gii", MASK, none, ["mask"], {}),
        "right": (".shape.gii", THICK, shape, ["r"], {"structure": "CortexRight"}),
        "nowhere": (".shape.gii", THICK, shape, ["n"], {"structure": ""}),
        "small": (".shape.gii", THICK[:50], shape, ["s"], {}),
        "zmap": (".func.gii", SULC, "NIFTI_INTENT_ZSCORE", ["z"], {}),
    }
    return {
        name: save(folder / f"{name}{ending}", data, intent, names, **more)
        for name, (ending, data, intent, names, more) in rows.items()
    }


def read(path):
    """Return the image of nibabel and its values, (vertices,) or (vertices, maps)."""
    image = nib.load(path)
    data = np.stack([one.data for one in image.darrays], axis=1)
    return image, data[:, 0] if data.shape[1] == 1 else data
