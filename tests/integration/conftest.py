"""The same Nipype settings as for the interfaces; nothing is written to the home folder."""

from __future__ import annotations

import os
import tempfile

from tests.interfaces.conftest import nipype_settings, service

__all__ = ["nipype_settings", "service"]

# niworkflows imports TemplateFlow, which fills its folder when it is imported.
os.environ.setdefault("TEMPLATEFLOW_HOME", tempfile.mkdtemp(prefix="templateflow_"))
os.environ.setdefault("TEMPLATEFLOW_AUTOUPDATE", "off")
