"""The same Nipype settings as for the interfaces."""

from tests.interfaces.conftest import nipype_settings

__all__ = ["nipype_settings"]
