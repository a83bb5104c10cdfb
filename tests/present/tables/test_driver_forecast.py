from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

import pfkit as pf
from pfkit.period import FiscalCalendar
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.measures.test_driver_forecast import _company
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About


@pytest.fixture(scope="module")
def told() -> pf.DriverForecast:
    """Forecast a small company."""
    return pf.driver_forecast(_company(24), period=FiscalCalendar().period("2025-12"), paths=500)


@pytest.mark.parametrize("show", ["months", "drivers", "compared"])
def test_every_number_of_a_message_has_its_cell(
    told: pf.DriverForecast,
    show: Literal["months", "drivers", "compared"],
    about: About,
    compiled: Callable[..., bytes],
) -> None:
    shown = tables.driver_forecast(told, show=show, about=about)
    assert shown.facts
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert compiled(shown).startswith(b"%PDF")


def test_the_months_tell_the_total_and_which_forecast_to_use(
    told: pf.DriverForecast, about: About
) -> None:
    shown = tables.driver_forecast(told, about=about)
    total = told.years.iloc[0]
    text = plain(shown.message)
    assert text.startswith(f"Over 12 months recurring revenue comes to {total['total'] / 1000:.1f}")
    assert f"(80 %: {total['low'] / 1000:.1f} to {total['high'] / 1000:.1f})" in text
    rates = told.compared["error_rate"] * 100
    assert (
        f"drivers were off by {rates[0]:.1f} % and the direct forecast by {rates[1]:.1f} %" in text
    )
    assert shown.notes[0].startswith("To use: the ")
    assert shown.data["role"].tolist() == ["item"] * 12 + ["total"] * 2


def test_what_was_not_replayed_is_said(about: About) -> None:
    short = pf.driver_forecast(_company(15), period=FiscalCalendar().period("2025-03"), paths=200)
    shown = tables.driver_forecast(short, show="compared", about=about)
    assert shown.message.startswith("There is too little to replay")
    assert "replayed" not in tables.driver_forecast(short, about=about).message
