"""Programs with several results by themselves: outputs by name, files, numbers and lists."""

from __future__ import annotations

import copy
import pickle

import nibabel as nib
import numpy as np
import pytest
from nipype.caching import Memory

from nipype_mathimg.errors import FormulaError, HeaderError
from nipype_mathimg.interfaces import MathImg, MathValue, mathimg_class
from nipype_mathimg.interfaces.texts import SourceText
from tests.interfaces.program import NAMES, PROGRAM, assert_outputs, program

pytestmark = pytest.mark.timeout(60)


Maps = mathimg_class(
    "Maps", PROGRAM, outputs={"tsnr": "signal to noise", **dict.fromkeys(NAMES[1:], "")}
)


def test_outputs_by_name_with_default_names(tmp_path, runs):
    outputs = program(bold=runs[0], copy_header_from="bold").run().outputs
    assert_outputs(outputs, runs[0])
    assert (outputs.tsnr, outputs.mask) == (
        str(tmp_path / "run0_tsnr.nii.gz"),
        str(tmp_path / "run0_mask.nii.gz"),
    )
    assert sorted(path.name for path in tmp_path.glob("*.nii.gz")) == [
        "run0_mask.nii.gz",
        "run0_tsnr.nii.gz",
    ]


def test_without_outputs_there_is_out_file(runs):
    interface = MathImg("m = np.mean(bold, axis=-1); m * 2", bold=runs[0])
    assert list(interface._outputs().get()) == ["out_file", "out_meta", "out_report"]
    assert interface.run().outputs.out_file.endswith("run0_math.nii.gz")


def test_options_for_each_output(tmp_path, runs):
    outputs = (
        program(
            bold=runs[0],
            out_file={"tsnr": "signal.nii"},
            dtype={"tsnr": np.float64},
            copy_header_from={"mask": "bold"},
        )
        .run()
        .outputs
    )
    assert outputs.tsnr == str(tmp_path / "signal.nii")
    images = {name: nib.load(outputs.get()[name]) for name in ("tsnr", "mask")}
    assert images["tsnr"].get_data_dtype() == np.float64
    assert images["mask"].get_data_dtype() == np.uint8
    assert images["mask"].header.get_xyzt_units()[0] == "mm"
    assert images["mask"].header["cal_max"] == 1
    assert images["tsnr"].header["cal_max"] == 0


WRONG_NAMES = {
    "an input": ("bold", "`bold` cannot be the name of an output.*has an input"),
    "a setting": ("dtype", "`dtype` cannot be the name of an output.*has an input"),
    "a word of specs": ("items", "`items` cannot be the name of an output.*something else"),
    "a word of MapNode": ("dictcopy", "`dictcopy` cannot be the name of an output"),
    "a word of formulas": ("np", "'np' cannot be the name of an output.*identifier"),
    "no word": ("1st", "'1st' cannot be the name of an output.*identifier"),
    "no text": (3, "3 cannot be the name of an output.*identifier"),
    "not bound": ("masc", "'masc' is not bound in the formula.*Did you mean mask"),
    "twice": ("mask", "named twice"),
}


@pytest.mark.parametrize(("name", "words"), WRONG_NAMES.values(), ids=WRONG_NAMES)
def test_wrong_names_are_refused_at_once_and_when_they_come_later(runs, name, words):
    with pytest.raises(FormulaError, match=words):
        MathImg(PROGRAM, outputs=[*NAMES, name])
    later = program(bold=runs[0])
    later.inputs.outputs = [*NAMES, name]
    assert set(later._outputs().get()) >= set(NAMES)
    with pytest.raises(FormulaError, match=words if name != 3 else "not a list of strings"):
        later.run()


def test_an_output_may_not_be_a_declared_input_of_a_later_formula():
    with pytest.raises(FormulaError, match="`a` cannot be the name of an output"):
        MathImg(names=["a"], outputs=["a"])


WRONG_OPTIONS = {
    "one name for several": ({"out_file": "a.nii"}, r"`out_file` is one name.*'tsnr': 'tsnr.nii"),
    "file of no output": ({"out_file": {"tsn": "a.nii"}}, "out_file names 'tsn'.*mean tsnr"),
    "file of a number": ({"out_file": {"limit": "a.nii"}}, "`limit` is a number"),
    "dtype of no output": ({"dtype": {"tsn": "int16"}}, "dtype names 'tsn'.*mean tsnr"),
    "no names": ({"outputs": []}, "`outputs` is an empty list"),
    "an empty dict": (
        {"dtype": {}},
        "`dtype` is .*not a string, or a dict with a string for each",
    ),
    "a list": ({"dtype": ["int16"]}, "`dtype` is a list of 1 .*iterfield of a MapNode"),
}


