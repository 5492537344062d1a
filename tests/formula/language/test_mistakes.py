"""Wrong and hostile formulas: one error class, the culprit underlined, the remedy named."""

from __future__ import annotations

import re
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nipype_mathimg.errors import WIDEST, FormulaError
from nipype_mathimg.formula.functions import VOCABULARY
from nipype_mathimg.formula.language import parse as language
from nipype_mathimg.formula.program import input_names, is_input_name, normalised, parse
from tests.formula.harness import compute, inferred

INPUTS = {
    "img": np.ones((5, 4, 3, 6), "i2"),
    "flt": np.ones((5, 4, 3, 6), "f4"),
    "cut": np.ones((5, 4, 3, 7), "f4"),
    "mask": np.ones((5, 4, 3), "u1"),
    "cube": np.ones((4, 4, 4), "f4"),
    "cplx": np.ones((5, 4, 3, 6), "c8"),
    "table": [1, 2, 3.5],
    "num": 3,
}

# formula | what is underlined | words of the message
SYNTAX = r"""
__import__('os')        | __import__          | not a function
img.__class__           | img.__class__       | underscore
img.real.__dict__       | img.real.__dict__   | underscore
img._data               | img._data           | underscore
_img + 1                | _img                | begin with a letter
getattr(img, 'shape')   | getattr             | not a function
eval('1')               | eval                | not a function
open('x')               | open                | give the file to an input
os.system('ls')         | os.system           | begins with `np.`
np.linalg.inv(img)      | np.linalg.inv       | not a function
np.load('x')            | np.load             | not a function
np.random.rand()        | np.random.rand      | not a function
np.maen(img)            | np.maen             | Did you mean np.mean?
img.meen()              | img.meen            | Did you mean .mean?
img.shap                | img.shap            | Did you mean .shape?
mean(img)               | mean                | Write `np.mean(...)`
np                      | np                  | stands alone
np.mean                 | np.mean             | call it
img.mean                | img.mean            | call it
img.T()                 | img.T               | leave out the brackets
np.pi()                 | np.pi               | leave out the brackets
abs                     | abs                 | call it
(lambda x: x)(img)      | lambda x: x         | write the expression itself
np.mean(img)(2)         | np.mean(img)        | Only functions
[v for v in img]        | [v for v in img]    | write the list out
{v for v in img}        | {v for v in img}    | write the list out
(v for v in img)        | (v for v in img)    | write the list out
(y := img)              | y := img            | equal parts are computed once
f'{img}'                | f'{img}'            | F-strings
'abc'                   | 'abc'               | such as 'float32', and no other text
img.astype('float16')   | 'float16'           | such as 'float32' or 'float64'
img.astype(np.float16)  | np.float16          | not a function
b'abc'                  | b'abc'              | Bytes
img and mask            | img and mask        | (a > 0) & (b > 0)
img > 0 or mask         | img > 0 or mask     | (a > 0) \| (b > 0)
not img                 | not img             | ~(a > 0)
img if num else flt     | num                 | np.where(condition, x, y)
img if num > 1 else flt | num > 1             | np.where(condition, x, y)
img if not num else flt | not num             | np.where(condition, x, y)
img if num == None else flt | num == None     | `is None`
img if num is None and flt is None else 1 | num is None and flt is None | x if a is None else y if
img if np.max(img) is None else 1 | np.max(img) | whether an input is given
img,                    | img,                | on a line of its own
img in [1, 2]           | img in [1, 2]       | np.isin(img, [1, 2])
img not in [1]          | img not in [1]      | ~np.isin
img is None             | img is None         | `==`
np.sum(*img)            | *img                | write the list out
np.sum(**img)           | img                 | `**` is not part
{1: img}                | {1: img}            | Braces
yield img               | yield img           | not part
await img               | await img           | `await`
import os               | import              | a word of Python
img > 0 = 2             | =                   | comparisons are written `==`
(x = img)               | x = img             | comparisons are written `==`
img +                   | +                   | ends too early
img + * flt             | *                   | cannot be understood
img flt                 | img flt             | cannot be understood
img; flt                | ;                   | cannot be understood
np.mean(img             | (                   | `(` is not closed
img[0                   | [                   | `[` is not closed
img)(                   | )                   | closes nothing; remove it
img[0)                  | )                   | `[` is closed by `)`
img ≤ 3                 | ≤                   | write `<=`
img + ½                 | ½                   | not part of the formula language
0x                      | x                   | not a number
'abc                    | '                   | quotation mark
10 + 1e400              | 1e400               | too large
img > 0 & mask > 0      | img > 0 & mask > 0  | as in `(a > 0) & (b > 0)`
0 < img \| 0 < mask      | 0 < img \| 0 < mask  | in brackets, as in `(a > 0) \| (b > 0)`
~(img == -1 ^ flt == 2) | img == -1 ^ flt == 2 | where `-1 ^ flt` is meant
img > flt & mask > cut  | img > flt & mask > cut | so `flt & mask` is compared here
img > 100 & mask        | img > 100 & mask    | so `100 & mask` is compared here
mask & 0 < img          | mask & 0 < img      | so `mask & 0` is compared here
(img > 0) & mask > 0    | (img > 0) & mask > 0 | so `(img > 0) & mask` is compared here
"""

