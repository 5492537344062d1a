"""Opening images: what headers say, and every way in which they can be wrong."""

from __future__ import annotations

import gzip
import struct
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.freesurfer import MGHImage

from nipype_mathimg.errors import GridError, ImageFileError
from nipype_mathimg.images.files.input_file import FileIdentity, InputFile
from nipype_mathimg.images.files.reader import open_reader
from nipype_mathimg.images.files.source import open_source
from nipype_mathimg.images.files.stored import StoredArray

SHAPE = (5, 4, 3, 2)
AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1]])


def voxels(dtype="int16", shape=SHAPE):
    return np.arange(np.prod(shape)).reshape(shape, order="F").astype(dtype)


def save(path, data, *, kind=nib.Nifti1Image, order="<", slope=None, tr=None):
    header = kind.header_class(endianness=order) if order == ">" else kind.header_class()
    header.set_data_dtype(data.dtype)
    image = kind(data, AFFINE, header)
    image.header.set_data_dtype(data.dtype)
    if slope:
        image.header.set_slope_inter(*slope)
    if tr:
        image.header.set_zooms((2, 3, 4, tr[0]))
        image.header.set_xyzt_units("mm", tr[1])
    nib.save(image, path)
    return str(path)


def read_all(source, ahead=0):
    block = np.empty(source.spec.size, source.stored_dtype)
    with source.open(ahead) as reader:
        reader.read_into(0, block)
        reader.finish()
    return source.decode(block).reshape(source.spec.shape, order="F")


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (".nii", nib.Nifti1Image),
        (".nii.gz", nib.Nifti1Image),
        (".nii.bz2", nib.Nifti1Image),
        (".nii", nib.Nifti2Image),
        (".nii.gz", nib.Nifti2Image),
        (".img", nib.Nifti1Pair),
        (".hdr", nib.Nifti1Pair),
        (".img.gz", nib.Nifti1Pair),
        (".img", nib.Spm99AnalyzeImage),
        (".hdr", nib.AnalyzeImage),
        (".mgh", MGHImage),
        (".mgz", MGHImage),
    ],
)
def test_every_format_reads_as_nibabel_reads_it(tmp_path, ending, kind):
    path = save(tmp_path / f"a{ending}", voxels(), kind=kind)
    source = open_source("a", path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # nibabel leaves MGH files open
        image = nib.load(path)
    values = read_all(source)
    assert source.spec.shape == SHAPE
    assert source.spec.dtype == values.dtype == np.dtype("int16")
    assert values.dtype.isnative
    np.testing.assert_array_equal(values, np.asanyarray(image.dataobj))
    np.testing.assert_array_equal(source.affine, image.affine)
    assert source.header.nifti.version == (2 if kind is nib.Nifti2Image else 1)
    assert (source.header.nifti.original is None) == issubclass(kind, nib.Nifti1Pair)
    assert source.random_access == (not ending.endswith(("gz", "bz2")))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("slope", [None, (1, 0), (0.37, 0), (1, -7.3), (0.37, -7.3)])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64", "complex64"])
def test_byte_order_and_scaling_agree_with_nibabel_to_the_last_bit(tmp_path, dtype, slope, order):
    path = save(tmp_path / "a.nii", voxels(dtype), order=order)
    if slope:
        write_field(path, 112, order + "ff", *slope)
    source = open_source("a", path)
    expected = np.asanyarray(nib.load(path).dataobj)
    values = read_all(source)
    assert values.dtype == source.spec.dtype == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(values, expected)
    assert source.spec.wide == (dtype in ("int32", "uint32", "int64", "uint64", "float64"))


def write_field(path, offset, kind, *values):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(struct.pack(kind, *values))


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_slopes_that_mean_no_scaling(tmp_path, slope):
    path = save(tmp_path / "a.nii", voxels())
    write_field(path, 112, "<ff", slope, 5)
    source = open_source("a", path)
    assert source.spec.dtype == np.int16
    assert source.spec.bounds == (-32768, 32767)
    np.testing.assert_array_equal(read_all(source), voxels())


@pytest.mark.parametrize(
    ("dtype", "effective", "bounds", "wide"),
    [
        ("uint8", "uint8", (0, 255), False),
        ("int64", "int64", (-(2**63), 2**63 - 1), True),
        ("uint64", "uint64", (0, 2**64 - 1), True),
        ("float32", "float32", None, False),
        ("complex128", "complex128", None, True),
    ],
)
def test_effective_dtype(tmp_path, dtype, effective, bounds, wide):
    path = save(tmp_path / "a.nii.gz", voxels(dtype))
    source = open_source("a", path)
    assert source.spec.dtype == np.dtype(effective)
    assert source.spec.bounds == bounds
    assert source.spec.wide is wide
    np.testing.assert_array_equal(read_all(source), voxels(effective))


@pytest.mark.parametrize(
    ("stored", "effective"),
    [("longdouble", "float64"), ("clongdouble", "complex128"), (">f2", "float32")],
)
def test_dtypes_that_results_cannot_have_are_converted(stored, effective):
    file = InputFile("a", "a.nii", FileIdentity(0, 0, 0, 0))
    array = StoredArray(file, (3,), np.dtype(stored))
    values = array.decode(np.array([1, 2, 3], stored))
    assert values.dtype == array.effective_dtype == np.dtype(effective)
    np.testing.assert_array_equal(values, [1, 2, 3])


def test_a_scaled_int16_is_float64_but_not_wide(tmp_path):
    path = save(tmp_path / "a.nii", voxels(), slope=(0.5, 0))
    source = open_source("a", path)
    assert (source.spec.dtype, source.spec.wide, source.spec.bounds) == (np.float64, False, None)


def test_decode_returns_the_block_itself_when_nothing_is_to_do(tmp_path):
    source = open_source("a", save(tmp_path / "a.nii", voxels("float32")))
    block = np.ones(4, np.float32)
    assert source.decode(block) is block


@pytest.mark.parametrize(
    ("tr", "seconds"),
    [((2.0, "sec"), 2.0), ((800.0, "msec"), 0.8), ((5e5, "usec"), 0.5), ((2.0, "unknown"), None)],
)
def test_repetition_time(tmp_path, tr, seconds):
    source = open_source("a", save(tmp_path / "a.nii", voxels(), tr=tr))
    assert source.tr == (None if seconds is None else pytest.approx(seconds))


def test_repetition_time_of_mgh_is_in_ms(tmp_path):
    image = MGHImage(voxels(), AFFINE)
    image.header["tr"] = 1500
    nib.save(image, tmp_path / "a.mgh")
    assert open_source("a", tmp_path / "a.mgh").tr == pytest.approx(1.5)


def test_3d_has_no_repetition_time(tmp_path):
    assert open_source("a", save(tmp_path / "a.nii", voxels(shape=(2, 3, 4)))).tr is None


def test_header_keeps_extensions(tmp_path):
    image = nib.Nifti1Image(voxels(), AFFINE)
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"remember"))
    nib.save(image, tmp_path / "a.nii.gz")
    source = open_source("a", tmp_path / "a.nii.gz")
    assert [one.content for one in source.header.nifti.extensions] == [b"remember"]
    np.testing.assert_array_equal(read_all(source), voxels())


