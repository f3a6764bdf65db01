"""Weekly and monthly reports as data, and the weekly sample for quality review (F7, H1): docs/reports.md."""

from handlers.reports.periods import Period, PeriodProblem, last_closed, parse
from handlers.reports.settings import ReportSettings
from handlers.reports.writing import compute, draw_sample, recompute, write_due

__all__ = [
    "Period",
    "PeriodProblem",
    "ReportSettings",
    "compute",
    "draw_sample",
    "last_closed",
    "parse",
    "recompute",
    "write_due",
]