INFERENCE = r"""
np.mean(img, axs=0)               | 0                   | by=None). Did you mean axis?
np.mean()                         | np.mean()           | the argument `a` is missing
np.where(img > 0)                 | np.where(img > 0)   | the argument `x` is missing
np.sqrt(img, 2)                   | np.sqrt(img, 2)     | takes at most 1 arguments
np.mean(img, 0, axis=1)           | np.mean(img, 0, axis=1) | given twice
np.mean(img, axis=7)              | 7                   | outside of an array with 4 axes
np.mean(img, axis=(0, -9))        | -9                  | outside of an array with 4 axes
np.mean(img, axis=(0, 0))         | np.mean(img, axis=(0, 0)) | named twice
np.mean(img, axis=flt)            | flt                 | known beforehand
np.mean(img, axis=img)            | img                 | known beforehand
np.mean(img, keepdims='int8')     | 'int8'              | True or False
np.mean(5)                        | np.mean(5)          | no axes to reduce
img[9]                            | 9                   | outside of an axis with 5 elements
img[::0]                          | 0                   | cannot be 0
img[:0]                           | img[:0]             | is empty
img[1.5]                          | 1.5                 | whole number
img[..., [img, 2]]                | img[..., [img, 2]]  | known beforehand
img['int8']                       | 'int8'              | a column of a table
img[0, 0, 0, 0, 0]                | img[0, 0, 0, 0, 0]  | 5 indices for an array with 4 axes
img[img]                          | img[img]            | True or False
img[mask > 0]                     | img[mask > 0]       | np.where(mask, img, 0)
img[mask > 0, 0]                  | img[mask > 0, 0]    | only index
mask[img > 0]                     | mask[img > 0]       | does not fit
np.sum(img[img > 0] + flt[flt > 0]) | img[img > 0] + flt[flt > 0] | select both with one mask
table[cplx]                       | table[cplx]         | .astype(int)
img + cut                         | img + cut           | `img` has 6 volumes and `cut` has 7
img + cube                        | img + cube          | `cube` of shape (4, 4, 4) do not fit
img + table                       | img + table         | `table` is a list of 3 numbers and
np.concatenate([img, mask])       | np.concatenate([img, mask]) | same number of axes
np.stack([])                      | np.stack([])        | takes a list
img[..., None, None, None, None]  | img[..., None, None, None, None] | 8 axes
np.tile(img, (10**7, 1, 1, 1))    | np.tile(img, (10**7, 1, 1, 1)) | between 1 and 1000
np.repeat(img, 10**15, axis=0)    | np.repeat(img, 10**15, axis=0) | larger than any disk
np.pad(img, 10**9)                | np.pad(img, 10**9)  | larger than any disk
9**9**9                           | 9**9**9             | too large
10**400 * img                     | 10**400             | too large
1 << 100                          | 1 << 100            | 64 bits
cplx > 0                          | cplx > 0            | np.abs
np.max(cplx)                      | np.max(cplx)        | no order
~flt                              | ~flt                | compare first
flt & 1                           | flt & 1             | compare first
-(img > 0)                        | -(img > 0)          | `~a`
(img > 0) - (mask > 0)            | (img > 0) - (mask > 0) | `a ^ b`
min(img)                          | min(img)            | np.min(...)
max(img, flt)                     | max(img, flt)       | np.maximum(a, b)
len(num)                          | len(num)            | an image or a list
np.percentile(img, [5, 1j])       | [5, 1j] | cannot be complex
np.interp(img, [0, 1j], [1, 2])   | [0, 1j] | cannot be complex
np.digitize(img, [1, 2j])         | [1, 2j] | cannot be complex
np.take(img, [0, 1j], axis=0)     | [0, 1j] | cannot be complex
ndimage.convolve(mask, [[[1j]]])  | [[[1j]]] | weights cannot be complex
ndimage.grey_dilation(mask, structure=[[[1j]]]) | [[[1j]]] | structure cannot be complex
ndimage.median_filter(mask, footprint=[[[1j]]]) | [[[1j]]] | footprint cannot be complex
np.percentile(img, 150)           | np.percentile(img, 150) | between 0 and 100
np.transpose(img, (0, 0, 1, 2))   | np.transpose(img, (0, 0, 1, 2)) | each of the 4 axes once
np.reshape(img, (7, 7))           | np.reshape(img, (7, 7)) | cannot be reshaped
np.pad(img, -1)                   | np.pad(img, -1)     | slice instead
np.cumsum(img)                    | np.cumsum(img)      | np.cumsum(img, axis=-1)
np.diff(img, -1)                  | -1                  | cannot be negative
np.isin(img, flt)                 | flt                 | known beforehand
np.digitize(img, [3, 1, 2])       | np.digitize(img, [3, 1, 2]) | increase
np.average(img, weights=table)    | np.average(img, weights=table) | 3 weights
np.argmin(img[mask > 0])          | np.argmin(img[mask > 0]) | np.where
np.corrcoef(img[mask>0], flt[mask>0]) | np.corrcoef(img[mask>0], flt[mask>0]) | more axes
np.corrcoef(img[0, 0], flt[0, 0]) | np.corrcoef(img[0, 0], flt[0, 0]) | .ravel()
img.dtype                         | img.dtype           | dtype int16 where an image
None                              | None                | None where an image
[]                                | []                  | empty list
missing + img                     | missing             | `missing` is not an input
msk + img                         | msk                 | Did you mean mask?
"""


