"""What the demo company's features truly do, and what the kit makes of them."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

import pfkit as pf
from pfkit import demo as company
from pfkit.demo.features import RELEASES
from pfkit.demo.market import _lifted

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.demo import Demo
    from pfkit.measures import Attribution


def listed(made: Demo, name: str) -> list[dict[str, str]]:
    with (made.folder / f"roadmap/{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def first_use(made: Demo) -> dict[tuple[str, str], str]:
    """Month of first use by customer and feature, from the usage files."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted((made.folder / "usage").iterdir()):
        for row in pq.read_table(path).to_pylist():
            found.setdefault((row["account_id"], row["feature"]), row["period"])
    return found


def billed(made: Demo) -> list[dict[str, str]]:
    """Lines of the billing files that follow seats, each once, offers left out."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted((made.folder / "billing").iterdir()):
        text = path.read_bytes()
        try:
            lines = text.decode("utf-8")
        except UnicodeDecodeError:
            lines = text.decode("cp1252")
        for row in csv.DictReader(lines.splitlines(), delimiter=";"):
            if row["Type"] != "PRO" and row["Category"] not in {"Services", "Fee"}:
                rows.setdefault((row["Document"], row["Pos"]), row)
    return list(rows.values())


@pytest.fixture(scope="module")
def found(demo: Demo) -> Attribution:
    book = pf.open_book(demo.folder, period=demo.period)
    return pf.attribution(**book.attribution)


def test_the_planted_amount_is_the_part_of_what_users_were_billed(demo: Demo) -> None:
    used, lines = first_use(demo), billed(demo)
    for effect in demo.planted["effects"]:
        if effect["how"] != "randomized":
            continue
        begun = {who: month for (who, name), month in used.items() if name == effect["feature"]}
        assert len(begun) == effect["customers"]
        total = Decimal()
        for row in lines:
            told = row["Refers to"] or row["Document"]
            if begun.get(row["Customer"], "9999") <= f"{told[1:5]}-{told[5:7]}":
                total += Decimal(row["Net EUR"].replace(",", "."))
        lost = float(total) * (1 - math.exp(-effect["lift"]))
        assert float(effect["incremental"]) == pytest.approx(lost, rel=1e-3)


def test_waves_are_of_one_size_and_nobody_uses_what_is_not_open_yet(demo: Demo) -> None:
    used, rows = first_use(demo), listed(demo, "rollout")
    drawn = [row for row in rows if row["How"] == "randomized"]
    sizes = Counter(row["Wave"] for row in drawn)
    assert len(sizes) == 4
    assert max(sizes.values()) - min(sizes.values()) <= 1
    opened = {(row["Customer"], row["Feature"]): row["From"] for row in rows}
    assert {row["Wave"] for row in drawn if not row["From"]} == {"Holdout"}
    for (who, name), month in used.items():
        if (who, name) in opened:
            assert "" < opened[who, name][:7] <= month, (who, name)
    lots = {feature for feature, how in ((row["Feature"], row["How"]) for row in drawn)}
    assert all(key in opened for key in used if key[1] in lots)


def test_releases_replay_what_was_promised_and_what_is_still_to_come(demo: Demo) -> None:
    told: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in listed(demo, "releases"):
        told[row["Feature"]].append((row["Known on"], row["Status"], row["Day"]))
    for effect in demo.planted["effects"]:
        *before, (known, status, day) = told.pop(effect["feature"])
        assert [one[1] for one in before] == ["planned"]
        assert (status, known, day[:7]) == ("released", day, effect["released"])
    for ((known, status, day),) in told.values():
        assert status == "planned"
        assert known <= "2026-06-30" < day
    assert len(told) == 2


def test_a_product_sells_what_it_sold_with_its_features_in_it() -> None:
    product = np.array([0, 0, 1])
    seats, worth = np.array([[10.0, 10], [30, 30], [5, 5]]), np.array([[2.0, 2], [1, 1], [4, 4]])
    lift = np.log([[1.0, 1.5], [1, 1], [1, 2]])
    found = _lifted(product, seats, worth, lift)
    # 15 x 2 + 30 are 60 where 50 are sold: five sixths; a product of one sells the same
    assert found.tolist() == [pytest.approx([10, 12.5]), pytest.approx([30, 25]), [5, 5]]


def test_one_is_answered_by_lot_one_supported_one_refused_one_too_few(
    found: Attribution, demo: Demo
) -> None:
    rows = found.features.set_index("feature")
    verdicts = {effect["feature"]: rows.loc[effect["feature"], "verdict"] for effect in _told(demo)}
    assert verdicts == {
        "Guided setup": "randomised",
        "Smart search": "supported",
        "Carrier tracking": "too_few",
        "Assistant": "not_identified",
    }
    assert set(rows["verdict"]) == {*verdicts.values(), "descriptive"}
    assert "all customers at once" in rows.loc["Assistant", "reasons"]


def test_the_truth_lies_inside_the_intervals(found: Attribution, demo: Demo) -> None:
    rows = found.features.set_index("feature")
    answered = [effect for effect in _told(demo) if rows["incremental"].notna()[effect["feature"]]]
    assert len(answered) == 2
    for effect in answered:
        row = rows.loc[effect["feature"]]
        assert 0 < row["lo90"] < float(effect["incremental"]) < row["hi90"]


def test_what_is_attributed_adds_up_to_the_ledger(found: Attribution) -> None:
    parts = found.ledger[found.ledger["line"] != "ledger"].groupby("period")["amount"].sum()
    whole = found.ledger[found.ledger["line"] == "ledger"].set_index("period")["amount"]
    assert len(whole) == 24
    assert (parts - whole).abs().max() < 0.005


def test_each_feature_has_a_cost_through_its_initiative(demo: Demo) -> None:
    book = pf.open_book(demo.folder, period=demo.period)
    costs = book.feature_costs.set_index("feature")
    assert {effect["feature"] for effect in _told(demo)} < set(costs.index)
    assert (costs["direct"] > 0).all()
    for effect in _told(demo):
        assert costs.loc[effect["feature"], "initiative"] == effect["initiative"]


@pytest.mark.parametrize(("months", "products", "last"), [(1, 1, "2026-03"), (8, 3, "2025-12")])
def test_a_company_of_few_months_says_that_nothing_can_be_told(
    tmp_path: Path, months: int, products: int, last: str
) -> None:
    made = company.make(tmp_path / "demo", months=months, products=products, last=last)
    book = pf.open_book(made.folder, period=made.period)
    told = pf.attribution(**book.attribution, refuse=True)
    assert told.features.empty
    assert f"billing covers {months} months" in told.features.attrs["reason"]
    assert len(listed(made, "releases")) >= len(RELEASES)


def _told(demo: Demo) -> list[dict[str, str]]:
    return list(demo.planted["effects"])
