"""Files that change while they are used: an error, never one header with another's voxels."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import nibabel as nib
import numpy as np
import pytest
from nibabel.freesurfer import MGHImage

from nipype_mathimg import ImageFileError, copy_header, math_img, math_value
from nipype_mathimg.calc import job, writing

DATA = np.arange(5 * 4 * 3, dtype=np.int16).reshape(5, 4, 3)
KINDS = {
    ".nii": nib.Nifti1Image,
    ".nii.gz": nib.Nifti1Image,
    ".nii.bz2": nib.Nifti1Image,
    ".hdr": nib.Nifti1Pair,
    ".img": nib.Nifti1Pair,
    ".img.gz": nib.Nifti1Pair,
    ".mgh": MGHImage,
    ".mgz": MGHImage,
}


def save(path, ending, data=DATA, shift=0):
    affine = np.eye(4)
    affine[0, 3] = shift
    nib.save(KINDS[ending](data, affine), path)
    return str(path)


def replaced(path):
    """Another image, as long as this one, with the same time."""
    before = os.stat(path)
    other = path + ".new"
    shutil.copyfile(path, other)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


def touched(path):
    """Written again in place, as long as it was."""
    before = os.stat(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def grown(path):
    """Longer, with the same time."""
    before = os.stat(path)
    with open(path, "ab") as file:
        file.write(b"1")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = [replaced, touched, grown, os.unlink]


@contextmanager
def changing(monkeypatch, when, change):
    """Change something after the headers were read, or when all voxels were read."""
    place, name = {"before": (job, "make_plan"), "after": (writing, "run")}[when]
    original = getattr(place, name)

    def wrapped(*args, **options):
        found = original(*args, **options)
        change()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(place, name, wrapped)
        yield


def files_of(path):
    """Return what an image consists of."""
    pair = {".hdr": ".img", ".img": ".hdr", ".img.gz": ".hdr.gz"}
    other = [path.replace(one, two) for one, two in pair.items() if path.endswith(one)]
    return [path, *other]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("ending", list(KINDS))
def test_a_file_that_changes_is_an_error_and_nothing_is_written(
    tmp_path, monkeypatch, ending, when, change
):
    out = tmp_path / "out"
    out.mkdir()
    for victim in range(len(files_of(f"a{ending}"))):
        path = save(tmp_path / f"a{ending}", ending)
        changed = files_of(path)[victim]
        with (
            changing(monkeypatch, when, lambda: change(changed)),  # noqa: B023
            pytest.raises(ImageFileError) as found,
        ):
            math_img("a + 1", {"a": path}, out / "o.nii", copy_header_from="a")
        assert f"Input 'a': {changed}: the file was replaced, changed or removed" in str(
            found.value
        )
        assert "Run again" in str(found.value)
        assert list(out.iterdir()) == []


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_one_file_of_a_list_that_changes(tmp_path, monkeypatch, ending, when):
    paths = [save(tmp_path / f"{k}{ending}", ending, DATA + k) for k in range(4)]
    with (
        changing(monkeypatch, when, lambda: replaced(paths[2])),
        pytest.raises(ImageFileError, match=rf"'runs': .*2{ending}: the file was replaced"),
    ):
        math_value("np.mean(runs)", {"runs": paths})


def test_the_image_that_gives_only_its_header(tmp_path, monkeypatch):
    paths = [save(tmp_path / f"{name}.nii", ".nii") for name in "ab"]
    with (
        changing(monkeypatch, "after", lambda: touched(paths[1])),
        pytest.raises(ImageFileError, match=r"'hdr_file': .*b\.nii: the file was replaced"),
    ):
        copy_header(*paths, tmp_path / "o.nii")
    assert not (tmp_path / "o.nii").exists()


def test_another_image_under_the_same_name_is_not_used(tmp_path, monkeypatch):
    """The case behind it: header and grid of one file, voxels of another."""
    path = save(tmp_path / "a.nii", ".nii")
    with (
        changing(monkeypatch, "before", lambda: save(path, ".nii", -DATA, shift=50)),
        pytest.raises(ImageFileError, match="header and data may not belong together"),
    ):
        math_img("a", {"a": path}, tmp_path / "o.nii", copy_header_from="a")


def test_a_change_explains_what_else_is_found_wrong(tmp_path, monkeypatch):
    path = save(tmp_path / "a.nii.gz", ".nii.gz")
    content = gzip.decompress((tmp_path / "a.nii.gz").read_bytes())

    def cut():
        (tmp_path / "a.nii.gz").write_bytes(gzip.compress(content[:-50]))

    opened = writing.run

    def run(*args):
        cut()
        return opened(*args)

    monkeypatch.setattr(writing, "run", run)
    with pytest.raises(ImageFileError, match="the file was replaced"):
        math_img("a", {"a": path}, tmp_path / "o.nii", copy_header_from="a")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_an_image_may_still_be_replaced_by_its_result(tmp_path, ending):
    path = save(tmp_path / f"a{ending}", ending)
    math_img("a + 1", {"a": path}, path, copy_header_from="a", overwrite=True)
    np.testing.assert_array_equal(nib.load(path).get_fdata(), DATA + 1)


NO_THREADS = """
import resource, sys, threading
from nipype_mathimg import MathImgError, math_img
threading.stack_size(1 << 32)  # more than the limit leaves: as good as no thread
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), used + (1 << 30)))
try:
    math_img(*sys.argv[1:2], {"a": sys.argv[2]}, sys.argv[3], copy_header_from="a", num_threads=2)
except MathImgError as error:
    print(error)
"""


@pytest.mark.needs("proc")
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_system_that_allows_no_thread(tmp_path, ending):
    data = np.zeros((80, 80, 80, 4), np.float32)  # small images need no thread
    path = save(tmp_path / f"a{ending}", ending, data)
    command = [sys.executable, "-c", NO_THREADS, "a + 1", path, str(tmp_path / "o.nii")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "The system allows no further thread" in done.stdout
    assert "num_threads" in done.stdout
    assert sorted(os.listdir(tmp_path)) == [f"a{ending}"]
