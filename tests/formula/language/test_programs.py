"""Programs: lines that name their values, comments, and which names are results."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.program import input_names, normalised, parse
from nipype_mathimg.spec import ArraySpec, image_axes

BOLD = ArraySpec((4, 4, 3, 6), np.dtype("f4"), image_axes(4))

# What was written, the names that are bound, the inputs.
PROGRAMS = {
    "one expression": ("bold * 2", (), ("bold",)),
    "broken anywhere": ("bold\n  * 2\n\n", (), ("bold",)),
    "one name": ("m = np.mean(bold, axis=-1)", ("m",), ("bold",)),
    "a last line without a name": ("m = bold + low\nm > 3", ("m",), ("bold", "low")),
    "semicolons": ("m = a + 1; s = m * b; s - m", ("m", "s"), ("a", "b")),
    "comments and blank lines": (
        "# tSNR\n\nm = np.mean(bold, axis=-1)  # over time; m\n   # done\nm * 2 # '\n",
        ("m",),
        ("bold",),
    ),
    "indented as in a docstring": (
        """
        m = np.mean(bold, axis=-1)
        s = np.std(bold,
                   axis=-1)
        m / s
        """,
        ("m", "s"),
        ("bold",),
    ),
    "Windows line ends": ("m = a\r\nm + 1\r\n", ("m",), ("a",)),
    "a comparison is no binding": ("a == b", (), ("a", "b")),
    "a backslash": ("m = a \\\n + b\nm", ("m",), ("a", "b")),
    "a function of ours that is not called": ("ball = a > 0\nball * a", ("ball",), ("a",)),
    "a keyword argument is no binding": ("np.mean(a,\naxis=0)", (), ("a",)),
}


@pytest.mark.parametrize(("text", "names", "inputs"), PROGRAMS.values(), ids=PROGRAMS)
def test_names_and_inputs(text, names, inputs):
    program = parse(text)
    assert program.names == names
    assert input_names(text) == inputs


# formula | outputs | what is underlined, words of the message
MISTAKES = {
    "bound twice": ("m = a; m = b; m", (), "m", 7, "bound already"),
    "a function": ("abs = a; abs", (), "abs", 0, "choose another"),
    "a function that is called": (
        "m = detrend(a)\ndetrend = m * 2\ndetrend",
        (),
        "detrend",
        15,
        "is called here",
    ),
    "a namespace": ("np = a; a", (), "np", 0, "choose another"),
    "an underscore": ("_m = a; a", (), "_m", 0, "choose another"),
    "an input": ("bold = bold * 2", (), "bold", 7, "another name than the input"),
    "too late": ("s = m + a; m = a; s", (), "m", 4, "put its line first"),
    "unused": ("m = a * 2; s = a + 1\nm", (), "s", 11, "`s` is neither used nor a result"),
    "unused beside outputs": ("m = a; s = m; a", ("m", "s"), "a", 14, "last line is neither"),
    "not bound": ("m = a; m", ("n",), None, 0, "or take one of: m"),
    "misspelt": ("mean = a; mean", ("maen",), None, 0, "Did you mean mean?"),
    "no names at all": ("a * 2", ("m",), None, 0, "write a line `m = ...`"),
    "asked for twice": ("m = a", ("m", "m"), None, 0, "named twice: m, m"),
    "no name in the middle": ("m = a\n a + 1\nm", (), "a + 1", 7, "only the last line may"),
    "nothing behind the name": ("m =\na + m", (), "m", 0, "on the same line"),
    "a second line": ("m = a\nnp.maen(m)", (), "np.maen", 6, "Did you mean np.mean?"),
    "an augmented assignment": ("m = a\nm += 1", (), "+=", 8, "as in `new = m + 1`"),
    "two names": ("m = n = a", (), "=", 6, "comparisons are written `==`"),
    "found by inference": ("m = a\nr = m[99]\nr", (), "99", 12, "outside of an axis"),
    "only comments": ("# nothing", (), None, 0, "comments only"),
}


@pytest.mark.parametrize(
    ("text", "outputs", "culprit", "place", "words"), MISTAKES.values(), ids=MISTAKES
)
def test_a_mistake_is_underlined_on_its_line(text, outputs, culprit, place, words):
    inputs = dict.fromkeys(("a", "b", "bold"), BOLD)
    with pytest.raises(FormulaError) as caught:
        infer(parse(text), inputs, outputs)
    error = caught.value
    assert words in error.message
    if culprit is None:
        assert error.span is None
    else:
        assert error.span == (place, place + len(culprit))
        assert text[slice(*error.span)] == culprit
        lines = str(error).splitlines()
        carets = next(k for k, line in enumerate(lines) if line.strip(" ^") == "" and "^" in line)
        under = slice(lines[carets].index("^"), len(lines[carets]))
        assert lines[carets - 1][under] == culprit


def test_outputs_are_inferred_in_the_order_asked_for():
    text = "m = np.mean(bold, axis=-1); s = np.std(bold, axis=-1); tsnr = m / s"
    found = infer(parse(text), {"bold": BOLD}, ["tsnr", "m"]).results
    assert list(found) == ["tsnr", "m"]
    assert all(op.shape == (4, 4, 3) for op in found.values())
    # Equal parts are one: the mean that tSNR is made of is the output.
    assert found["m"] in found["tsnr"].args


def test_without_outputs_the_last_line_is_the_result():
    assert list(infer(parse("m = bold + 1; m * 2"), {"bold": BOLD}).results) == [""]
    assert list(infer(parse("m = bold + 1; r = m * 2"), {"bold": BOLD}).results) == ["r"]


def test_the_normalised_text_has_names_but_neither_comments_nor_blanks():
    one = normalised("m = a+1  # one more\nm * 2")
    assert one == normalised("m=(a + 1) ; m*2")
    assert one != normalised("n = a + 1; n * 2")
    assert one != normalised("m = a + 2; m * 2")
