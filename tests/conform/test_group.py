"""Books of entities joined to one: each by its own calendar and currency, nothing twice."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pfkit as pf
from pfkit import cli
from pfkit.conform.group.declared import Grouping
from pfkit.conform.group.rows import ELIMINATIONS, Part, eliminations, pairs, translated
from pfkit.errors import BookError, PeriodError

if TYPE_CHECKING:
    from pathlib import Path

    from pfkit.book import Book

ACCOUNTS = """
[[sources]]
name = "accounts"
table = "accounts"
lines = [
  { account = "sales", name = "Sales", line = "Sales", group = "gross", favorable_when = "higher" },
  { account = "refunds", name = "Refunds", line = "Refunds", group = "returns", favorable_when = "lower" },
  { account = "hosting", name = "Hosting", line = "Hosting", group = "cost_of_revenue", favorable_when = "lower" },
  { account = "rent", name = "Rent", line = "Rent", group = "operating", favorable_when = "lower" },
]

[[sources]]
name = "ledger"
table = "actuals"
path = "ledger.csv"
known_on = { column = "known", at = "day" }
columns = { period = "month", account = "account", amount_local = "amount", currency = "currency" }
"""  # noqa: E501
GROUP = """
company = { name = "Both", entity = "both", currency = "EUR" }
[group]
rates = { GBP = { 2026Q1 = 1.2, 2026Q2 = 1.25 } }
[[group.members]]
book = "../alpha"
quarters = { 2026Q1 = "2026Q1", 2026Q2 = "2026Q2" }
[[group.members]]
book = "../beta"
quarters = { 2026Q1 = "2026Q1", 2026Q2 = "2026Q2" }
"""


def entity(root: Path, name: str, currency: str, start: int, rows: str) -> None:
    home = root / name
    home.mkdir()
    company = (
        f'company = {{ name = "{name.title()}", entity = "{name}", currency = "{currency}", '
        f"fiscal_year_start = {start} }}"
    )
    (home / "book.toml").write_text(company + ACCOUNTS, encoding="utf-8")
    lines = [f"{line},{currency},2026-07-05" for line in rows.strip().splitlines()]
    text = "\n".join(["month,account,amount,currency,known", *lines]) + "\n"
    (home / "ledger.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give two entities: euros from January, pounds from December, and a group."""
    entity(
        tmp_path,
        "alpha",
        "EUR",
        1,
        "2026-01,sales,1000.00\n2026-02,sales,0\n2026-03,hosting,300.00\n2026-04,sales,900.10\n2026-05,rent,50.05\n"
        "2026-06,sales,100.00",
    )
    entity(
        tmp_path,
        "beta",
        "GBP",
        12,  # its second quarter is March to May
        "2025-12,sales,80.00\n2026-01,sales,0\n2026-02,sales,0\n2026-03,sales,200.02\n2026-04,refunds,10.01\n2026-05,hosting,40.00\n"
        "2026-06,sales,999.00",
    )
    (tmp_path / "both").mkdir()
    declare(tmp_path, GROUP)
    return tmp_path  # fmt: skip


def declare(root: Path, text: str) -> None:
    (root / "both" / "book.toml").write_text(text, encoding="utf-8")


def opened(root: Path, period: str = "2026Q2") -> Book:
    return pf.open_book(root / "both", period=period)


def result(book: Book) -> dict[str, float]:
    table = pf.pnl(book.statement, period=book.period)
    rows = table[table["basis"] == "period"]
    return dict(zip(rows["row_key"], rows["actual"], strict=True))


def test_the_total_is_the_sum_of_entities_at_their_rates(root: Path) -> None:
    found = result(opened(root))
    # alpha April to June; beta March to May at 1.25
    assert found["gross-sales"] == pytest.approx(900.10 + 100 + 200.02 * 1.25, abs=0.01)
    assert found["returns"] == pytest.approx(-10.01 * 1.25, abs=0.01)
    assert found["cost-of-revenue"] == -40 * 1.25
    assert found["operating-cost"] == -50.05
    first = result(opened(root, "2026Q1"))
    assert first["net-revenue"] == pytest.approx(1000 + 80 * 1.2)


