from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ControlError, MeasureError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.measures.attribution import Attribution


@pytest.fixture(scope="module")
def found(firm) -> Attribution:  # noqa: ANN001 - a fixture of this folder
    return pf.attribution(*firm.tables(), customers=firm.customers(), draws=60)


def _of(found: Attribution, feature: str) -> pd.Series:
    return found.features.set_index("feature").loc[feature]


def _cents(amounts: pd.Series) -> np.ndarray:
    return (amounts.astype(float) * 100).round().astype(int).to_numpy()


def test_a_planted_effect_is_found_and_a_null_is_not(firm, found: Attribution) -> None:  # noqa: ANN001
    export, chat = _of(found, "export"), _of(found, "chat")
    assert export["incremental"] == pytest.approx(firm.truth("export"), rel=0.15)
    assert export["lo90"] < firm.truth("export") < export["hi90"]
    assert chat["lo90"] < 0 < chat["hi90"]
    assert abs(chat["incremental"]) < 0.2 * firm.truth("export")
    assert (export["verdict"], chat["verdict"]) == ("supported", "supported")


def test_lines_add_up_to_the_ledger_in_every_period(firm, found: Attribution) -> None:  # noqa: ANN001
    lines = found.ledger
    total = lines["line"] == "ledger"
    by_period = pd.Series(_cents(lines["amount"]))
    parts = by_period[~total.to_numpy()].groupby(lines["period"].to_numpy()[~total]).sum()
    assert parts.tolist() == by_period[total.to_numpy()].tolist()
    billed = firm.billing().groupby("period")["amount"].sum()
    assert by_period[total.to_numpy()].tolist() == (billed * 100).round().astype(int).tolist()


def test_shares_add_up_and_months_add_up_to_the_feature(found: Attribution) -> None:
    export = _of(found, "export")
    lines = found.ledger.loc[found.ledger["line"] == "export", "amount"]
    assert lines.sum() == pytest.approx(export["shapley"], abs=0.2)
    months = found.monthly.loc[found.monthly["feature"] == "export", "incremental"]
    assert months.sum() == pytest.approx(export["incremental"], abs=0.2)
    assert months.iloc[:7].sum() == 0
    assert export["growth"] + export["retention"] == pytest.approx(export["incremental"], abs=0.02)


def test_the_same_seed_gives_the_same_digits_in_any_order_of_rows(firm, found: Attribution) -> None:  # noqa: ANN001
    tables = [table.sample(frac=1.0, random_state=3) for table in firm.tables()]
    again = pf.attribution(*firm.tables(), customers=firm.customers(), draws=60)
    pd.testing.assert_frame_equal(again.features, found.features)
    mixed = pf.attribution(*tables, customers=firm.customers(), draws=0)
    assert _of(mixed, "export")["incremental"] == pytest.approx(
        float(_of(found, "export")["incremental"]), rel=0.02
    )
    assert pd.isna(_of(mixed, "export")["lo90"])


def test_money_in_another_currency_scales_through(firm) -> None:  # noqa: ANN001
    billing, usage, releases = firm.tables()
    one = pf.attribution(billing, usage, releases, draws=0)
    ten = pf.attribution(billing.assign(amount=billing["amount"] * 10), usage, releases, draws=0)
    assert _of(ten, "export")["incremental"] == pytest.approx(
        10 * float(_of(one, "export")["incremental"]), rel=1e-6
    )


def test_a_rate_that_doubles_is_no_effect(firm) -> None:  # noqa: ANN001
    billing, usage, releases = firm.tables()
    labels = firm.labels.to_numpy()
    rates = pd.DataFrame({"month": labels, "currency": "EUR", "rate": 1.0})
    rates.loc[8:, "rate"] = 2.0
    local = billing.rename(columns={"amount": "amount_local"}).assign(currency="EUR")
    found = pf.attribution(local, usage, releases, rates=rates, draws=0)
    later = np.where(np.arange(firm.months) >= 8, 2.0, 1.0)
    charged = firm.charged * later
    wanted = (charged * (1 - np.exp(firm.lifted("export") - firm.lifted()))).sum()
    assert _of(found, "export")["incremental"] == pytest.approx(wanted, rel=0.15)


