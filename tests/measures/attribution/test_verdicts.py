from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.measures.attribution.adoption import adoption
from pfkit.measures.attribution.billing import billed
from pfkit.measures.attribution.panel import panel
from pfkit.measures.attribution.verdicts import by_lot, facts, ratio_check, structural

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.measures.attribution.conftest import Firm

NEVER = 10**6


def _verdict(firm: Firm, feature: str = "export", rollout: pd.DataFrame | None = None) -> pd.Series:
    mine = panel(billed(firm.billing()), None, None, tolerance=0.0)
    adopted = adoption(mine, firm.usage(), firm.releases(), rollout)
    found = structural(mine, adopted, facts(mine, adopted))
    one = found[adopted.features.index(feature)]
    return pd.Series({"verdict": one.verdict, "why": "; ".join(one.reasons), "needs": one.needs})


def _first(count: int, when: int, *, of: int = 600) -> np.ndarray:
    return np.where(np.arange(of) < count, when, NEVER)


def test_what_can_be_told_is_not_refused(make_firm: Callable) -> None:
    assert _verdict(make_firm())["verdict"] == ""


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (5, "5 months before the release, fewer than 6"),
        (15, "3 months since the release, fewer than 4"),
    ],
)
def test_a_release_needs_months_on_both_sides(make_firm: Callable, release: int, why: str) -> None:
    firm = make_firm(lifts={"export": 0.1}, release={"export": release})
    firm.first["export"] = np.where(firm.first["export"] < 18, release + 1, NEVER)
    found = _verdict(firm)
    assert (found["verdict"], found["why"]) == ("not_identified", why)


@pytest.mark.parametrize(("release", "verdict"), [(6, ""), (14, "")])
def test_six_months_before_and_four_since_are_enough(
    make_firm: Callable, release: int, verdict: str
) -> None:
    first = np.where(np.arange(600) < 200, release + np.arange(600) % 3, NEVER)
    firm = make_firm(lifts={"export": 0.1}, release={"export": release}, first={"export": first})
    assert _verdict(firm)["verdict"] == verdict


@pytest.mark.parametrize(("count", "verdict"), [(99, "too_few"), (100, "")])
def test_a_hundred_adopters_are_needed(make_firm: Callable, count: int, verdict: str) -> None:
    firm = make_firm(lifts={"export": 0.1}, first={"export": _first(count, 9)})
    found = _verdict(firm)
    assert found["verdict"] == verdict
    if verdict:
        assert found["why"] == "99 customers took it up, fewer than 100"


def test_a_feature_of_all_customers_at_once_has_nobody_to_compare(make_firm: Callable) -> None:
    firm = make_firm(lifts={"export": 0.1}, first={"export": _first(595, 8)})
    found = _verdict(firm)
    assert found["verdict"] == "not_identified"
    assert found["why"] == ("99 % of customers took it up in 2025-09: nobody is left to compare")
    said = _verdict(make_firm(), rollout=pd.DataFrame({"feature": ["export"], "how": ["forced"]}))
    assert said["why"].startswith("it came to all customers at once")
    assert said["needs"] == ["a rollout by lot, or a holdout"]


def test_two_features_taken_up_together_are_named(make_firm: Callable) -> None:
    first = make_firm().first["export"]
    firm = make_firm(lifts={"export": 0.1, "chat": 0.1}, first={"export": first, "chat": first})
    for feature, other in (("export", "chat"), ("chat", "export")):
        found = _verdict(firm, feature)
        assert found["verdict"] == "not_identified"
        assert found["why"] == (
            f"taken up together with {other} (r = 1.00): the two cannot be told apart"
        )


def test_a_feature_nobody_used_and_one_without_release(make_firm: Callable) -> None:
    firm = make_firm(lifts={"export": 0.1}, first={"export": _first(0, 9)})
    assert _verdict(firm)["why"] == "nobody used it, fewer than 100"
    firm = make_firm()
    del firm.release["export"]
    found = _verdict(firm)
    assert found["verdict"] == "descriptive"
    assert "no release is recorded: there is no before" in found["why"]


def test_use_before_the_release_is_refused(make_firm: Callable) -> None:
    firm = make_firm(release={"export": 9, "chat": 7})
    found = _verdict(firm)
    assert found["verdict"] == "not_identified"
    assert "customers used it before its release in 2025-10" in found["why"]


def test_the_refused_have_no_number_and_the_rest_has(make_firm: Callable) -> None:
    firm = make_firm(
        lifts={"export": 0.1, "few": 0.1}, first={"few": _first(40, 9)}, release={"few": 7}
    )
    rows = pf.attribution(*firm.tables(), draws=20).features.set_index("feature")
    numbers = ["incremental", "lo90", "hi90", "shapley", "growth", "retention"]
    assert rows.loc["few", numbers].isna().all()
    assert rows.loc["export", numbers].notna().all()
    assert rows.loc["few", "verdict"] == "too_few"
    assert rows.index.tolist() == ["export", "few"]


def _lots(firm: Firm, wave: np.ndarray) -> tuple[float, float, bool, str]:
    opened = np.array([7, 9, NEVER])[wave]
    when = np.where(opened < 18, firm.labels.to_numpy()[np.minimum(opened, 17)], None)
    rollout = pd.DataFrame(
        {"feature": "export", "customer": firm.names, "wave": wave, "how": "randomized"}
    ).assign(available_from=when)
    mine = panel(billed(firm.billing()), firm.customers(), None, tolerance=0.0)
    adopted = adoption(mine, firm.usage(), firm.releases(), rollout)
    found = structural(mine, adopted, facts(mine, adopted))
    true, why = by_lot(mine, adopted, found)
    return *ratio_check(mine, adopted, 0), bool(true[0]), why[0]


def test_lots_are_checked_by_size_and_likeness(make_firm: Callable) -> None:
    firm = make_firm(lifts={"export": 0.1})
    rng = np.random.default_rng(31)
    size, alike, true, why = _lots(firm, rng.integers(0, 3, 600))
    assert (size > 0.001, alike > 0.001, true, why) == (True, True, True, "")
    uneven = rng.choice(3, 600, p=[0.6, 0.2, 0.2])
    size, alike, true, why = _lots(firm, uneven)
    assert (size < 0.001, alike > 0.001, true) == (True, True, True)
    assert "waves differ in size" in why
    sorted_ = np.where(firm.segment == 1, rng.integers(0, 2, 600), 2)
    _, alike, true, why = _lots(firm, sorted_)
    assert (alike < 0.001, true) == (True, False)
    assert "waves are not alike" in why