def test_entities_stand_beside_each_other_with_days_and_rates(root: Path) -> None:
    book = opened(root)
    told = pf.entities(book.statement, book.entities, book.intercompany, period=book.period)
    told = told.set_index("entity")
    assert told.loc["beta", ["first_day", "last_day"]].tolist() == ["2026-03-01", "2026-05-31"]
    assert told.loc["beta", ["currency", "rate", "days", "shared_days"]].tolist() == [
        *("GBP", 1.25, 92, 61)
    ]
    assert told.loc["beta", "net_local"] == pytest.approx(200.02 - 10.01, abs=0.01)
    assert not told.loc["beta", "aligned"]
    assert bool(told.loc["alpha", "aligned"])
    items = told[told["role"] == "item"]
    assert items["net"].sum() == pytest.approx(told.loc["Total", "net"], abs=0.005)
    assert told.loc["Total", "count"] == 2


def test_other_days_are_told_plainly(root: Path) -> None:
    control = opened(root).controls.set_index("control").loc["Days of entities"]
    assert control["state"] == "amber"
    assert control["detail"] == (
        "1 of 2 entities report other days: beta of 2026-03-01 to 2026-05-31 stands in 2026Q2"
    )


def dealing(sold: str, bought: str) -> str:
    return (
        f'{GROUP}\n[[group.intercompany]]\nquarter = "2026Q2"\nseller = "alpha"\nbuyer = "beta"\n'
        f'item = "Licenses"\nsold = {sold}\nbought = {bought}\n'
    )


def test_what_both_sides_agree_on_is_eliminated_and_profit_stays(root: Path) -> None:
    plain = result(opened(root))
    declare(root, dealing("100", "80"))  # 80 GBP are 100 EUR
    book = opened(root)
    found = result(book)
    assert found["gross-sales"] == pytest.approx(plain["gross-sales"] - 100)
    assert found["cost-of-revenue"] == pytest.approx(plain["cost-of-revenue"] + 100)
    assert found["contribution"] == pytest.approx(plain["contribution"])
    told = pf.entities(book.statement, book.entities, book.intercompany, period=book.period)
    assert told["role"].tolist() == ["item", "item", "item", "total"]
    assert told.set_index("entity").loc[ELIMINATIONS, ["net", "contribution"]].tolist() == [-100, 0]
    control = book.controls.set_index("control").loc["Intercompany"]
    assert (control["state"], control["difference"]) == ("green", 0)


def test_a_pair_that_does_not_agree_is_listed_with_its_difference(root: Path) -> None:
    declare(root, dealing("100", "72"))  # 90 EUR
    book = opened(root)
    told = pf.entities(book.statement, book.entities, book.intercompany, period=book.period)
    last = told.iloc[-1]
    assert last["label"] == "alpha \N{RIGHTWARDS ARROW} beta: Licenses"
    assert last[["sold", "bought", "difference"]].tolist() == [100, 90, 10]
    assert told.set_index("entity").loc[ELIMINATIONS, "net"] == -90
    control = book.controls.set_index("control").loc["Intercompany"]
    assert control["state"] in {"amber", "red"}
    assert control["detail"] == (
        "1 of 1 dealings do not agree, the difference stays: alpha to beta, Licenses: 10.00"
    )
    assert control["difference"] == -10
    shown = pf.tables.entities(told, about=book.about)
    assert "the two sides do not agree" in " ".join(shown.notes)
    assert "Not agreed" in [head.label for head in shown.body.heads]  # type: ignore[union-attr]


