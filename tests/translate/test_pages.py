"""The pages of the guide have the tables that the rows make."""

from __future__ import annotations

import pytest

from nipype_mathimg.translate.tables import pages


@pytest.mark.parametrize(
    ("page", "text"), list(pages()), ids=lambda value: getattr(value, "name", "")
)
def test_tables_are_up_to_date(page, text):
    assert page.read_text(encoding="utf-8") == text, "run python -m nipype_mathimg.translate"
