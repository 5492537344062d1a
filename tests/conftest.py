"""Settings that every test relies on."""

from __future__ import annotations

import os

os.environ["NIPYPE_NO_ET"] = "1"
os.environ["NO_ET"] = "1"
