"""The fuzzer of headers: fields at all extremes, formulas that move the grid; nibabel compares."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from nipype_mathimg import copy_header, math_img
from nipype_mathimg.errors import HeaderWarning, MathImgError
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["run_headers"]

SHAPE = (5, 4, 3, 6)
Affine = np.ndarray


def _moved(start: Sequence[float] = (0, 0, 0), step: Sequence[float] = (1, 1, 1)) -> Affine:
    matrix = np.diag([*map(float, step), 1.0])
    matrix[:3, 3] = start
    return matrix


FORMULAS: Mapping[str, Affine] = {
    "a * 2": _moved(),
    "a": _moved(),
    "np.mean(a, axis=-1)": _moved(),
    "a[..., ::2]": _moved(),
    "a[..., 2]": _moved(),
    "a[::-1]": _moved((4, 0, 0), (-1, 1, 1)),
    "a[1:, ::2, :2]": _moved((1, 0, 0), (1, 2, 1)),
    "np.flip(a, axis=2)": _moved((0, 0, 2), (1, 1, -1)),
    "np.mean(a, axis=0, keepdims=True)": _moved((2, 0, 0), (5, 1, 1)),
    "np.transpose(a[..., 0], (0, 1, 2))": _moved(),
    "a > 3": _moved(),
    "np.pad(a, ((1, 2), (0, 0), (0, 0), (0, 0)))": _moved((-1, 0, 0)),
}
"""For each formula, where the voxels of its result lie among those of the image."""

FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-45, 1e-20, 1e20, 3.4e38, np.nan, np.inf, -np.inf, 2.5, -3.0)


def run_headers(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Write a header with absurd fields for each number, and compute with it."""
    tool = shutil.which("nifti_tool")
    judge = partial(_judged, seed, tool)
    return run_cases("headers", seed, numbers, judge, tell=tell)


def _judged(seed: int, tool: str | None, number: int) -> str:
    rng = np.random.default_rng((seed, number))
    version, formula = int(rng.integers(1, 3)), str(rng.choice(list(FORMULAS)))
    order = str(rng.choice(["<", ">"]))
    fields = dict(_field(rng, version) for _ in range(int(rng.choice([1, 1, 2, 3, 5, 9]))))
    tried = partial(_tried, version, order, formula, tool)
    outcome, problem = tried(fields)
    if not problem:
        return outcome
    for name in list(fields):  # what is left of the fields while something is wrong
        fewer = {key: value for key, value in fields.items() if key != name}
        if tried(fewer)[1][:20] == problem[:20]:
            fields = fewer
    raise AssertionError(f"{problem}\n  {formula} of NIfTI-{version} ({order}) with {fields}")


def _field(rng: np.random.Generator, version: int) -> tuple[str, Any]:
    """Return a field with an extreme value; those that say where the voxels lie stay true."""
    layout = (nib.Nifti1Header if version == 1 else nib.Nifti2Header).template_dtype
    kept = ("sizeof_hdr", "dim", "datatype", "bitpix", "vox_offset", "magic", "eol_check")
    names = [name for name in layout.names if name not in kept]
    name = str(rng.choice(names))
    dtype = layout[name]
    if dtype.kind == "S":
        return name, rng.bytes(dtype.itemsize)
    size = dtype.shape
    base = dtype.base
    if base.kind == "f":
        chosen = rng.choice(FLOATS, size or 1)
    else:
        ends = np.iinfo(base)
        values = [0, 1, 2, 3, 5, 255, 1005, 3001, ends.min, ends.max]
        fitting = [v for v in values if ends.min <= v <= ends.max]
        chosen = rng.choice(fitting, size or 1)
    if size and rng.random() < 0.6:  # one element of a vector only
        place = int(rng.integers(size[0]))
        return name, {place: chosen[place].item()}
    return name, chosen.tolist() if size else chosen[0].item()


