"""The companies of ``python -m bench attribution``: their truth, their books, their seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench._attributed import Company, simulate
from bench._attributed_world import course, expected, stream, survival, worth

KINDS = [("multiplicative", "steady"), ("seats", "drifting")]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind[0])
def company(request: pytest.FixtureRequest) -> Company:
    family, growth = request.param
    return simulate(11, accounts=400, growth=growth, family=family)


def test_truth_is_the_average_of_courses_with_and_without(company: Company) -> None:
    """Both courses of a pair share their chance; charges are net of what comes back of them."""
    world = company.world
    value = worth(world)[world.accounts.currency]
    known = company.returns.set_index("feature")["incremental"]
    effective = [k for k, one in enumerate(world.features) if one.kind in ("waves", "forced")]
    assert effective
    for feature in effective:
        gaps = np.array(
            [
                ((course(world, stream(draw, "one"))[0] * value).sum())
                - (course(world, stream(draw, "one"), {feature})[0] * value).sum()
                for draw in range(120)
            ]
        )
        error = gaps.std(ddof=1) / np.sqrt(len(gaps))
        assert known[world.features[feature].name] == pytest.approx(gaps.mean(), abs=4 * error)
        assert error < gaps.mean() / 4


def test_invoices_without_repeats_tie_to_the_ledger_to_the_cent(company: Company) -> None:
    lines = company.invoices.drop_duplicates("invoice_id")
    assert len(lines) < len(company.invoices)
    rated = lines.merge(company.rates, on=["month", "currency"])
    assert len(rated) == len(lines)
    booked = (rated["amount_local"] * rated["rate"]).round(2).groupby(rated["month"]).sum()
    ledger = company.ledger.set_index("month")["amount"]
    assert (booked - ledger).abs().max() < 0.005


def test_credits_and_refunds_name_an_earlier_charge_of_the_same_customer(company: Company) -> None:
    lines = company.invoices.drop_duplicates("invoice_id").set_index("invoice_id")
    back = lines[lines["kind"] != "charge"]
    of = lines.loc[back["refers_to"]]
    assert (of["kind"] == "charge").all()
    assert (of["customer"].to_numpy() == back["customer"].to_numpy()).all()
    assert (of["month"].to_numpy() <= back["month"].to_numpy()).all()
    assert (-back["amount_local"].to_numpy() <= of["amount_local"].to_numpy()).all()
    assert (of["month"].to_numpy() < back["month"].to_numpy())[back["kind"] == "refund"].all()


def test_net_revenue_is_as_expected_on_average(company: Company) -> None:
    """What the ledger books is within chance of what the maker expects."""
    world = company.world
    net = expected(world) * survival(world) * worth(world)[world.accounts.currency]
    whole = company.ledger["amount"].sum()
    assert whole == pytest.approx(net.sum(), rel=0.1)


def test_one_seed_gives_one_company() -> None:
    once, again = (simulate(5, accounts=200) for _ in range(2))
    for name in ("invoices", "customers", "usage", "rollout", "costs", "ledger", "truth"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(again, name))
    assert not once.ledger.equals(simulate(6, accounts=200, family="multiplicative").ledger)


def test_a_null_feature_brings_nothing_and_taken_up_pairs_bring_no_less_than_each(
    company: Company,
) -> None:
    known = company.returns.set_index("kind")["incremental"]
    assert (known.loc[["null"]] == 0).all()
    assert (known.loc[["pair"]] <= known["pair together"] + 1e-6).all()


def test_kinds_are_what_they_say() -> None:
    company = simulate(4, accounts=3000)
    world = company.world
    users = (world.adoption.first < world.months).sum(axis=0)
    size = world.accounts.size
    for place, one in enumerate(world.features):
        first = world.adoption.first[:, place]
        if one.kind == "tiny":
            assert users[place] < 100
        elif one.kind == "forced":
            assert (first == np.maximum(one.release, world.accounts.start)).all()
        elif one.kind == "opt_in":
            takes = first < world.months
            assert size[takes].mean() > size[~takes].mean()
        elif one.kind == "shock":
            after = first - world.accounts.shock
            assert ((after >= 1) & (after <= 3))[first < world.months].mean() > 0.6
        if one.twin >= 0:
            assert np.corrcoef(first, world.adoption.first[:, one.twin])[0, 1] > 0.95
    randomized = company.rollout[company.rollout["how"] == "randomized"]
    assert randomized.groupby("feature")["customer"].nunique().eq(3000).all()


def test_use_never_precedes_what_the_rollout_table_makes_available() -> None:
    company = simulate(8, accounts=500)
    opened = company.rollout[company.rollout["customer"].notna()]
    both = company.usage.merge(opened, on=["feature", "customer"])
    assert len(both)
    assert (both["month"] >= both["available_from"]).all()
    first = company.usage.groupby("feature")["month"].min()
    release = company.releases.set_index("feature")["month"]
    assert (first >= release.reindex(first.index)).all()