def test_the_message_counts_and_says_whose_days_are_others(root: Path) -> None:
    book = opened(root)
    told = pf.entities(book.statement, book.entities, period=book.period)
    message = pf.tables.entities(told, about=book.about).message
    assert message.startswith("2 entities add up to ")
    assert message.endswith("from Alpha; 1 of them reports days of another time")
    alone = pf.open_book(root / "alpha", period="2026Q2")
    plain = pf.entities(alone.statement, alone.entities, period=alone.period)
    assert pf.tables.entities(plain).message.startswith("This book is one entity's")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "rates = { GBP = { 2026Q1 = 1.2, 2026Q2 = 1.25 } }",
            "rates = { GBP = { 2026Q1 = 1.2 } }",
            "beta reports in GBP, and no rate to EUR is stated\n  -> Add GBP = ",
        ),
        ("rates = { GBP = { 2026Q1 = 1.2, 2026Q2 = 1.25 } }", "", "no rate to EUR is stated"),
        ("2026Q2 = 1.25", "2026Q2 = 0", "a rate of GBP is not above 0"),
        ('book = "../beta"', 'book = "../gamma"', "the book gamma cannot be opened for 2026Q2"),
        ('book = "../beta"', 'book = "../alpha"', "two members are called 'alpha'"),
        ('{ 2026Q1 = "2026Q1"', '{ Q1 = "2026Q1"', "'Q1' is no quarter"),
        ("[group]", "[group]\nmember = 1", "unknown key 'member'"),
    ],
)
def test_a_wrong_declaration_is_refused(root: Path, before: str, after: str, message: str) -> None:
    declare(root, GROUP.replace(before, after))
    with pytest.raises(BookError) as caught:
        opened(root)
    assert message in str(caught.value)


def test_a_check_rejects_and_does_not_raise(root: Path) -> None:
    assert pf.check_book(root / "both", period="2026Q2")["verdict"] == "warn"
    declare(root, GROUP.replace("2026Q2 = 1.25", "2026Q2 = 0"))
    found = pf.check_book(root / "both")
    assert found["verdict"] == "reject"
    assert "a rate of GBP is not above 0" in json.dumps(found)


def test_a_group_is_no_member_of_itself(root: Path) -> None:
    declare(root, GROUP.replace('book = "../beta"', 'book = "../both"'))
    with pytest.raises(BookError, match="the group both is a member of itself"):
        opened(root)


def test_every_file_of_the_entities_is_named_with_its_digest(root: Path) -> None:
    files = opened(root).provenance.set_index("source")
    for name in ("alpha", "beta"):
        plain = pf.open_book(root / name).provenance.set_index("source")
        assert files.loc[f"{name}: ledger", "sha256"] == plain.loc["ledger", "sha256"]
    assert files["row_key"].is_unique


def test_a_month_that_is_missing_is_named(root: Path) -> None:
    ledger = root / "alpha" / "ledger.csv"
    text = ledger.read_text(encoding="utf-8").replace("2026-02,sales,0,EUR,2026-07-05\n", "")
    ledger.write_text(text, encoding="utf-8")
    with pytest.raises(
        BookError, match=r"alpha has no profit and loss of 2026Q1 \(no rows of 2026-02\)"
    ):
        opened(root)


def test_a_dealing_with_a_stranger_is_refused(root: Path) -> None:
    declare(root, dealing("1", "1").replace('buyer = "beta"', 'buyer = "betta"'))
    with pytest.raises(BookError, match="'betta' is no entity of the group"):
        opened(root)


def test_a_group_has_no_sources_of_its_own(root: Path) -> None:
    declare(root, GROUP + ACCOUNTS)
    with pytest.raises(BookError, match="give either `sources`, or `group`"):
        opened(root)


def test_the_same_input_gives_the_same_files_and_as_of_is_handed_on(root: Path) -> None:
    first = opened(root).provenance[["file", "sha256"]]
    pd.testing.assert_frame_equal(opened(root).provenance[["file", "sha256"]], first)
    with pytest.raises(BookError, match="cannot be opened"):
        pf.open_book(root / "both", period="2026Q2", as_of="2026-01-01")


