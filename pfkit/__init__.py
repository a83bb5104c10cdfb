"""What an analyst types: every public name, and nothing else."""

from __future__ import annotations

from pfkit import demo
from pfkit.book import Book, check_book, open_book
from pfkit.conform.decide import accept, fix
from pfkit.conform.single import check_file
from pfkit.contracts import About
from pfkit.errors import (
    BookError,
    ContractError,
    ControlError,
    MeasureError,
    ParameterError,
    PeriodError,
    PfkitError,
    ReportError,
    SourceError,
)
from pfkit.measures import (
    Summary,
    bridge,
    budget_lines,
    changed,
    comments,
    constant_currency,
    control_states,
    controls,
    conversions,
    decisions,
    driver,
    held_back,
    joins,
    materiality,
    npv,
    payback,
    pnl,
    product_pnl,
    restated,
    roi,
    sparks,
    summary,
    tiles,
    trend,
    usage,
    variance,
    xnpv,
)
from pfkit.period import FiscalCalendar, Period
from pfkit.present import figures, tables, words
from pfkit.publish.diff import Diff, diff
from pfkit.publish.lint import lint
from pfkit.publish.product import only
from pfkit.publish.record import record
from pfkit.publish.run import run

__all__ = [
    "About",
    "Book",
    "BookError",
    "ContractError",
    "ControlError",
    "Diff",
    "FiscalCalendar",
    "MeasureError",
    "ParameterError",
    "Period",
    "PeriodError",
    "PfkitError",
    "ReportError",
    "SourceError",
    "Summary",
    "accept",
    "bridge",
    "budget_lines",
    "changed",
    "check_book",
    "check_file",
    "comments",
    "constant_currency",
    "control_states",
    "controls",
    "conversions",
    "decisions",
    "demo",
    "diff",
    "driver",
    "figures",
    "fix",
    "held_back",
    "joins",
    "lint",
    "materiality",
    "npv",
    "only",
    "open_book",
    "payback",
    "pnl",
    "product_pnl",
    "record",
    "restated",
    "roi",
    "run",
    "sparks",
    "summary",
    "tables",
    "tiles",
    "trend",
    "usage",
    "variance",
    "words",
    "xnpv",
]
