"""Reading GIFTI documents of every form, and refusing what is damaged or says too much."""

import bz2
import gzip
import tracemalloc
import zlib
from base64 import b64encode
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.gifti import scan as gifti_scan
from nipype_mathimg.images.files.gifti.document import open_gifti
from nipype_mathimg.images.files.gifti.reader import open_arrays
from nipype_mathimg.images.files.input_file import InputFile
from tests.images.gifti_samples import TABLE, data_array, document, metadata, packed, values

THEIRS = Path(nib.__file__).parent / "gifti" / "tests" / "data"
A, B = values(seed=1), values(seed=2)
BOTH = np.stack([A, B], axis=1)


def read(path, ahead=1 << 24):
    """Return header and values, as (vertices, maps)."""
    found = open_gifti(InputFile.found("a", str(path)))
    header = found.header
    out = np.empty(header.vertices * len(header.maps), header.dtype)
    with open_arrays(found.arrays, header.dtype, ahead) as reader:
        reader.read_into(0, out)
        reader.finish()
    return header, out.reshape((header.vertices, -1), order="F")


def lines(text, width=76):
    """Return text as some programs break it."""
    return "\n\t" + "\n\t".join(text[k : k + width] for k in range(0, len(text), width)) + "\n"


LONG = values(300_000, seed=3)
SERIES = "NIFTI_INTENT_TIME_SERIES"
FORMS = {
    "gzipped": ([data_array(A), data_array(B)], BOTH),
    "base64": ([data_array(A, encoding="Base64Binary")], A),
    "ascii": ([data_array(A, encoding="ASCII")], A),
    "ascii of integers": ([data_array(A.astype("i4"), encoding="ASCII")], A.astype("i4")),
    "lines": ([data_array(A, text=lines(packed(A)))], A),
    "longer than what is decoded at once": ([data_array(LONG)], LONG),
    "longer, in lines": ([data_array(LONG, text=lines(packed(LONG)))], LONG),
    "longer, as text": (
        [data_array(LONG, encoding="Base64Binary", text=lines(packed(LONG, "Base64Binary")))],
        LONG,
    ),
    "longer, as ascii": ([data_array(LONG, encoding="ASCII")], LONG),
    "big endian": ([data_array(A, big=True), data_array(B)], BOTH),
    "a column": ([data_array(A[:, None])], A),
    "a row major matrix": ([data_array(BOTH)], BOTH),
    "a column major matrix": ([data_array(BOTH, by_rows=False)], BOTH),
    "a matrix in text": ([data_array(BOTH, encoding="ASCII")], BOTH),
    "ends of length 1": ([data_array(A[:, None, None])], A),
    "mixed dtypes": ([data_array(A), data_array(B.astype("i4"))], BOTH * [1, 0] + 0),
    "float64": ([data_array(A.astype("f8"))], A.astype("f8")),
    "int16": ([data_array(A.astype("i2"))], A.astype("i2")),
    "names of the C library": (
        [
            data_array(
                A,
                Encoding="GIFTI_ENCODING_B64GZ",
                Endian="GIFTI_ENDIAN_LITTLE",
                ArrayIndexingOrder="GIFTI_IND_ORD_ROW_MAJOR",
            )
        ],
        A,
    ),
    "without what has a default": (
        [data_array(A, Endian=None, ArrayIndexingOrder=None, Intent=None)],
        A,
    ),
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("ending", [".func.gii", ".func.gii.gz", ".gii.bz2"])
def test_every_form_is_read(tmp_path, name, ending):
    arrays, expected = FORMS[name]
    if name == "mixed dtypes":
        expected = np.stack([A, B.astype("i4")], axis=1)
    path = tmp_path / f"a{ending}"
    pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(document(*arrays).encode()))
    header, found = read(path)
    np.testing.assert_array_equal(found, expected.reshape(len(expected), -1))
    assert found.dtype == (np.float64 if name == "mixed dtypes" else expected.dtype)
    assert header.vertices == len(expected)


