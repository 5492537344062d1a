"""GIFTI documents made by hand, in every form that programs write."""

import base64
import sys
import zlib

import numpy as np

DOCTYPE = '<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">'
TABLE = (
    '<LabelTable><Label Key="0" Red="0" Green="0" Blue="0" Alpha="0"><![CDATA[???]]></Label>'
    '<Label Key="3" Red="1" Green="0.5" Blue="0" Alpha="1">V1 &amp; V2</Label></LabelTable>'
)


def metadata(**entries):
    """Return a MetaData element."""
    pairs = (
        f"<MD><Name><![CDATA[{k}]]></Name><Value><![CDATA[{v}]]></Value></MD>"
        for k, v in entries.items()
    )
    return f"<MetaData>{''.join(pairs)}</MetaData>"


def packed(values, encoding="GZipBase64Binary", *, big=False, by_rows=True):
    """Return the text of some values."""
    flat = values.ravel(order="C" if by_rows else "F")
    if encoding == "ASCII":
        return "\n  ".join(map(str, flat.tolist()))
    data = flat.astype(flat.dtype.newbyteorder(">" if big else "<")).tobytes()
    if encoding == "GZipBase64Binary":
        data = zlib.compress(data)
    return base64.b64encode(data).decode()


def data_array(
    values,
    intent="NIFTI_INTENT_NONE",
    encoding="GZipBase64Binary",
    *,
    big=sys.byteorder == "big",
    by_rows=True,
    text=None,
    head="",
    **changed,
):
    """Return a DataArray element; `changed` are attributes, None for those to leave out."""
    dims = {f"Dim{k}": str(n) for k, n in enumerate(values.shape)}
    attributes = {
        "Intent": intent,
        "DataType": f"NIFTI_TYPE_{values.dtype.name.upper()}",
        "ArrayIndexingOrder": "RowMajorOrder" if by_rows else "ColumnMajorOrder",
        "Dimensionality": str(values.ndim),
        **dims,
        "Encoding": encoding,
        "Endian": "BigEndian" if big else "LittleEndian",
        "ExternalFileName": "",
        "ExternalFileOffset": "",
        **changed,
    }
    given = " ".join(f'{k}="{v}"' for k, v in attributes.items() if v is not None)
    if text is None:
        text = packed(values, encoding, big=big, by_rows=by_rows)
    return f"<DataArray {given}>{head}<Data>{text}</Data></DataArray>"


def document(*arrays, count=None, head="", doctype=DOCTYPE):
    """Return a document of data arrays, as text."""
    count = len(arrays) if count is None else count
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n'
        f'<GIFTI Version="1.0" NumberOfDataArrays="{count}">\n{head}\n'
        + "\n".join(arrays)
        + "\n</GIFTI>\n"
    )


def values(count=23, *, dtype="float32", seed=0):
    """Return values at the vertices of a surface."""
    return np.random.default_rng(seed).normal(100, 20, count).astype(dtype)
