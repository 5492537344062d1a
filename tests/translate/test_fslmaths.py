"""Every operation of fslmaths, translated and by the real niimath."""

from __future__ import annotations

import shlex

import nibabel as nib
import pytest
from click.testing import CliRunner

from nipype_mathimg.cli.commands import main
from nipype_mathimg.errors import TranslationError
from nipype_mathimg.translate import translate
from nipype_mathimg.translate.fslmaths_rows import FSLMATHS, KERNELS
from tests.translate.peers import assert_refused, assert_same, by_peer, make_images, translated

OVER_T = ("-T", "-bptf", "-pval", "-cpval", "-rank")

INPUTS = {
    "-asin": "p", "-acos": "p", "-ptoz": "p", "-ranknorm": "distinct", "-tan": "p", "-exp": "p",
    "-nan": "holes", "-nanm": "holes", "-fillh": "shell", "-fillh26": "shell",
    "-rank": "distinct", "-dilM": "sparse", "-dilD": "sparse", "-ero": "blobs",
}  # fmt: skip

ALLOWED = [row for row in FSLMATHS.values() if not row.refused]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    make_images(path)
    return path


def both(words, folder, monkeypatch, peer=None):
    monkeypatch.chdir(folder)
    got = translated(["fslmaths", *words], folder)
    want = by_peer(["niimath", *(peer or words)], "out.nii.gz", folder)
    assert_same(got, want)
    assert abs(want[want == want]).max() > 0  # there is something to compare


def command(row):
    image = INPUTS.get(row.name, "run" if row.name.startswith(OVER_T) else "a")
    return [image, row.name, *row.example.split(), "out"]


@pytest.mark.needs("niimath")
@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: row.name)
def test_it_computes_what_niimath_does(row, folder, monkeypatch):
    words = command(row)
    # -restart and -save do nothing alone.
    both([*words[:-1], "-add", "1", "out"], folder, monkeypatch)


KERNELS_TRIED = {
    "3D": "", "2D": "", "box": "5", "boxv": "4", "boxv3": "3 5 1", "gauss": "1", "sphere": "5",
}  # fmt: skip
WITH_KERNEL = ("-dilM", "-dilD", "-dilF", "-eroF", "-ero", "-fmean", "-fmeanu", "-fmedian")


def test_each_kernel_is_tried_or_refused():
    refused = {name for name, row in KERNELS.items() if row.refused}
    assert refused | {f"-kernel {kind}" for kind in KERNELS_TRIED} == set(KERNELS)


@pytest.mark.needs("niimath")
@pytest.mark.parametrize("kind", KERNELS_TRIED)
def test_kernels_hold_for_the_operations_behind_them(kind, folder, monkeypatch):
    for name in WITH_KERNEL:
        if name == "-fmedian" and kind in ("box", "gauss", "sphere"):
            continue
        words = [INPUTS.get(name, "a"), "-kernel", kind, *KERNELS_TRIED[kind].split(), name, "out"]
        # niimath's box is twice as wide as FSL's.
        peer = ["2.5" if word == "5" and kind == "box" else word for word in words]
        both(words, folder, monkeypatch, peer)


