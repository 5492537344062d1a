"""Formulas over CIFTI-2 files, against nibabel and NumPy, and against Workbench."""

from __future__ import annotations

import subprocess
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, math_value
from tests.surfaces import made
from tests.surfaces.made import shown

# formula, what NumPy says with places first, suffix, what Workbench computes from it: the
# expression and its variables, with what stands behind each.
ONCE = "-select 1 1 -repeat"
EXPRESSIONS = [
    ("a * 2", lambda a: a * 2, "dtseries", ("a * 2", {"a": ""})),
    ("-a", lambda a: -a, "dtseries", ("-a", {"a": ""})),
    ("a + b", lambda a, b: a + b, "dtseries", ("a + b", {"a": "", "b": ""})),
    ("(a - b) / b", lambda a, b: (a - b) / b, "dtseries", ("(a - b) / b", {"a": "", "b": ""})),
    ("a * w", lambda a, w: a * w[:, None], "dtseries", ("a * w", {"a": "", "w": ONCE})),
    ("w * a", lambda a, w: a * w[:, None], "dtseries", ("w * a", {"a": "", "w": ONCE})),
    (
        "(a - w) / np.maximum(v, 0.001)",
        lambda a, w, v: (a - w[:, None]) / np.maximum(v, 0.001)[:, None],
        "dtseries",
        ("(a - w) / max(v, 0.001)", {"a": "", "w": ONCE, "v": ONCE}),
    ),
    ("abs(w)", abs, "dscalar", ("abs(w)", {"w": ""})),
    ("w * v", lambda w, v: w * v, "dscalar", ("w * v", {"w": "", "v": ""})),
    ("w > 8", lambda w: w > 8, "dscalar", ("w > 8", {"w": ""})),
    ("np.log(v)", np.log, "dscalar", ("ln(v)", {"v": ""})),
    ("np.log2(v)", np.log2, "dscalar", ("ln(v) / ln(2)", {"v": ""})),
    ("np.sqrt(abs(v))", lambda v: np.sqrt(abs(v)), "dscalar", ("sqrt(abs(v))", {"v": ""})),
    ("np.arctan2(w, v)", lambda w, v: np.arctan2(w, v), "dscalar", None),
    ("(w > 8) & (v < 12)", lambda w, v: (w > 8) & (v < 12), "dscalar", None),
    ("np.where(w > 8, w, 0)", lambda w: np.where(w > 8, w, 0), "dscalar", None),
    ("np.isnan(a)", np.isnan, "dtseries", ("a != a", {"a": ""})),
    ("np.nan_to_num(a)", np.nan_to_num, "dtseries", None),
    ("maps * w", lambda maps, w: maps * w[:, None], "dscalar", ("m * w", {"m": "", "w": ONCE})),
    ("maps ** 2", lambda maps: maps**2, "dscalar", ("m ^ 2", {"m": ""})),
    ("maps[..., 1]", lambda maps: maps[:, 1], "dscalar", ("m", {"m": "-select 1 2"})),
    ("maps[..., ::-1]", lambda maps: maps[:, ::-1], "dscalar", None),
    ("maps[..., [0, 2]]", lambda maps: maps[:, [0, 2]], "dscalar", None),
    ("w - (maps[..., 2] > 9)", lambda w, maps: w - (maps[:, 2] > 9), "dscalar", None),
    ("np.mean(maps, axis=-1)", lambda maps: maps.mean(1), "dscalar", None),
    ("np.mean(b, axis=-1)", lambda b: b.mean(1), "dscalar", "MEAN"),
    ("np.std(b, axis=-1)", lambda b: b.std(1), "dscalar", "STDEV"),
    ("np.std(b, axis=-1, ddof=1)", lambda b: b.std(1, ddof=1), "dscalar", "SAMPSTDEV"),
    ("np.var(b, axis=-1)", lambda b: b.var(1), "dscalar", "VARIANCE"),
    ("np.sum(b, axis=-1)", lambda b: b.sum(1), "dscalar", "SUM"),
    ("np.max(b, axis=-1)", lambda b: b.max(1), "dscalar", "MAX"),
    ("np.min(b, axis=-1)", lambda b: b.min(1), "dscalar", "MIN"),
    ("np.median(b, axis=-1)", lambda b: np.median(b, axis=1), "dscalar", "MEDIAN"),
    ("np.median(a, axis=-1)", lambda a: np.median(a, axis=1), "dscalar", None),
    ("np.nanmean(a, axis=-1)", lambda a: np.nanmean(a, axis=1), "dscalar", None),
    ("np.argmax(b, axis=-1)", lambda b: b.argmax(1), "dscalar", None),
    ("np.percentile(b, 90, axis=-1)", lambda b: np.percentile(b, 90, axis=1), "dscalar", None),
    (
        "np.mean(b, axis=-1) / np.std(b, axis=-1)",
        lambda b: b.mean(1) / b.std(1),
        "dscalar",
        None,
    ),
    (
        "100 * b / np.mean(b, axis=-1)",
        lambda b: 100 * b / b.mean(1, keepdims=True),
        "dtseries",
        None,
    ),
    (
        "(b - b.mean(axis=-1)) / b.std(axis=-1)",
        lambda b: (b - b.mean(1, keepdims=True)) / b.std(1, keepdims=True),
        "dtseries",
        None,
    ),
    ("b - np.mean(b, axis=0)", lambda b: b - b.mean(0), "dtseries", None),
    ("b - np.mean(b)", lambda b: b - b.mean(), "dtseries", None),
    ("np.sort(b, axis=-1)[..., 0]", lambda b: np.sort(b, axis=1)[:, 0], "dscalar", None),
    ("np.diff(b, axis=-1)", lambda b: np.diff(b, axis=1), "dtseries", None),
    ("np.cumsum(b, axis=-1)", lambda b: np.cumsum(b, axis=1), "dtseries", None),
    ("b[..., 2:]", lambda b: b[:, 2:], "dtseries", None),
    ("b[..., ::2]", lambda b: b[:, ::2], "dtseries", None),
    ("b[..., 3]", lambda b: b[:, 3], "dscalar", ("b", {"b": "-select 1 4"})),
    ("b * [1, 0, 1, 0, 1, 0, 2]", lambda b: b * [1, 0, 1, 0, 1, 0, 2], "dtseries", None),
    ("short + 1", lambda short: short + 1, "dtseries", ("s + 1", {"s": ""})),
    ("short > 10", lambda short: short > 10, "dtseries", None),
    ("labels == 2", lambda labels: labels == 2, "dscalar", None),
    ("w * (labels == 2)", lambda w, labels: w * (labels == 2), "dscalar", None),
    ("np.where(labels > 2, labels, 0)", lambda labels: labels * (labels > 2), "dlabel", None),
    ("labels", lambda labels: labels, "dlabel", None),
    ("pt * 2", lambda pt: pt * 2, "ptseries", ("pt * 2", {"pt": ""})),
    ("pt - ps", lambda pt, ps: pt - ps[:, None], "ptseries", ("pt - ps", {"pt": "", "ps": ONCE})),
    (
        "np.where(ps > 10, pt, np.nan)",
        lambda ps, pt: np.where(ps[:, None] > 10, pt, np.nan),
        "ptseries",
        None,
    ),
    ("np.mean(pt, axis=-1)", lambda pt: pt.mean(1), "pscalar", "MEAN"),
    ("ps > 10", lambda ps: ps > 10, "pscalar", ("ps > 10", {"ps": ""})),
    ("dconn * 2", lambda dconn: dconn * 2, "dconn", ("d * 2", {"d": ""})),
    ("pdconn * 2", lambda pdconn: pdconn * 2, "pdconn", ("pdconn * 2", {"pdconn": ""})),
    ("dpconn / 3", lambda dpconn: dpconn / 3, "dpconn", ("dpconn / 3", {"dpconn": ""})),
    ("pdconn * ps", lambda pdconn, ps: pdconn * ps[:, None], "pdconn", None),
    ("dpconn * w", lambda dpconn, w: dpconn * w[:, None], "dpconn", None),
    ("np.mean(dpconn, axis=-1)", lambda dpconn: dpconn.mean(1), "dscalar", None),
    ("np.max(pdconn, axis=-1)", lambda pdconn: pdconn.max(1), "pscalar", None),
    ("plabels", lambda plabels: plabels, "plabel", None),
    ("ps * (plabels == 1)", lambda ps, plabels: ps * (plabels == 1), "pscalar", None),
    ("np.arctanh(pconn / 100)", lambda pconn: np.arctanh(pconn / 100), "pconn", None),
    ("np.all((a != 0) & ~np.isnan(a), axis=-1)", lambda a: ~np.isnan(a).any(1), "dscalar", None),
    ("b - np.mean(pt)", lambda b, pt: b - pt.mean(), "dtseries", None),
    ("np.mean(a, axis=-1, keepdims=True) - b", None, "dtseries", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return made.write_all(tmp_path_factory.mktemp("cifti"))


def used(formula, files):
    from nipype_mathimg.formula.program import input_names

    return {name: files[name] for name in input_names(formula)}


def computed(formula, files, folder, suffix, **options):
    """Run a formula; return its image as nibabel sees it, and its values with places first."""
    inputs = used(formula, files)
    options = {"copy_header_from": next(iter(inputs)), **options}
    out_file = folder / f"out.{suffix}.nii"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        math_img(formula, inputs, out_file, **options)
        image = nib.load(out_file)
    values = np.asarray(image.dataobj).T
    return image, values[:, 0] if values.shape[1] == 1 else values


@pytest.mark.parametrize(
    ("formula", "expected", "suffix"),
    [row[:3] for row in EXPRESSIONS],
    ids=[row[0] for row in EXPRESSIONS],
)
def test_values_are_those_of_numpy(tmp_path, files, formula, expected, suffix):
    image, values = computed(formula, files, tmp_path, suffix)
    if expected is None:
        a, b = shown("a"), shown("b")
        reference = a.mean(1, keepdims=True) - b
    else:
        names = expected.__code__.co_varnames if hasattr(expected, "__code__") else None
        inputs = used(formula, files)
        names = names or tuple(inputs)
        reference = expected(*(shown(name) for name in names))
    np.testing.assert_allclose(values, np.asarray(reference, float), rtol=2e-6, atol=1e-5)
    assert image.nifti_header["intent_code"] == INTENTS[suffix][0]
    assert image.nifti_header["intent_name"].item().decode() == INTENTS[suffix][1]


INTENTS = {
    "dconn": (3001, "ConnDense"),
    "dtseries": (3002, "ConnDenseSeries"),
    "pconn": (3003, "ConnParcels"),
    "ptseries": (3004, "ConnParcelSries"),
    "dscalar": (3006, "ConnDenseScalar"),
    "dlabel": (3007, "ConnDenseLabel"),
    "pscalar": (3008, "ConnParcelScalr"),
    "pdconn": (3009, "ConnParcelDense"),
    "dpconn": (3010, "ConnDenseParcel"),
    "plabel": (3000, "ConnUnknown"),  # what Workbench writes: the standard has none for it
}

WORKBENCH = [row for row in EXPRESSIONS if row[3] is not None]


def workbench(*command):
    found = subprocess.run(
        ["wb_command", *map(str, command)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "WARNING" not in found.stderr + found.stdout
    return found.stdout


@pytest.mark.needs("workbench")
@pytest.mark.parametrize(
    ("formula", "suffix", "theirs"),
    [(row[0], row[2], row[3]) for row in WORKBENCH],
    ids=[row[0] for row in WORKBENCH],
)
def test_values_are_those_of_workbench(tmp_path, files, formula, suffix, theirs):
    _, values = computed(formula, files, tmp_path, suffix)
    reference = tmp_path / f"wb.{suffix}.nii"
    names = list(used(formula, files))
    if isinstance(theirs, str):
        workbench("-cifti-reduce", files[names[0]], theirs, reference)
    else:
        expression, variables = theirs
        command = ["-cifti-math", expression, reference]
        # A variable is called by the name of the input, or by its first letter.
        for (variable, behind), name in zip(
            variables.items(), _ordered(variables, names), strict=True
        ):
            command += ["-var", variable, files[name], *behind.split()]
        workbench(*command)
    expected = np.asarray(nib.load(reference).dataobj).T
    expected = expected[:, 0] if expected.shape[1] == 1 else expected
    np.testing.assert_allclose(values, expected, rtol=2e-6, atol=1e-6)


def _ordered(variables, names):
    return [next(n for n in names if n.startswith(v) or n == v) for v in variables]


@pytest.mark.needs("workbench")
@pytest.mark.parametrize(
    ("formula", "suffix"),
    [
        ("a * 2", "dtseries"),
        ("np.mean(a, axis=-1)", "dscalar"),
        ("maps[..., [2, 0]]", "dscalar"),
        ("labels", "dlabel"),
        ("labels > 0", "dscalar"),
        ("pt * 2", "ptseries"),
        ("np.mean(pt, axis=-1)", "pscalar"),
        ("dconn * 2", "dconn"),
        ("pconn * 2", "pconn"),
        ("pdconn * 2", "pdconn"),
        ("dpconn * 2", "dpconn"),
        ("plabels", "plabel"),
    ],
)
@pytest.mark.parametrize("fresh", [False, True])
def test_workbench_opens_the_files_without_a_warning(tmp_path, files, formula, suffix, fresh):
    if fresh and "label" in suffix:
        pytest.skip("labels need a table")
    inputs = used(formula, files)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        math_img(
            formula,
            inputs,
            tmp_path / f"o.{suffix}.nii",
            copy_header_from=None if fresh else next(iter(inputs)),
        )
    text = workbench("-file-information", tmp_path / f"o.{suffix}.nii")
    assert "Maps to Surface" in text or "Number of Rows" in text


def test_numbers_of_cifti_files(files):
    b = shown("b")
    np.testing.assert_allclose(
        math_value("np.mean(b, axis=0)", {"b": files["b"]}).value, b.mean(0), rtol=1e-6
    )
    assert math_value("np.median(b)", {"b": files["b"]}).value == pytest.approx(np.median(b))
    assert math_value("np.sum(np.isnan(a))", {"a": files["a"]}).value == 1
    row = math_value("b[4]", {"b": files["b"]}).value
    np.testing.assert_allclose(row, b[4])
    assert math_value("b.t", {"b": files["b"]}).value == pytest.approx(
        made.START + made.STEP * np.arange(made.TIMES)
    )
    assert math_value("b.tr", {"b": files["b"]}).value == pytest.approx(made.STEP)
    assert math_value("np.argmax(b)", {"b": files["b"]}).value == np.argmax(b)
    selected = math_value("np.mean(b[labels == 2])", {n: files[n] for n in ("b", "labels")})
    assert selected.value == pytest.approx(b[shown("labels") == 2].mean(), rel=1e-6)
    some = math_value("np.mean(b[labels == 2], axis=0)", {n: files[n] for n in ("b", "labels")})
    np.testing.assert_allclose(some.value, b[shown("labels") == 2].mean(0), rtol=1e-6)


@pytest.mark.parametrize(
    ("formula", "suffix", "expected"),
    [
        ("d * 2", "dconn", lambda d: d * 2),
        ("np.mean(d, axis=-1)", "dscalar", lambda d: d.mean(1)),
        ("d / np.max(d, axis=-1)", "dconn", lambda d: d / d.max(1, keepdims=True)),
    ],
)
def test_a_real_matrix_of_connectivity(tmp_path, formula, suffix, expected):
    path = Path(nib.__file__).parent / "tests" / "data" / "row_major.dconn.nii"
    out = tmp_path / f"out.{suffix}.nii"
    math_img(formula, {"d": path}, out, copy_header_from="d")
    d = nib.load(path).get_fdata().T
    found = nib.load(out).get_fdata().T
    np.testing.assert_allclose(found, expected(d).reshape(found.shape), rtol=1e-6)
    assert nib.load(out).header.get_axis(1) == nib.load(path).header.get_axis(1)
