from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import pfkit as pf
from pfkit.period import FiscalCalendar
from pfkit.present import figures, tables
from pfkit.present.body import Drawing, Grid, Note
from pfkit.present.facts import rederive

if TYPE_CHECKING:
    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

COLUMNS = ["version", "period", "product", "line", "group", "margin", "amount"]
LINES = [
    ("Atlas", "Sales", "gross", "", 300_000.0, 360_000.0),
    ("Borea", "Sales", "gross", "", 100_000.0, 90_000.0),
    ("Atlas", "Licenses", "cost_of_revenue", "1", -80_000.0, -60_000.0),
    ("Borea", "Development", "operating", "3", -90_000.0, -90_000.0),
    (None, "Rent", "operating", "shared", -30_000.0, -30_000.0),
]


@pytest.fixture
def lines() -> pd.DataFrame:
    """June 2026 of two products: net 400 against 450 planned, margin 3 of 230 against 300."""
    rows = [
        (version, "2026-06", product, line, group, margin, amount)
        for product, line, group, margin, actual, plan in LINES
        for version, amount in (("actual", actual), ("B", plan))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _company(lines: pd.DataFrame, june: Period, about: About, **given: Any) -> Exhibit:  # noqa: ANN401
    found = pf.contribution_margins(lines, period=june, plan="B", **given)
    return tables.contribution_margins(found, about=about)


def _plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def _printed(exhibit: Exhibit) -> dict[str, list[str]]:
    body = exhibit.body
    assert isinstance(body, Grid)
    return {row.key: [cell.text for cell in row.cells] for row in body.rows}


def test_the_statement_prints_margins_in_order(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    exhibit = _company(lines, june, about)
    printed = _printed(exhibit)
    assert list(printed) == [
        "sales", "net-revenue", "licenses", "contribution-margin-1", "development",
        "contribution-margin-3", "rent", "contribution",
    ]  # fmt: skip
    assert printed["contribution-margin-3"][:4] == [
        "Contribution margin 3",
        "230.0",
        "−70.0",
        "−23.3",
    ]
    assert _plain(exhibit.message) == (
        "Contribution margin 3 is 230.0 kEUR, 57.5 % of net revenue, −70.0 (−23.3 %) against "
        "plan: Sales (−50.0) and Licenses (−20.0) take most"
    )


def test_a_span_that_cannot_be_read_is_not_printed_and_the_note_says_why(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    exhibit = _company(lines, june, about)
    assert isinstance(exhibit.body, Grid)
    assert [group.label for group in exhibit.body.groups] == ["", "Month"]
    told = " ".join(exhibit.notes)
    assert "last 12 months: actual: 1 of 12 months of 2025-07..2026-06 in the input" in told
    assert "state no margin" not in told


@pytest.mark.parametrize(
    ("label", "printed"),
    [
        ("2026-01", ["Month", "Last 12 months", "Full year"]),
        ("2026-03", ["Month", "Year to date", "Last 12 months", "Full year"]),
        ("2026-05", ["Month", "Quarter to date", "Year to date", "Last 12 months", "Full year"]),
        ("2026Q2", ["Quarter", "Year to date", "Last 12 months", "Full year"]),
        ("2026-12", ["Month", "Quarter", "Year to date"]),
    ],
)
def test_the_same_months_are_printed_once(about: About, label: str, printed: list[str]) -> None:
    period = FiscalCalendar().period(label)
    months = [f"{year}-{n:02d}" for year in (2025, 2026) for n in range(1, 13)]
    plan = pd.DataFrame({"version": "B", "period": months, "amount": 11_000.0})
    actual = plan[plan["period"] <= period.months[-1]].assign(version="actual", amount=9_000.0)
    lines = pd.concat([plan, actual]).assign(line="Sales", group="gross")
    found = pf.contribution_margins(lines, period=period, plan="B")
    body = tables.contribution_margins(found, about=about).body
    assert isinstance(body, Grid)
    assert [group.label for group in body.groups][1:] == printed


def test_accounts_without_a_margin_are_told_in_one_line(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    some = lines.assign(margin=lines["margin"].where(lines["line"] != "Licenses", ""))
    assert (
        _company(some, june, about)
        .notes[1]
        .startswith(
            "Accounts of Licenses state no margin: by default cost of revenue is on margin 1"
        )
    )
    none = _company(lines.assign(margin=""), june, about)
    assert none.notes[1].startswith("No account states its margin: by default")


def test_the_tie_is_told_and_a_difference_is_red(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    ledger = lines[lines["version"] == "actual"][["period", "amount"]]
    sound = _company(lines, june, about, ledger=ledger)
    assert "All lines add up to the ledger within 0.01 EUR: month." in map(_plain, sound.notes)
    assert sound.state == ""
    off = _company(lines, june, about, ledger=ledger.assign(amount=ledger["amount"] + 1))
    assert "Lines do not add up to the ledger: month −5.00 EUR." in map(_plain, off.notes)
    assert off.state == "red"


def test_a_book_without_statement_says_so(lines: pd.DataFrame, june: Period, about: About) -> None:
    for part in (lines.head(0), lines[lines["group"] == "operating"]):
        exhibit = _company(part, june, about)
        assert isinstance(exhibit.body, Note)
        assert exhibit.message.startswith("No profit and loss")
        beside = tables.product_margins(
            pf.product_margins(part, period=june, plan=None), about=about
        )
        assert beside.message.startswith("No profit and loss")


def test_comments_stand_beside_their_rows(lines: pd.DataFrame, june: Period, about: About) -> None:
    remarks = pd.DataFrame({"exhibit": ["pnl"], "row": ["licenses"], "rank": [1]})
    found = pf.contribution_margins(lines, period=june, plan="B")
    exhibit = tables.contribution_margins(found, about=about, id="pnl", comments=remarks)
    assert isinstance(exhibit.body, Grid)
    assert {row.key: row.cells[0].mark for row in exhibit.body.rows}["licenses"] == 1


def test_products_print_margins_and_who_moved_them(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    found = pf.product_margins(lines, period=june, plan="B")
    exhibit = tables.product_margins(found, about=about)
    assert _plain(exhibit.message) == (
        "Atlas earns 220.0 of 230.0 kEUR CM3; Atlas loses most against plan (−80.0) and Borea "
        "gains most (+10.0); CM3 carries 30.0 of shared cost, which leaves a result of 200.0"
    )
    printed = _printed(exhibit)
    assert list(printed) == ["atlas", "borea", "total"]  # rent alone is on no product
    assert printed["borea"][0] == "Borea"
    assert "10.0" in printed["borea"]  # 10 of 100


def test_products_without_cost_of_their_own_are_told_by_what_they_sell(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    """Cost stands on a row of its own, as in filings that split sales and not cost."""
    cost = lines["group"].isin(["cost_of_revenue", "operating"])
    split = lines.assign(product=lines["product"].where(~cost, "Not split"))
    found = pf.product_margins(split, period=june, plan="B")
    exhibit = tables.product_margins(found, about=about)
    assert _plain(exhibit.message).startswith("Atlas brings 300.0 kEUR of net revenue")
    assert "no row has cost of its own, so none has CM" in exhibit.message
    assert "gains most" not in exhibit.message
    assert "no cost of its own up to CM" in " ".join(exhibit.notes)
    assert all(rederive(fact, exhibit.data) == fact.text for fact in exhibit.facts)
    drawn = figures.product_margins(found, about=about)
    assert isinstance(drawn.body, Note)


def test_one_product_alone_is_not_compared_with_itself(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    one = lines[lines["product"] == "Atlas"]
    exhibit = tables.product_margins(pf.product_margins(one, period=june, plan="B"), about=about)
    assert _plain(exhibit.message) == "CM1 of Atlas is 220.0 kEUR, −80.0 (−26.7 %) against plan"


def test_a_book_without_products_says_so(lines: pd.DataFrame, june: Period, about: About) -> None:
    found = pf.product_margins(lines.assign(product=None), period=june, plan="B")
    for draw in (tables.product_margins, figures.product_margins):
        assert draw(found, about=about).message == (
            "No products to set side by side: this book names none in its ledger."
        )


def test_the_figure_draws_every_margin_on_one_scale(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    found = pf.product_margins(lines, period=june, plan="B", spans=["month"])
    exhibit = figures.product_margins(found, about=about)
    assert isinstance(exhibit.body, Drawing)
    svg = exhibit.body.svg
    for words in ("Net revenue", "CM1", "CM3 AC, PL outlined", "Atlas", "300.0", "−80.0", "+10.0"):
        assert f">{words}<" in svg.replace("\N{NARROW NO-BREAK SPACE}", " "), words
    assert "CM2" not in svg  # no cost stands on level 2
    assert "Atlas: Net revenue 300.0, CM1 220.0, CM3 220.0" in exhibit.alt
    again = figures.product_margins(found, about=about)
    assert isinstance(again.body, Drawing)
    assert again.body.svg == svg


def test_the_figure_draws_losses_left_of_zero(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    deep = lines.assign(amount=lines["amount"].where(lines["line"] != "Development", -190_000.0))
    found = pf.product_margins(deep, period=june, plan="B", spans=["month"])
    exhibit = figures.product_margins(found, about=about)
    assert isinstance(exhibit.body, Drawing)
    assert ">−90.0<" in exhibit.body.svg


def test_the_figure_of_a_book_without_cost_is_one_line(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    found = pf.product_margins(lines[lines["group"] == "gross"], period=june, plan="B")
    exhibit = figures.product_margins(found, about=about)
    assert isinstance(exhibit.body, Note)
    assert "net revenue is all there is" in exhibit.message
    table = tables.product_margins(found, about=about)
    assert _plain(table.message).startswith("Atlas earns 300.0 of 400.0 kEUR net revenue")


def test_figure_leaves_small_rows_to_the_total(
    lines: pd.DataFrame, june: Period, about: About
) -> None:
    found = pf.product_margins(lines, period=june, plan="B", spans=["month"])
    exhibit = figures.product_margins(found, about=about, top=1)
    assert "Outlined: plan. 1 smaller rows are not drawn; the total holds them." in exhibit.notes
