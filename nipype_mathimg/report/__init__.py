"""A report of a call on one page: what it wrote, seen, counted and described.

`asked` checks what can be refused before anything is computed, `reading` takes the pictures from
the written files, `page` lays them out, and `writing` makes the file. Loaded only where a report
is asked for; needs matplotlib, the extra ``report``.
"""

from nipype_mathimg.report.asked import check_report
from nipype_mathimg.report.writing import write_report

__all__ = ["check_report", "write_report"]
