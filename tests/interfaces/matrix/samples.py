"""The four interfaces, and a program, each with inputs of which the result is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
PROGRAM = """
scaled = img * k             # it's an image
half = (scaled / 2).astype('float32')
number = np.sum(scaled)
course = [number, np.max(scaled)]
"""
OUTPUTS = ["scaled", "half", "number", "course"]
Program = mathimg_class("Program", PROGRAM, outputs=OUTPUTS)


@dataclass(frozen=True)
class Join:
    """A list input, how to give it to an interface, and what the result is then."""

    make: Callable[[list[str]], Any]
    field: str
    values: Callable[[list[str]], list[Any]]
    expected: Callable[[list[str]], Any]


@dataclass(frozen=True)
class Other:
    """A further output of an interface, and what it is expected to be, alone and of a list."""

    output: str
    see: Callable[[Any], Any]
    expected: Callable[[str, Any], Any]
    of_list: Callable[[list[str]], Any]


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
    join: Join
    over_formulas: Callable[..., Any] | None = None
    formulas: tuple[str, str] = ("", "")
    others: tuple[Other, ...] = ()

    def views(self) -> list[Sample]:
        """Return one sample for each output."""
        others = [
            replace(
                self,
                output=other.output,
                see=other.see,
                expected=other.expected,
                join=replace(self.join, expected=other.of_list),
            )
            for other in self.others
        ]
        return [self, *others]

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


def nothing(_images: list[str]) -> Any:
    raise AssertionError("there is no list input")


NO_JOIN = Join(nothing, "", nothing, nothing)


def highest(path: str) -> float:
    return float(nib.load(path).get_fdata().max())


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
        lambda image: MathImg(names=["img"], img=image),
        ("img + 0", "img * 2"),
    ),
    Sample(
        "Program",
        lambda **given: MathImg(PROGRAM, outputs=OUTPUTS, **given),
        Program,
        "img",
        "k",
        lambda _: [2, 3],
        "scaled",
        total,
        lambda image, k: total(image) * k,
        Join(
            lambda _: MathImg(
                "scaled = np.sum(imgs, axis=-1); half = scaled / 2; number = np.sum(imgs); "
                "course = [number, np.max(imgs)]",
                outputs=OUTPUTS,
            ),
            "imgs",
            lambda images: images,
            lambda images: sum(map(total, images)),
        ),
        lambda image: MathImg(names=["img"], outputs=OUTPUTS, img=image),
        (PROGRAM.replace("k", "1"), PROGRAM.replace("k", "2")),
        (
            Other(
                "half",
                total,
                lambda image, k: total(image) * k / 2,
                lambda images: sum(map(total, images)) / 2,
            ),
            Other(
                "number",
                float,
                lambda image, k: total(image) * k,
                lambda images: sum(map(total, images)),
            ),
            Other(
                "course",
                float,
                lambda image, k: [total(image) * k, highest(image) * k],
                lambda images: [sum(map(total, images)), max(map(highest, images))],
            ),
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
        lambda image: MathValue(names=["img"], img=image),
        ("np.sum(img) + 0", "np.sum(img) * 2"),
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
        NO_JOIN,
    ),
)