def rows(table: str) -> list[object]:
    found = []
    for line in table.strip().splitlines():
        formula, culprit, words = (
            part.strip().replace(r"\|", "|") for part in re.split(r"(?<!\\) \| ", line)
        )
        found.append(pytest.param(formula, culprit, words, id=formula))
    return found


PYTHON_WORDS = re.compile(
    r"Traceback|invalid syntax|NoneType|object has no|SyntaxError|<ast|AttributeError|sys\.set"
)


def check_message(error: FormulaError) -> None:
    """Every message is whole sentences without Python's own words."""
    assert error.message[-1] in ".?"
    assert not error.message.endswith(("..", "?.", ".?"))
    assert not PYTHON_WORDS.search(error.message)
    long = error.formula is not None and (len(error.formula) > WIDEST or "\n" in error.formula)
    if error.formula is not None and not long:
        # What commands a terminal is shown as one sign.
        assert _printable(error.formula) in str(error)


def _printable(text: str) -> str:
    return "".join(
        c if c.isprintable() or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


@pytest.mark.parametrize(("formula", "culprit", "words"), rows(SYNTAX))
def test_wrong_text_is_refused_before_any_input_is_known(formula, culprit, words):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    error = caught.value
    assert words in error.message
    assert error.formula == formula
    assert formula[slice(*error.span)] == culprit
    check_message(error)


@pytest.mark.parametrize(("formula", "culprit", "words"), rows(INFERENCE))
def test_a_mistake_is_found_before_a_voxel_is_read(formula, culprit, words):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, INPUTS)
    error = caught.value
    assert words in error.message
    assert error.formula == formula
    assert formula[slice(*error.span)] == culprit
    check_message(error)


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("img & 1 == 0", "(img & 1) == 0"),
        ("1 == img | 1", "1 == (img | 1)"),
        ("0 < img & 7 < 3", "(0 < (img & 7)) & ((img & 7) < 3)"),
        ("0 < (img & 2) < 3", "(0 < (img & 2)) & ((img & 2) < 3)"),
        ("(img > 0) & (flt > 0)", "np.logical_and(img > 0, flt > 0)"),
        ("img > (0 & img)", "img > 0"),
        ("(flt > 0) | (img > 0) == (img > 1)", "(img > 0) == (img > 1)"),
        ("img & img > 0", "img > 0"),
        ("img == img & num", "img == (img & num)"),
    ],
)
def test_bits_are_combined_before_comparisons_as_in_python(formula, same):
    values = {"img": np.arange(-4, 8), "flt": np.full(12, -1.0), "num": 3}
    np.testing.assert_array_equal(compute(formula, values), eval(same, {"np": np, **values}))