def test_external_data(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.gz").write_bytes(bytes(16) + BOTH.astype(">f4").tobytes(order="F"))
    arrays = [
        data_array(
            one, encoding="ExternalFileBinary", big=True, text="", ExternalFileName="a.gz",
            ExternalFileOffset=str(16 + k * A.nbytes),
        )
        for k, one in enumerate((A, B))
    ]  # fmt: skip
    (tmp_path / "sub" / "a.func.gii").write_text(document(*arrays))
    np.testing.assert_array_equal(read(tmp_path / "sub" / "a.func.gii")[1], BOTH)
    (tmp_path / "sub" / "a.gz").write_bytes(bytes(16) + A.tobytes())
    with pytest.raises(ImageFileError, match=r"a\.gz: data array 2 of 2: .* hold as many"):
        read(tmp_path / "sub" / "a.func.gii")
    (tmp_path / "sub" / "a.gz").unlink()
    with pytest.raises(ImageFileError, match=r"a\.gz: no such file"):
        read(tmp_path / "sub" / "a.func.gii")


@pytest.mark.parametrize(
    "name",
    ["task.func.gii", "label.gii", "rh.aparc.annot.gii", "rh.shape.curv.gii", "gzipbase64.gii"],
)
def test_files_of_other_programs(name):
    header, found = read(THEIRS / name)
    image = nib.load(THEIRS / name)
    expected = np.stack([one.data.ravel() for one in image.darrays], axis=1)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype
    assert dict(header.metadata) == dict(image.meta)
    assert [dict(one.metadata) for one in header.maps] == [dict(x.meta) for x in image.darrays]
    table = {one.key: one.name for one in header.labels}
    theirs = image.labeltable.get_labels_as_dict()
    # Its first version had Index in place of Key, which nibabel does not know.
    assert table == (theirs if name != "label.gii" else {0: "???", 1: "Positive", 2: "Negative"})


def test_what_a_document_says(tmp_path):
    head = metadata(AnatomicalStructurePrimary="CortexLeft", Odd="<Data>]]&gt;") + TABLE
    one = data_array(A, SERIES, head=metadata(Name="a < b", TimeStep="720.000000"))
    (tmp_path / "a.gii").write_text(document(one, "<!-- <Data> > -->", head=head, count=1))
    header, found = read(tmp_path / "a.gii")
    np.testing.assert_array_equal(found[:, 0], A)
    assert header.structure == "CortexLeft"
    assert header.time_step == 720
    assert header.is_series
    assert dict(header.metadata)["Odd"] == "<Data>]]&gt;"
    assert header.maps[0].name == "a < b"
    assert [(one.key, one.name, dict(one.colour)["Green"]) for one in header.labels] == [
        (0, "???", "0"),
        (3, "V1 & V2", "0.5"),
    ]


def damaged(array, old, new):
    """Return a data array whose text was changed."""
    assert old in array
    return array.replace(old, new)


GOOD = data_array(A)
TEXT = packed(A)
EVIL = (
    '<!DOCTYPE GIFTI [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{k + 1} "{f"&a{k or str()};" * 10}">' for k in range(9))
    + "]>"
)
BAD = {
    "no XML": ("nothing", "is no XML"),
    "an unknown encoding": (document(GOOD).replace("UTF-8", "UTF-o"), "unknown encoding"),
    "an encoding of many bytes": (document(GOOD).replace("UTF-8", "big5"), "XML cannot be read"),
    "another document": ("<html></html>", "XML file of another kind"),
    "no arrays": (document(), "no data array"),
    "truncated": (document(GOOD)[:-200], "truncated"),
    "truncated in the markup": (document(GOOD)[:250], "truncated"),
    "truncated after the arrays": (document(GOOD)[:-10], "truncated"),
    "damaged markup": (document(GOOD).replace("</DataArray>", "</Array>"), "mismatched tag"),
    "more arrays promised": (document(GOOD, count=3), "says that it has 3 data arrays, and has 1"),
    "fewer arrays promised": (document(GOOD, GOOD, count=1), "has 1 data arrays, and has 2"),
    "data twice": (document(GOOD.replace("</DataArray>", "<Data></Data></DataArray>")), "twice"),
    "no data": (document(damaged(GOOD, f"<Data>{TEXT}</Data>", "")), "1 of 1 has no data"),
    "empty data": (document(damaged(GOOD, TEXT, "")), "cannot hold as many"),
    "more vertices than data": (document(data_array(A, Dim0="24")), "92 bytes instead of 96"),
    "fewer vertices than data": (document(data_array(A, Dim0="22")), "more than the 88 bytes"),
    "far more vertices": (document(data_array(A, Dim0="9" * 17)), "cannot hold as many"),
    "a length of any size": (document(data_array(A, Dim0="9" * 400)), "has the Dim0"),
    "a negative length": (document(data_array(A, Dim0="-23")), "has the Dim0 '-23'"),
    "no length": (document(data_array(A, Dim0=None)), "has the shape"),
    "many axes": (document(data_array(A, Dimensionality="99")), "has the shape"),
    "three axes": (
        document(data_array(A, Dimensionality="3", Dim1="1", Dim2="3")),
        "not vertices and maps",
    ),
    "other surfaces": (document(GOOD, data_array(values(24))), "of 24 vertices and the first"),
    "a strange dtype": (document(data_array(A, DataType="NIFTI_TYPE_RGB24")), "DataType"),
    "a strange encoding": (document(data_array(A, Encoding="Base65Binary")), "Base64Binary"),
    "a letter that is none": (document(damaged(GOOD, TEXT[8:12], "!!!!")), "'!' is none of"),
    "a wrong letter": (
        document(damaged(GOOD, TEXT[60:64], "AAAA" if TEXT[60:64] != "AAAA" else "BBBB")),
        "zlib data are damaged",
    ),
    "base64 cut": (document(damaged(GOOD, TEXT, TEXT[:-7])), "base64|zlib"),
    "zlib cut": (
        document(data_array(A, text=b64encode(zlib.compress(A.tobytes())[:-4]).decode())),
        "zlib data are truncated",
    ),
    "zlib longer": (
        document(data_array(A, text=b64encode(zlib.compress(A.tobytes()) + b"more").decode())),
        "go on behind their end",
    ),
    "base64 too short": (
        document(data_array(A, encoding="Base64Binary", text=packed(A, "Base64Binary")[:-8])),
        "cannot hold|instead of",
    ),
    "text for numbers": (
        document(data_array(A, encoding="ASCII", text="1 2 three " * 7)),
        "not all of its text is numbers",
    ),
    "too few numbers": (
        document(data_array(A, encoding="ASCII", text="1.0 " * 22)),
        "22 numbers instead of 23",
    ),
    "too many numbers": (
        document(data_array(A, encoding="ASCII", text="1.0 " * 24)),
        "more than the 23 numbers",
    ),
    "a number without an end": (
        document(data_array(A, encoding="ASCII", text="1" * 500)),
        "text is not numbers",
    ),
    "an integer that does not fit": (
        document(data_array(A.astype("u1"), encoding="ASCII", text="256 " * 23)),
        "not all of its text is numbers",
    ),
    "external without a name": (
        document(data_array(A, encoding="ExternalFileBinary", text="")),
        "does not name it",
    ),
    "entities": (document(GOOD, head="&a9;", doctype=EVIL), "defines entities"),
    "an entity outside": (
        document(GOOD, doctype='<!DOCTYPE GIFTI [<!ENTITY a SYSTEM "/etc/passwd">]>'),
        "defines entities",
    ),
    "depth": (document(GOOD, head="<a>" * 100 + "</a>" * 100), "nested deeper"),
    "a label without a key": (
        document(GOOD, head="<LabelTable><Label Key='x'>V1</Label></LabelTable>"),
        "label 'V1' has the key 'x'",
    ),
    "a surface": (document(data_array(BOTH, "NIFTI_INTENT_POINTSET")), "points and triangles"),
    "triangles": (document(GOOD, data_array(BOTH, "NIFTI_INTENT_TRIANGLE")), "func.gii"),
    "some vertices": (document(data_array(A, "NIFTI_INTENT_NODE_INDEX")), "some vertices only"),
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_their_name(tmp_path, name):
    text, message = BAD[name]
    path = tmp_path / "a.func.gii"
    path.write_text(text)
    with pytest.raises(ImageFileError, match=message) as caught:
        read(path)
    assert "Input 'a'" in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_damaged_document_that_is_compressed_once_more(tmp_path):
    path = tmp_path / "a.func.gii.gz"
    content = bytearray(gzip.compress(document(GOOD).encode()))
    content[-6] ^= 1
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match="gzip data are damaged"):
        read(path)
    path.write_bytes(gzip.compress(document(GOOD).encode())[:-30])
    with pytest.raises(ImageFileError, match="gzip data are damaged or truncated"):
        read(path)
    path.write_bytes(gzip.compress(document(GOOD).encode()[:-20]))
    with pytest.raises(ImageFileError, match=r"gii\.gz: the file is truncated"):
        read(path)


