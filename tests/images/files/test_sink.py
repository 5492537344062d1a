"""Files that are written: the right bytes, and all of them or nothing."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nipype_mathimg.errors import HeaderError, ImageFileError
from nipype_mathimg.images.files import zstandard
from nipype_mathimg.images.files.gzip_member import (
    combined_crc,
    crc32,
    deflated,
    end_of_member,
    stored_head,
)
from nipype_mathimg.images.files.inflating import InflatedFile
from nipype_mathimg.images.files.sink import CHUNK_BYTES, open_sink
from nipype_mathimg.images.files.source import open_source
from nipype_mathimg.images.files.zstandard import frame_with_room, library
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.volume import VolumeHeader
from nipype_mathimg.spec import ArraySpec, image_axes
from tests.images.samples import volume

SHAPE = (6, 5, 4, 3)
DATA = np.random.default_rng(1).normal(100, 20, SHAPE).astype(np.float32)
AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1]])
NOBODY = 65534
"""The user without rights of POSIX systems."""
OLDER_NIBABEL = tuple(map(int, nib.__version__.split(".")[:2])) < (5, 4)
ZST = pytest.param(
    ".nii.zst",
    marks=[
        pytest.mark.needs("zstandard"),
        pytest.mark.skipif(OLDER_NIBABEL, reason="nibabel before 5.4 asks for another library"),
    ],
)
ENDINGS = [".nii", ".nii.gz", ZST, ".hdr", ".img", ".img.gz", ".hdr.gz", ".mgh", ".mgz"]


def make_header(data=DATA, kind=nib.Nifti1Header, **fields):
    header = kind()
    header.set_data_shape(data.shape)
    header.set_zooms((2, 3, 4, 2.5, 1, 1, 1)[: data.ndim])
    header.set_sform(AFFINE, 4)
    header.set_qform(AFFINE, 1)
    header.set_xyzt_units("mm", "sec")
    for name, value in fields.items():
        header[name] = value
    return header


def make_spec(data=DATA):
    return ArraySpec(data.shape, data.dtype, image_axes(data.ndim))


def write(path, data=DATA, header=None, *, final=None, step=97, pool=None):
    header = make_header(data) if header is None else header
    flat = data.ravel(order="F")
    header = volume(header)
    with open_sink(path, header, make_spec(data)) as sink:
        runs = [flat[i : i + step] for i in range(0, flat.size, step)]
        for encoded in (pool.map if pool else map)(sink.encode, runs):
            sink.append(encoded)
        sink.finish(header if final is None else volume(final))
    return path


def load(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # nibabel leaves MGH files open
        return nib.load(path)


def inflate(path):
    """Return the only member of a gzip file, checked by zlib."""
    inflater = zlib.decompressobj(31)
    content = inflater.decompress(path.read_bytes())
    assert inflater.eof
    assert not inflater.unused_data
    return content


def names(folder):
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_is_read_back(tmp_path, ending):
    path = write(tmp_path / f"a{ending}")
    image = load(path)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), DATA)
    np.testing.assert_allclose(image.affine, AFFINE, atol=1e-5)
    source = open_source("a", path)
    assert source.spec.shape == SHAPE
    assert source.tr == pytest.approx(2.5)
    block = np.empty(DATA.size, source.stored_dtype)
    with source.open() as reader:
        reader.read_into(0, block)
        reader.finish()
    np.testing.assert_array_equal(source.decode(block), DATA.ravel(order="F"))
    kinds = {".hdr": ["a.hdr", "a.img"], ".img": ["a.hdr", "a.img"]}
    gzipped = {f"{one}.gz": [f"{name}.gz" for name in kinds[one]] for one in kinds}
    assert names(tmp_path) == {**kinds, **gzipped}.get(ending, [f"a{ending}"])


@pytest.mark.parametrize("ending", [".nii.gz", ".NII.GZ", ".mgz", ".img.gz"])
@pytest.mark.needs("gzip")
def test_one_valid_gzip_member(tmp_path, ending):
    path = write(tmp_path / f"a{ending}")
    with open(path, "rb") as file:
        subprocess.run(["gzip", "-t"], stdin=file, check=True)
    assert inflate(path) == gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
@pytest.mark.parametrize("texts", [[], [b"x"], [b"a comment", b"another " * 30]])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".img"])
def test_header_bytes_are_those_of_nibabel(tmp_path, kind, texts, ending):
    header = make_header(kind=kind, descrip=b"made by a test", cal_max=7)
    header.extensions.extend(nib.nifti1.Nifti1Extension("comment", text) for text in texts)
    path = write(tmp_path / f"a{ending}", header=header)
    two = kind is nib.Nifti2Header
    single, pair = (nib.Nifti2Image, nib.Nifti2Pair) if two else (nib.Nifti1Image, nib.Nifti1Pair)
    image = (pair if ending == ".img" else single)(DATA, None, header)
    image.header.set_slope_inter(1, 0)
    expected = tmp_path / f"expected{ending}"
    nib.save(image, expected)
    if ending == ".img":
        files = [(path.with_suffix(one), expected.with_suffix(one)) for one in (".hdr", ".img")]
    else:
        files = [(path, expected)]
    for mine, theirs in files:
        read = inflate if ending == ".nii.gz" else type(mine).read_bytes
        reference = gzip.decompress if ending == ".nii.gz" else bytes
        assert read(mine) == reference(theirs.read_bytes())


def test_extension_longer_than_a_stored_block(tmp_path):
    header = make_header()
    text = bytes(range(256)) * 1000
    header.extensions.append(nib.nifti1.Nifti1Extension("comment", text))
    image = load(write(tmp_path / "a.nii.gz", header=header))
    assert image.header.extensions[0].get_content() == text
    np.testing.assert_array_equal(image.get_fdata(dtype=np.float32), DATA)


def test_big_endian_header_becomes_native_with_its_extensions(tmp_path):
    header = make_header(descrip=b"kept").as_byteswapped()
    header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"kept too"))
    image = load(write(tmp_path / "a.nii", header=header))
    assert image.header.endianness == nib.nifti1.endian_codes["native"]
    assert image.header["descrip"] == b"kept"
    assert image.header.extensions[0].get_content() == b"kept too"
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), DATA)


def test_header_of_a_pair_becomes_one_of_a_single_file_and_back(tmp_path):
    pair = nib.nifti1.Nifti1PairHeader.from_header(make_header())
    assert type(load(write(tmp_path / "a.nii", header=pair))) is nib.Nifti1Image
    assert type(load(write(tmp_path / "b.img", header=make_header()))) is nib.Nifti1Pair


def test_scaling_of_the_donor_is_not_applied(tmp_path):
    image = load(write(tmp_path / "a.nii", header=make_header(scl_slope=3, scl_inter=9)))
    assert (image.dataobj.slope, image.dataobj.inter) == (1, 0)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), DATA)


@pytest.mark.parametrize("ending", ENDINGS)
def test_final_header_replaces_the_first(tmp_path, ending):
    path = write(tmp_path / f"a{ending}", final=make_header(cal_max=123))
    image = load(path)
    if "mg" not in ending:
        assert image.header["cal_max"] == 123
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), DATA)
    if ending.endswith("z"):
        inflate(path)


@pytest.mark.parametrize("ending", [".nii.gz", ".mgz", ".nii"])
@pytest.mark.parametrize(
    "dtype", ["uint8", "int16", "int32", "float32", "float64", "int64", "complex64"]
)
def test_dtypes(tmp_path, ending, dtype):
    data = DATA.astype(dtype)
    path = tmp_path / f"a{ending}"
    if ending == ".mgz" and dtype in ("float64", "int64", "complex64"):
        with pytest.raises(ImageFileError, match=f"MGH files cannot hold {dtype}.*float32"):
            write(path, data)
        assert names(tmp_path) == []
    else:
        image = load(write(path, data))
        assert image.get_data_dtype().newbyteorder("=") == dtype
        np.testing.assert_array_equal(np.asanyarray(image.dataobj), data)


@pytest.mark.parametrize("dtype", ["bool", "float16"])
def test_dtypes_that_nifti_cannot_hold(tmp_path, dtype):
    with pytest.raises(HeaderError, match=f"NIfTI cannot store {dtype}.*dtype='float32'"):
        write(tmp_path / "a.nii", DATA.astype(dtype))


@pytest.mark.parametrize("ending", [".nii.gz", ".mgz", ZST])
def test_same_bytes_with_any_number_of_threads(tmp_path, ending):
    data = np.random.default_rng(3).integers(0, 99, (90, 80, 70, 2)).astype(np.int16)
    step = CHUNK_BYTES // 2
    first = write(tmp_path / f"a{ending}", data, step=step).read_bytes()
    with ThreadPoolExecutor(3) as pool:
        assert write(tmp_path / f"b{ending}", data, step=step, pool=pool).read_bytes() == first


@given(
    head=st.binary(max_size=400),
    chunks=st.lists(st.binary(max_size=3000), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_member_of_independent_blocks_is_inflated_by_others(head, chunks):
    whole, crc = head + b"".join(chunks), crc32(head)
    for chunk in chunks:
        crc = combined_crc(crc, crc32(chunk), len(chunk))
    packed = b"".join([stored_head(head), *(deflated(chunk) for chunk in chunks)])
    packed += end_of_member(crc, len(whole))
    assert gzip.decompress(packed) == whole
    assert zlib.decompress(packed, 31) == whole


@pytest.mark.parametrize("noise", [True, False])
@pytest.mark.parametrize("size", [0, 1, 348, 352, 70_000])
@pytest.mark.needs("zstandard")
def test_frames_of_one_length_hold_any_head(size, noise):
    content = np.random.default_rng(size).bytes(size) if noise else bytes(size)
    packed = frame_with_room(content)
    assert len(packed) == len(frame_with_room(bytes(size)))
    # Each frame for itself: a decompressor of the library ends with the first one.
    assert (
        InflatedFile(BytesIO(packed * 2), library().ZstdDecompressor).read(size * 2) == content * 2
    )


def test_zstandard_is_asked_for_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(zstandard, "_LIBRARIES", ("no_such_module", "backports.zstd_is_not_there"))
    asked = r"a\.nii\.zst: Zstandard needs .*not installed\. .*nipype_mathimg\[zstd\]"
    with pytest.raises(ImageFileError, match=asked):
        write(tmp_path / "a.nii.zst")
    assert names(tmp_path) == []
    (tmp_path / "a.nii.zst").write_bytes(b"x")
    with pytest.raises(ImageFileError, match=f"Input 'a': .*{asked}"):
        open_source("a", tmp_path / "a.nii.zst")


# All or nothing


@pytest.mark.parametrize("name", ["a", "a.nii.bz2", "a.txt", "a.nii.xz", "a.BRIK", "a.gz", "nii"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(ImageFileError, match=rf"{name}: unknown format.*\.nii\.gz"):
        write(tmp_path / name)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("target", "match"),
    [("missing/a.nii", "missing does not exist"), ("folder.nii", "is a folder")],
)
def test_places_that_cannot_be_written(tmp_path, target, match):
    (tmp_path / "folder.nii").mkdir()
    with pytest.raises(ImageFileError, match=match):
        write(tmp_path / target)


@pytest.fixture
def locked_folder():
    """Return a folder that this process may enter and read only, also when root runs the tests."""
    # Not tmp_path: only its owner may enter the folders above that.
    with TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        # With all that a write imports: nobody else may be allowed to read the packages.
        write(folder / "before.nii")
        folder.chmod(0o555)
        user = os.geteuid()
        os.seteuid(NOBODY if user == 0 else user)
        yield folder
        os.seteuid(user)
        folder.chmod(0o755)


def test_folder_without_permission(locked_folder):
    with pytest.raises(ImageFileError, match="Permission denied"):
        write(locked_folder / "a.nii")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_what_was_there(tmp_path, ending, error):
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"precious")

    def fail():
        with open_sink(path, volume(make_header()), make_spec()) as sink:
            sink.append(sink.encode(DATA[:2, 0, 0, 0]))
            assert len(names(tmp_path)) > 1
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == [path.name]
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("size", [0, DATA.size - 1])
def test_an_incomplete_result_is_no_file(tmp_path, size):
    sink = open_sink(tmp_path / "a.nii", volume(make_header()), make_spec())
    sink.append(sink.encode(DATA.ravel(order="F")[:size]))
    with pytest.raises(ImageFileError, match=f"{size} of 360 values"):
        sink.finish(volume(make_header()))
    assert names(tmp_path) == []


def test_headers_that_do_not_fit(tmp_path):
    with pytest.raises(HeaderError, match=r"header has the shape \(2, 2, 2\), the result"):
        write(tmp_path / "a.nii", header=make_header(np.zeros((2, 2, 2))))
    longer = make_header()
    longer.extensions.append(nib.nifti1.Nifti1Extension("comment", b"late"))
    with pytest.raises(HeaderError, match="other extensions"):
        write(tmp_path / "a.nii.gz", final=longer)
    assert names(tmp_path) == []


def test_a_chunk_of_another_dtype(tmp_path):
    with (
        open_sink(tmp_path / "a.nii", volume(make_header()), make_spec()) as sink,
        pytest.raises(ValueError, match="a chunk of float64 for a result of float32"),
    ):
        sink.encode(DATA.astype(float))


def brain(shape):
    """Return a smooth blob in a field of zeros."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, length) for length in shape), indexing="ij")
    blob = 1200 - 1000 * (x**2 + y**2 + z**2)
    return np.where(blob > 200, blob, 0)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("values", "f4"), ("scaled", "f4"), ("values", "i2"), ("mask", "u1"), ("labels", "i4")],
)
def test_a_file_is_as_small_as_with_zlib(tmp_path, name, dtype):
    anatomy = brain((64, 64, 48))
    noise = np.random.default_rng(0).normal(0, 20, anatomy.shape)
    values = anatomy + noise * (anatomy > 0)
    data = {
        "values": values,
        "scaled": values.astype("i2") * 0.37,
        "mask": values > 500,
        "labels": anatomy // 100,
    }[name].astype(dtype)
    path = write(tmp_path / "a.nii.gz", data, step=CHUNK_BYTES // data.itemsize)
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    whole = len(packer.compress(data.tobytes(order="F")) + packer.flush())
    # Measured 1.00 to 1.06; without zlib-ng for what repeats itself, masks take 1.5.
    assert path.stat().st_size < 1.1 * whole


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".img"])
def test_the_output_may_be_an_input(tmp_path, ending):
    path = write(tmp_path / f"a{ending}")
    source = open_source("a", path)
    with source.open() as reader, open_sink(path, volume(make_header()), source.spec) as sink:
        block = np.empty(60, source.stored_dtype)
        for start in range(0, DATA.size, 60):
            reader.read_into(start, block)
            sink.append(sink.encode(source.decode(block) * np.float32(2)))
        reader.finish()
        sink.finish(volume(make_header()))
    np.testing.assert_array_equal(np.asanyarray(load(path).dataobj), DATA * 2)