def test_extensions_of_gigabytes_are_not_read(tmp_path):
    path = tmp_path / "a.nii"
    nib.save(nib.Nifti1Image(voxels(), AFFINE), path)
    content = bytearray(path.read_bytes())
    # vox_offset, the flag of extensions, and one extension of 2 GiB.
    struct.pack_into("<f", content, 108, 2.0**31)
    struct.pack_into("<4B2i", content, 348, 1, 0, 0, 0, 2**31 - 16, 6)
    path.write_bytes(content)
    with open(path, "ab") as file:
        file.truncate(2**31 + voxels().nbytes)
    with pytest.raises(ImageFileError, match="more than 64 MiB of extensions"):
        open_source("a", path)


def test_brackets_are_literal_and_tilde_is_expanded(tmp_path, monkeypatch):
    save(tmp_path / "sub[1].nii", voxels("uint8"))
    save(tmp_path / "sub1.nii", voxels("float32"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_source("a", "~/sub[1].nii").spec.dtype == np.uint8
    assert open_source("a", Path("~/sub[1].nii")).files == ("~/sub[1].nii",)


def write_afni(folder, factors=(0.0, 0.0), ending=".BRIK"):
    data = voxels()
    lines = {
        "DATASET_DIMENSIONS": ("integer", [*SHAPE[:3], 0, 0]),
        "DATASET_RANK": ("integer", [3, SHAPE[3]]),
        "BRICK_TYPES": ("integer", [1] * SHAPE[3]),
        "BRICK_FLOAT_FACS": ("float", factors),
        "TAXIS_NUMS": ("integer", [SHAPE[3], 0, 77002]),
        "TAXIS_FLOATS": ("float", [0.0, 2.5, 0.0, 0.0, 0.0]),
        "ORIENT_SPECIFIC": ("integer", [0, 3, 4]),
        "ORIGIN": ("float", [0.0, 0.0, 0.0]),
        "DELTA": ("float", [2.0, 3.0, 4.0]),
        "IJK_TO_DICOM_REAL": ("float", AFFINE[:3].ravel()),
        "SCENE_DATA": ("integer", [0, 2, 0]),
    }
    text = [
        f"type = {kind}-attribute\nname = {name}\ncount = {len(values)}\n "
        + " ".join(map(str, values))
        + "\n"
        for name, (kind, values) in lines.items()
    ]
    order = "type = string-attribute\nname = BYTEORDER_STRING\ncount = 10\n'LSB_FIRST~\n"
    (folder / "a+orig.HEAD").write_text("\n".join([*text, order]))
    raw = data.tobytes(order="F")
    raw = gzip.compress(raw) if ending.endswith("gz") else raw
    (folder / f"a+orig{ending}").write_bytes(raw)
    return folder / "a+orig.HEAD"


@pytest.mark.parametrize("ending", [".BRIK", ".BRIK.gz"])
@pytest.mark.parametrize("factors", [(0.0, 0.0), (0.5, 0.25)])
def test_afni(tmp_path, factors, ending):
    path = write_afni(tmp_path, factors, ending)
    source = open_source("a", path)
    expected = np.asanyarray(nib.load(path).dataobj)
    values = read_all(source)
    assert source.spec.dtype == values.dtype == expected.dtype
    np.testing.assert_array_equal(values, expected)
    assert source.tr == pytest.approx(2.5)
    assert not source.spec.wide


@pytest.mark.parametrize("factors", [(0.0, 0.0), (0.5, 0.25)])
def test_a_damaged_afni_brick_is_found(tmp_path, factors):
    path = write_afni(tmp_path, factors, ".BRIK.gz")
    brick = tmp_path / "a+orig.BRIK.gz"
    content = bytearray(brick.read_bytes())
    content[-6] ^= 1
    brick.write_bytes(content)
    with pytest.raises(ImageFileError, match=r"Input 'a': .*BRIK\.gz: .*gzip.*damaged"):
        read_all(open_source("a", path))


def test_images_that_only_nibabel_can_slice(tmp_path):
    path = write_afni(tmp_path, (0.5, 0.25))
    image = nib.load(path)
    file = InputFile.found("a", str(path))
    stored = StoredArray(file, SHAPE, np.dtype(float), proxy=image.dataobj)
    expected = np.asanyarray(image.dataobj).ravel(order="F")
    with open_reader(stored) as reader:
        for start, size in [(35, 50), (3, 7), (0, expected.size)]:
            out = np.empty(size)
            reader.read_into(start, out)
            np.testing.assert_array_equal(out, expected[start : start + size])
        reader.finish()
        (tmp_path / "a+orig.BRIK").unlink()
        with pytest.raises(ImageFileError, match=r"Input 'a': .* nibabel cannot read its voxels"):
            reader.read_into(0, out)


@pytest.mark.parametrize("ending", [".BRIK", ".BRIK.gz"])
def test_a_list_with_scaled_afni(tmp_path, ending):
    scaled = write_afni(tmp_path, (0.5, 0.25), ending)
    other = save(tmp_path / "b.nii", voxels("float64"), order=">")
    expected = np.asanyarray(nib.load(scaled).dataobj)
    source = open_source("a", [other, scaled, scaled])
    values = read_all(source)
    np.testing.assert_array_equal(values, np.concatenate([voxels(), expected, expected], axis=3))


def test_scaled_afni_in_pieces(tmp_path):
    source = open_source("a", write_afni(tmp_path, (0.5, 0.25)))
    expected = np.asanyarray(nib.load(source.files[0]).dataobj).ravel(order="F")
    out = np.empty(50, source.stored_dtype)
    with source.open() as reader:
        reader.read_into(35, out)
    np.testing.assert_array_equal(out, expected[35:85])


# Lists of files


@pytest.mark.parametrize("ahead", [0, 1 << 24])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("volumes", [None, (1, 3, 2, 1, 4)])
def test_a_list_is_one_4d_image(tmp_path, ending, volumes, ahead):
    shapes = [(3, 4, 2)] * 5 if volumes is None else [(3, 4, 2, count) for count in volumes]
    parts = [voxels("int16", shape) + 100 * i for i, shape in enumerate(shapes)]
    paths = [save(tmp_path / f"{i}{ending}", part) for i, part in enumerate(parts)]
    expected = np.concatenate([part.reshape((3, 4, 2, -1), order="F") for part in parts], axis=3)
    source = open_source("runs", paths)
    assert source.spec.shape == expected.shape
    assert source.stored_dtype == np.int16
    assert len(source.grids) == 5
    np.testing.assert_array_equal(read_all(source, ahead), expected)
    flat = expected.ravel(order="F")
    with source.open(ahead) as reader:
        for start in range(0, flat.size, 17):
            out = np.empty(min(17, flat.size - start), np.int16)
            reader.read_into(start, out)
            np.testing.assert_array_equal(out, flat[start : start + 17])
        reader.finish()


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_dtypes_of_a_list_are_promoted(tmp_path, ending):
    paths = [
        save(tmp_path / f"a{ending}", voxels("int16", (2, 2, 2))),
        save(tmp_path / f"b{ending}", voxels("float32", (2, 2, 2)) + 0.7),
        save(tmp_path / f"c{ending}", voxels("uint8", (2, 2, 2)), order=">"),
    ]
    source = open_source("a", paths)
    assert source.spec.dtype == source.stored_dtype == np.float32
    expected = np.stack([nib.load(path).get_fdata() for path in paths], axis=3)
    np.testing.assert_array_equal(read_all(source), expected.astype(np.float32))


def test_bounds_of_a_list_span_all_files(tmp_path):
    paths = [
        save(tmp_path / "a.nii", voxels("uint8", (2, 2, 2))),
        save(tmp_path / "b.nii", voxels("int8", (2, 2, 2))),
    ]
    spec = open_source("a", paths).spec
    assert (spec.dtype, spec.bounds) == (np.int16, (-128, 255))


@pytest.mark.parametrize("dtype", ["int16", "float64"])
def test_each_file_of_a_list_has_its_own_scaling(tmp_path, dtype):
    paths = [save(tmp_path / f"{i}.nii.gz", voxels(dtype, (2, 2, 2))) for i in range(3)]
    for path, slope in zip(paths, (1, 2, 0.5), strict=True):
        content = bytearray(gzip.decompress(Path(path).read_bytes()))
        content[112:120] = struct.pack("<ff", slope, 1)
        Path(path).write_bytes(gzip.compress(content))
    source = open_source("a", paths)
    expected = np.stack([voxels("float64", (2, 2, 2)) * s + 1 for s in (1, 2, 0.5)], axis=3)
    np.testing.assert_array_equal(read_all(source), expected)


def test_one_damaged_file_of_a_list_is_named(tmp_path):
    paths = [save(tmp_path / f"{i}.nii.gz", voxels(shape=(9, 9, 9))) for i in range(4)]
    Path(paths[2]).write_bytes(Path(paths[2]).read_bytes()[:-9])
    for ahead in (0, 1 << 24):
        with pytest.raises(ImageFileError, match=r"Input 'runs': .*2\.nii\.gz"):
            read_all(open_source("runs", paths), ahead)


def test_finish_checks_files_of_which_nothing_was_read(tmp_path):
    noise = np.random.default_rng(0).integers(0, 2**15, (99, 99, 99)).astype(np.int16)
    paths = [save(tmp_path / f"{i}.nii.gz", noise) for i in range(3)]
    Path(paths[2]).write_bytes(Path(paths[2]).read_bytes()[:-9])
    with open_source("a", paths).open() as reader:
        reader.read_into(3, np.empty(5, np.int16))
        with pytest.raises(ImageFileError, match=r"2\.nii\.gz"):
            reader.finish()


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ([(2, 2, 2), (2, 2, 3)], r"0\.nii has the shape \(2, 2, 2\) and .*1\.nii has \(2, 2, 3\)"),
        ([(2, 2, 2), (2, 2, 2, 1, 3)], "3D and 4D images only"),
        ([(2, 2), (2, 2)], "3D and 4D images only"),
    ],
)
def test_lists_that_do_not_fit_together(tmp_path, shapes, match):
    paths = [save(tmp_path / f"{i}.nii", voxels(shape=shape)) for i, shape in enumerate(shapes)]
    with pytest.raises(GridError, match=match):
        open_source("runs", paths)


