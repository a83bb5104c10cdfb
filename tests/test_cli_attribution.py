"""The command attribution: a book in, a row per feature and a tied ledger out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from bench._attributed import simulate
from pfkit import cli
from pfkit.errors import ControlError, ParameterError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

OUT = [
    *("feature", "incremental", "lo90", "hi90", "roi", "roi_lo90", "roi_hi90"),
    *("verdict", "method", "reasons"),
]
VERDICTS = {"randomised", "supported", "fragile", "not_identified", "too_few", "descriptive"}
#: By source: the table it feeds, and what is no column of the file.
SOURCES = {
    "accounts": ("accounts", ""),
    "ledger": ("actuals", 'account = { constant = "4000" }, currency = { constant = "USD" }'),
    "customers": ("customers", ""),
    "rates": ("rates", ""),
    "invoices": ("invoices", ""),
    "usage": ("usage", 'metric = { constant = "uses" }'),
    "features": ("features", ""),
    "releases": ("releases", ""),
    "rollout": ("rollout", ""),
    "effort": ("effort", 'cost_center = { constant = "R&D" }, version = { constant = "actual" }'),
}
MONTH_END = '{ sql = "last_day(CAST(period || \'-01\' AS DATE))", at = "day" }'
KNOWN = {
    "ledger": '{ column = "posting_date", at = "day" }',
    "rates": '{ column = "date", at = "day" }',
    "invoices": '{ column = "invoice_date", at = "day" }',
    "usage": MONTH_END,
    "releases": '{ column = "released_on", at = "day" }',
    "rollout": '{ date = "2023-01-31" }',
    "effort": MONTH_END,
}
STATEMENT = (
    'statement = { charge = { line = "Sales", group = "gross" }, '
    'credit = { line = "Credits", group = "returns" }, '
    'refund = { line = "Refunds", group = "returns" } }'
)
KEYS = {"ledger": '["entry_id"]', "invoices": '["invoice_id"]'}


def book_toml(tables: dict[str, pd.DataFrame]) -> str:
    """Declare each table's columns by their own names."""
    lines = ['company = { name = "Made up", entity = "madeup", currency = "USD" }', "sources = ["]
    for name, (table, more) in SOURCES.items():
        columns = ", ".join(
            [f'{column} = "{column}"' for column in tables[name]] + [more] * bool(more)
        )
        parts = [f'name = "{name}"', f'table = "{table}"', f'path = "{name}.csv"']
        if name in KNOWN:
            parts.append(f"known_on = {KNOWN[name]}")
        if name in KEYS:
            parts.append(f"key = {KEYS[name]}")
        lines.append(f"  {{ {', '.join(parts)}, columns = {{ {columns} }} }},")
    return "\n".join(
        [
            *lines,
            "]",
            STATEMENT,
            "[policies]",
            "gross_margin = 0.6",
        ]
    )


runner = CliRunner()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the raw files of a made-up company of 1,500 customers and six features."""
    made = simulate(3, accounts=1500, months=24, features=6)
    folder = tmp_path_factory.mktemp("madeup")
    day = "{}-15".format
    invoices = made.invoices.assign(invoice_date=made.invoices["month"].map(day))
    hours = made.costs.set_index("feature")
    first = made.ledger["month"].iloc[0]
    shared = round(float(made.shared_cost), 2)
    tables = {
        "accounts": pd.DataFrame(
            [("4000", "Sales", "Sales", "gross", "higher")],
            columns=["account", "name", "line", "group", "favorable_when"],
        ),
        "ledger": pd.DataFrame(
            {
                "entry_id": made.ledger["month"],
                "posting_date": made.ledger["month"].map(day),
                "amount_local": made.ledger["amount"],
            }
        ),
        "customers": made.customers.rename(columns={"region": "country"})[
            ["customer", "segment", "country"]
        ],
        "rates": made.rates.assign(date=made.rates["month"].map(day)).drop(columns="month"),
        "invoices": invoices.drop(columns="month"),
        "usage": made.usage.rename(columns={"month": "period"}),
        "features": pd.DataFrame(
            {"feature": made.releases["feature"], "initiative": "INI " + made.releases["feature"]}
        ),
        "releases": pd.DataFrame(
            {
                "feature": made.releases["feature"],
                "released_on": made.releases["month"].map("{}-01".format),
            }
        ),
        "rollout": made.rollout.assign(
            available_from=made.rollout["available_from"].map("{}-01".format, na_action="ignore")
        ),
        "effort": pd.DataFrame(
            [
                (first, "INI " + name, row.hours, row.direct_cost / row.hours)
                for name, row in hours.iterrows()
            ]
            + [(first, "", 1.0, shared)],
            columns=["period", "initiative", "hours", "hourly_cost"],
        ),
    }
    (folder / "book.toml").write_text(book_toml(tables), encoding="utf-8")
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def _run(book: Path, to: Path, *options: str) -> str:
    ran = runner.invoke(
        cli.app,
        ["attribution", "--book", str(book), "--to", str(to), "--draws", "50", "--quiet", *options],
    )
    if ran.exception is not None:
        raise ran.exception
    return ran.stdout


@pytest.fixture(scope="module")
def written(book: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run the command once and give what it wrote."""
    folder = tmp_path_factory.mktemp("out")
    to, ledger = folder / "features.csv", folder / "ledger.csv"
    assert _run(book, to, "--ledger", str(ledger)).splitlines()[-1] == str(to)
    assert sorted(path.name for path in folder.iterdir()) == ["features.csv", "ledger.csv"]
    return to, ledger


