"""Commands that take a formula, which may begin with a minus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nipype_mathimg.images.files.containers import CONTAINERS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["LISTS", "WORDS", "FormulaCommand"]

LISTS = "nipype_mathimg.lists"
"""Where a context keeps the names of inputs that are lists, also of one file."""

WORDS = "nipype_mathimg.words"
"""Where a context keeps the words of the command line, as they were given."""

_NUMBER = re.compile(r"-\.?\d")
"""A negative number, which is no option."""

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
        if len(others) > place and _is_file(others[place]):
            ctx.fail(_order(self.name or "", others[place:], len(names) - place))
        if len(others) > len(names) and re.fullmatch(r"-[a-zA-Z]", others[0]):
            ctx.fail(f"There is no option {others[0]}; see mathimg {self.name} --help.")
        # A long option that is unknown has left its value there; click names the nearest.
        is_known = {name for one in self.get_params(ctx) for name in one.opts}.__contains__
        unknown = [one for one in options if one.startswith("--") and not is_known(_name(one))]
        if len(others) > len(names) and not unknown:
            ctx.fail(
                f"{others[len(names)]!r} is one argument too many: {self.name} takes "
                f"{' and '.join(names)}. Give an input with -i NAME=FILE."
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
                options += [
                    long.get(word, word),
                    *([left.pop()] if takes_value[word] and left else []),
                ]
            # Unknown ones too: click refuses them and names the nearest option.
            elif word.startswith("--") or (attached and attached[1] in takes_value):
                options.append(word)
            else:
                others.append(word)
        return options, others


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


def _is_file(word: str) -> bool:
    return word.lower().endswith(tuple(CONTAINERS)) and not word.startswith("@")


def _order(command: str, words: Sequence[str], count: int) -> str:
    formula = next((word for word in words if not _is_file(word)), "FORMULA")
    shown = f"'{formula}' {words[0]}" if count > 1 else f"'{formula}' -i NAME={words[0]}"
    return f"The formula comes first; write mathimg {command} {shown}"
