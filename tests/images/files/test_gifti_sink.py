"""Writing GIFTI files: read by nibabel, the same bytes however the values are cut, or nothing."""

import subprocess
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.gifti.document import open_gifti
from nipype_mathimg.images.files.gifti.sink import GiftiSink
from nipype_mathimg.images.files.input_file import InputFile
from nipype_mathimg.images.headers.gifti.header import GiftiHeader
from nipype_mathimg.images.headers.gifti.values import Coordinates, GiftiMap, Label
from nipype_mathimg.spec import ArraySpec
from tests.images.files.test_gifti_files import read
from tests.images.gifti_samples import values

VERTICES, COUNT = 23, 7
SERIES = np.stack([values(VERTICES, seed=k) for k in range(COUNT)], axis=1)
IDENTITY = Coordinates(
    "NIFTI_XFORM_UNKNOWN", "NIFTI_XFORM_UNKNOWN", "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1"
)
HEADER = GiftiHeader(
    VERTICES,
    np.dtype(np.float32),
    tuple(
        GiftiMap("NIFTI_INTENT_TIME_SERIES", (("Name", f"t < {k} & \"'"),), (IDENTITY,) * (k % 2))
        for k in range(COUNT)
    ),
    (("AnatomicalStructurePrimary", "CortexLeft"), ("Empty", "")),
    (
        Label(0, "???", (("Red", "0"), ("Green", "1"), ("Blue", "0"), ("Alpha", "0.5"))),
        Label(-3, "V1 <ü>"),
    ),
)


def spec_of(data):
    return ArraySpec(data.shape, data.dtype, HEADER.axes(data.shape))


def write(path, data=SERIES, header=HEADER, step=VERTICES):
    """Write values in runs of some length."""
    flat = data.ravel(order="F")
    with GiftiSink(str(path), header, spec_of(data)) as sink:
        for run in [sink.encode(flat[k : k + step]) for k in range(0, flat.size, step)]:
            sink.append(run)
        sink.finish(header)
    return path


def test_nibabel_reads_what_was_written(tmp_path):
    image = nib.load(write(tmp_path / "a.func.gii"))
    np.testing.assert_array_equal(np.stack([x.data for x in image.darrays], axis=1), SERIES)
    assert {x.data.dtype for x in image.darrays} == {np.dtype("f4")}
    assert image.meta["AnatomicalStructurePrimary"] == "CortexLeft"
    assert [x.meta["Name"] for x in image.darrays] == [one.name for one in HEADER.maps]
    assert {x.intent for x in image.darrays} == {2001}
    assert image.labeltable.get_labels_as_dict() == {0: "???", -3: "V1 <ü>"}
    assert image.labeltable.labels[0].rgba[3] == 0.5
    np.testing.assert_array_equal(image.darrays[1].coordsys.xform, np.eye(4))


def test_what_is_written_reads_as_it_was(tmp_path):
    header, found = read(write(tmp_path / "a.func.gii"))
    assert header == HEADER
    np.testing.assert_array_equal(found, SERIES)


@pytest.mark.parametrize("step", [1, 22, 24, 46, 60, SERIES.size])
def test_the_bytes_do_not_depend_on_the_cuts(tmp_path, step):
    whole = write(tmp_path / "a.func.gii").read_bytes()
    assert write(tmp_path / "b.func.gii", step=step).read_bytes() == whole


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_every_dtype_of_the_format(tmp_path, dtype):
    header = HEADER.changed(stored=np.dtype(dtype))
    data = SERIES.astype(dtype)
    image = nib.load(write(tmp_path / "a.func.gii", data, header))
    found = np.stack([x.data for x in image.darrays], axis=1)
    np.testing.assert_array_equal(found, data)
    assert found.dtype == dtype


@pytest.mark.parametrize("size", [0, 5, VERTICES, SERIES.size - 1])
def test_an_incomplete_result_is_no_file(tmp_path, size):
    (tmp_path / "a.func.gii").write_text("precious")
    with GiftiSink(str(tmp_path / "a.func.gii"), HEADER, spec_of(SERIES)) as sink:
        sink.append(sink.encode(SERIES.ravel(order="F")[:size]))
        with pytest.raises(ImageFileError, match=f"{size} of {SERIES.size} values"):
            sink.complete(HEADER)
    assert [one.name for one in tmp_path.iterdir()] == ["a.func.gii"]
    assert (tmp_path / "a.func.gii").read_text() == "precious"


@pytest.mark.needs("gifti_tool")
def test_the_tool_of_the_c_library_reads_it(tmp_path):
    path = write(tmp_path / "a.func.gii")
    copied = tmp_path / "b.gii"
    command = ["gifti_tool", "-infile", path, "-write_gifti", copied, "-encoding", "ASCII"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # It wants matrices with surfaces only; FreeSurfer writes them with values too.
    told = [one for one in done.stderr.splitlines() if "has coordsys" not in one]
    assert (done.returncode, told) == (0, [])
    ours, theirs = (open_gifti(InputFile.found("a", str(p))).header for p in (path, copied))
    assert theirs.maps[3].metadata == ours.maps[3].metadata
    np.testing.assert_allclose(read(Path(copied))[1], SERIES, rtol=1e-6)
