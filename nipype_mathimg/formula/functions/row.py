"""One row of the function table, and how a call is matched with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nipype_mathimg.errors import FormulaError, nearest
from nipype_mathimg.formula.functions.index import key_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, is_number
from nipype_mathimg.frozen import Frozen

__all__ = ["Arguments", "Function"]


class Arguments(dict[str, Operand]):
    """The arguments of one call, by the names in the signature."""

    def given(self, name: str) -> bool:
        """Tell whether an argument was given, and is not None."""
        value = self[name]
        return not (isinstance(value, Static) and value.value is None)

    def given_at(self, name: str) -> bool:
        """Tell whether there is such an argument, and it was given."""
        return name in self and self.given(name)


class Function(Frozen):
    """One function of the formula language.

    Parameters
    ----------
    name : str
        The name after ``np.``, or after another namespace; with brackets, as ``len()``, for a
        function without a namespace.
    signature : str
        Parameters with their defaults, as in ``"a, axis=None, keepdims=False"``.
    lower : callable
        Turns a call into operations.
    namespace : str
        What a formula writes before the name and a dot.
    """

    name: str
    signature: str
    lower: Callable[[Builder, Arguments], Operand]
    namespace: str = "np"

    @property
    def key(self) -> str:
        """The name in the table: the functions of NumPy go by their names alone."""
        return key_of("" if self.name.endswith("()") else self.namespace, self.name)

    @property
    def spelling(self) -> str:
        """How a formula writes the function: ``np.mean``, ``len``."""
        return self.name[:-2] if self.name.endswith("()") else f"{self.namespace}.{self.name}"

    def __call__(
        self, build: Builder, args: Sequence[Operand], kwargs: Sequence[tuple[str, Operand]] = ()
    ) -> Operand:
        """Turn a call with these arguments into operations."""
        try:
            return self.lower(build, self.bind(build, args, kwargs))
        except FormulaError:
            self._check_turned(build, args, kwargs)
            raise

    def _check_turned(
        self, build: Builder, args: Sequence[Operand], kwargs: Sequence[tuple[str, Operand]]
    ) -> None:
        """Refuse a call that would do with its first two arguments turned round."""
        if len(args) < 2 or not is_number(args[0]) or not isinstance(args[1], Op | Masked):
            return
        span = build.span
        try:
            self.lower(build, self.bind(build, [args[1], args[0], *args[2:]], kwargs))
        except FormulaError:
            return
        number, image = (build.formula[slice(*build.spans[id(arg)])] for arg in args[:2])
        raise build.fail(
            f"The image comes first in {self.spelling}; write "
            f"`{self.spelling}({image}, {number})`",
            span,
        )

    @property
    def parameters(self) -> dict[str, str | None]:
        """Names of the parameters and the text of their defaults, None where required."""
        found: dict[str, str | None] = {}
        for part in self.signature.split(", "):
            name, _, default = part.partition("=")
            found[name] = default or None
        return found

    def bind(
        self, build: Builder, args: Sequence[Operand], kwargs: Sequence[tuple[str, Operand]]
    ) -> Arguments:
        """Match the arguments of a call with the signature.

        Raises
        ------
        FormulaError
            An argument is missing, unknown, or there are too many.
        """
        parameters = self.parameters
        if len(args) > len(parameters):
            raise build.fail(
                f"{self.spelling} takes at most {len(parameters)} arguments "
                f"({self.signature}), not {len(args)}"
            )
        values: dict[str, Operand] = dict(zip(parameters, args, strict=False))
        for name, value in kwargs:
            if name not in parameters:
                raise build.wrong(
                    value,
                    f"{self.spelling} has no argument `{name}` here; it takes "
                    f"({self.signature}).{nearest(name, parameters)}",
                )
            if name in values:
                raise build.fail(f"{self.spelling}: the argument `{name}` is given twice")
            values[name] = value
        for name, default in parameters.items():
            if name not in values:
                if default is None:
                    required = ", ".join(word for word, text in parameters.items() if text is None)
                    raise build.fail(
                        f"{self.spelling}: the argument `{name}` is missing; write "
                        f"`{self.spelling}({required})`"
                    )
                values[name] = Static(_DEFAULTS[default])
        return Arguments(values)


# Written out, so that nothing here evaluates text: a new default has to be named.
_DEFAULTS: dict[str, object] = {
    "None": None,
    "False": False,
    "True": True,
    "0": 0,
    "1": 1,
    "-1": -1,
    "5": 5,
    "10": 10,
    "100": 100,
    "0.0": 0.0,
    "0.5": 0.5,
    "1e-05": 1e-05,
    "1e-08": 1e-08,
    "3": 3,
    "4.0": 4.0,
    "5.0": 5.0,
    "256": 256,
    "0.0125": 0.0125,
    "0.01": 0.01,
    "32": 32,
    "'L'": "L",
    "'RAS'": "RAS",
    "'constant'": "constant",
    "'upper'": "upper",
    "'mean'": "mean",
    "'reflect'": "reflect",
    "'chessboard'": "chessboard",
}