def test_a_lot_is_told_by_its_waves(make_firm: Callable) -> None:
    rng = np.random.default_rng(4)
    wave = rng.integers(0, 3, 600)
    opened = np.array([7, 9, 10**6])[wave]
    first = np.where((rng.random(600) < 0.7) & (opened < 18), opened, 10**6)
    firm = make_firm(lifts={"export": 0.1}, first={"export": first})
    when = np.where(opened < 18, firm.labels.to_numpy()[np.minimum(opened, 17)], None)
    rollout = pd.DataFrame(
        {"feature": "export", "customer": firm.names, "wave": wave, "how": "randomized"}
    ).assign(available_from=when)
    found = _of(pf.attribution(*firm.tables(), rollout, draws=60), "export")
    assert found["verdict"] == "randomised"
    assert found["incremental"] == pytest.approx(firm.truth("export"), rel=0.2)
    unlike = rollout.assign(wave=np.where(firm.segment == 1, 0, wave))
    other = pf.attribution(*firm.tables(), unlike, customers=firm.customers(), draws=0)
    assert _of(other, "export")["verdict"] == "fragile"
    assert "waves are not alike as lots would be" in _of(other, "export")["reasons"]


def test_use_that_follows_revenue_is_refused_and_its_money_not_identified(
    make_firm: Callable,
) -> None:
    firm = make_firm()
    first = firm.first["export"]
    rise = (np.arange(firm.months)[None, :] >= first[:, None] - 1) & (first[:, None] < 18)
    firm.charged = np.round(firm.charged * np.exp(0.15 * rise), 2)
    found = pf.attribution(*firm.tables(), draws=0)
    export = _of(found, "export")
    assert export["verdict"] == "not_identified"
    assert "off its trend in the 3 months before first use (p < 0.001)" in export["reasons"]
    assert pd.isna(export["incremental"])
    assert "export" not in set(found.ledger["line"])
    held = found.ledger.loc[found.ledger["line"] == "not_identified", "amount"]
    assert float(held.sum()) > firm.truth("export")
    assert found.refused["feature"].tolist() == ["export"]


def test_customers_that_use_features_and_are_never_billed_are_named(firm) -> None:  # noqa: ANN001
    billing, usage, releases = firm.tables()
    more = pd.DataFrame({"customer": ["Z1", "Z2"], "feature": "export", "period": "2025-09"})
    found = pf.attribution(billing, pd.concat([usage, more]), releases, draws=0).diagnostics
    row = found[found["check"] == "usage"].iloc[0]
    assert (row["value"], row["text"]) == (2.0, "customers use features and are never billed")


def test_a_ledger_that_does_not_tie_is_refused_with_the_difference(firm) -> None:  # noqa: ANN001
    ledger = firm.billing().groupby("period", as_index=False)["amount"].sum()
    ledger.loc[3, "amount"] *= 1.02
    with pytest.raises(ControlError, match=r"ledger \(2025-04\): billing is .* apart"):
        pf.attribution(*firm.tables(), ledger=ledger)
    found = pf.attribution(*firm.tables(), ledger=ledger, refuse=True)
    assert found.features.empty
    assert found.features.attrs["reason"].startswith("ledger (2025-04): billing is ")


def test_bad_parameters_and_one_month_are_refused(firm) -> None:  # noqa: ANN001
    billing, usage, releases = firm.tables()
    with pytest.raises(ParameterError, match="draws -1 cannot be"):
        pf.attribution(billing, usage, releases, draws=-1)
    with pytest.raises(MeasureError, match="billing covers one month"):
        pf.attribution(billing[billing["period"] == "2025-01"], usage, releases)


def test_no_usage_at_all_is_no_error(firm) -> None:  # noqa: ANN001
    billing, usage, releases = firm.tables()
    found = pf.attribution(billing, usage.iloc[:0], releases)
    assert found.features["verdict"].tolist() == ["too_few", "too_few"]
    assert set(found.features["reasons"]) == {"nobody used it, fewer than 100"}


def test_where_use_within_waves_follows_revenue_waves_alone_are_asked(make_firm: Callable) -> None:
    rng = np.random.default_rng(9)
    count = 3000
    wave = rng.integers(0, 3, count)
    opened = np.array([7, 10, 10**6])[wave]
    shock = np.where(rng.random(count) < 0.5, rng.integers(4, 15, count), 10**6)
    first = np.where(shock < 18, np.maximum(opened, shock + 1), 10**6)
    firm = make_firm(count=count, lifts={"export": 0.1}, first={"export": first})
    rise = np.arange(firm.months)[None, :] >= shock[:, None]
    firm.charged = np.round(firm.charged * np.exp(0.15 * rise), 2)
    when = np.where(opened < 18, firm.labels.to_numpy()[np.minimum(opened, 17)], None)
    rollout = pd.DataFrame(
        {"feature": "export", "customer": firm.names, "wave": wave, "how": "randomized"}
    ).assign(available_from=when)
    found = _of(pf.attribution(*firm.tables(), rollout, draws=60), "export")
    assert (found["verdict"], found["method"]) == ("randomised", "event study by wave, hazard")
    assert "growth is that of waves" in found["reasons"]
    assert found["lo90"] < firm.truth("export") < found["hi90"]
    chosen = _of(pf.attribution(*firm.tables(), draws=0), "export")
    assert chosen["verdict"] == "not_identified"
