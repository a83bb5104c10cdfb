from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import tables
from pfkit.present.body import Grid
from pfkit.present.tables.held import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit


def grid(exhibit: Exhibit) -> Grid:
    assert isinstance(exhibit.body, Grid)
    return exhibit.body


def cells(exhibit: Exhibit, key: str) -> dict[str, str]:
    body = grid(exhibit)
    row = next(row for row in body.rows if row.key == key)
    return {h.column: c.text for h, c in zip(body.heads, row.cells, strict=True)}


def test_the_statement_prints_month_plan_and_variance(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.pnl(measures.pnl(statement, period=june), about=about)
    net = cells(shown, "net-revenue")
    assert net["actual"] == "120.0"
    assert net["plan"] == "95.0"
    assert net["plan_variance"] == "+25.0"
    assert net["plan_variance_rate"] == "+26.3"
    assert shown.message.replace("\u202f", " ").startswith(
        "Net revenue is 120.0 kEUR, +25.0 (+26.3 %) against plan"
    )


def test_bars_share_one_scale_and_point_from_zero(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.pnl(measures.pnl(statement, period=june), about=about)
    place = [head.column for head in grid(shown).heads].index("plan_variance")
    drawn = {row.key: row.cells[place].bar for row in grid(shown).rows}
    gross, refunds = drawn["gross-sales"], drawn["refunds"]
    assert gross is not None
    assert refunds is not None
    assert gross.share == 1.0
    assert refunds.share == pytest.approx(-5 / 30)
    assert (gross.favorable, refunds.favorable) == (True, False)
    assert gross.low <= 0 <= gross.high


def test_a_comparison_that_cannot_be_made_is_named(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = tables.pnl(measures.pnl(statement, period=june), about=about)
    assert any(note.startswith("No comparison with prior year: ") for note in shown.notes)
    assert "PY" not in [head.label for head in grid(shown).heads]


def test_comments_are_marked_beside_their_rows(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    told = measures.comments(statement, period=june)
    shown = tables.pnl(measures.pnl(statement, period=june), about=about, comments=told)
    row = next(row for row in grid(shown).rows if row.key == "net-revenue")
    assert row.cells[0].mark == int(told.loc[told["row_key"] == "net-revenue", "rank"].iloc[0])
    assert row.cells[0].text == "Net revenue"


def test_products_end_with_other_and_total(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    small = statement.iloc[[1, 1]].assign(product=["Cirrus", "Delta"], amount=[2000.0, 1000.0])
    more = pd.concat([statement, small], ignore_index=True)
    result = measures.product_pnl(more, period=june, by="product", top=1)
    shown = tables.product_pnl(result, about=about)
    assert [row.cells[0].text for row in grid(shown).rows] == ["Atlas", "Other (3)", "Total"]
    assert [row.role for row in grid(shown).rows] == ["line", "other", "total"]
    assert cells(shown, "other")["net"] == "43.0"
    assert cells(shown, "total")["net"] == "123.0"


def test_variance_folds_the_rest_and_prints_its_sum(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    actuals = rows("""
        period  | account | amount
        2026-06 | a       |  50000
        2026-06 | b       |  30000
        2026-06 | c       |  11000
    """)
    budget = rows("""
        period  | account | amount | version
        2026-06 | a       |  20000 | plan
        2026-06 | b       |  31000 | plan
        2026-06 | c       |  10000 | plan
    """)
    gap = measures.variance(actuals, budget, by="account", favorable_when="lower")
    shown = tables.variance(gap, about=about, top=1)
    body = grid(shown)
    assert [row.cells[0].text for row in body.rows] == ["a", "Other (2)", "Total"]
    assert cells(shown, "other")["variance"] == "0.0"
    assert cells(shown, "total")["variance"] == "+30.0"
    assert shown.message.replace("\u202f", " ") == (
        "Actuals are +30.0 kEUR (+49.2 %) against plan; the largest variance is a (+30.0)"
    )


@pytest.fixture
def lines(rows: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    january = FiscalCalendar().period("2026-01")
    actuals = rows("""
        period  | cost_center | amount
        2026-01 | Cloud       |  13000
        2026-01 | Travel      |   2000
        2026-01 | Rent        |   1000
    """)
    budget = rows("""
        version | period  | cost_center | owner | amount
        plan    | 2026-01 | Cloud       | Ines  |  10000
        plan    | 2026-01 | Travel      | Omar  |   2000
        plan    | 2026-01 | Rent        | Omar  |   1000
    """)
    return measures.budget_lines(
        actuals, budget, period=january, versions=["plan"], top=1, amount=1000.0, rate=0.05
    )


def test_budget_lines_ask_for_an_explanation_where_it_matters(
    lines: pd.DataFrame, about: About
) -> None:
    shown = tables.budget_lines(lines, about=about)
    assert shown.message.replace("\u202f", " ").startswith(
        "1 of 3 budget lines is materially off budget; the total is +3.0 (+23.1 %)"
    )
    assert cells(shown, "cloud")["action"] == "explain"
    assert cells(shown, "cloud")["owner"] == "Ines"
    body = grid(shown)
    assert [row.cells[0].text for row in body.rows] == ["Cloud", "Other (2)", "Total"]
    place = [head.column for head in body.heads].index("variance")
    bar = body.rows[0].cells[place].bar
    assert bar is not None
    assert bar.favorable is False  # spending above plan


def test_budget_lines_show_what_is_ordered_and_what_is_left(
    rows: Callable[[str], pd.DataFrame], about: About
) -> None:
    year = {"version": "plan", "period": "2026-12", "span": "year"}
    budget = pd.DataFrame(
        [
            year | {"cost_center": "Cloud", "amount": 90_000.0},
            year | {"cost_center": "Rent", "amount": 12_000.0},
        ]
    )
    spent = pd.DataFrame({"period": "2026-06", "span": "ytd", "cost_center": ["Cloud"]})
    ordered = rows("""
        period  | cost_center | status | amount
        2026-09 | Cloud       | open   |  50000
    """)
    carried = rows("""
        cost_center | role | into   | carried
        Rent        | item | FY2026 |    1500
    """)
    june = FiscalCalendar().period("2026-06")
    result = measures.budget_lines(
        spent.assign(amount=43_000.0), budget, period=june, commitments=ordered, carried=carried
    )
    shown = tables.budget_lines(result, about=about)
    assert shown.message.replace("\u202f", " ").endswith(
        "Cloud has ordered 3.0 kEUR more than is left of the plan budget"
    )
    assert cells(shown, "cloud")["action"] == "explain"
    assert cells(shown, "cloud")["available"] == "−3.0"
    assert cells(shown, "rent")["available"] == "13.5"
    assert cells(shown, "total")["committed"] == "50.0"
    assert "It holds 1.5 kEUR carried from last year: Rent." in shown.notes[0].replace(
        "\u202f", " "
    )
    plain = measures.budget_lines(spent.assign(amount=43_000.0), budget, period=june)
    assert "Available" not in tables.budget_lines(plain, about=about).notes[0]


def controls(state: str, difference: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_key": ["balance|billing", "tie|billing"],
            "control": ["Balance", "Control total"],
            "source": "billing",
            "period": "2026-06",
            "expected": [100.0, 200.0],
            "actual": [100.0, 200.0 + difference],
            "difference": [0.0, difference],
            "state": ["green", state],
            "detail": "",
            "advice": ["", "Ask for the missing file."],
        }
    )


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("red", "1 control is red: Control total of billing (−12.34 EUR)"),
        ("amber", "No control is red; 1 control is amber: Control total of billing (−12.34 EUR)"),
    ],
)
def test_the_worst_control_is_named_with_its_difference(
    state: str, message: str, about: About
) -> None:
    shown = tables.controls(controls(state, -12.34), about=about)
    assert shown.state == state
    assert shown.message.replace("\u202f", " ") == message
    assert grid(shown).rows[0].cells[-1].text.endswith("Ask for the missing file.")


def test_green_controls_are_counted(about: About) -> None:
    shown = tables.controls(controls("green", 0.0), about=about)
    assert (shown.state, shown.message) == ("green", "All 2 controls are green")


def test_a_balance_that_does_not_close_is_red(about: About) -> None:
    line = {
        "row_key": "billing", "source": "billing", "table": "invoices", "period": "2026-06",
        "rows_in": 3, "rows_accepted": 2, "rows_quarantined": 0, "rows_excluded": 0,
        "amount_in": 9.0, "amount_accepted": 8.0, "amount_quarantined": 1.0, "amount_excluded": 0.0,
    }  # fmt: skip
    broken = tables.balance(pd.DataFrame([line]), about=about)
    assert broken.state == "red"
    assert broken.message == "The balance of billing does not close"
    closed = tables.balance(pd.DataFrame([line | {"rows_quarantined": 1}]), about=about)
    assert closed.state == "green"
    assert closed.message == "All 3 rows are accounted for: 1 quarantined, 0 excluded"


def test_rules_print_count_amount_and_reason(about: About) -> None:
    rules = pd.DataFrame(
        {
            "row_key": ["r1", "r2"],
            "source": "invoices",
            "action": ["classify", "exclude"],
            "target": ["cancellation", "samples"],
            "because": ["number starts with C", "free samples"],
            "rows": [9288, 12],
            "amount": [-896_812.49, 0.0],
        }
    )
    shown = tables.rules(rules, about=about)
    assert shown.message.replace("\u202f", " ") == (
        "1 rule classifies rows and 1 leaves rows out; "
        "the largest is cancellation with −896 812.49 EUR"
    )
    assert cells(shown, "r1")["because"] == "number starts with C"


def quarantined(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": "invoices",
            "source": "billing",
            "file": "billing.csv",
            "line": [str(number) for number in range(2, 2 + count)],
            "rule": "number",
            "column": "price",
            "value": "ask ines@example.org",
            "amount": [float(number) for number in range(count)],
            "advice": "Correct the line.",
        }
    )


def test_quarantine_prints_the_largest_the_others_and_the_total(about: About) -> None:
    shown = tables.quarantine(quarantined(4), about=about, top=2)
    printed = [row[0] for row in shown.printed]
    assert printed == ["billing.csv:5", "billing.csv:4", "Other (2)", "Total, signs aside"]
    assert shown.message.replace("\u202f", " ") == "4 rows are quarantined with 6.00 EUR"
    assert cells(shown, "other")["amount"] == "1.00"


def test_quarantine_never_prints_an_address(about: About) -> None:
    shown = tables.quarantine(quarantined(1), about=about)
    for form in shown._repr_mimebundle_().values():
        assert "ines@example.org" not in str(form)
    assert masked("x" * 100) == "x" * 31 + "…"


def test_nothing_quarantined_is_one_line(about: About) -> None:
    assert tables.quarantine(quarantined(0), about=about).message == "No row is quarantined."


def test_decisions_make_up_neither_owner_nor_date(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    page = measures.summary(statement, period=june, amount=1000.0, rate=0.01)
    shown = tables.decisions(page.decisions, about=about)
    assert shown.kind == "decisions"
    first = dict(zip([h.column for h in grid(shown).heads], shown.printed[0], strict=True))
    assert first["question"] == "Accept or correct: Refunds"
    assert (first["owner"], first["due_on"]) == ("no owner", "no date agreed")


def test_provenance_prints_the_start_of_each_digest(about: About) -> None:
    files = pd.DataFrame(
        {
            "source": ["billing"], "table": ["invoices"], "file": ["billing.csv"],
            "sha256": ["0123456789abcdef" * 4], "rows": [3], "encoding": ["utf-8"],
            "known_on_first": ["2026-06-30"], "known_on_last": ["2026-06-30"], "notes": [""],
        }
    )  # fmt: skip
    shown = tables.provenance(files, about=about)
    assert shown.message == "1 file stands behind this report"
    assert "0123456789ab" in shown.printed[0]


def test_many_files_are_told_by_source(about: About) -> None:
    files = pd.DataFrame(
        {
            "source": ["billing"] * 20 + ["ledger"] * 10,
            "table": "x",
            "file": [f"{number}.csv" for number in range(30)],
            "sha256": "ab",
            "rows": 2,
            "encoding": "utf-8",
            "known_on_first": [f"2026-01-{number + 1:02d}" for number in range(30)],
            "known_on_last": "2026-06-30",
            "notes": "",
        }
    )
    shown = tables.provenance(files, about=about)
    assert shown.message == "30 files of 2 sources stand behind this report"
    assert cells(shown, "ledger")["files"] == "10"
    assert cells(shown, "ledger")["rows"] == "20"
    assert cells(shown, "ledger")["known_on_first"] == "2026-01-21"