def test_carets_stand_below_the_culprit():
    with pytest.raises(FormulaError) as caught:
        inferred("img +\n  np.mean(img, axis=9)", INPUTS)
    assert str(caught.value).splitlines() == [
        "axis=9 is outside of an array with 4 axes; take one from -4 to 3.",
        "",
        "    img +",
        "      np.mean(img, axis=9)",
        "                        ^",
    ]


@pytest.mark.parametrize("formula", ["", "   ", "\n\t\n"])
def test_an_empty_formula(formula):
    with pytest.raises(FormulaError, match="is empty; write an expression"):
        parse(formula)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("(" * 1000 + "img" + ")" * 1000, "nested too deeply"),
        ("[" * 150 + "img" + "]" * 150, "nested"),
        ("np.abs(" * 150 + "img" + ")" * 150, "more than 100 levels"),
        ("-" * 3000 + "img", "levels"),
        ("2**" * 500 + "img", "levels"),
        ("img" + ".T" * 3000, "levels"),
        ("img" + "[0:]" * 3000, "levels"),
        pytest.param(
            "img" + "+img" * 24000,
            "too many terms",
            marks=pytest.mark.skipif(
                not (3, 11) <= sys.version_info < (3, 14),
                reason="Python 3.10 and 3.14 parse so many terms",
            ),
        ),
        ("img+" * 60_000, "240000 characters; the limit is 100000"),
        ("1" * 400 + "*img", "too large"),
        ("1" * 5000 + "*img", "too large"),
        ("\x00img", "U+0000"),
        ("img\ufeff", "U+FEFF"),
        ("img +\u00a0flt", "write a plain one"),
        ("\ud800", "U+D800"),
    ],
    ids=lambda text: text[:20].encode("ascii", "replace").decode(),
)
def test_hostile_text_is_refused_at_once(formula, words):
    started = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        inferred(formula, INPUTS)
    assert words in caught.value.message
    check_message(caught.value)
    assert time.perf_counter() - started < 3
    assert sys.getrecursionlimit() < 2000


def test_a_sum_of_five_thousand_terms_works():
    formula = "img" + " + img" * 4999
    image = np.full((2, 2, 2), 3, np.int16)
    result = compute(formula, {"img": image})
    assert result.dtype == np.int32
    assert (result == 15_000).all()
    assert input_names(formula) == ("img",)
    assert len(normalised(formula).split()) == 9999


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("  img + \n\n flt  ", "img+flt"),
        ("img\r\n+ flt", "img + flt"),
        ("img +\r flt", "img + flt"),
        ("\timg+\\\nflt", "img + flt"),
        ("((img)) + (flt)", "img + flt"),
        ("np.abs(img)", "abs(img)"),
        ("img.mean(axis=0)", "np.mean(img, axis=0)"),
        ("img.astype('int16')", 'img.astype("int16")'),
        ("img.reshape(3, -1)", "img.reshape((3, -1))"),
    ],
)
def test_spelling_does_not_count(formula, same):
    assert normalised(formula) == normalised(same)


@pytest.mark.parametrize(
    ("formula", "other"),
    [
        ("img + 1", "img + 1.0"),
        ("img + 1", "img + True"),
        ("img - flt", "flt - img"),
        ("img - (flt - num)", "img - flt - num"),
        ("img[1:]", "img[:1]"),
        ("img[1, 2]", "img[1][2]"),
        ("np.mean(img, axis=0)", "np.mean(img, 0)"),
        ("np.mean(img, axis=0, keepdims=True)", "np.mean(img, keepdims=0, axis=True)"),
        ("img * 0.1", "img * 0.10000000000000002"),
        ("img.T", "img.real"),
        ("np.sum([img, flt])", "np.sum((img)) + flt"),
    ],
)
def test_other_formulas_are_other_texts(formula, other):
    assert normalised(formula) != normalised(other)