@pytest.mark.needs("niimath")
@pytest.mark.parametrize(
    "command",
    [
        # every operation that takes a number, with one; and with a run and an image both ways
        *(
            f"a {name} 1.5 out"
            for name in ("-add", "-sub", "-mul", "-div", "-rem", "-max", "-min")
        ),
        *(f"a {name} run out" for name in ("-add", "-sub", "-mul", "-div", "-rem", "-mas")),
        "run -mas b -mul a -Tmean out",
        "a -rem 2 out",
        # the header decides
        "a_left -index out",
        "a_left -subsamp2 out",
        "odd_left -subsamp2 out",
        "odd -subsamp2 out",
        "odd_left -subsamp2offc out",
        "odd -subsamp2offc out",
        "a_left -subsamp2 -subsamp2 out",
        "a -Xmean -Ysum out",
        "holes -thrp 30 out",
        "run -uthrP 95 out",
        # types of the result
        "a -mul 3 out -odt short",
        "a -mul 30 out -odt char",
        "-dt double a -div 3 out -odt double",
        # chains: names twice, state that changes, one file twice
        "a -thr 1 -bin -thr 0.5 -mul a -add a out",
        "blobs -kernel boxv 3 -ero -kernel 2D -dilF -sub blobs -fmedian out",
        "run -sub run2 -sqr -Tmean -sqrt -s 2.5 -thr 1 -bin -fillh out",
        "run -roi 2 9 0 -1 4 5 3 4 out",
        "run -Tmean -bin -fmedian out",
        "run -Tperc 0 out",
        "run -Tperc 100 out",
        "run -Xperc 33 out",
        "run -inm 50 -ing 7 out",
        "run -bptf -1 2 out",
        "run -bptf 3 -1 out",
    ],
)
def test_chains(command, folder, monkeypatch):
    both(command.split(), folder, monkeypatch)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (row_command, row.refused)
        for row in FSLMATHS.values()
        if row.refused
        for row_command in [["fslmaths", "a", row.name, *row.example.split(), "out"]]
    ],
)
def test_what_has_no_formula_is_refused_with_the_reason(command, said):
    with pytest.raises(TranslationError, match=command[2]) as caught:
        translate(command)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("fslmaths a -Tmeam out", "Did you mean -Tmean?"),
        ("fslmaths a -thr", "missing at the end"),
        ("fslmaths a -thr out", "missing at the end"),
        ("fslmaths a -inm much out", "'much' stands where a number is expected"),
        ("fslmaths a -mas -bin out", "'-bin' stands where"),
        ("fslmaths a -div 0 out", "-div 0"),
        ("fslmaths a -index out", "name a file that exists"),
        ("fslmaths -dt int a -bin out", "wrap around"),
        ("fslmaths a -kernel sphere 3 -fmedian out", "this kernel"),
        ("fslmaths a -kernel ball 3 out", "-kernel ball"),
        ("fslmaths a -bin out more", "'more' stands behind the result"),
        ("nilmaths a -bin out", "none of the programs"),
    ],
)
def test_mistakes_are_named(command, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(command, said)


def test_over_t_of_one_volume(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(TranslationError, match="one volume"):
        translate("fslmaths a -Tmean out")
    assert "several volumes" in translate("fslmaths no_file -Tmean out").notes[0]


@pytest.mark.needs("niimath")
def test_saved_images_are_results(folder, monkeypatch):
    monkeypatch.chdir(folder)
    command = "a -add 1 -save between -mul 2 -restart b -save other -sub 1 out"
    words = command.split()
    assert_same(
        translated(["fslmaths", *words], folder),
        by_peer(["niimath", *words], "out.nii.gz", folder),
    )
    for name in ("between", "other"):
        assert_same(
            nib.load(folder / f"ours_{name}.nii.gz").get_fdata(),
            nib.load(folder / f"{name}.nii.gz").get_fdata(),
        )


def test_the_command_line_computes_it(folder, monkeypatch):
    monkeypatch.chdir(folder)
    words = ["fslmaths", "a", "-thr", "1", "-s", "2", "by_line", "-odt", "short"]
    printed = CliRunner().invoke(main, ["translate", "--command", *words])
    assert printed.stderr.startswith("note: -s: a standard deviation in mm")
    done = CliRunner().invoke(main, shlex.split(printed.stdout)[1:])
    assert done.exit_code == 0, done.output
    assert_same(nib.load("by_line.nii.gz").get_fdata(), translated(words, folder))


def test_the_terminal_shows_what_is_refused():
    done = CliRunner().invoke(main, ["translate", "fslmaths a -thr 5 -randn b"])
    assert done.exit_code == 1
    assert "    fslmaths a -thr 5 -randn b\n                      ^^^^^^\n" in done.stderr
