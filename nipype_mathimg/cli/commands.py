"""The group of commands behind ``mathimg``: each module is loaded when it is asked for."""

from __future__ import annotations

import click

from nipype_mathimg.cli.command import is_of_fslmaths, of_fslmaths
from nipype_mathimg.cli.ending import EXIT_STATUS, in_whole_words
from nipype_mathimg.errors import nearest
from nipype_mathimg.lazy import attribute

__all__ = ["main"]


_HOMES = {
    "batch": "batch",
    "compare-headers": "headers",
    "copy-header": "headers",
    "explain": "explain",
    "functions": "information",
    "guide": "information",
    "img": "img",
    "table": "table",
    "translate": "translation",
    "value": "value",
}
"""The commands, and the modules that have them."""


class _Commands(click.Group):
    """The commands, with a word to who begins with the formula.

    To make the options of all of them takes longer than a small image.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        return list(_HOMES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """See `click.Group.get_command`."""
        if name not in _HOMES:
            return None
        function = name.replace("-", "_")
        found = attribute("nipype_mathimg.cli", {function: _HOMES[name]}, function)
        return found if isinstance(found, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """See `click.Group.invoke`."""
        with in_whole_words():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group.resolve_command`; what `main` was given is called then."""
        if is_of_fslmaths(args):
            ctx.fail(of_fslmaths(args))
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(
                f"{args[0]!r} is no command, those are {', '.join(self.list_commands(ctx))}."
                f"{nearest(args[0], self.list_commands(ctx))} "
                "A formula comes after one: mathimg img FORMULA OUT_FILE -i NAME=FILE, or "
                "mathimg value FORMULA -i NAME=FILE"
            )
        found = super().resolve_command(ctx, args)
        if ctx.obj is not None:
            ctx.obj()
        return found


_EPILOG = f"""{EXIT_STATUS}

Names of options and files are completed with the key Tab after
eval "$(_MATHIMG_COMPLETE=bash_source mathimg)" (or zsh_source, fish_source)."""


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG
)
@click.version_option(package_name="nipype_mathimg")
def main() -> None:
    """Compute with images by formulas in NumPy's notation, and copy their headers."""