def test_each_feature_has_a_verdict_and_a_refused_one_no_number(
    written: tuple[Path, Path],
) -> None:
    rows = pd.read_csv(written[0])
    assert list(rows.columns) == OUT
    assert sorted(rows["feature"]) == [f"F{k:02d}" for k in range(1, 7)]
    assert set(rows["verdict"]) <= VERDICTS
    refused = rows["verdict"].isin(["not_identified", "too_few", "descriptive"])
    assert refused.any()
    assert rows.loc[refused, OUT[1:7]].isna().all().all()
    assert rows.loc[refused, "reasons"].notna().all()
    told = rows[~refused]
    assert len(told)
    assert told[OUT[1:7]].notna().all().all()
    assert (told["lo90"] <= told["hi90"]).all()


def test_return_is_margin_less_own_and_shared_cost(written: tuple[Path, Path]) -> None:
    made = simulate(3, accounts=1500, months=24, features=6)
    cost = made.costs.set_index("feature")
    shared = round(float(made.shared_cost), 2) * cost["hours"] / cost["hours"].sum()
    whole = cost["direct_cost"] + shared
    for row in pd.read_csv(written[0]).dropna(subset=["incremental"]).itertuples():
        expected = (row.incremental * 0.6 - whole[row.feature]) / whole[row.feature]
        assert row.roi == pytest.approx(expected, abs=1e-4)


def test_lines_add_up_to_the_ledger_to_the_cent(written: tuple[Path, Path]) -> None:
    made = simulate(3, accounts=1500, months=24, features=6)
    rows = pd.read_csv(written[1])
    assert list(rows.columns) == ["period", "line", "amount"]
    cents = (rows["amount"] * 100).round().astype(int)
    parts = cents[rows["line"] != "ledger"].groupby(rows["period"]).sum()
    ledger = cents[rows["line"] == "ledger"].groupby(rows["period"]).sum()
    assert (parts - ledger).abs().max() == 0
    booked = made.ledger.set_index("month")["amount"]
    assert ledger.to_dict() == (booked * 100).round().astype(int).to_dict()


def test_a_ledger_that_billing_misses_is_refused(book: Path, tmp_path: Path) -> None:
    for file in book.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    rows = pd.read_csv(tmp_path / "ledger.csv")
    rows.loc[5, "amount_local"] *= 1.4
    rows.to_csv(tmp_path / "ledger.csv", index=False)
    with pytest.raises(ControlError):
        _run(tmp_path, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_book_without_releases_and_a_missing_folder_are_told(book: Path, tmp_path: Path) -> None:
    for file in book.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    text = (book / "book.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '"releases"' not in line]
    (tmp_path / "book.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ParameterError, match="no release is known: give table releases"):
        _run(tmp_path, tmp_path / "out.csv")
    with pytest.raises(SourceError, match="it cannot be written"):
        _run(book, tmp_path / "nowhere" / "out.csv")
    with pytest.raises(ParameterError, match="one file is named for both tables"):
        _run(book, tmp_path / "out.csv", "--ledger", str(tmp_path / "out.csv"))