@pytest.mark.parametrize(("given", "words"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_options_that_do_not_fit_are_refused(runs, given, words):
    with pytest.raises(FormulaError, match=words):
        MathImg(PROGRAM, **{"outputs": NAMES, "bold": runs[0], **given}).run()


def test_a_dict_of_names_needs_outputs(runs):
    with pytest.raises(FormulaError, match="`out_file` is a dict, and the node has one output"):
        MathImg("bold * 2", bold=runs[0], out_file={"a": "a.nii"}).run()


def test_math_value_keeps_one_output():
    with pytest.raises(Exception, match="outputs"):
        MathValue("m = np.max(a)", outputs=["m"])
    with pytest.raises(ValueError, match="no input `outputs`"):
        mathimg_class("Wrong", "m = np.max(a)", outputs=["m"], base=MathValue)


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda value: pickle.loads(pickle.dumps(value))}


@pytest.mark.parametrize("make", [program, Maps])
@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_has_the_same_outputs_and_hash(runs, make, duplicate):
    interface = make(bold=runs[0])
    other = duplicate(interface)
    assert type(other._outputs()) is type(interface._outputs())
    assert other.inputs.get_hashval() == interface.inputs.get_hashval()
    outputs = duplicate(other.run().outputs)
    assert_outputs(outputs, runs[0])
    with pytest.raises(Exception, match="typo"):
        outputs.typo = 1
    with pytest.raises(Exception, match="mask"):
        outputs.mask = "/no/such/file.nii"
    with pytest.raises(Exception, match="mask"):
        outputs.mask = {"no": "output"}


CHANGES = [
    {"outputs": [*NAMES, "mean"]},
    {"dtype": {"tsnr": "float64"}},
    {"dtype": {"mask": "float64"}},
    {"copy_header_from": {"tsnr": "bold"}},
    {"out_file": {"tsnr": "a.nii"}},
]


def test_outputs_and_their_options_count_in_the_hash():
    hashes = [
        MathImg(
            names=["bold"], formula=PROGRAM, **{"outputs": NAMES, **change}
        ).inputs.get_hashval()[1]
        for change in [{}, *CHANGES]
    ]
    assert len(set(hashes)) == len(hashes)
    one, other = ({"tsnr": "int16", "mask": "int8"}, {"mask": "int8", "tsnr": "int16"})
    assert program(dtype=one).inputs.get_hashval() == program(dtype=other).inputs.get_hashval()


@pytest.mark.parametrize("text", ["a", "it's\n'a'\t\"b\"", "back\\slash\n", "é 漢"])
def test_a_text_between_quotes_is_python(text):
    assert eval(f"'{SourceText(text)}'") == text
    assert pickle.loads(pickle.dumps(SourceText(text))) == text


@pytest.mark.parametrize(
    ("last", "error"),
    [("n = m + [1, 2]; n", FormulaError), ("n = np.mean(m, axis=0); n", HeaderError)],
)
def test_messages_show_a_program_in_its_lines(runs, last, error):
    interface = MathImg(names=["bold"], bold=runs[0])
    # Set, as over a connection: nobody has parsed this text before.
    interface.inputs.formula = f"m = bold[..., 2]\n{last}"
    with pytest.raises(error) as raised:
        interface.run()
    assert str(raised.value).split("m = bold[..., 2]\n")[1].lstrip().startswith(last)


def test_a_named_class_shows_and_gives_its_outputs(tmp_path, runs):
    text = Maps.help(returnhelp=True)
    assert "signal to noise" in text
    assert "the file of `mask`, its number, or its list of numbers" in text
    cached = Memory(str(tmp_path)).cache(Maps)
    first, second = (cached(bold=runs[0]).outputs for _ in range(2))
    assert_outputs(first, runs[0])
    assert first.get() == second.get()
    with pytest.raises(FormulaError, match="Did you mean mask"):
        mathimg_class("Wrong", PROGRAM, outputs=["masc"])
