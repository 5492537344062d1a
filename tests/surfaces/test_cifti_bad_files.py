"""CIFTI-2 files that are damaged, or whose XML tells something else than the file holds."""

from __future__ import annotations

import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.errors import GridError, ImageFileError, MathImgError
from nipype_mathimg.images.headers.cifti.scan import MOST_ELEMENTS
from tests.surfaces import made

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE CIFTI [<!ENTITY a "aaaaaaaaaa">%s]>
<CIFTI Version="2"><Matrix><MetaData><MD><Name>&j;</Name><Value>1</Value></MD></MetaData>""" % (
    b"".join(
        b'<!ENTITY %c "%s">' % (ord("a") + k, b"&%c;" % (ord("a") + k - 1) * 10)
        for k in range(1, 10)
    )
)


def with_xml(path, change):
    """Put another XML into a file; the matrix moves behind it."""
    image = nib.Nifti2Image.from_filename(path)
    (extension,) = image.header.extensions
    content = change(extension.get_content().to_xml())
    record = image.header.copy()
    data = np.asarray(image.dataobj).copy()  # the file is replaced below
    record.extensions.clear()
    record.extensions.append(nib.nifti1.Nifti1Extension(32, content))
    nib.Nifti2Image(data, None, record).to_filename(path)


def replaced(old, new, count=-1):
    def change(xml):
        assert old in xml
        return xml.replace(old, new, count)

    return lambda path: with_xml(path, change)


def cut(count):
    def change(path):
        content = path.read_bytes()
        path.write_bytes(content[:count])

    return change


def field(name, value):
    def change(path):
        content = bytearray(path.read_bytes())
        header = nib.Nifti2Header(bytes(content[:540]), check=False)
        header[name] = value
        content[:540] = header.binaryblock
        path.write_bytes(content)

    return change


def longer(path):
    path.write_bytes(path.read_bytes() + b"x")


CASES = {
    "cut within the header": (cut(300), "truncated within its header: 300 of 540 bytes"),
    "half of the matrix": (cut(-200), "truncated"),
    "cut within the XML": (cut(900), "truncated within the extensions of its header"),
    "a byte more": (longer, "longer than its header says"),
    "no XML": (lambda path: with_xml(path, lambda xml: b""), "damaged|not that of CIFTI"),
    "half an XML": (lambda path: with_xml(path, lambda xml: xml[: len(xml) // 2]), "damaged"),
    "other XML": (lambda path: with_xml(path, lambda xml: b"<GIFTI/>"), "not that of CIFTI"),
    "CIFTI-1": (replaced(b'Version="2.0"', b'Version="1.0"'), "version 1.0 of CIFTI"),
    "a bomb of entities": (
        lambda path: with_xml(path, lambda xml: BOMB + b"</Matrix></CIFTI>"),
        "declares a document type",
    ),
    "deep nesting": (
        lambda path: with_xml(path, lambda xml: b"<CIFTI>" * 5000 + b"</CIFTI>" * 5000),
        "nested too deeply",
    ),
    "elements without an end": (
        lambda path: with_xml(path, lambda xml: b"<a>" + b"<a/>" * MOST_ELEMENTS + b"</a>"),
        "more than 524288 elements",
    ),
    "a name without an end": (
        replaced(b"</MatrixIndicesMap>", b"<MapName>" + b"x" * 2**21 + b"</MapName>"
                 b"</MatrixIndicesMap>", 1),
        "text of MapName does not end",
    ),
    "more times than there are": (
        replaced(b'NumberOfSeriesPoints="7"', b'NumberOfSeriesPoints="8"'),
        "counts 8 series and 104 brain models, and its matrix is 7 x 104",
    ),
    "times beyond all bounds": (
        replaced(b'NumberOfSeriesPoints="7"', b'NumberOfSeriesPoints="99999999999999999999"'),
        "is no number",
    ),
    "a step that is no number": (
        replaced(b'SeriesStep="0.72', b'SeriesStep="nan" x="'), "damaged|no finite number"
    ),
    "a count that the list does not have": (
        replaced(b'IndexCount="27"', b'IndexCount="26"', 1), "begins at element|has IndexCount=26"
    ),
    "a list with something else": (
        replaced(b"</VertexIndices>", b" x</VertexIndices>", 1), "something else"
    ),
    "a model that is missing": (
        replaced(b'IndexOffset="0"', b'IndexOffset="1"', 1), "begins at element 1"
    ),
    "an axis of no known type": (
        replaced(b"CIFTI_INDEX_TYPE_SERIES", b"CIFTI_INDEX_TYPE_NOISE"), "'NOISE'"
    ),
    "two maps for one dimension": (
        replaced(b'AppliesToMatrixDimension="1"', b'AppliesToMatrixDimension="0"'), "has two maps"
    ),
    "one dimension only": (
        replaced(b'AppliesToMatrixDimension="1"', b'AppliesToMatrixDimension="2"'),
        "dimensions 0, 2",
    ),
    "another shape": (field("dim", [6, 1, 1, 1, 1, 104, 7, 1]), "its matrix is 104 x 7"),
    "no matrix": (field("dim", [3, 7, 104, 1, 1, 1, 1, 1]), "no matrix of CIFTI-2"),
    "colours": (field("datatype", 128), "its datatype is 128, RGB colours"),
    "no datatype": (field("datatype", 4096), "its datatype is 4096, nothing that NIfTI knows"),
    "taken for text": (field("eol_check", [13, 10, 26, 13]), "took the file for text"),
    "another magic": (field("magic", b"n+3"), "its magic is b'n.3'"),
    "data within the header": (field("vox_offset", 100), "the data begin at byte 100"),
    "an offset that is no number": (field("scl_inter", np.nan), "scl_inter is nan"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_named_and_nothing_is_written(tmp_path, case):
    damage, message = CASES[case]
    path = made.save(tmp_path / "a.dtseries.nii", made.ARRAYS["a"], made.SERIES, made.MODELS)
    damage(path)
    with pytest.raises(ImageFileError, match=rf"(?s)a\.dtseries\.nii.*({message})"):
        math_img("a * 2", {"a": path}, tmp_path / "out.dtseries.nii")
    assert [one.name for one in tmp_path.iterdir()] == ["a.dtseries.nii"]


def test_a_label_that_is_no_whole_number(tmp_path):
    path = made.save(tmp_path / "a.dlabel.nii", made.LABELLED + 0.25, made.LABELS, made.MODELS)
    with pytest.raises(ImageFileError, match=r"has the value 0\.25, which is no whole number"):
        math_img("a == 1", {"a": path}, tmp_path / "out.dscalar.nii", copy_header_from="a")


def test_an_intent_that_contradicts_the_axes_counts_for_nothing(tmp_path):
    path = made.save(tmp_path / "a.dscalar.nii", made.ARRAYS["w"], made.FILES["w"][1], made.MODELS)
    field("intent_code", 3002)(path)
    math_img("a * 2", {"a": path}, tmp_path / "out.dscalar.nii", copy_header_from="a")
    assert nib.load(tmp_path / "out.dscalar.nii").nifti_header["intent_code"] == 3006


def test_a_file_may_say_more_than_memory_holds(tmp_path):
    path = made.save(tmp_path / "a.dtseries.nii", made.ARRAYS["a"], made.SERIES, made.MODELS)
    with_xml(path, lambda xml: BOMB + b"<Parcel>" + b"1 " * 10**6 + b"</Parcel></Matrix></CIFTI>")
    program = (
        "import re, sys\n"
        "from nipype_mathimg import math_img\n"
        "try: math_img('a * 2', {'a': sys.argv[1]}, sys.argv[1] + '.nii')\n"
        "except Exception as error: print(type(error).__name__)\n"
        # Unlike ru_maxrss this does not begin with the memory of the tests before this one.
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    name, peak = done.stdout.split()
    assert name == "ImageFileError"
    assert int(peak) < 200 << 10  # what it asks for has gigabytes


DIFFERENT = {
    "another mesh": (made.models(gaps=4), "CORTEX_LEFT has 26 here and 30 there"),
    "another order": (
        made.models(("CORTEX_RIGHT", "CORTEX_LEFT", "BRAIN_STEM")), "stand in another order"
    ),
    "a structure less": (
        made.models(("CORTEX_LEFT", "CORTEX_RIGHT")), "BRAIN_STEM has 51 here and 0 there"
    ),
    "another place of voxels": (
        made.models(affine=made.AFFINE + np.diag([0.0, 0, 0, 0]) + np.eye(4, k=3) * 3),
        "their volumes lie 3 mm apart",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DIFFERENT)
def test_other_models_are_refused_however_many_there_are(tmp_path, case):
    models, message = DIFFERENT[case]
    first = made.save(tmp_path / "a.dtseries.nii", made.ARRAYS["a"], made.SERIES, made.MODELS)
    values = made.numbers(made.TIMES, len(models))
    other = made.save(tmp_path / "b.dtseries.nii", values, made.SERIES, models)
    with pytest.raises(GridError, match=message):
        math_img("a - b", {"a": first, "b": other}, tmp_path / "out.dtseries.nii")


def test_models_that_are_written_in_another_way_are_the_same(tmp_path):
    first = made.save(tmp_path / "a.dtseries.nii", made.ARRAYS["a"], made.SERIES, made.MODELS)
    other = made.save(tmp_path / "b.dtseries.nii", made.ARRAYS["b"], made.SERIES, made.MODELS)
    with_xml(other, lambda xml: xml.replace(b"</VertexIndices>", b"\n </VertexIndices>"))
    math_img("a - b", {"a": first, "b": other}, tmp_path / "o.dtseries.nii", copy_header_from="a")
    np.testing.assert_array_equal(
        nib.load(tmp_path / "o.dtseries.nii").dataobj, made.ARRAYS["a"] - made.ARRAYS["b"]
    )


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("a + maps", "several maps, and `a` several time points"),
        ("a + pt", "one for each grayordinate"),
        ("a * vol", "have no elements in common"),
    ],
)
def test_what_does_not_belong_together(tmp_path, formula, message):
    files = made.write_all(tmp_path)
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 7), "f4"), np.eye(4)), tmp_path / "vol.nii")
    files["vol"] = tmp_path / "vol.nii"
    inputs = {name: files[name] for name in formula.replace("+", "*").split(" * ")}
    with pytest.raises(MathImgError, match=message):
        math_img(formula, inputs, tmp_path / "out.dtseries.nii")
