"""What an image's header carries and a fresh header of a result does not."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.images.headers.codes import (
    INTENTS,
    SLICE_ORDERS,
    SPACE_BITS,
    TIME_BITS,
    UNITS,
    XFORMS,
    label,
)
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.rules import time_unit

__all__ = ["lost_fields"]

_Describe = Callable[[NiftiHeader], str]


def lost_fields(donor: NiftiHeader, header: NiftiHeader) -> list[str]:
    """Return what `donor` carried and a fresh `header` does not, each as ``name value``.

    What belongs to the time axis counts only when the result has one.

    Examples
    --------
    >>> donor, header = NiftiHeader(), NiftiHeader()
    >>> donor["xyzt_units"] = 2 + 8
    >>> lost_fields(donor, header)
    ['units mm and sec']
    """
    carried = {**_CARRIED, **(_CARRIED_BY_TIME if header["dim"][0] > 3 else {})}
    texts = ((name, describe(donor), describe(header)) for name, describe in carried.items())
    return [f"{name} {before}" for name, before, after in texts if before and before != after]


def _units(header: NiftiHeader) -> str:
    units = int(header["xyzt_units"])
    return " and ".join(filter(None, (label(UNITS, units & b) for b in (SPACE_BITS, TIME_BITS))))


def _repetition_time(header: NiftiHeader) -> str:
    # 0 is unset, and 1 without a unit what nibabel writes where nobody gave a TR.
    if header["dim"][0] < 4 or (header["pixdim"][4] in (0, 1) and not time_unit(header)):
        return ""
    return f"{header['pixdim'][4]:g} {time_unit(header)}".rstrip()


def _labelled(field: str, labels: dict[int, str]) -> _Describe:
    return lambda header: label(labels, header[field])


def _text(field: str) -> _Describe:
    def describe(header: NiftiHeader) -> str:
        raw = bytes(header[field].item()) if field in header else b""
        # The standard names no encoding; in this one every byte is a character.
        return raw.decode("latin-1")

    return describe


_CARRIED: dict[str, _Describe] = {
    "units": _units,
    "qform code": _labelled("qform_code", XFORMS),
    "sform code": _labelled("sform_code", XFORMS),
    "intent": _labelled("intent_code", INTENTS),
    "dim_info": lambda header: str(header["dim_info"] or ""),
    "descrip": _text("descrip"),
    "aux_file": _text("aux_file"),
    "db_name": _text("db_name"),
    "extensions": lambda header: ", ".join(str(one.code) for one in header.extensions),
}

_CARRIED_BY_TIME: dict[str, _Describe] = {
    "TR": _repetition_time,
    "toffset": lambda header: f"{header['toffset']:g}" if header["toffset"] else "",
    "slice timing": _labelled("slice_code", SLICE_ORDERS),
}