def test_names_of_inputs_in_the_order_of_the_text():
    assert input_names("np.where(m > 0, b - a, np.pi) + a.mean() + np.float32(z)") == (
        "m",
        "b",
        "a",
        "z",
    )
    assert input_names("1 + 2") == ()
    assert input_names("größe * 2") == ("größe",)


@pytest.mark.parametrize(
    "name", ["np", "abs", "True", "float", "class", "a b", "", "_a", "1a", "len"]
)
def test_what_cannot_be_the_name_of_an_input(name):
    assert not is_input_name(name)


@pytest.mark.parametrize(
    "name", ["view", "number", "numbers", "concatenate", "pad", "broadcast", "add", "mean", "t"]
)
def test_inputs_may_have_the_names_of_operations(name):
    image = np.arange(24.0).reshape(2, 3, 4)
    result = compute(
        f"{name}[:, 1:] - np.mean({name}, axis=0, keepdims=True)[:, 1:]", {name: image}
    )
    np.testing.assert_allclose(result, image[:, 1:] - image.mean(0, keepdims=True)[:, 1:])


SIGNS = "( ) [ ] , : . + - * / ** == < ... ~ & | { } = := ; # @ \\ ' \" \n \r \t é ² ÿ"
WORDS = (
    "img mask num np. mean sum axis= T shape astype 0 1 2.5 -1 1e999 0b 1j 'int8' None not if in"
)
PIECES = st.sampled_from([*SIGNS.split(" "), *WORDS.split(), "lambda", "else", "await", "yield"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECES, max_size=12).map(" ".join)
    | st.lists(PIECES, max_size=12).map("".join)
    | st.text(max_size=30)
)
def test_whatever_the_text_only_a_formula_error_comes_out(text):
    error = mistake(text)
    if error is not None:
        check_message(error)
        assert error.span is None or 0 <= error.span[0] <= len(text)


def mistake(text):
    try:
        inferred(text, INPUTS)
    except FormulaError as error:
        return error
    return None


def test_a_function_that_needs_a_later_numpy():
    numpy = VOCABULARY.namespaces[0]
    older = {name: row for name, row in numpy.functions.items() if row != "bitwise_count"}
    numpy = numpy.changed(functions=older, absent={"bitwise_count": "it needs NumPy 2"})
    with pytest.raises(FormulaError, match=r"np\.bitwise_count is .*; it needs NumPy 2\."):
        language.parse("np.bitwise_count(img)", VOCABULARY.changed(namespaces=(numpy,)))


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("a + " * 2000 + "np.maen(b)" + " - c" * 2000, "a + np.maen(b) - c"),
        ("np.abs(" * 500 + "a" + ")" * 500, "np.abs(np.abs("),
        ("a" + " + m" * 3000 + " + b", "+ m"),
        ("".join(f"v{k} = a\n" for k in range(3000)) + "np.maen(a)", "np.maen(a)"),
    ],
)
def test_of_a_long_formula_the_part_around_the_culprit_is_shown(formula, shown):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": np.zeros((2, 2, 2)), "b": np.zeros((3, 3, 3)), "m": [1, 2]})
    text = str(caught.value)
    assert shown in text
    assert len(text) < 1500
    carets = max(text.split("\n"), key=lambda line: line.count("^"))
    above = text.split("\n")[text.split("\n").index(carets) - 1]
    part = above[carets.index("^") : carets.rindex("^") + 1]
    assert formula[slice(*caught.value.span)].startswith(part[:20])


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("mask^2", "`mask^2` flips bits (exclusive or); a power is written `mask**2`"),
        ("np.sum((mask + 1) ^ 3)", "a power is written `(mask + 1)**3`"),
        ("mask ^ 1", ""),
        ("mask ^ mask", ""),
        ("np.bitwise_xor(mask, 2)", ""),
        ("mask**2", ""),
    ],
)
def test_a_power_of_other_languages_is_noted(formula, said):
    notes = inferred(formula, {"mask": np.ones((2, 2, 2), np.uint8)}).notes
    assert len(notes) == bool(said)
    assert all(said in note.message for note in notes)


def test_what_looks_like_a_comma_may_stand_in_a_comment_and_in_a_name():
    formula = 'table["a\uff0cb"] * 2  # a\uff0cb'
    assert inferred(f"img * {formula}", {"img": np.ones((2, 2, 2)), "table": {"a\uff0cb": 1.0}})
