"""``python -m bench attribution``: its rules of thumb and its scores, by hand."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from bench import attribution
from bench._attributed import simulate
from bench._attributed_rules import RULES, Panel, expansion, panel, within
from bench._attributed_scores import by_company, by_kind, cells
from bench._attributed_tracking import line, tracking

if TYPE_CHECKING:
    from pathlib import Path


def one_customer() -> Panel:
    """Return who pays ten a month, sixteen once B comes in month 2, 22 once A comes in month 4."""
    revenue = np.array([[10.0, 10.0, 16.0, 16.0, 22.0, 22.0]])
    first = np.array([[4, 2]])
    units = np.zeros((2, 1, 6), dtype=np.float32)
    units[1, 0, 2:] = 1
    units[0, 0, 4:] = 3
    return Panel(("A", "B"), revenue, revenue, first, units)


def test_expansion_is_what_is_paid_above_the_usual() -> None:
    assert expansion(one_customer()).tolist() == [[0, 0, 6, 6, 12, 12]]


@pytest.mark.parametrize(
    ("rule", "credit"),
    [
        ("last touch", [24, 12]),  # 12 + 12 to A, 6 + 6 to B
        ("first touch", [0, 36]),
        ("linear touch", [12, 24]),  # A gets half of 24
        ("usage share of expansion", [18, 18]),  # A gets three quarters of 24
        ("Markov removal", [18, 18]),  # without either nobody expands
        ("before/after", [2 * (22 - 13), 4 * (19 - 10)]),
    ],
)
def test_credit_by_hand(rule: str, credit: list[float]) -> None:
    assert RULES[rule](one_customer()).tolist() == pytest.approx(credit)


def test_two_way_effects_are_those_of_dummy_variables() -> None:
    rng = np.random.default_rng(3)
    there = rng.random((12, 8)) < 0.8
    values = rng.normal(size=(2, 12, 8))
    held = within(values, there)
    who, month = np.nonzero(there)
    dummies = np.column_stack([who[:, None] == np.arange(12), month[:, None] == np.arange(8)])
    for kept, full in zip(held, values, strict=True):
        fit = dummies @ np.linalg.lstsq(dummies.astype(float), full[there], rcond=None)[0]
        assert kept[there] == pytest.approx(full[there] - fit, abs=1e-6)
        assert (kept[~there] == 0).all()


def test_a_panel_holds_the_ledger_with_returns_at_their_charge() -> None:
    company = simulate(2, accounts=300)
    known = panel(company)
    assert known.revenue.sum() == pytest.approx(company.ledger["amount"].sum(), rel=1e-6)
    assert (known.local >= -1e-9).all()
    assert tuple(known.features) == tuple(company.releases["feature"])


def told() -> pd.DataFrame:
    """Return a company of four features, and what two methods say of them."""
    kinds = ["waves", "opt_in", "null", "forced"]
    returns = pd.DataFrame(
        {
            "feature": ["A", "B", "C", "D"],
            "kind": kinds,
            "incremental": [100.0, 60.0, 0.0, 500.0],
            "cost": [50.0, 50.0, 10.0, 100.0],
            "roi": [0.0, -0.4, -1.0, 1.5],
        }
    )
    company: Any = SimpleNamespace(name="one", returns=returns, gross_margin=0.5)
    rule = pd.DataFrame({"feature": ["A", "B", "C", "D"], "incremental": [180.0, 60, 40, 0]})
    ours = rule.assign(
        incremental=[110.0, np.nan, 5, np.nan],
        lo90=[90.0, np.nan, 1, np.nan],
        hi90=[130.0, np.nan, 9, np.nan],
        verdict=["randomized", "not_identified", "supported", "not_identified"],
    )
    return pd.concat([cells(company, "last touch", rule), cells(company, "pfkit", ours)])


def test_scores_by_hand() -> None:
    rule, ours = by_company(told()).to_dict("records")
    assert rule["wape"] == pytest.approx((80 + 0 + 40) / 160)
    assert rule["kept_back"] == 0
    assert ours["wape"] == pytest.approx((10 + 60 + 5) / 160)  # B, refused, counts as nothing
    assert ours["wape_said"] == pytest.approx(15 / 100)
    assert ours["cut"] == pytest.approx(1 - (75 / 160) / (120 / 160))
    assert ours["covered"] == 0.5  # A inside, C outside its interval
    assert (ours["null_claims"], ours["kept_back"]) == (1, 1)
    assert ours["false_refusals"] == pytest.approx(1 / 3)
    kinds = by_kind(told()).set_index("kind")
    assert kinds.loc["null", "below"] == 1
    assert kinds.loc["waves", "bias"] == pytest.approx(0.1)


def test_the_bench_prints_every_rule_and_writes_its_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, kept = tmp_path / "page.html", tmp_path / "cells.csv"
    given = ["--seeds", "1", "--accounts", "1500", "--draws", "10"]
    assert attribution.main([*given, "--page", str(page), "--cells", str(kept)]) == 0
    printed = capsys.readouterr().out
    assert all(rule in printed for rule in (*RULES, "pfkit", "ledger residual at most 0.00"))
    assert "<svg" in page.read_text(encoding="utf-8")
    answers = pd.read_csv(kept)
    assert set(answers["method"]) == {*RULES, "pfkit"}
    ours = answers[answers["method"] == "pfkit"].set_index("kind")["incremental"]
    assert ours.loc[["forced", "tiny"]].isna().all()
    assert ours.notna().any()


def test_tracking_is_told_with_its_count_and_bound() -> None:
    """Eight companies of two features: the kit is 0.1 off, the rule 1.0; a refused one is left."""
    rows = []
    for seed in range(8):
        base = {"company": f"C{seed}", "kind": "opt_in", "true_roi": 0.5}
        rows += [base | {"feature": "F1", "method": "pfkit", "roi": 0.6 - 0.01 * seed}]
        rows += [base | {"feature": "F1", "method": "last touch", "roi": 1.5 + 0.01 * seed}]
        rows += [base | {"feature": "F2", "method": "pfkit", "roi": np.nan}]
        rows += [base | {"feature": "F2", "method": "last touch", "roi": 1.5}]
        rows += [base | {"feature": "F3", "kind": "forced", "method": "pfkit", "roi": 9.0}]
    found = tracking(pd.DataFrame(rows))
    # errors: .1 + .09 + ... + .03 = .52 against 8 + .28, of 8 x .5
    assert (found.error, found.rule_error) == pytest.approx((0.52 / 4, 8.28 / 4))
    assert found.count == 8
    assert line(found).startswith(
        "ROI tracking accuracy: claimed at 40% over 8 features of made-up companies (8 refused or "
        "untold): WAPE of ROI 0.130 against 2.070 by last touch, 93.7% less (90% interval "
    )
    kept = pd.DataFrame(rows).assign(kind=lambda table: table["kind"].replace("opt_in", "null"))
    again = tracking(pd.read_csv(io.StringIO(kept.to_csv(index=False))))
    assert (again.count, again.value) == (8, found.value)
    few = line(tracking(pd.DataFrame(rows[:10])))
    assert few.endswith("2 closed initiatives are compared, 8 are needed")
