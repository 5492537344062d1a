"""Commands that take a formula, which may begin with a minus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nipype_mathimg.cli.meant import (
    as_meant,
    inputs_of,
    is_file,
    no_option,
    of_other_commands,
    order_of,
    said_elsewhere,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["LISTS", "WORDS", "FormulaCommand", "is_of_fslmaths", "of_fslmaths"]

LISTS = "nipype_mathimg.lists"
"""Where a context keeps the names of inputs that are lists, also of one file."""

WORDS = "nipype_mathimg.words"
"""Where a context keeps the words of the command line, as they were given."""

_NUMBER = re.compile(r"-\.?\d")
"""A negative number, which is no option."""

_SHORT = re.compile(r"-[a-zA-Z]\w*")
"""What looks like an option, and could be a formula only where one stands."""

_ATTACHED = re.compile(r"(-[a-zA-Z])[^\W\d]\w*=(?!=)")
"""An option with its value in one word: ``-ibold=bold.nii.gz``."""


class FormulaCommand(click.Command):
    """A command whose first argument is a formula: ``-np.log10(p)`` is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command.parse_args`."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        ctx.meta[WORDS] = list(args)
        options, others = self._sorted(ctx, args)
        if not others and LISTS in ctx.meta:
            ctx.fail(
                "FORMULA is missing: what stands behind -i NAME is taken as its files, up to the "
                "next option. Put FORMULA, and OUT_FILE, in front of it."
            )
        names = [one.human_readable_name for one in self.get_params(ctx) if _is_argument(one)]
        place = names.index("FORMULA")
        if is_of_fslmaths(others[place:]):
            ctx.fail(of_fslmaths(others[place:]))
        if len(others) > place and is_file(others[place]):
            ctx.fail(order_of(self.name or "", others[place:], len(names) - place))
        odd = [k for k, word in enumerate(others) if _SHORT.fullmatch(word) and k != place]
        if len(others) > len(names) and (odd or _SHORT.fullmatch(others[place])):
            words = others[odd[0] if odd else place :]
            ctx.fail(no_option(self.name or "", words, self.get_params(ctx)))
        # A long option that is unknown has left its value there; click names the nearest.
        is_known = {name for one in self.get_params(ctx) for name in one.opts}.__contains__
        unknown = [one for one in options if one.startswith("--") and not is_known(_name(one))]
        if unknown and _name(unknown[0])[2:] in inputs_of(others[place : place + 1]):
            ctx.fail(
                f"No such option {_name(unknown[0])!r}. Give an input with -i "
                f"{_name(unknown[0])[2:]}=FILE."
            )
        if unknown:
            option = _name(unknown[0])
            said = said_elsewhere(option, self.get_params(ctx)) or of_other_commands(ctx, option)
            if said:
                ctx.fail(f"No such option {option!r}. {said}")
        if len(others) > len(names) and not unknown:
            surplus = others[len(names)]
            ctx.fail(
                f"{surplus!r} is one argument too many: {self.name} takes {' and '.join(names)}. "
                f"{as_meant(others[place:], surplus)}"
            )
        # Behind -- click looks for no options, so that a formula may begin with a minus.
        return super().parse_args(ctx, [*options, "--", *others])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """See `click.Command.shell_complete`; a word that is no option may be a file."""
        from click.shell_completion import CompletionItem

        found = super().shell_complete(ctx, incomplete)
        # bash cuts NAME=FILE at "=", so that FILE stands behind a word that click has no use for.
        files = [] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")]
        return [*found, *files]

    def _sorted(self, ctx: click.Context, args: Sequence[str]) -> tuple[list[str], list[str]]:
        """Tell options with their values from all other words."""
        known = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        takes_value = {
            name: not (one.is_flag or one.count or one.is_eager)
            for one in known
            for name in (*one.opts, *one.secondary_opts)
        }
        # A short name is looked for among the long ones first, and how it could have been meant.
        long = {name: max(one.opts, key=len) for one in known for name in one.opts}
        options: list[str] = []
        others: list[str] = []
        left = list(reversed(args))
        while left:
            word = left.pop()
            attached = _ATTACHED.match(word)
            if word == "--":
                others += reversed(left)
                break
            if word in ("-i", "--input"):
                options += _input_words(ctx, left)
            elif word in takes_value:
                if takes_value[word] and not left:
                    ctx.fail(f"{word} needs a value behind it; see mathimg {self.name} --help.")
                options += [long.get(word, word), *([left.pop()] if takes_value[word] else [])]
            # Unknown ones too: click refuses them and names the nearest option.
            elif word.startswith("--") or (attached and attached[1] in takes_value):
                options.append(word)
            else:
                others.append(word)
        return options, others


def is_of_fslmaths(words: Sequence[str]) -> bool:
    """Tell whether words are a command of fslmaths: a file, then an operation.

    Examples
    --------
    >>> is_of_fslmaths(["bold.nii.gz", "-thr", "5"]), is_of_fslmaths(["-thr", "bold.nii.gz"])
    (True, False)
    """
    is_operation = len(words) > 1 and re.fullmatch("-[a-zA-Z]+", words[1]) is not None
    return is_operation and is_file(words[0])


def of_fslmaths(words: Sequence[str]) -> str:
    """Return what is said of a command of fslmaths."""
    return (
        f"{words[1]} is an operation of fslmaths; see how the command is written here by mathimg "
        f'translate "fslmaths {" ".join(words)}"'
    )


def _name(option: str) -> str:
    """Return the name of an option, without a value behind ``=``."""
    return option.partition("=")[0]


def _input_words(ctx: click.Context, left: list[str]) -> list[str]:
    """Return what belongs to ``-i``: NAME=FILE, or NAME and all files up to the next option.

    Parameters
    ----------
    ctx : click.Context
        Is told which names are lists.
    left : list of str
        The words behind it, the next one last; those that belong to it are taken out.
    """
    name = left.pop() if left else ""
    if "=" in name or not name.isidentifier():
        return ["--input", name]
    if left and left[-1].startswith("="):
        ctx.fail(f"Write -i {name}=FILE without blanks around the =.")
    ctx.meta.setdefault(LISTS, set()).add(name)
    words = []
    while left and (not left[-1].startswith("-") or _NUMBER.match(left[-1])):
        words += ["--input", f"{name}={left.pop()}"]
    return words or ["--input", name]


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)
