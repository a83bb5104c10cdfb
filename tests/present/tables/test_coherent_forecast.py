from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit import measures
from pfkit.measures.fleet.periods import labels
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit


@pytest.fixture
def sold() -> pd.DataFrame:
    """Give 42 months of five products to June 2026."""
    random = np.random.default_rng(8)
    months = labels(12, 2023 * 12 + np.arange(42))
    parts = [
        pd.DataFrame({"family": f"F{k % 2}", "product": f"P{k}", "period": months}).assign(
            amount=(level + random.normal(0, 0.1 * level, 42)).round(2)
        )
        for k, level in enumerate((90_000.0, 40_000.0, 30_000.0, 8_000.0, 5_000.0))
    ]
    return pd.concat(parts, ignore_index=True)


def _said(sold: pd.DataFrame, overrides: pd.DataFrame | None = None) -> pd.DataFrame:
    return measures.coherent_forecast(
        sold,
        by=["family", "product"],
        horizon=6,
        tier="fast",
        begun=True,
        samples=100,
        overrides=overrides,
    )


def _holds(found: Exhibit) -> bool:
    return bool(found.facts) and all(
        rederive(fact, found.data) == fact.text for fact in found.facts
    )


def test_the_year_is_printed_with_what_moved(
    sold: pd.DataFrame, about: About, compiled: Callable[..., bytes]
) -> None:
    said = _said(sold)
    found = tables.coherent_forecast(said, about=about, top=2)
    assert [row[0] for row in found.printed] == ["F0 · P0", "F1 · P1", "F0", "F1", "Total"]
    total = said[(said["depth"] == 0) & (said["period"] == "FY2026")].iloc[0]
    lands, alone = (f"{total[name] / 1000:,.1f}".replace(",", " ") for name in ("mean", "base"))
    assert plain(found.message).startswith(
        f"FY2026 lands at {lands} kEUR where all sums agree; by itself the company's forecast is "
        f"{alone} kEUR, and of its parts "
    )
    assert _holds(found)
    assert len(found.data) == len(said)
    assert "bounds of parts do not add up" in found.notes[0]
    assert compiled(found).startswith(b"%PDF")


def test_an_override_is_named_and_nobody_who_set_it(sold: pd.DataFrame, about: About) -> None:
    asked = pd.DataFrame(
        [("O-7", "F0", "FY2026", 60_000.0, "Ines Moreau", "A tender was won")],
        columns=["override", "family", "period", "change", "entered_by", "reason"],
    )
    found = tables.coherent_forecast(_said(sold, asked), about=about)
    assert "Held by overrides: O-7." in found.notes[0]
    assert "effect" in [column.name for column in found.columns]
    total = next(row for row in found.printed if row[0] == "F0")
    assert "+60.0" in [plain(cell) for cell in total]
    assert "Ines" not in found.data.to_csv()


def test_a_month_may_be_printed_instead(sold: pd.DataFrame, about: About) -> None:
    found = tables.coherent_forecast(_said(sold), period="2026-07", about=about)
    assert found.title.count("2026-07") == 1
    assert _holds(found)


def test_a_period_beyond_the_horizon_is_told(sold: pd.DataFrame, about: About) -> None:
    found = tables.coherent_forecast(_said(sold), period="FY2027", about=about)
    assert "No forecast of FY2027 adds up" in plain(found.message)


def test_a_book_without_revenue_says_so(about: About) -> None:
    assert tables.coherent_forecast(pd.DataFrame(), about=about).data.empty
