"""What the values of a result are, where its formula says it: a z score, a p value."""

from __future__ import annotations

from nipype_mathimg.images.headers.codes import INTENTS, label
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import Intent, Note

__all__ = ["with_intent"]


def with_intent(header: NiftiHeader, intent: Intent) -> tuple[NiftiHeader, list[Note]]:
    """Return a header that says what the values are, with the parameters of their distribution.

    Parameters
    ----------
    header : NiftiHeader
        Of the result, not changed.
    intent : Intent
        Code and parameters (nifti1.h, "intent_code").
    """
    result = header.copy()
    result["intent_code"], result["intent_name"] = intent.code, b""
    for k, value in enumerate((*intent.parameters, 0.0, 0.0, 0.0)[:3], start=1):
        result[f"intent_p{k}"] = value
    name = label(INTENTS, intent.code) or str(intent.code)
    numbers = ", ".join(f"{number:g}" for number in intent.parameters)
    of = f" of {numbers}" if numbers else ""
    return result, [Note("intent_code", f"intent {name!r}{of}: the formula ends in one")]
