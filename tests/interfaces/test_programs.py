"""Programs with several results as nodes: outputs by name, files, numbers and lists."""

from __future__ import annotations

import copy
import pickle
import runpy
import warnings
from pathlib import Path

import nibabel as nib
import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe
import numpy as np
import pytest
from nipype.caching import Memory

from nipype_mathimg import explain
from nipype_mathimg.errors import FormulaError, HeaderWarning
from nipype_mathimg.interfaces import MathImg, MathValue, mathimg_class, node
from nipype_mathimg.interfaces.memory import PROCESS_GB, PlanEstimator
from nipype_mathimg.interfaces.texts import SourceText
from tests.interfaces.helpers import PLUGINS, run, voxels

pytestmark = pytest.mark.timeout(60)

PROGRAM = """
mean = np.mean(bold, axis=-1)    # it's over time
tsnr = mean / np.std(bold, axis=-1)
limit = np.percentile(mean, 50)
mask = (mean > limit).astype('uint8')
course = np.mean(bold, axis=(0, 1, 2))
"""
NAMES = ["tsnr", "mask", "limit", "course"]

Maps = mathimg_class(
    "Maps", PROGRAM, outputs={"tsnr": "signal to noise", **dict.fromkeys(NAMES[1:], "")}
)


def expected(path):
    data = voxels(path).astype(float)
    mean = data.mean(axis=-1)
    limit = np.percentile(mean.astype(np.float32), 50)
    return {
        "tsnr": mean / data.std(axis=-1),
        "mask": mean.astype(np.float32) > limit,
        "limit": limit,
        "course": data.mean(axis=(0, 1, 2)),
    }


def assert_outputs(outputs, path):
    found = outputs if isinstance(outputs, dict) else outputs.get()
    assert sorted(found) == sorted(NAMES)
    for name, value in expected(path).items():
        given = voxels(found[name]) if isinstance(found[name], str) else found[name]
        np.testing.assert_allclose(given, value, rtol=1e-5)
    assert [type(found[name]) for name in NAMES] == [str, str, float, list]


def program(**inputs):
    return MathImg(PROGRAM, outputs=NAMES, **inputs)


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
    assert list(interface._outputs().get()) == ["out_file"]
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


def workflow(tmp_path, *nodes):
    made = pe.Workflow("wf", base_dir=str(tmp_path / "work"))
    made.add_nodes(nodes)
    return made


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("make", [pe.Node, node], ids=["Node", "node()"])
def test_results_connect_by_name(tmp_path, runs, plugin, make):
    maps = make(program(bold=runs[0]), "maps")
    child = make(MathImg("(bold - course) * mask * tsnr + limit", bold=runs[0]), "child")
    wf = workflow(tmp_path, maps)
    wf.connect([(maps, child, [(name, name) for name in NAMES])])
    with pytest.raises(Exception, match="out_file"):
        wf.connect(maps, "out_file", pe.Node(MathImg("img"), "other"), "img")
    done = run(wf, plugin)
    assert_outputs(done["maps"].result.outputs, runs[0])
    maps = expected(runs[0])
    wanted = (voxels(runs[0]) - maps["course"]) * (maps["mask"] * maps["tsnr"])[..., None]
    found = voxels(done["child"].result.outputs.out_file)
    np.testing.assert_allclose(found, wanted + maps["limit"], rtol=1e-4)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_formula_over_a_connection(tmp_path, runs, plugin):
    source = pe.Node(niu.IdentityInterface(["formula"]), "source")
    source.inputs.formula = PROGRAM
    maps = node(MathImg(names=["bold"], outputs=NAMES, bold=runs[0]), "maps")
    child = node(MathImg("mask + limit"), "child")
    wf = workflow(tmp_path)
    wf.connect([(source, maps, [("formula", "formula")])])
    wf.connect([(maps, child, [("mask", "mask"), ("limit", "limit")])])
    done = run(wf, plugin)
    assert_outputs(done["maps"].result.outputs, runs[0])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_mapnode_gives_a_list_for_each_output(tmp_path, runs, plugin):
    both = node(MathImg(names=["bold"], outputs=NAMES), "maps", iterfield=["bold", "formula"])
    both.inputs.bold = runs
    both.inputs.formula = [PROGRAM, PROGRAM.replace("50", "20"), PROGRAM]
    total = node(MathImg("np.sum(masks, axis=-1)"), "total")
    wf = workflow(tmp_path)
    wf.connect(both, "mask", total, "masks")
    done = run(wf, plugin)
    outputs = done["maps"].result.outputs
    assert all(len(getattr(outputs, name)) == 3 for name in NAMES)
    for k in (0, 2):
        assert_outputs({name: getattr(outputs, name)[k] for name in NAMES}, runs[k])
    count = sum(voxels(mask).astype(int) for mask in outputs.mask)
    np.testing.assert_array_equal(voxels(done["total"].result.outputs.out_file), count)


