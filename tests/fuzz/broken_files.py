"""The fuzzer of files: a damaged one is refused in our words, or read as nibabel reads it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from nipype_mathimg import math_img, math_value
from nipype_mathimg.errors import HeaderWarning, MathImgError
from tests.fuzz.damage import Edit, Original, originals, random_edits, written
from tests.fuzz.report import CaseReport, run_cases

__all__ = ["run_files"]

LETTERS = 3000
"""Longest message."""

OUT = "out.nii"


def run_files(
    seed: int, numbers: Sequence[int], tell: Callable[[str], object] = lambda text: None
) -> CaseReport:
    """Damage a file for each number, and compute with it."""
    return run_cases("files", seed, numbers, lambda number: _judged(seed, number), tell=tell)


def _judged(seed: int, number: int) -> str:
    rng = np.random.default_rng((seed, number))
    whole = originals()
    original = whole[int(rng.integers(len(whole)))]
    edits = random_edits(rng, original)
    outcome, problem = _tried(original, edits)
    if not problem:
        return outcome
    # What is left of the edits while the same is wrong.
    for edit in list(edits):
        fewer = [one for one in edits if one is not edit]
        if fewer and _tried(original, fewer)[1][:20] == problem[:20]:
            edits = fewer
    shown = "\n".join(f"  {edit}" for edit in edits)
    raise AssertionError(f"{original.name}: {problem}\n{shown}")


def _tried(original: Original, edits: list[Edit]) -> tuple[str, str]:
    """Return how a file was taken, and what is wrong with that."""
    with tempfile.TemporaryDirectory(prefix="mathimg_fuzz_") as name:
        folder = Path(name)
        path = written(folder, original, edits)
        before = sorted(one.name for one in folder.iterdir())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", HeaderWarning)
                outcome = _image(path) if original.is_image else _numbers(folder, path)
        except MathImgError as error:
            left = sorted(one.name for one in folder.iterdir())
            problem = "" if left == before else f"left behind: {left}"
            return "refused", problem or _message_wrong(str(error), path)
        except AssertionError as error:
            return "", str(error)
        except Exception as error:
            return "", f"raised {type(error).__name__}: {error}"
        return outcome, ""


def _message_wrong(message: str, path: Path) -> str:
    if len(message) > LETTERS:
        return f"a message of {len(message)} letters"
    if not message.isprintable() and not message.replace("\n", "").isprintable():
        return f"a message with control characters: {message!r}"
    return "" if path.stem in message else f"the message names no file: {message}"


def _image(path: Path) -> str:
    out = path.with_name(OUT)
    math_img("a * 1", {"a": str(path)}, out, copy_header_from="a", dtype="auto")
    got = nib.load(out)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # nibabel leaves MGH files open
            theirs = nib.load(path)
            want = np.asanyarray(theirs.dataobj)
    except Exception:
        return "repaired"  # nibabel gives up on a field that says nothing of the voxels
    values = np.asanyarray(got.dataobj)
    assert values.size == want.size, f"shape {values.shape} instead of {want.shape}"
    want = want.reshape(values.shape)
    with np.errstate(all="ignore"):
        same = np.array_equal(values, want.astype(values.dtype), equal_nan=True)
    assert same, "other voxels than nibabel has"
    if np.isfinite(theirs.affine).all():
        close = np.allclose(got.affine, theirs.affine, rtol=1e-3, atol=1e-2)
        assert close, f"another place: {got.affine} instead of {theirs.affine}"
    return "equal"


def _numbers(folder: Path, path: Path) -> str:
    image = folder / "image.nii"
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.float32), np.eye(4)), image)
    formula = {
        ".tsv": 'np.sum(a["fd"]) * np.mean(b)',
        ".json": 'a["RepetitionTime"] * np.mean(b)',
        ".bval": "np.sum(a) * np.mean(b)",
    }[path.suffix]
    try:
        math_value(formula, {"a": str(path), "b": str(image)})
    finally:
        image.unlink()
    return "numbers"
