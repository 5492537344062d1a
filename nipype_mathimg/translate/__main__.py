"""Write the tables of the guide: ``python -m nipype_mathimg.translate``."""

from __future__ import annotations

from nipype_mathimg.translate.tables import pages

for page, text in pages():
    page.write_text(text, encoding="utf-8")
    print(page)
