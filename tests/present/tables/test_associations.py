from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import pfkit as pf
from pfkit.present import tables
from pfkit.present.facts import rederive
from tests.measures.test_associations import long, made
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pfkit.contracts import About


def _result(*, planted: float = 1.5, periods: int = 48) -> pd.DataFrame:
    metrics, kpis = made(1, 4, periods=periods), made(2, 2, periods=periods)
    kpis[1:, 0] += planted * metrics[:-1, 2]
    return pf.associations(long(metrics, "metric"), long(np.asarray(kpis), "kpi"), draws=1999)


def test_the_likeliest_is_told_and_called_no_cause(
    about: About, compiled: Callable[..., bytes]
) -> None:
    result = _result()
    assert result["found"].sum() == 1
    shown = tables.associations(result, about=about)
    row = result.iloc[0]
    assert plain(shown.message) == (
        f"1 of 8 pairs moves together, kpi0 with metric2 1 month later ({row['association']:.2f}; "
        f"90 %: {row['low']:.2f} to {row['high']:.2f}): an association, not a cause"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert any("Association, not cause" in note for note in shown.notes)
    assert any("7 pairs" in note for note in shown.notes)
    assert compiled(shown).startswith(b"%PDF")


def test_nothing_found_is_one_line(about: About) -> None:
    shown = tables.associations(_result(planted=0), about=about)
    assert shown.message == (
        "No KPI moves with a product metric by more than chance, after trend, season and memory."
    )


def test_too_few_months_and_no_input_are_one_line_each(about: About) -> None:
    short = tables.associations(_result(periods=20), about=about)
    assert short.message == (
        "No association of product metrics with KPIs can be told: no pair has a history that is "
        "long enough; give more months of usage and of the statement."
    )
    none = tables.associations(_result().head(0), about=about)
    assert none.message.startswith("No association of product metrics with KPIs can be told: that")
