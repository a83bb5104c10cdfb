"""Apple's quarters out of facts that overlap: once each, tied to what it published."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pfkit as pf

BOOK = Path(__file__).resolve().parents[2] / "examples" / "apple"
#: Million USD: press release of 2 November 2023, consolidated statements of operations.
RELEASE = {
    "2023Q4": {"iPhone": 43_805, "Mac": 7_614, "iPad": 6_443, "Services": 22_314,
               "Wearables, Home and Accessories": 9_322},
    "2022Q4": {"iPhone": 42_626, "Mac": 11_508, "iPad": 7_174, "Services": 19_188,
               "Wearables, Home and Accessories": 9_650},
    "2023Q3": {"iPhone": 39_669, "Mac": 6_840, "iPad": 5_791, "Services": 21_213,
               "Wearables, Home and Accessories": 8_284},
}  # fmt: skip
#: Net sales, gross margin, operating income.
RESULTS = {
    ("2023Q4", "period"): (89_498, 40_427, 26_969),
    ("2022Q4", "period"): (90_146, 38_095, 24_894),
    ("2023Q3", "period"): (81_797, 36_413, 22_998),
    ("2022Q3", "period"): (82_959, 35_885, 23_076),
    ("2023Q4", "ytd"): (383_285, 169_148, 114_301),
    ("2022Q4", "ytd"): (394_328, 170_782, 119_437),
    ("2023Q3", "ytd"): (293_787, 128_721, 87_332),
}


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "real" / "sec"


@lru_cache(maxsize=8)
def opened(data: Path, period: str, as_of: str | None = None) -> Any:  # noqa: ANN401 (a Book)
    return pf.open_book(BOOK, data=data, period=period, as_of=as_of)


def totals(book: Any, basis: str = "period") -> tuple[int, ...]:  # noqa: ANN401
    table = pf.pnl(book.statement, period=book.period)
    mine = table[(table["basis"] == basis) & (table["role"] == "subtotal")]
    return tuple(int(amount / 1e6) for amount in mine["actual"])


@pytest.mark.parametrize(("period", "basis"), RESULTS)
def test_results_as_apple_published_them(data: Path, period: str, basis: str) -> None:
    assert totals(opened(data, period), basis) == RESULTS[period, basis]


@pytest.mark.parametrize("period", RELEASE)
def test_sales_by_product_as_apple_published_them(data: Path, period: str) -> None:
    book = opened(data, period)
    table = pf.product_pnl(book.statement, period=book.period, by="product")
    sold = table[(table["role"] == "item") & (table["net"] != 0)]
    assert (
        dict(zip(sold["product"], (sold["net"] / 1e6).astype(int), strict=True))
        == (RELEASE[period])
    )


def test_the_53rd_week_lies_in_the_first_quarter(data: Path) -> None:
    calendar = opened(data, "2023Q4").calendar
    assert calendar.period("FY2023").days == 371
    assert [calendar.period(f"2023Q{n}").weeks for n in range(1, 5)] == [14, 13, 13, 13]


def test_a_53rd_week_in_another_month_holds_the_quarter_back(data: Path, tmp_path: Path) -> None:
    for file in ("book.toml", "products.csv"):
        text = (BOOK / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(
            text.replace('extra_week = "Q1"', "extra_week = 12"), encoding="utf-8"
        )
    book = pf.open_book(tmp_path, data=data, period="2023Q4")
    held = book.quarantine
    assert set(held["value"]) == {"2023-04-02 to 2023-07-01", "2022-09-25 to 2023-07-01"}
    assert held["advice"].str.contains("check calendar, year_end and extra_week").all()
    assert book.controls.set_index("control").loc["Held back", "state"] == "red"
    assert pf.pnl(book.statement, period=book.period)["actual"].isna().any()


def test_totals_and_parts_of_one_axis_are_told_apart_and_proven(data: Path) -> None:
    book = opened(data, "2023Q4")
    held = book.controls.set_index("control").loc["Hierarchy"]
    assert held["state"] == "green"
    assert held["difference"] == 0
    assert "3 of 3 equal what stands below" in held["detail"]  # sales, products, cost of sales
    # facts of the year that count: five lines of sales, two of cost, research, selling
    year = book.balance.set_index("row_key").loc["filings|2023-12"]
    assert (year["rows_in"], year["rows_accepted"], year["rows_excluded"]) == (29, 9, 20)
    assert year["amount_accepted"] == (383_285 + 214_137 + 29_915 + 24_932) * 1e6


def test_a_total_that_is_not_its_parts_is_named_with_the_difference(
    data: Path, tmp_path: Path
) -> None:
    name = "aapl_income_by_product.csv"
    text = (data / name).read_text(encoding="utf-8")
    fact = "2022-09-25,2023-09-30,ProductOrServiceAxis,MacMember,"
    assert text.count(fact + "29357000000") == 1
    wrong = text.replace(fact + "29357000000", fact + "29357000001")
    (tmp_path / name).write_text(wrong, encoding="utf-8")
    book = pf.open_book(BOOK, data=tmp_path, period="2023Q4")
    held = book.controls[book.controls["control"] == "Hierarchy"]
    told = held[held["detail"].str.startswith("ProductMember")].iloc[0]
    assert told["difference"] == pytest.approx(1.0)
    assert held["state"].tolist() == ["amber", "amber"]


def test_every_fact_counts_once_and_every_row_is_accounted_for(data: Path) -> None:
    book = opened(data, "2023Q4")
    facts = pd.read_csv(data / "aapl_income_by_product.csv")
    mine = book.balance[book.balance["source"] == "filings"]
    assert mine["rows_in"].sum() == len(facts)
    assert mine["amount_in"].sum() == facts["value_usd"].sum()
    whole = mine["amount_accepted"] + mine["amount_quarantined"] + mine["amount_excluded"]
    assert (whole == mine["amount_in"]).all()
    assert mine["rows_quarantined"].sum() == 0


def test_fourth_quarters_are_listed_with_what_they_are_made_of(data: Path) -> None:
    book = opened(data, "2023Q4")
    phone = book.derived.set_index("row_key").loc["2023Q4|sales|iPhone"]
    assert (phone["from"], phone["less"]) == ("FY2023", "2023-01..2023-09")
    assert phone["amount"] == (200_583 - 156_778) * 1e6
    half = book.derived.set_index("row_key").loc["2023-01..2023-06|sales|Services"]
    assert (half["from"], half["less"]) == ("2023-01..2023-09", "2023Q3")
    assert half["amount"] == (62_886 - 21_213) * 1e6
    said = book.controls.set_index("control").loc["Derived quarters", "detail"]
    assert said.startswith("9 rows of 2023Q4 are FY2023 less 2023-01..2023-09: ")
    assert "Net sales 89\N{THIN SPACE}498\N{THIN SPACE}000\N{THIN SPACE}000" in said


def test_a_quarter_that_is_stated_is_not_derived(data: Path) -> None:
    said = opened(data, "2023Q3").controls.set_index("control").loc["Derived quarters", "detail"]
    assert said == "2023Q3 is taken as stated: no amount of it is derived"


def test_filings_replay_as_they_were_known(data: Path) -> None:
    # before the report of August 2023 nothing told nine months of fiscal 2022 apart
    then = opened(data, "2022Q4", "2022-10-28")
    table = pf.pnl(then.statement, period=then.period)
    quarter = table[table["basis"] == "period"]
    assert quarter["actual"].isna().all()
    assert "actual: 2022Q4 is not in the input" in quarter["reason"].iloc[0]
    assert totals(then, "ytd") == RESULTS["2022Q4", "ytd"]
    assert then.derived.empty
    # and since then the fourth quarter follows
    assert totals(opened(data, "2022Q4", "2023-08-04")) == RESULTS["2022Q4", "period"]
    assert opened(data, "2022Q4", "2023-08-04").as_of.isoformat() == "2023-08-04"


def test_a_later_filing_takes_the_place_of_an_earlier_one(data: Path, tmp_path: Path) -> None:
    name = "aapl_income_by_product.csv"
    text = (data / name).read_text(encoding="utf-8")
    fact = "aapl-20230930_htm.xml,ResearchAndDevelopmentExpense,2021-09-26,2022-09-24,,,"
    assert text.count(fact + "26251000000") == 1
    (tmp_path / name).write_text(
        text.replace(fact + "26251000000", fact + "26000000000"), encoding="utf-8"
    )
    for as_of, research in (("2022-10-28", -26_251), ("2023-11-03", -26_000)):
        book = pf.open_book(BOOK, data=tmp_path, period="2022Q4", as_of=as_of)
        table = pf.pnl(book.statement, period=book.period).set_index(["row_key", "basis"])
        assert table.loc[("research-and-development", "ytd"), "actual"] == research * 1e6


def test_a_restated_fact_is_listed_with_the_filing_that_states_it(
    data: Path, tmp_path: Path
) -> None:
    name = "aapl_income_by_product.csv"
    text = (data / name).read_text(encoding="utf-8")
    fact = "aapl-20230930_htm.xml,ResearchAndDevelopmentExpense,2021-09-26,2022-09-24,,,"
    (tmp_path / name).write_text(
        text.replace(fact + "26251000000", fact + "26000000000"), encoding="utf-8"
    )
    book = pf.open_book(BOOK, data=tmp_path, period="2023Q4")
    told = {"period": book.period, "names": book.product_names}
    found = pf.restated(book.statement, book.statement_then, book.restatements, **told)
    assert found["role"].tolist() == ["item", "memo"]
    item, cause = found.to_dict("records")
    assert (item["period"], item["line"]) == ("FY2022", "Research and development")
    assert (item["reported"], item["restated"]) == (-26_251e6, -26_000e6)
    assert (cause["cause"], cause["known_on"]) == ("stated anew", "2023-11-03")
    assert cause["difference"] == 251e6
    page = pf.changed(book.statement, period=book.period, then=book.statement_then)
    assert page.loc[page["kind"] == "restated", "period"].tolist() == ["FY2022"]


def test_facts_stated_again_as_they_were_are_no_restatement(data: Path) -> None:
    book = opened(data, "2023Q4")
    assert pf.restated(
        book.statement, book.statement_then, book.restatements, period=book.period
    ).empty


def test_a_quarter_without_cost_is_no_statement(data: Path) -> None:
    book = opened(data, "2010Q1")
    table = pf.pnl(book.statement, period=book.period)
    assert table.empty
    assert table.attrs["reason"] == "actual: Cost of sales is not stated for 2010Q1"
    shown = pf.tables.pnl(table, about=book.about)
    assert shown.message == ("No profit and loss: actual: Cost of sales is not stated for 2010Q1.")


def test_a_year_by_product_beside_quarters_in_total(data: Path) -> None:
    # Form 10-K 2010: net sales by product, 65,225 in all; quarters are stated in total only
    book = opened(data, "2010Q4")
    year = book.period.year
    table = pf.product_pnl(book.statement, period=year, by="product")
    sold = table[table["role"] == "item"].set_index("product")["net"] / 1e6
    assert sold["iPhone"] == 25_179
    assert sold["iPad"] == 4_958
    assert sold["Mac desktops"] + sold["Mac portables"] == 17_479
    assert sold.sum() == 65_225


def test_margins_read_the_same_quarters_and_tie_to_the_facts(data: Path) -> None:
    book = opened(data, "2023Q4")
    told = {"period": book.period, "ledger": book.ledger_totals}
    table = pf.contribution_margins(book.margins, **told).set_index("row_key")
    for span, results in (
        ("quarter", RESULTS["2023Q4", "period"]),
        ("ytd", RESULTS["2023Q4", "ytd"]),
    ):
        for line, amount in zip(
            ("net-revenue", "contribution-margin-1", "contribution"), results, strict=True
        ):
            assert table.loc[f"{line}|{span}", "actual"] == amount * 1e6
        assert table.loc[f"difference-to-the-ledger|{span}", "actual"] == 0
    products = pf.product_margins(book.margins, **told)
    now = products[(products["span"] == "quarter") & (products["role"] == "item")]
    now = now[now["net_revenue"] != 0].set_index("product")["net_revenue"]
    assert {name: int(amount / 1e6) for name, amount in now.items()} == RELEASE["2023Q4"]
    shown = pf.tables.contribution_margins(pf.contribution_margins(book.margins, **told),
                                           about=book.about)  # fmt: skip
    assert any("year to date 53 weeks, prior year 52" in note for note in shown.notes)


def test_the_report_is_whole(data: Path, tmp_path: Path) -> None:
    pf.run("quarterly", book=BOOK, data=data, period="2023Q4", to=tmp_path)
    folder = next(tmp_path.rglob("report.pdf")).parent
    assert pf.lint(folder) == []
    page = pd.read_csv(folder / "data" / "pnl.csv").set_index("row_key")
    assert page.loc["contribution", "actual"] == 26_969e6
    assert page.loc["contribution", "prior_year"] == 24_894e6