AMOUNT = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) / 100)
LINES = st.lists(
    st.tuples(st.sampled_from(["gross", "returns", "cost_of_revenue", "operating"]), AMOUNT),
    min_size=1,
    max_size=4,
)


@settings(max_examples=50, deadline=None)
@given(
    ours=LINES,
    theirs=LINES,
    rate=st.integers(1, 5000).map(lambda n: Decimal(n) / 1000),
    sold=st.integers(0, 10**6).map(lambda n: Decimal(n) / 100),
    bought=st.integers(0, 10**6).map(lambda n: Decimal(n) / 100),
)
def test_consolidated_is_entities_at_rates_less_eliminations(
    ours: list[tuple[str, Decimal]],
    theirs: list[tuple[str, Decimal]],
    rate: Decimal,
    sold: Decimal,
    bought: Decimal,
) -> None:
    group = Grouping.model_validate(
        {
            "members": [{"book": "a", "quarters": {"2026Q1": "2026Q1"}}],
            "rates": {"GBP": str(rate)},
            "intercompany": [
                {"quarter": "2026Q1", "seller": "a", "buyer": "b", "sold": str(sold)}
                | {"bought": str(bought)}
            ],
        }
    )
    day = dt.date(2026, 3, 31)
    parts = [
        Part(name, name, "2026Q1", currency, "2026Q1", "months", day, day, day, tuple(lines))
        for name, currency, lines in (("a", "EUR", ours), ("b", "GBP", theirs))
    ]
    agreed = pairs(parts, group, reporting="EUR")
    out = eliminations(agreed)
    rows = [*translated(parts, group, reporting="EUR"), *out]
    lower = {"returns", "cost_of_revenue", "operating"}
    total = sum((-row.amount if row.account in lower else row.amount for row in rows), Decimal(0))
    wanted = sum((amount for _, amount in ours), Decimal(0))
    wanted += rate * sum((amount for _, amount in theirs), Decimal(0))
    assert abs(total - wanted) < Decimal("0.01")  # eliminations leave profit as it is
    revenue = sum((row.amount for row in rows if row.account == "gross"), Decimal(0))
    gross = sum((amount for name, amount in ours if name == "gross"), Decimal(0))
    gross += rate * sum((amount for name, amount in theirs if name == "gross"), Decimal(0))
    (pair,) = agreed
    assert abs(revenue - (gross - min(sold, bought * rate))) < Decimal("0.01")
    assert abs(pair.difference - (sold - bought * rate)) < Decimal("0.01")


def reference(book: Book, column: str) -> tuple[dict[str, float], str]:
    """Return the column of the period by line, and the reasons of the table."""
    table = pf.pnl(book.statement, period=book.period, plan=book.plan_version)
    rows = table[table["basis"] == "period"]
    return dict(zip(rows["row_key"], rows[column], strict=True)), str(rows["reason"].iloc[0])


def test_where_all_have_months_so_has_the_group(root: Path) -> None:
    book = opened(root, "2026-05")
    # alpha's May: rent 50.05; beta's April, the second month of its second quarter, at 1.25
    assert result(book) == pytest.approx(
        {"gross-sales": 0, "returns": -12.51, "net-revenue": -12.51, "cost-of-revenue": 0}
        | {"gross-margin": -12.51, "operating-cost": -50.05, "contribution": -62.56},
        abs=0.01,
    )
    quarter = result(opened(root))
    months = [result(opened(root, month)) for month in ("2026-04", "2026-05", "2026-06")]
    assert sum(m["contribution"] for m in months) == pytest.approx(
        quarter["contribution"], abs=0.01
    )