def bomb(size):
    """Return the text of a zlib stream of zeros."""
    return b64encode(zlib.compress(bytes(size), 9)).decode()


HUGE = 40 << 20
BOMBS = {
    "zlib": lambda: document(data_array(A, text=bomb(HUGE))),
    "spaces": lambda: document(data_array(A, text=TEXT + " " * HUGE)),
    "a value": lambda: document(GOOD, head=metadata(Name="a" * HUGE)),
    "text of nothing": lambda: document(GOOD, head=f"<junk>{'a' * HUGE}</junk>"),
    "a comment": lambda: document(GOOD, head=f"<!--{'a' * HUGE}-->"),
    "an attribute": lambda: document(GOOD, head=f"<MD a='{'a' * HUGE}'/>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_swells_takes_little_memory(tmp_path, name):
    path = tmp_path / "a.func.gii"
    path.write_text(BOMBS[name]())
    tracemalloc.start()
    try:
        if name == "spaces":
            read(path)
        else:
            with pytest.raises(ImageFileError):
                read(path)
        assert tracemalloc.get_traced_memory()[1] < HUGE // 2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("tag", ["<DataArray/>", "<Label Key='1'/>", "<a/>"])
def test_elements_without_end(tmp_path, monkeypatch, tag):
    monkeypatch.setattr(gifti_scan, "_MOST_ELEMENTS", 1000)
    path = tmp_path / "a.func.gii"
    path.write_text(document(GOOD, head=tag * 1000))
    with pytest.raises(ImageFileError, match="more than 1000 elements of XML"):
        read(path)


@pytest.mark.parametrize("ahead", [0, 100, 1 << 20])
def test_a_range_may_begin_and_end_anywhere(tmp_path, ahead):
    path = tmp_path / "a.func.gii"
    series = np.stack([values(seed=k) for k in range(9)], axis=1)
    path.write_text(document(*(data_array(one, SERIES) for one in series.T)))
    found = open_gifti(InputFile.found("a", str(path)))
    flat = series.ravel(order="F")
    with open_arrays(found.arrays, found.header.dtype, ahead) as reader:
        for start, stop in [(0, 5), (5, 60), (100, 101), (150, flat.size)]:
            out = np.empty(stop - start, np.float32)
            reader.read_into(start, out)
            np.testing.assert_array_equal(out, flat[start:stop])
        reader.finish()