def test_mode_follows_umask(tmp_path):
    previous = os.umask(0o027)
    try:
        path = write(tmp_path / "a.nii.gz")
    finally:
        os.umask(previous)
    assert path.stat().st_mode & 0o777 == 0o640


def test_long_names(tmp_path):
    path = tmp_path / ("é" * 120 + ".nii.gz")
    write(path)
    assert load(path).shape == SHAPE


def test_a_link_is_replaced_and_what_it_names_is_kept(tmp_path):
    (tmp_path / "original.nii").write_bytes(b"precious")
    (tmp_path / "a.nii").symlink_to(tmp_path / "original.nii")
    write(tmp_path / "a.nii")
    assert (tmp_path / "original.nii").read_bytes() == b"precious"
    assert load(tmp_path / "a.nii").shape == SHAPE


CHILD = """
import resource, sys
import numpy as np
from nipype_mathimg.images.files.zstandard import frame_with_room, library
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.volume import VolumeHeader
from nipype_mathimg.images.files.inflating import InflatedFile
from nipype_mathimg.images.files.sink import open_sink
from nipype_mathimg.spec import ArraySpec, image_axes
path, task = sys.argv[1:]
shape = (64, 64, 64)
nifti = NiftiHeader()
nifti.set_shape(shape)
header = VolumeHeader(nifti)
data = np.random.default_rng(0).integers(0, 2**31, shape[0] ** 3).astype(np.int32)
if task == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
with open_sink(path, header, ArraySpec(shape, data.dtype, image_axes(3))) as sink:
    sink.append(sink.encode(data[:200_000]))
    if task == "wait":
        print("ready", flush=True)
        sys.stdin.read()
    sink.append(sink.encode(data[200_000:]))
    sink.finish(header)
"""


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".mgz", ".img"])
def test_a_disk_that_gets_full_leaves_nothing(tmp_path, ending):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / f"a{ending}"), "limit"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "ImageFileError" in done.stderr
    assert f"a{ending.replace('hdr', 'img')}: cannot be written" in done.stderr
    assert names(tmp_path) == []


