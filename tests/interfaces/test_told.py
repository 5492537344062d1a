"""What a node tells: a sidecar's metadata, lines in the log, how to cite and describe it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import nibabel as nib
import pytest
from nipype import logging as nipype_logging
from nipype.interfaces.base import traits

import nipype_mathimg
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.interfaces import CopyHeader, MathImg, MathValue, node

PROGRAM = "mean = np.mean(bold, axis=-1) * k\ntop = np.max(bold)\ncourse = bold - mean[..., None]"


@pytest.fixture
def lines():
    """Return the messages of Nipype's log for interfaces, with their levels."""
    found: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((record.levelname, record.getMessage()))

    logger, handler = nipype_logging.getLogger("nipype.interface"), Keep()
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_metadata_of_a_result(runs):
    found = MathImg("bold * k", bold=runs[:2], k=2, copy_header_from="bold").run().outputs
    meta = json.loads(json.dumps(found.out_meta))
    assert meta["RepetitionTime"] == 2.0
    assert meta["Sources"] == runs[:2]
    assert (meta["Formula"], meta["FormulaNumbers"]) == ("bold * k", {"k": 2})
    assert {one["Name"] for one in meta["GeneratedBy"]} == {"nipype_mathimg", "numpy"}


UNITS = [
    ("np.mean(bold, axis=-1)", "s"),
    ("np.std(bold, axis=-1) + np.median(bold, axis=-1)", "s"),
    ("np.where(mask > 0, np.clip(bold, 0, 100), 0)[..., 1:]", "s"),
    ("bold * (mask > 0) - 5", "s"),
    ("ndimage.gaussian_filter(bold, fwhm=3*mm)", "s"),
    ("ndimage.gaussian_filter(bold, 1.0, order=1)", None),
    ("ndimage.laplace(bold)", None),
    ("np.var(bold, axis=-1)", None),
    ("bold / np.mean(bold, axis=-1)", None),
    ("bold * mask", None),
    ("bold * 1000", None),
    ("np.sqrt(bold)", None),
    ("bold + mask", None),
    ("bold > 5", None),
    ("np.argmax(bold, axis=-1)", None),
]


@pytest.mark.parametrize(("formula", "unit"), UNITS)
def test_units_of_a_result(runs, formula, unit):
    image = nib.load(runs[0])
    nib.save(image, "t2star.nii.gz")
    nib.save(image.slicer[..., 0], "mask.nii.gz")
    Path("t2star.json").write_text('{"Units": "s"}')
    given = {"mask": "mask.nii.gz"} if "mask" in formula else {}
    found = MathImg(formula, bold="t2star.nii.gz", copy_header_from="bold", **given).run().outputs
    assert found.out_meta.get("Units") == unit


def test_units_of_each_of_several_results(runs):
    Path(runs[0].replace(".nii", ".json")).write_text('{"Units": "Hz"}')
    program = "mean = np.mean(bold, axis=-1)\nratio = bold / mean\nlevel = np.mean(mean)"
    names = ["mean", "ratio", "level"]
    found = MathImg(program, bold=runs[0], outputs=names, copy_header_from="bold").run().outputs
    assert found.mean_meta["Units"] == "Hz"
    assert "Units" not in found.ratio_meta


@pytest.mark.parametrize("text", ["[1]", '{"Units": 3}', "{", '{"Units": ""}', "[" * 20000])
def test_a_sidecar_that_says_no_units_is_passed_over(runs, text):
    Path(runs[0].replace(".nii", ".json")).write_text(text)
    found = MathImg("np.max(bold, axis=-1)", bold=runs[0]).run().outputs
    assert "Units" not in found.out_meta


def test_metadata_without_time(runs):
    found = MathImg("np.mean(bold, axis=-1)", bold=runs[0], copy_header_from="bold").run().outputs
    assert "RepetitionTime" not in found.out_meta


def test_metadata_of_each_of_several_results(runs):
    names = ["mean", "top", "course"]
    program = MathImg(PROGRAM, bold=runs[0], k=1j * 1j, outputs=names, copy_header_from="bold")
    program.inputs.k = 2.5
    found = program.run().outputs
    assert "RepetitionTime" not in found.mean_meta
    assert found.course_meta["RepetitionTime"] == 2.0
    assert not found.top_meta


def test_an_output_of_the_name_of_metadata_comes_first(runs):
    program = "a = bold + 1\na_meta = np.max(bold)"
    found = MathImg(program, bold=runs[0], outputs=["a", "a_meta"]).run().outputs
    assert isinstance(found.a_meta, float)


def test_one_line_with_the_name_of_the_node(runs, tmp_path, lines):
    # Without copy_header_from a warning; the dtypes and the axis are further notes.
    for name, arguments in {"alone": {}, "each": {"iterfield": "bold"}}.items():
        files = runs if arguments else runs[0]
        made = MathImg("np.mean(bold, axis=-1)", bold=files, copy_header_from="bold")
        node(made, name, base_dir=str(tmp_path), **arguments).run()
    told = [text for level, text in lines if level != "DEBUG"]
    assert [text.split(":")[0] for text in told] == ["alone", "each0", "each1", "each2"]
    assert all("at logging level DEBUG" in text for text in told)


def test_without_a_node_the_class_speaks(runs, lines):
    MathImg("bold * 1.5", bold=runs[0]).run()
    ((level, text),) = [one for one in lines if one[0] != "DEBUG"]
    assert level == "WARNING"
    assert text.startswith("MathImg: header:")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"nprocs": 3}, "no argument `nprocs`.*Did you mean n_procs"),
        ({"iterfield": ["blod"]}, "iterfield='blod' is no input.*Did you mean bold"),
        ({"dtype": "int16"}, r"input of its interface; set it there, as in MathImg\(..., dtype"),
        ({"joinsource": "x", "joinfield": "blod"}, "joinfield='blod' is no input"),
    ],
)
def test_node_refuses_what_it_does_not_know(arguments, words):
    with pytest.raises(FormulaError, match=words):
        node(MathImg("bold * 2"), "twice", **arguments)


def test_node_takes_what_nipype_takes():
    made = node(MathImg("bold * 2"), "a", iterfield=["bold"], serial=True, nested=False, n_procs=2)
    assert made._serial
    node(MathImg("bold * 2"), "b", run_without_submitting=True, overwrite=True, base_dir="/x")
    node(MathImg("bold * 2"), "c", joinsource="s", joinfield=["bold"], unique=True)


def test_version_references_and_text():
    interface = MathImg("bold / np.mean(bold, axis=-1)")
    for one in (interface, MathValue("np.max(a)"), CopyHeader()):
        assert one.version == nipype_mathimg.__version__
        # Without duecredit the entry is empty.
        assert "entry" in one._references[0]
    assert "``bold / np.mean(bold, axis=-1)``" in interface.__desc__
    assert "mean, top" in MathImg(PROGRAM, outputs=["mean", "top", "course"]).__desc__


def test_a_drop_in_names_its_inputs():
    from nipype_mathimg.interfaces.drop_in import ApplyMask

    with pytest.raises(
        traits.TraitError, match=r"`in_msk`; the inputs are: in_file, .* mean in_mask\?"
    ):
        ApplyMask(in_msk="mask.nii")
