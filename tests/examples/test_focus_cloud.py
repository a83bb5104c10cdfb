"""A real FOCUS sample, against the same file added up by plain decimals."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import pfkit as pf

if TYPE_CHECKING:
    from pfkit.book import Book

BOOK = Path(__file__).resolve().parents[2] / "examples" / "focus-cloud"
FILE = "focus_1_0_sample.csv"
EFFECTIVE, BILLED = Decimal("14.97651418586"), Decimal("20.52022672899")
CENT = Decimal("0.01")
Line = dict[str, str]


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "real" / "cloud"


@pytest.fixture(scope="module")
def lines(data: Path) -> list[Line]:
    with (data / FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def book(data: Path) -> Book:
    return pf.open_book(BOOK, data=data, period="2024-09")


def application(line: Line) -> str:
    tags = {} if line["Tags"] in {"NULL", ""} else json.loads(line["Tags"])
    return str(tags.get("application", "(none)"))


def added(lines: list[Line], column: str) -> Decimal:
    return sum((Decimal(line[column]) for line in lines), Decimal(0))


def september(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line["BillingPeriodStart"].startswith("2024-09")]


def test_the_book_has_at_most_sixty_lines() -> None:
    assert len((BOOK / "book.toml").read_text(encoding="utf-8").splitlines()) <= 60


def test_every_line_counts_and_totals_tie_to_the_last_decimal(
    book: Book, lines: list[Line]
) -> None:
    assert (len(lines), added(lines, "EffectiveCost"), added(lines, "BilledCost")) == (
        *(1000, EFFECTIVE, BILLED),
    )
    ((rows, effective, billed, amount),) = book.conformed.engine.rows(
        "SELECT count(*), sum(effective_cost), sum(billed_cost), sum(amount) FROM final_cloud"
    )
    assert (rows, effective, billed, amount) == (1000, EFFECTIVE, BILLED, EFFECTIVE)
    assert book.balance["rows_in"].sum() == 1000
    assert book.balance["rows_quarantined"].sum() == 0


def test_products_are_the_application_tags_and_untagged_is_negative(
    book: Book, lines: list[Line]
) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[application(line)] += Decimal(line["EffectiveCost"])
    assert sums["(none)"] == Decimal("-1.02348581414")
    found = dict(
        book.conformed.engine.rows(
            "SELECT product, sum(effective_cost) FROM final_cloud GROUP BY 1"
        )
    )
    assert found == sums
    assert sum(application(line) == "(none)" for line in lines) == 340


def test_the_cost_of_september_by_product(book: Book, lines: list[Line]) -> None:
    mine = september(lines)
    found = pf.cloud_cost(book.cloud, period=book.period, top=5).set_index("role")
    total, loose = found.loc["total"], found.loc["untagged"]
    assert total["lines"] == len(mine) == 999
    assert Decimal(str(total["effective"])) == added(mine, "EffectiveCost").quantize(CENT)
    assert Decimal(str(total["billed"])) == added(mine, "BilledCost").quantize(CENT)
    untagged = [line for line in mine if application(line) == "(none)"]
    assert (loose["lines"], loose["effective"]) == (len(untagged), -1.02)
    assert found["effective"].iloc[:-1].sum() == pytest.approx(14.98)
    assert found["billed"].iloc[:-1].sum() == pytest.approx(20.28)


def test_the_walk_from_billed_to_effective_by_cause(book: Book, lines: list[Line]) -> None:
    mine = september(lines)
    walk = pf.cloud_reconciliation(book.cloud, period=book.period).set_index("cause")
    for category, cause in (("Credit", "Credits"), ("Adjustment", "Adjustments")):
        part = [line for line in mine if line["ChargeCategory"] == category]
        assert walk.loc[cause, "lines"] == len(part)
        assert Decimal(str(walk.loc[cause, "billed"])) == added(part, "BilledCost").quantize(CENT)
    covered = [line for line in mine if line["CommitmentDiscountStatus"] == "Used"]
    assert walk.loc["Commitments used", ["lines", "billed", "effective"]].tolist() == [
        *(len(covered), 0, 0)
    ]
    assert walk.loc["Billed", "amount"] == 20.28
    assert walk.loc["Effective", "amount"] == 14.98
    steps = walk[walk["role"] == "step"]
    assert steps["amount"].sum() == pytest.approx(14.98 - 20.28)
    assert steps["whole_units"].sum() == pytest.approx(14.98 - 20.28)  # all of it


def test_two_providers_round_effective_cost_and_a_control_says_so(
    book: Book, lines: list[Line]
) -> None:
    whole = Decimal(1)
    for line in lines:
        billed, effective = Decimal(line["BilledCost"]), Decimal(line["EffectiveCost"])
        if line["ProviderName"] in {"AWS", "Oracle"}:
            assert effective == billed.quantize(whole, rounding=ROUND_HALF_UP)
        else:
            assert effective == billed
    control = book.controls.set_index("control").loc["Cloud effective cost"]
    assert control["state"] == "amber"
    assert control["detail"].startswith("AWS and Oracle state effective cost rounded to whole")
    assert control["actual"] == -5.30


def test_two_spellings_are_one_value_and_told(book: Book, lines: list[Line]) -> None:
    spelled = sum(line["ChargeFrequency"] == "Usage-based" for line in september(lines))
    control = book.controls.set_index("control").loc["Cloud spelling"]
    assert control["detail"] == (
        f"ChargeFrequency 'Usage-based' read as 'Usage-Based' ({spelled} rows)"
    )
    assert set(book.cloud["charge_frequency"]) == {"Usage-Based", "One-Time"}


def test_no_identifier_of_a_resource_is_taken_for_a_secret(book: Book) -> None:
    control = book.controls.set_index("control").loc["Personal data"]
    assert control["state"] == "green"
    assert book.cloud["resource_id"].str.startswith("[").sum() == 0


def test_what_commitments_cost_is_not_made_up(book: Book, lines: list[Line]) -> None:
    covered = [line for line in lines if line["CommitmentDiscountStatus"] == "Used"]
    found = pf.commitment_discounts(book.cloud, period=book.period)
    assert found["utilization_share"].isna().all()
    assert Decimal(str(found["covered"].iloc[-1])) == added(covered, "ListCost").quantize(CENT)
    assert len(found) == 3


def test_idle_addresses_are_found_below_a_cent_and_nothing_else_is_wasted(
    book: Book, lines: list[Line]
) -> None:
    assert set(pf.waste(book.cloud, period=book.period)["role"]) == {"memo"}
    idle = [line for line in lines if " Idle public IPv4 " in line["ChargeDescription"]]
    found = pf.waste(book.cloud, period=book.period, least=0.001)
    items = found[found["kind"] == "idle"]
    assert len(idle) == items["count"].sum() == 4
    assert items["evidence"].str.contains("Idle public IPv4 address").all()


def test_the_exhibits_say_it(book: Book) -> None:
    cost = pf.tables.cloud_cost(pf.cloud_cost(book.cloud, period=book.period), about=book.about)
    plain = cost.message.replace("\u202f", " ")
    assert plain == (
        "Cloud cost billed is 20.28 USD; effective cost (14.98) comes rounded to whole units; "
        "what has no product tag comes to 0.28 (\N{MINUS SIGN}1.02 effective)"
    )
    walk = pf.cloud_reconciliation(book.cloud, period=book.period)
    said = pf.tables.cloud_reconciliation(walk, about=book.about).message
    assert said.endswith("all of it because providers round effective cost to whole units")
    result = pf.pnl(book.statement, period=book.period)
    assert pf.tables.pnl(result, about=book.about).kind == "note"


def test_the_headline_is_the_cost_and_not_an_empty_sentence(book: Book) -> None:
    cost = pf.cloud_cost(book.cloud, period=book.period)
    told = pf.words.headline(pd.DataFrame(), cost=cost, about=book.about)
    assert told.message.replace("\u202f", " ") == (
        "Anonymous, cloud bills: cloud cost billed is 20.28 USD (effective cost, 14.98 USD, comes "
        "rounded to whole units) in September 2024"
    )
