"""A software service: JSON lines of usage in UTC, semicolon billing, a crosswalk between them."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOK = Path(__file__).parent / "saas"
PRODUCTS = {"Send": ("SND-01", "send.core"), "Track": ("TRK-07", "track.core")}
MONTHS = ("2026-01", "2026-02")
BERLIN = ZoneInfo("Europe/Berlin")
ARTS = ("Abo", "Abo", "Abo", "Mehrverbrauch", "Gutschrift")


def bills() -> Iterator[tuple[str, str, str, str, str, Decimal]]:
    """Give the planted truth: month, number, product, kind, status and euros."""
    chance = random.Random(3)
    for month in MONTHS:
        for number in range(40):
            product = chance.choice([*PRODUCTS, "Return portal"])
            kind = chance.choice(ARTS)
            euros = Decimal(chance.randrange(1000, 900_000)) / 100
            status = "Entwurf" if chance.random() < 0.1 else "gebucht"
            sign = -1 if kind == "Gutschrift" else 1
            yield month, f"{month}-{number:03d}", product, kind, status, sign * euros


def events() -> Iterator[tuple[dt.datetime, str, str, int]]:
    """Give the planted truth: moment in UTC, product, metric and count."""
    chance = random.Random(4)
    for month in MONTHS:
        start = dt.datetime.fromisoformat(f"{month}-01").replace(tzinfo=dt.UTC)
        for day in range(28):
            for product in PRODUCTS:
                at = start + dt.timedelta(days=day, hours=chance.choice([0, 9, 23]))
                seats = chance.randrange(20, 400)
                yield at, product, "seats", seats
                yield at, product, "paid seats", seats - chance.randrange(20)
    yield dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC), "Send", "seats", 1000


def write(folder: Path) -> None:
    """Write billing in German, telemetry as JSON lines, and the crosswalk of both."""
    files: dict[str, list[str]] = defaultdict(
        lambda: ["Beleg;Pos;Datum;Konto;Tarif;Art;Status;Netto"]
    )
    for month, number, product, kind, status, euros in bills():
        code = PRODUCTS[product][0].lower() if product in PRODUCTS else "RET-99"
        text = f"{euros:,.2f}".translate(str.maketrans(",.", ".,"))
        day = f"15.{month[5:]}.{month[:4]}"
        files[month].append(f"{number};1;{day};K{number[-1]};{code};{kind};{status};{text}")
    for month, lines in files.items():
        path = folder / f"rechnungen_{month.replace('-', '')}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "events").mkdir()
    told: dict[str, list[str]] = defaultdict(list)
    for at, product, metric, count in events():
        row = {"at": at.strftime("%Y-%m-%dT%H:%M:%S"), "account": "K1", "what": metric, "n": count}
        told[f"{at:%Y-%m}"].append(json.dumps(row | {"sku": PRODUCTS[product][1]}))
    for month, lines in told.items():
        (folder / "events" / f"{month}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pairs = [f"{code},{name}" for name, codes in PRODUCTS.items() for code in codes]
    (folder / "crosswalk.csv").write_text("\n".join(["code,product", *pairs]), encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saas")
    write(folder)
    return folder


def test_billing_by_product_and_line_is_as_planted(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-02")
    lines = {"Abo": "Subscriptions", "Mehrverbrauch": "Overage", "Gutschrift": "Credits"}
    planted: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for month, _, product, kind, status, euros in bills():
        if status == "gebucht":
            name = product if product in PRODUCTS else "New products"
            planted[month, name, lines[kind]] += euros
    found = book.revenue.groupby(["period", "product", "line"])["amount"].sum().round(2)
    assert found.to_dict() == {key: float(value) for key, value in planted.items()}
    drafts = sum(euros for *_, status, euros in bills() if status == "Entwurf")
    assert round(book.balance["amount_excluded"].sum(), 2) == float(drafts)


def test_a_moment_counts_in_the_month_it_has_at_home(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-02")
    planted: dict[tuple[str, str, str], float] = defaultdict(float)
    for at, product, metric, count in events():
        planted[f"{at.astimezone(BERLIN):%Y-%m}", product, metric] += count
    found = book.activity.groupby(["period", "product", "metric"])["units"].sum()
    assert found.to_dict() == planted


def test_a_share_of_seats_is_printed_by_product(data: Path) -> None:
    book = pf.open_book(BOOK, data=data, period="2026-02")
    table = pf.usage(book.activity, period=book.period, rates=book.policies.usage_rates)
    paid = table[table["rate"] == "paid seats"].set_index("label")
    for product in PRODUCTS:
        counts: dict[str, int] = defaultdict(int)
        for at, name, metric, count in events():
            if name == product and f"{at.astimezone(BERLIN):%Y-%m}" == "2026-02":
                counts[metric] += count
        share = counts["paid seats"] / counts["seats"]
        assert paid.loc[product, "value_share"] == pytest.approx(share)


def test_its_report_passes_lint(data: Path, tmp_path: Path) -> None:
    (folder,) = pf.run("monthly", book=BOOK, data=data, period="2026-02", to=tmp_path)
    assert [str(finding) for finding in pf.lint(folder)] == []
