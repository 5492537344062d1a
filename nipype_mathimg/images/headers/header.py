"""What the header of an image file answers, whatever the format: one class per kind of file.

`volume` has that of a grid of voxels (NIfTI and whatever nibabel opens as one).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.image_grid import ImageGrid
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import Array, ArraySpec, Axis, DataRange, Intent, Note

if TYPE_CHECKING:
    from typing_extensions import Self

    from nipype_mathimg.images.headers.compare import HeaderComparison
    from nipype_mathimg.images.headers.nifti import NiftiHeader

__all__ = ["FramedHeader", "ImageHeader"]


class ImageHeader(ABC):
    """The header of one image file: never changed, each method returns another one.

    Attributes
    ----------
    described : str
        What such a file is, for a message: ``"a volume"``.
    places_last : bool
        Whether the axes of space vary slowest in the file, not fastest.
    """

    __slots__ = ()

    described: ClassVar[str]
    places_last: ClassVar[bool] = False

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements as they are stored, native endian."""

    @property
    @abstractmethod
    def grid(self) -> ImageGrid:
        """Where the elements lie."""

    @property
    @abstractmethod
    def step_seconds(self) -> float | None:
        """The repetition time in seconds, None where the header gives none with a unit."""

    @property
    def label_names(self) -> Mapping[int, str]:
        """What the values are called, for an image whose file has a table of labels."""
        return {}

    def regions(self, values: Array, labels: Sequence[int], names: Sequence[str]) -> Hashable:
        """Return what an axis of regions of this label image stands for, in files of its kind.

        Parameters
        ----------
        values : ndarray of int
            Its labels, in the order of the file.
        labels : sequence of int
            Which of them are regions, in order.
        names : sequence of str
            What each is called.

        Raises
        ------
        HeaderError
            No file of this kind has such an axis.
        """
        raise HeaderError(
            f"the labels are {self.described}, whose regions have no file of their own; name the "
            "result .tsv for a table"
        )

    @property
    def stacks(self) -> bool:
        """Whether a list of such files is one image, each behind the one before."""
        return True

    @abstractmethod
    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        """Return the axes of the image, of this shape, in the order of the file."""

    @abstractmethod
    def derived(self, outcome: Outcome) -> tuple[ImageHeader, Sequence[Note]]:
        """Return the header of a result, copied from this one and adapted by rules.

        Parameters
        ----------
        outcome : Outcome
            The result.

        Raises
        ------
        HeaderError
            There is no right header for the result.
        """

    @abstractmethod
    def fresh(
        self, outcome: Outcome, others: Sequence[ImageHeader]
    ) -> tuple[ImageHeader, Sequence[Note]]:
        """Return a header that says where the elements of a result lie, and nothing else.

        Parameters
        ----------
        outcome : Outcome
            The result.
        others : sequence of ImageHeader
            Of all images of the formula; the format holds what these do.

        Raises
        ------
        HeaderError
            There is no right header for the result.
        """

    @abstractmethod
    def lost(self, fresh: ImageHeader) -> list[str]:
        """Return what this header carries and a fresh one does not, each as ``name value``."""

    @abstractmethod
    def run(self, shape: tuple[int, ...]) -> ImageHeader:
        """Return the header of a run of images from that of its first one.

        Parameters
        ----------
        shape : tuple of int
            Of the run, which has one axis more than this image.
        """

    def joined(self, others: Sequence[ImageHeader]) -> ImageHeader:
        """Return the header of several files that are read as one image; see `run`.

        Parameters
        ----------
        others : sequence of ImageHeader
            Those of the files behind this one.

        Raises
        ------
        GridError
            They are no parts of one image.
        """
        return self

    def storable(
        self, dtype: np.dtype[Any], *, asked: bool
    ) -> tuple[np.dtype[Any], Sequence[Note]]:
        """Return the dtype in which files of this kind hold values of `dtype`.

        Parameters
        ----------
        dtype : numpy.dtype
            What is to be stored.
        asked : bool
            Whether the caller named it: then it is that one, or none.

        Raises
        ------
        HeaderError
            No file of this kind has the dtype that was asked for.
        """
        return dtype, ()

    def beside(self, other: ImageHeader, names: tuple[str, str]) -> Sequence[Note]:
        """Return what a user should know when two images of one grid meet in a formula.

        Parameters
        ----------
        other : ImageHeader
            Of the other image.
        names : tuple of str
            How a message calls this image and the other.
        """
        return ()

    @abstractmethod
    def with_step(self, seconds: float | None) -> tuple[ImageHeader, Sequence[Note]]:
        """Return the header with a repetition time; None leaves it as it is.

        Raises
        ------
        HeaderError
            It is no positive number.
        """

    def with_intent(self, intent: Intent) -> tuple[ImageHeader, Sequence[Note]]:
        """Return the header with what the values are, where the format has a field for it.

        Parameters
        ----------
        intent : Intent
            A statistic or a distribution.
        """
        return self, ()

    @abstractmethod
    def with_range(self, data_range: DataRange) -> ImageHeader:
        """Return the header with the finite range of the data, where the format has a field."""

    @abstractmethod
    def with_parts(
        self, donor: ImageHeader, spec: ArraySpec, parts: Sequence[str]
    ) -> tuple[ImageHeader, Sequence[Note]]:
        """Return the header with some parts of another image's.

        Parameters
        ----------
        donor : ImageHeader
            Gives the parts.
        spec : ArraySpec
            Shape of this image and its dtype in the file to be written.
        parts : sequence of str
            Their names.

        Raises
        ------
        HeaderError
            A part does not exist, or the two images do not belong together.
        """

    @abstractmethod
    def compared(self, other: ImageHeader) -> HeaderComparison:
        """Return the fields in which another header differs from this one.

        Raises
        ------
        HeaderError
            The other is of another kind.
        """

    def alike(self, other: ImageHeader) -> Self:
        """Return another header, which has to be of the same kind.

        Raises
        ------
        HeaderError
            It is of another kind.
        """
        if not isinstance(other, type(self)):
            raise HeaderError(
                f"one image is {self.described} and the other {other.described}: their headers "
                "have nothing in common. Give two images of one kind"
            )
        return other


class FramedHeader(ImageHeader):
    """A header of which a file with a head, the elements as they are, and a tail is written."""

    __slots__ = ()

    @property
    def keys(self) -> frozenset[int] | None:
        """The values that its tables of labels name; None where it has none."""
        return None

    def dimensions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return what stands in dim for elements of this shape, in the order of the file."""
        return shape

    @property
    @abstractmethod
    def nifti(self) -> NiftiHeader:
        """The fields of NIfTI; not to be changed."""