def whole_quarter(root: Path) -> None:
    """Have beta state its second quarter as a whole."""
    home = root / "beta"
    text = (home / "book.toml").read_text(encoding="utf-8")
    by_days = 'period = { first_day = "first", last_day = "last" }'
    text = text.replace('period = "month"', by_days)
    (home / "book.toml").write_text(text, encoding="utf-8")
    (home / "ledger.csv").write_text(
        "first,last,account,amount,currency,known\n"
        "2025-12-01,2026-02-28,sales,80.00,GBP,2026-07-05\n"
        "2026-03-01,2026-05-31,sales,200.02,GBP,2026-07-05\n",
        encoding="utf-8",
    )


def test_a_month_of_a_quarter_that_one_states_whole_is_refused(root: Path) -> None:
    whole_quarter(root)
    with pytest.raises(PeriodError) as caught:
        opened(root, "2026-05")
    assert str(caught.value) == (
        "period: the group has no month 2026-05: beta has 2026Q2 as a whole, which stands in "
        "2026Q2, and no months of it\n  -> Report the quarter: pfkit run quarterly --period 2026Q2."
    )
    assert result(opened(root))["gross-sales"] == pytest.approx(1000.10 + 250.025, abs=0.01)
    assert pf.open_book(root / "both").period.label == "2026Q2"


def test_a_monthly_run_stops_before_anything_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole_quarter(root)
    to = root / "reports"
    asked = ["--book", str(root / "both"), "--period", "2026-05", "--to", str(to)]
    monkeypatch.setattr("sys.argv", ["pfkit", "run", "monthly", *asked])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    told = capsys.readouterr().err
    assert "PeriodError: period: the group has no month 2026-05: beta has 2026Q2 as a whole" in told
    assert "-> Report the quarter: pfkit run quarterly --period 2026Q2." in told
    assert not to.exists()


def test_what_is_sold_by_the_quarter_leaves_no_months(root: Path) -> None:
    declare(root, dealing("100", "80"))
    with pytest.raises(PeriodError, match="what alpha sold beta is stated for 2026Q2 as a whole"):
        opened(root, "2026-05")
    assert result(opened(root, "2026-02"))["net-revenue"] == 0  # the first quarter has months


def plan(root: Path, name: str, currency: str, rows: str) -> None:
    home = root / name
    source = """
[[sources]]
name = "plan"
table = "budget"
path = "plan.csv"
known_on = { column = "known", at = "day" }
columns = { version = "version", period = "month", account = "account", amount_local = "amount", currency = "currency" }
"""  # noqa: E501
    with (home / "book.toml").open("a", encoding="utf-8") as file:
        file.write(source)
    lines = [f"B1,{line},{currency},2025-11-01" for line in rows.strip().splitlines()]
    text = "\n".join(["version,month,account,amount,currency,known", *lines]) + "\n"
    (home / "plan.csv").write_text(text, encoding="utf-8")


ALPHA_PLAN = "2026-04,sales,900.00\n2026-05,rent,40.00\n2026-06,sales,200.00"
BETA_PLAN = "2026-03,sales,100.00\n2026-04,sales,50.00\n2026-05,hosting,30.00"


@pytest.mark.parametrize(
    ("declared", "rate", "told"),
    [
        ("", 1.25, "the plan of beta is at 1.25, the rate of actuals, as no other is declared"),
        (
            "budget_rates = { GBP = 1.1 }",
            1.1,
            "the plan of beta is at 1.1, the budget rate declared",
        ),
    ],
)
def test_the_plan_is_that_of_all_at_the_budget_rate(
    root: Path, declared: str, rate: float, told: str
) -> None:
    plan(root, "alpha", "EUR", ALPHA_PLAN)
    plan(root, "beta", "GBP", BETA_PLAN)
    declare(root, GROUP.replace("[group]\n", f"[group]\n{declared}\n"))
    book = opened(root)
    planned, _ = reference(book, "plan")
    assert planned["gross-sales"] == pytest.approx(1100 + 150 * rate, abs=0.01)
    assert planned["contribution"] == pytest.approx(1100 - 40 + (150 - 30) * rate, abs=0.01)
    month, _ = reference(opened(root, "2026-05"), "plan")
    assert month["contribution"] == pytest.approx(-40 + 50 * rate, abs=0.01)
    controls = book.controls[book.controls["control"] == "Comparison of entities"]
    assert f"every entity has a plan: {told}" in set(controls["detail"])