def test_more_than_the_disk_holds_is_refused_at_once(tmp_path):
    spec = ArraySpec((30000,) * 4, np.dtype(np.float64), image_axes(4))
    header = NiftiHeader()
    header.set_shape(spec.shape)
    with pytest.raises(ImageFileError, match=r"at least 5\.7 EiB.*No space left"):
        open_sink(tmp_path / "a.nii", VolumeHeader(header), spec)
    assert names(tmp_path) == []


def test_a_kill_leaves_the_target_and_the_next_run_cleans_up(tmp_path):
    path = write(tmp_path / "a.nii.gz")
    before = hashlib.sha256(path.read_bytes()).digest()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout.readline() == b"ready\n"
        hidden = [name for name in names(tmp_path) if name != "a.nii.gz"]
        assert len(hidden) == 1
        assert hidden[0].startswith(".")
        assert hidden[0].endswith(".part")
        # While the other process lives, its file is not touched.
        write(path)
        assert hidden[0] in names(tmp_path)
        child.send_signal(signal.SIGKILL)
    assert hashlib.sha256(path.read_bytes()).digest() == before
    write(tmp_path / "b.nii.gz")
    assert hidden[0] in names(tmp_path)
    write(path)
    assert names(tmp_path) == ["a.nii.gz", "b.nii.gz"]


def test_no_time_and_no_name_in_the_file(tmp_path):
    path = write(tmp_path / "a.nii.gz")
    assert path.read_bytes()[:10] == bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 255])
    with gzip.GzipFile(fileobj=BytesIO(path.read_bytes())) as file:
        file.read(1)
        assert file.mtime == 0
