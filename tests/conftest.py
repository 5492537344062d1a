"""Settings that every test relies on."""

from __future__ import annotations

import os
import tempfile

# Before Nipype is imported anywhere: no calls home, and no settings of the person who tests.
os.environ["NIPYPE_NO_ET"] = "1"
os.environ["NO_ET"] = "1"
os.environ["NIPYPE_CONFIG_DIR"] = tempfile.mkdtemp(prefix="nipype_config_")