def test_a_plan_that_one_lacks_is_no_plan_of_the_group(root: Path) -> None:
    plan(root, "alpha", "EUR", ALPHA_PLAN)
    book = opened(root)
    planned, why = reference(book, "plan")
    assert pd.isna(planned["contribution"])
    assert "plan: beta has no plan of 2026Q2" in why
    controls = book.controls[book.controls["control"] == "Comparison of entities"]
    assert "the group is not compared with a plan: beta has no plan of 2026Q2" in set(
        controls["detail"]
    )
    table = pf.pnl(book.statement, period=book.period)
    assert "beta has no plan of 2026Q2" in " ".join(pf.tables.pnl(table, about=book.about).notes)


def year_before(root: Path, name: str, rows: str, currency: str) -> None:
    with (root / name / "ledger.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{line},{currency},2026-07-05\n" for line in rows.splitlines())


ALPHA_BEFORE = "2025-04,sales,500.00\n2025-05,rent,20.00\n2025-06,sales,1.00"
BETA_BEFORE = "2025-03,sales,100.00\n2025-04,sales,0\n2025-05,hosting,10.00"
RATES = "rates = { GBP = { 2025Q2 = 1.5, 2026Q1 = 1.2, 2026Q2 = 1.25 } }"


def test_the_year_before_is_that_of_all_at_its_own_rate(root: Path) -> None:
    year_before(root, "alpha", ALPHA_BEFORE, "EUR")
    year_before(root, "beta", BETA_BEFORE, "GBP")
    stated = GROUP.splitlines()[3]
    declare(root, GROUP.replace(stated, RATES))
    prior, _ = reference(opened(root), "prior_year")
    assert prior["gross-sales"] == pytest.approx(501 + 150, abs=0.01)
    assert prior["contribution"] == pytest.approx(501 - 20 + 1.5 * (100 - 10), abs=0.01)
    declare(root, GROUP)
    prior, why = reference(opened(root), "prior_year")
    assert pd.isna(prior["contribution"])
    assert "prior year: beta reports in GBP, and no rate to EUR is stated" in why


def test_a_year_before_that_one_lacks_is_none_of_the_group(root: Path) -> None:
    year_before(root, "alpha", ALPHA_BEFORE, "EUR")
    declare(root, GROUP.replace(GROUP.splitlines()[3], RATES))
    told = "beta has no profit and loss of 2025Q2 (no rows of 2025-03, 2025-04, 2025-05)"
    prior, why = reference(opened(root), "prior_year")
    assert pd.isna(prior["contribution"])
    assert f"prior year: {told}" in why
    # and it is none either where alpha alone declares it; reported by itself it stands
    one = '2026Q1 = "2026Q1", 2026Q2 = "2026Q2" }\n[[group.members]]'
    text = GROUP.replace(GROUP.splitlines()[3], RATES)
    declare(root, text.replace(one, f'2025Q2 = "2025Q2", {one}'))
    prior, why = reference(opened(root), "prior_year")
    assert pd.isna(prior["contribution"])
    assert told in why
    assert result(opened(root, "2025Q2"))["contribution"] == 481


def test_a_year_before_without_its_dealings_is_refused(root: Path) -> None:
    year_before(root, "alpha", ALPHA_BEFORE, "EUR")
    year_before(root, "beta", BETA_BEFORE, "GBP")
    declare(root, dealing("100", "80").replace(GROUP.splitlines()[3], RATES))
    _, why = reference(opened(root), "prior_year")
    assert "what entities sold each other in 2025Q2 is not stated" in why
