"""The four interfaces, each with inputs of which the result is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from nipype_mathimg.interfaces import (
    CompareHeaders,
    CopyHeader,
    MathImg,
    MathValue,
    mathimg_class,
)

Scaled = mathimg_class("Scaled", "img * k", inputs={"img": "an image", "k": "a number"})
Total = mathimg_class("Total", "np.sum(img) * k", base=MathValue)


@dataclass(frozen=True)
class Join:
    """A list input, how to give it to an interface, and what the result is then."""

    make: Callable[[list[str]], Any]
    field: str
    values: Callable[[list[str]], list[Any]]
    expected: Callable[[list[str]], Any]


@dataclass(frozen=True)
class Sample:
    """An interface with two inputs: an image, and a second that changes the result."""

    name: str
    make: Callable[..., Any]
    cls: Any
    image: str
    second: str
    seconds: Callable[[list[str]], list[Any]]
    output: str
    see: Callable[[Any], Any]
    expected: Callable[[str, Any], Any]
    join: Join | None = None

    def pairs(self, images: list[str]) -> list[tuple[str, Any]]:
        return list(zip(images, self.seconds(images), strict=True))


def save_images(folder: Path) -> list[str]:
    """Write two runs that differ in voxels and TR, and return their paths."""
    paths = []
    for number in (1, 2):
        data = np.full((2, 3, 4, 5), number, np.int16)
        image = nib.Nifti1Image(data, np.diag([2.0, 2.0, 3.0, 1.0]))
        image.header.set_xyzt_units("mm", "sec")
        image.header.set_zooms((2.0, 2.0, 3.0, float(number)))
        paths.append(str(folder / f"run{number}.nii"))
        nib.save(image, paths[-1])
    return paths


def total(path: str) -> float:
    return float(nib.load(path).get_fdata().sum())


def repetition_time(path: str) -> float:
    return float(nib.load(path).header["pixdim"][4])


def total_and_tr(path: str) -> tuple[float, float]:
    return total(path), repetition_time(path)


SAMPLES = (
    Sample(
        "MathImg",
        lambda **given: MathImg("img * k", **given),
        Scaled,
        "img",
        "k",
        lambda _: [2, 3],
        "out_file",
        total,
        lambda image, k: total(image) * k,
        Join(
            lambda _: MathImg("np.sum(imgs, axis=-1)"),
            "imgs",
            lambda images: images,
            lambda images: sum(map(total, images)),
        ),
    ),
    Sample(
        "MathValue",
        lambda **given: MathValue("np.sum(img) * k", **given),
        Total,
        "img",
        "k",
        lambda _: [2, 3],
        "out",
        float,
        lambda image, k: total(image) * k,
        Join(
            lambda _: MathValue("np.sum(imgs)"),
            "imgs",
            lambda images: images,
            lambda images: sum(map(total, images)),
        ),
    ),
    Sample(
        "CopyHeader",
        CopyHeader,
        CopyHeader,
        "in_file",
        "hdr_file",
        lambda images: images[::-1],
        "out_file",
        total_and_tr,
        lambda image, donor: (total(image), repetition_time(donor)),
        Join(
            lambda images: CopyHeader(in_file=images[0], hdr_file=images[1]),
            "parts",
            lambda _: ["xform", "time"],
            lambda images: (total(images[0]), repetition_time(images[1])),
        ),
    ),
    Sample(
        "CompareHeaders",
        CompareHeaders,
        CompareHeaders,
        "in_file",
        "reference_file",
        lambda images: [images[0], images[0]],
        "same",
        bool,
        lambda image, reference: image == reference,
    ),
)
