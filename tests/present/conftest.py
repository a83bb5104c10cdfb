"""A small company whose every number can be worked out by hand, and a page to set exhibits on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
import pytest
import typst

from pfkit.contracts import About
from pfkit.period import FiscalCalendar
from pfkit.present import look

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

TEMPLATE = Path(__file__).parents[2] / "templates" / "report.typ"
COLUMNS = ["version", "period", "product", "family", "account", "line", "group", "amount"]


@pytest.fixture
def june() -> Period:
    return FiscalCalendar().period("2026-06")


@pytest.fixture
def about(june: Period) -> About:
    return About(
        company="Meridian Software",
        entity="meridian",
        currency="EUR",
        period=june,
        as_of=dt.date(2026, 7, 4),
        sources={"actuals": "General ledger", "budget": "Budget 2026"},
        missing={"usage": 'No usage: add a source with table = "usage".'},
    )


@pytest.fixture
def statement() -> pd.DataFrame:
    """June 2026: sales 130 against 100 planned, refunds 10 against 5; Borea sold 40 of the 130."""
    lines = [
        ("actual", "2026-06", "Atlas", "A", "4000", "Gross sales", "gross", 90_000.0),
        ("actual", "2026-06", "Borea", "B", "4000", "Gross sales", "gross", 40_000.0),
        ("actual", "2026-06", "Atlas", "A", "4100", "Refunds", "returns", -10_000.0),
        ("actual", "2026-05", "Atlas", "A", "4000", "Gross sales", "gross", 110_000.0),
        ("plan", "2026-06", "Atlas", "A", "4000", "Gross sales", "gross", 60_000.0),
        ("plan", "2026-06", "Borea", "B", "4000", "Gross sales", "gross", 40_000.0),
        ("plan", "2026-06", "Atlas", "A", "4100", "Refunds", "returns", -5_000.0),
    ]
    return pd.DataFrame(lines, columns=COLUMNS)


@pytest.fixture
def compiled() -> Callable[..., bytes]:
    """Set exhibits as a report is set: archival and accessible, or not at all."""

    def compile_exhibits(*exhibits: Exhibit, draft: str = "") -> bytes:
        pieces = [exhibit._repr_mimebundle_()["text/vnd.typst"] for exhibit in exhibits]
        source = (
            f"{TEMPLATE.read_text(encoding='utf-8')}\n"
            f'#show: report.with(title: "Test", left: "a", right: "b", draft: "{draft}")\n'
            + "\n".join(pieces)
        )
        fonts = [look.FONTS, Path(mpl.get_data_path()) / "fonts" / "ttf"]
        return typst.compile(
            source.encode("utf-8"),
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["a-3a", "ua-1"],
            timestamp=1_780_000_000,
        )

    return compile_exhibits
