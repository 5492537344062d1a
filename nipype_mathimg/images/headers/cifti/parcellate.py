"""Regions of a dense file as the axis of a parcellated one: which vertices and voxels each has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.images.headers.cifti.maps import escaped
from nipype_mathimg.images.headers.cifti.places import Listed, listed_of
from nipype_mathimg.images.headers.cifti.scan import scan
from nipype_mathimg.spec import Array

__all__ = ["parcellated"]


def parcellated(
    dense: Listed, values: Array, labels: Sequence[int], names: Sequence[str]
) -> Listed:
    """Return the axis of the regions of a label file.

    Parameters
    ----------
    dense : Listed
        Its grayordinates.
    values : ndarray of int
        The label of each.
    labels : sequence of int
        Which labels are regions, in the order of the axis.
    names : sequence of str
        What each is called.
    """
    members: list[list[str]] = [[] for _ in labels]
    surfaces: dict[str, str] = {}
    place = {label: k for k, label in enumerate(labels)}
    at = 0
    for model in dense.element.all("BrainModel"):
        count = model.number("IndexCount")
        own = values[at : at + count]
        at += count
        structure = model.attributes["BrainStructure"]
        lists = model.all("VertexIndices")
        if lists:
            surfaces[structure] = model.attributes["SurfaceNumberOfVertices"]
        each = lists or model.all("VoxelIndicesIJK")
        numbers = np.fromstring(each[0].inner, np.int64, sep=" ").reshape(count, -1)
        for label, rows in _by_label(own, numbers):
            if label in place:
                text = " ".join(map(str, rows.ravel().tolist()))
                tag = f'<Vertices BrainStructure="{structure}">{text}</Vertices>'
                members[place[label]].append(tag if lists else text)
    return _listed(_xml(dense, surfaces, names, members))


def _by_label(labels: Array, numbers: Array) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
    """Yield each label with the rows that have it, in their order."""
    order = np.argsort(labels, kind="stable")
    there, starts = np.unique(labels[order], return_index=True)
    ends = [*starts[1:], len(labels)]
    for label, low, high in zip(there.tolist(), starts, ends, strict=True):
        yield label, numbers[order[low:high]]


def _xml(
    dense: Listed, surfaces: dict[str, str], names: Sequence[str], members: Sequence[list[str]]
) -> bytes:
    lines = [
        '<MatrixIndicesMap AppliesToMatrixDimension="1" '
        'IndicesMapToDataType="CIFTI_INDEX_TYPE_PARCELS">'
    ]
    lines += [volume.raw.decode() for volume in dense.element.all("Volume")]
    lines += [
        f'<Surface BrainStructure="{structure}" SurfaceNumberOfVertices="{count}"/>'
        for structure, count in surfaces.items()
    ]
    for name, parts in zip(names, members, strict=True):
        vertices = "".join(part for part in parts if part.startswith("<"))
        voxels = " ".join(part for part in parts if not part.startswith("<"))
        inner = vertices + (f"<VoxelIndicesIJK>{voxels}</VoxelIndicesIJK>" if voxels else "")
        lines.append(f'<Parcel Name="{escaped(name)}">{inner}</Parcel>')
    return "\n".join([*lines, "</MatrixIndicesMap>"]).encode()


def _listed(xml: bytes) -> Listed:
    """Read what was written, as from a file: the identity of parcels comes from there."""
    start, end = b'<CIFTI Version="2"><Matrix>', b"</Matrix></CIFTI>"
    return listed_of(scan(start + xml + end).maps[0])