def _tried(
    version: int, order: str, formula: str, tool: str | None, fields: Mapping[str, Any]
) -> tuple[str, str]:
    """Return how a header was taken, and what is wrong with that."""
    with tempfile.TemporaryDirectory(prefix="mathimg_fuzz_") as name:
        path, out, again = (Path(name) / f"{one}.nii" for one in ("a", "out", "again"))
        path.write_bytes(_content(version, order, fields))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", HeaderWarning)
                math_img(formula, {"a": str(path)}, out, copy_header_from="a", dtype="float32")
                math_img("a", {"a": str(out)}, again, copy_header_from="a", dtype="float32")
                copied = Path(name) / "copied.nii"
                copy_header(out, out, copied)
        except MathImgError as error:
            return "refused", "" if len(str(error)) < 3000 else "a long message"
        except Exception as error:
            return "", f"raised {type(error).__name__}: {error}"
        try:
            _check(path, out, FORMULAS[formula])
            assert out.read_bytes() == again.read_bytes(), "a copy has another header"
            assert out.read_bytes() == copied.read_bytes(), "copy_header changes something"
            if tool and version == 1:  # it takes NIfTI-2 for a damaged NIfTI-1
                _check_by_tool(tool, out)
        except AssertionError as error:
            return "", str(error)
        return "written", ""


def _content(version: int, order: str, fields: Mapping[str, Any]) -> bytes:
    kind = nib.Nifti1Image if version == 1 else nib.Nifti2Image
    data = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    image = kind(data, np.diag([2.0, 3, 4, 1]), kind.header_class(endianness=order))
    image.header.set_xyzt_units("mm", "sec")
    image.set_qform(image.affine, 1)
    whole = BytesIO(image.to_bytes())
    header = kind.header_class.from_fileobj(whole)
    content = whole.getvalue()
    for name, value in fields.items():
        if isinstance(value, dict):
            for place, one in value.items():
                header._structarr[name][place] = one
        else:
            header._structarr[name] = value
    block: bytes = header.binaryblock
    return block + content[len(block) :]


def _check(path: Path, out: Path, moved: Affine) -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = nib.load(out)
        _check_fields(image.header, np.asanyarray(image.dataobj))
        try:
            before = nib.load(path)
        except Exception:
            return  # a field that nibabel gives up on
        affine = before.affine @ moved
        if not np.isfinite(before.affine).all() or np.abs(before.affine).max() > 1e30:
            return
        scale = max(np.abs(affine).max(), 1.0)
        assert np.allclose(image.affine, affine, rtol=1e-5, atol=1e-4 * scale), (
            f"voxels lie elsewhere: {image.affine.tolist()} instead of {affine.tolist()}"
        )


def _check_fields(header: Any, data: np.ndarray) -> None:
    """Compare fields with the voxels and with each other."""
    assert header.get_data_shape() == data.shape
    assert int(header["bitpix"]) == data.dtype.itemsize * 8, "bitpix"
    assert np.isfinite(header["pixdim"]).all(), f"pixdim {header['pixdim']}"
    assert (header["pixdim"][1:4] > 0).all(), f"pixdim {header['pixdim']}"
    assert (header["pixdim"][4:8] >= 0).all(), f"pixdim {header['pixdim']}"
    assert float(header["pixdim"][0]) in (-1, 0, 1), f"qfac {header['pixdim'][0]}"
    assert float(header["scl_slope"]) in (0, 1) or np.isnan(header["scl_slope"]), "scl_slope"
    for name in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"):
        assert np.isfinite(header[name]), name
    assert np.isfinite(header.get_sform()).all(), "sform"
    assert np.isfinite(header["toffset"]), "toffset"
    slices = int(header["dim_info"]) >> 4 & 3
    if slices:
        length = data.shape[slices - 1] if slices <= data.ndim else 1
        assert 0 <= int(header["slice_start"]) < max(length, 1), "slice_start"
        assert int(header["slice_end"]) < max(length, 1), f"slice_end {header['slice_end']}"
    assert np.isfinite(header["slice_duration"]), "slice_duration"
    if header["qform_code"] > 0 and header["sform_code"] == 0:
        assert np.isfinite(header.get_qform()).all(), "qform"


def _check_by_tool(tool: str, out: Path) -> None:
    done = subprocess.run(
        [tool, "-check_hdr", "-check_nim", "-infiles", str(out)], capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert said.count("IS GOOD") == 2, f"nifti_tool: {said[-400:]}"