def test_a_further_connection_keeps_all_files_and_runs_nothing_again(tmp_path, runs):
    stamps, files = [], []
    for names in ([], ["mask"], ["tsnr", "limit"]):
        maps = node(program(bold=runs[0]), "maps")
        wf = workflow(tmp_path, maps)
        sink = pe.Node(niu.IdentityInterface(NAMES), "sink")
        if names:
            wf.connect([(maps, sink, [(name, name) for name in names])])
        assert_outputs(run(wf)["maps"].result.outputs, runs[0])
        folder = tmp_path / "work" / "wf" / "maps"
        files.append(sorted(path.name for path in folder.glob("*.nii.gz")))
        stamps.append((folder / "result_maps.pklz").stat().st_mtime_ns)
    assert len(set(stamps)) == 1
    assert files == [["run0_mask.nii.gz", "run0_tsnr.nii.gz"]] * 3


def test_another_choice_of_outputs_runs_again(tmp_path, runs):
    for names in (NAMES, [*NAMES, "mean"]):
        maps = node(MathImg(PROGRAM, outputs=names, bold=runs[0]), "maps")
        done = run(workflow(tmp_path, maps))
        assert sorted(done["maps"].result.outputs.get()) == sorted(names)


def test_results_move_with_their_folder(tmp_path, runs):
    maps = pe.Node(program(bold=runs[0]), "maps")
    wf = workflow(tmp_path, maps)
    wf.config["execution"] = {"use_relative_paths": "true"}
    run(wf)
    (tmp_path / "work").rename(tmp_path / "moved")
    again = pe.Workflow("wf", base_dir=str(tmp_path / "moved"))
    again.add_nodes([pe.Node(program(bold=runs[0]), "maps")])
    outputs = run(again)["maps"].result.outputs
    assert_outputs(outputs, runs[0])
    assert Path(outputs.mask).parent == tmp_path / "moved" / "wf" / "maps"


def test_an_exported_program_is_the_same(tmp_path, runs):
    maps = pe.Node(program(bold=runs[0], dtype={"tsnr": "float64"}), "maps")
    child = pe.Node(niu.IdentityInterface(NAMES), "child")
    wf = workflow(tmp_path)
    wf.connect([(maps, child, [(name, name) for name in NAMES])])
    wf.export(str(tmp_path / "exported.py"))
    again = runpy.run_path(str(tmp_path / "exported.py"))["wf"]
    again.base_dir = str(tmp_path / "again")
    assert str(again.get_node("wf_maps").inputs.formula) == PROGRAM
    outputs = run(again)["wf_maps"].result.outputs
    assert_outputs(outputs, runs[0])
    assert nib.load(outputs.tsnr).get_data_dtype() == np.float64


@pytest.mark.parametrize("text", ["a", "it's\n'a'\t\"b\"", "back\\slash\n", "é 漢"])
def test_a_text_between_quotes_is_python(text):
    assert eval(f"'{SourceText(text)}'") == text
    assert pickle.loads(pickle.dumps(SourceText(text))) == text


def test_messages_show_a_program_in_its_lines(runs):
    with pytest.raises(FormulaError) as raised:
        MathImg(
            "m = np.mean(bold, axis=-1)\nn = m + [1, 2]", outputs=["m", "n"], bold=runs[0]
        ).run()
    lines = str(raised.value).splitlines()
    assert "    m = np.mean(bold, axis=-1)" in lines
    assert "^" in lines[lines.index("    n = m + [1, 2]") + 1]


def test_memory_is_that_of_the_plan_of_all_results(runs):
    made = node(program(bold=runs[0]), "maps")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        planned = explain(PROGRAM, {"bold": runs[0]}, outputs=NAMES, num_threads=1).peak_bytes
    assert made.mem_gb == PROCESS_GB + planned / 2**30
    mapped = node(program(), "maps", iterfield=["bold"])
    mapped.inputs.bold = runs
    estimate, report = PlanEstimator(mapped.interface.inputs)(mapped.inputs)
    assert estimate == made.mem_gb
    assert "plan" in report


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