def test_an_empty_list(tmp_path):
    with pytest.raises(ImageFileError, match="Input 'runs': the list of files is empty"):
        open_source("runs", [])


# Files that are no images, or contradict themselves


def header_with(offset, kind, *values):
    def spoil(path):
        save(path, voxels())
        write_field(path, offset, kind, *values)

    return spoil


def cut_to(length):
    def spoil(path):
        save(path, voxels())
        path.write_bytes(path.read_bytes()[:length])

    return spoil


def rgb(path):
    data = np.zeros((2, 2, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(data, AFFINE), path)


@pytest.mark.parametrize(
    ("name", "spoil", "match"),
    [
        ("a.nii", lambda _: None, "no such file"),
        ("a.nii", lambda path: path.mkdir(), "is a folder"),
        ("a.nii", lambda path: path.touch(), "the file is empty"),
        ("a.nii", lambda path: path.write_text("no image at all"), "not those of a NIfTI file"),
        ("a.txt", lambda path: path.write_text("no image at all"), "not an image that nibabel"),
        ("a.nii.gz", lambda path: path.write_text("not compressed"), "gzip data are damaged"),
        ("a.nii", cut_to(200), "truncated within its header: 200 of 348 bytes"),
        ("a.nii", cut_to(592 - 1), "truncated: its header describes 592 bytes, it has 591"),
        ("a.nii", cut_to(352), "truncated: its header describes 592 bytes, it has 352"),
        ("a.nii", header_with(592, "B", 0), "longer than its header says: 593 bytes instead"),
        ("a.nii", header_with(42, "<h", 0), "holds no image"),
        ("a.nii", header_with(42, "<h", -5), "holds no image"),
        ("a.nii", header_with(40, "<h", 9), r"says that there are 9 axes \(dim\[0\]\)"),
        ("a.nii", header_with(40, "<h", 0), "holds no image"),
        ("a.nii", header_with(70, "<h", 77), "its datatype is 77, nothing that NIfTI knows"),
        ("a.nii", rgb, "stores RGB colours, not one number per voxel"),
    ],
)
def test_bad_files_are_refused_before_reading(tmp_path, name, spoil, match):
    path = tmp_path / name
    spoil(path)
    with pytest.raises(ImageFileError, match=match) as caught:
        open_source("bold", path)
    assert f"Input 'bold': {path}" in str(caught.value)


@pytest.mark.parametrize("missing", [".hdr", ".img"])
def test_half_of_a_pair(tmp_path, missing):
    save(tmp_path / "a.img", voxels(), kind=nib.Nifti1Pair)
    (tmp_path / f"a{missing}").unlink()
    other = {".hdr": ".img", ".img": ".hdr"}[missing]
    with pytest.raises(ImageFileError, match=rf"a\{missing}.* (is missing|no such file)"):
        open_source("a", tmp_path / f"a{other}")
