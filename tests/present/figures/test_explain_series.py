from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.measures.fleet.periods import period_label
from pfkit.present import figures, tables
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

MONTHS = [period_label(12, 2023 * 12 + k) for k in range(36)]


def _told(*, step: float = 20_000.0, caused: bool = True) -> pf.ExplainedSeries:
    rng = np.random.default_rng(7)
    at = np.arange(36)
    values = 100_000 + step * (at >= 26) + 1_000 * rng.normal(0, 1, 36)
    raised = pd.DataFrame({"name": ["new price"], "kind": ["step"], "period": [MONTHS[26]]})
    return pf.explain_series(
        pd.DataFrame({"period": MONTHS, "amount": values}),
        interventions=raised if caused else None,
        scale="raw",
        model="components",
    )


@pytest.fixture(scope="module")
def told() -> pf.ExplainedSeries:
    """Explain a series that a price moved by 20,000 a month for ten months of the last year."""
    return _told()


def test_the_message_names_the_largest_cause_with_its_interval(
    told: pf.ExplainedSeries, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = figures.explain_series(told, name="net revenue", about=about)
    row = told.causes.set_index("label").loc["new price"]
    assert row["change"] == pytest.approx(200_000, rel=0.1)  # ten months at 20,000
    low, change, high = (f"{row[name] / 1000:+.1f}" for name in ("low", "change", "high"))
    assert plain(shown.message).endswith(
        f"in 2025-01 to 2025-12 against 2024-01 to 2024-12; new price is the largest cause, with "
        f"{change} (80 %: {low} to {high})"
    )
    assert plain(shown.message).startswith("Net revenue rose by ")
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert "New price" in shown.body.svg
    assert "Actual" in shown.body.svg
    assert compiled(shown).startswith(b"%PDF")


def test_parts_of_the_exhibit_add_up(told: pf.ExplainedSeries, about: About) -> None:
    data = figures.explain_series(told, about=about).data.set_index("row_key")
    assert data.drop("total")["change"].sum() == pytest.approx(data.loc["total", "change"])


def test_a_cause_that_may_be_nothing_is_told_so(about: About) -> None:
    causes = _told().causes
    mine = causes["label"] == "new price"
    held = causes.assign(low=causes["low"].mask(mine, -1.0))
    shown = figures.explain_series(replace(_told(), causes=held), about=about)
    assert shown.message.endswith("which may as well be nothing")


def test_without_a_cause_the_largest_part_is_told(about: About) -> None:
    shown = figures.explain_series(_told(caused=False), name="net revenue", about=about)
    assert plain(shown.message).endswith("of it, and no cause is given")
    table = tables.explain_series(_told(caused=False), name="net revenue", about=about)
    assert table.message == "No driver or intervention is given for net revenue."


def test_the_table_tells_coefficients_and_checks(
    told: pf.ExplainedSeries, about: About, compiled: Callable[..., bytes]
) -> None:
    shown = tables.explain_series(told, name="net revenue", about=about)
    assert plain(shown.message) == (
        "1 of 1 cause given moves net revenue beyond chance, new price the surest"
    )
    assert [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]
    assert any(note.startswith("Model: components on the raw scale") for note in shown.notes)
    assert any(note.endswith("checks have no remark.") for note in shown.notes)
    assert compiled(shown).startswith(b"%PDF")


def test_what_failed_stands_in_the_notes(told: pf.ExplainedSeries, about: About) -> None:
    failed = replace(told, summary=told.summary.assign(fallback="sarimax did not converge"))
    for shown in (figures.explain_series(failed, about=about), tables.explain_series(failed)):
        assert any("Sarimax did not converge." in note for note in shown.notes)
    worried = told.diagnostics.assign(
        state="amber", text=[f"w{k}" for k in range(len(told.diagnostics))]
    )
    shown = figures.explain_series(replace(told, diagnostics=worried), about=about)
    assert shown.notes[-1] == f"And {len(worried) - 3} more remarks in diagnostics."
