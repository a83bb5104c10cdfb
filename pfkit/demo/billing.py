"""What the demo company billed: invoices, credit notes and late refunds, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.demo.company import CURRENCIES, PRICE_FACTOR
from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from pfkit.demo.market import Market

KIND_ACCOUNT = {
    "Subscription": "4000",
    "Usage": "4100",
    "Services": "4200",
    "Fee": "4700",
    "Credit note": "4800",
    "Refund": "4810",
}
_PREFIX = {"INV": "R", "CRN": "G", "REF": "E", "PRO": "P"}  # Rechnung, Gutschrift, Erstattung
OFFERED = 0.004  # of subscription lines that a month's offers repeat
_FEE = (4_000, 4_500, 3_500, 4_000, 45_000)  # reminder fee in local cents
_DAY_RATE = 118_000  # EUR cents a day of implementation


def billing_lines(seed: int, market: Market) -> pd.DataFrame:
    """Return one row per billed line of the written months, sorted as the exports are.

    Pro-forma invoices (document ``PRO``) are among them, as the billing system exports them too;
    they are offers and never reach the ledger.

    Columns: ``month`` (place in the grid), ``document``, ``kind``, ``subscription``, ``code``,
    ``quantity`` (thousandths), ``price``, ``discount``, ``cents`` (local, negative for credit
    notes and refunds), ``date``, ``service_start``, ``service_end``, ``refers_to``,
    ``invoice``, ``line`` and ``eur`` (cents at the month's average rate, rounded line by line).
    """
    first = max(0, market.time.start - 5)
    seats = _seat_lines(market, first)
    lines = [seats, _usage_lines(market, first), _service_lines(seed, market, first)]
    billed = pd.concat([*lines, _fee_lines(seed, market, first)], ignore_index=True)
    billed["document"] = "INV"
    billed["refers_to"] = ""
    billed = _numbered(billed, market)
    returned = _returns(seed, market, billed)
    parts = [billed, *(_numbered(part, market) for part in (returned, _offers(seed, billed)))]
    every = pd.concat(parts, ignore_index=True)
    rate = market.rates[market.currency[every["subscription"]], every["month"]]
    exact = every["cents"].abs() * rate  # millionths of a cent
    every["eur"] = (exact + 500_000) // 1_000_000 * np.sign(every["cents"])
    inside = every[(every["month"] >= market.time.start) & (every["month"] < market.time.stop)]
    return inside.sort_values(["month", "date", "invoice", "line"]).reset_index(drop=True)


def _frame(market: Market, rows: dict[str, object], *, suffix: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    codes = np.array([f"{code}-{suffix}" for code in market.products.codes])
    frame["code"] = codes[market.product[frame["subscription"].to_numpy()]]
    return frame


def _seat_lines(market: Market, first: int) -> pd.DataFrame:
    place, month = np.nonzero(market.seats[:, first : market.time.stop])
    month = month + first
    served = market.products.services[market.product[place]]
    seats, price = market.seats[place, month], market.price[place, month]
    discount = np.where(served, 0, market.discount[place])
    days = market.time.grid.astype("datetime64[D]")
    lasts = (market.time.grid + 1).astype("datetime64[D]") - 1
    rows = _frame(
        market,
        {
            "month": month,
            "kind": np.where(served, "Services", "Subscription"),
            "subscription": place,
            "quantity": seats * 1000,
            "price": price,
            "discount": discount,
            "cents": np.rint(seats * price * (100 - discount) / 100).astype(np.int64),
            "date": np.where(served, lasts[month] - 2, days[month] + place % 3),
            "service_start": days[month],
            "service_end": lasts[month],
        },
        suffix="SUB",
    )
    rows.loc[rows["kind"] == "Services", "code"] = rows["code"].str.replace("-SUB", "-SVC")
    return rows


def _usage_lines(market: Market, first: int) -> pd.DataFrame:
    metered = market.units[:, 0, first : market.time.stop] * (market.unit_price > 0)[:, None]
    place, month = np.nonzero(metered)
    units, price = metered[place, month], market.unit_price[place]
    month = month + first
    cents = np.rint(units * price / 1000).astype(np.int64)
    keep = cents > 0
    lasts = (market.time.grid + 1).astype("datetime64[D]") - 1
    rows = {
        "month": month,
        "kind": "Usage",
        "subscription": place,
        "quantity": units,
        "price": price,
        "discount": 0,
        "cents": cents,
        "date": lasts[month],
        "service_start": market.time.grid.astype("datetime64[D]")[month],
        "service_end": lasts[month],
    }
    lines: pd.DataFrame = _frame(market, rows, suffix="USE")[keep].reset_index(drop=True)
    return lines


def _service_lines(seed: int, market: Market, first: int) -> pd.DataFrame:
    rng = stream(seed, "implementation")
    seats = market.seats[:, max(0, first - 3) : market.time.stop]
    lag = first - max(0, first - 3)
    now, before = seats[:, lag:], seats[:, : seats.shape[1] - lag]
    chance = rng.random(now.shape)
    fresh = (now > 0) & ((before == 0) | (chance < 0.03))  # noqa: PLR2004 -- 3 % book a training
    fresh &= ~market.products.services[market.product][:, None]
    place, month = np.nonzero(fresh)
    month = month + first
    days = np.clip(np.rint(np.sqrt(market.seats[place, month]) / 2.5), 1, 12).astype(np.int64)
    factor = np.array(PRICE_FACTOR)[market.currency[place]]
    price = (np.rint(_DAY_RATE * factor / 500) * 500).astype(np.int64)
    begin = market.time.grid.astype("datetime64[D]")[month]
    rows = {
        "month": month,
        "kind": "Services",
        "subscription": place,
        "quantity": days * 1000,
        "price": price,
        "discount": 0,
        "cents": days * price,
        "date": begin + 14 + place % 9,
        "service_start": begin,
        "service_end": begin + 14 + place % 9,
    }
    return _frame(market, rows, suffix="SVC")


def _fee_lines(seed: int, market: Market, first: int) -> pd.DataFrame:
    rng = stream(seed, "fees")
    seats = market.seats[:, first : market.time.stop]
    chosen = (seats > 0) & (rng.random(seats.shape) < 0.012)  # noqa: PLR2004 -- 1.2 % pay late
    place, month = np.nonzero(chosen)
    month = month + first
    fee = np.array(_FEE, dtype=np.int64)[market.currency[place]]
    date = market.time.grid.astype("datetime64[D]")[month] + 19
    rows = {
        "month": month,
        "kind": "Fee",
        "subscription": place,
        "quantity": np.full(len(place), 1000),
        "price": fee,
        "discount": 0,
        "cents": fee,
        "date": date,
        "service_start": date,
        "service_end": date,
    }
    return _frame(market, rows, suffix="FEE")


def _returns(seed: int, market: Market, billed: pd.DataFrame) -> pd.DataFrame:
    """Credit some lines in their own month, refund a few from two to four months later."""
    rng = stream(seed, "returns")
    subscribed = billed[billed["kind"] == "Subscription"].reset_index(drop=True)
    draw = rng.random(len(subscribed))
    share = rng.integers(2, 13, len(subscribed)) * 5
    credited = draw < 0.014  # noqa: PLR2004 -- 1.4 % of lines are corrected in the month
    refunded = (draw >= 0.014) & (draw < 0.024)  # noqa: PLR2004 -- 1 % are refunded later
    back = subscribed.copy()
    back["refers_to"] = back["invoice"]
    back["cents"] = -np.rint(back["cents"] * share / 100).astype(np.int64)
    back["kind"] = np.where(credited, "Credit note", "Refund")
    back["document"] = np.where(credited, "CRN", "REF")
    back["month"] += np.where(refunded, rng.integers(2, 5, len(back)), 0)
    back = back[(credited | refunded) & (back["month"] < market.time.stop)].copy()
    month = back["month"].to_numpy()
    days = market.time.grid.astype("datetime64[D]")[month]
    day = 8 + rng.integers(0, 21, len(back))
    back["date"] = days + np.minimum(day, market.time.days()[month] - 1)
    back["quantity"] = -1000
    back["price"] = -back["cents"]
    back["discount"] = 0
    for column in ("service_start", "service_end"):
        back[column] = np.datetime64("NaT", "D")
    return back[back["cents"] < 0].reset_index(drop=True)


def _offers(seed: int, billed: pd.DataFrame) -> pd.DataFrame:
    """Return pro-forma invoices: one month's seats once more, offered to a few customers."""
    rng = stream(seed, "offers")
    subscribed = billed[billed["kind"] == "Subscription"].reset_index(drop=True)
    offered = subscribed[rng.random(len(subscribed)) < OFFERED].copy()
    offered["document"] = "PRO"
    offered["date"] = offered["service_start"] + pd.Timedelta(days=16)
    return offered.reset_index(drop=True)


def _numbered(lines: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Give every line the number of its document and its place on it."""
    subscription = lines["subscription"].to_numpy()
    lines = lines.assign(
        customer=market.customer[subscription],
        currency=np.array(CURRENCIES)[market.currency[subscription]],
    )
    order = ["month", "document", "date", "customer", "kind", "subscription", "cents"]
    lines = lines.sort_values(order).reset_index(drop=True)
    apart = ["month", "document", "customer", "kind"]
    if (lines["document"] == "INV").all():
        lines["date"] = lines.groupby(apart)["date"].transform("min")
        lines = lines.sort_values(order).reset_index(drop=True)
        opens = lines[apart].ne(lines[apart].shift()).any(axis=1)
    else:
        opens = pd.Series(data=True, index=lines.index)
    number = opens.groupby([lines["month"], lines["document"]]).cumsum()
    labels = np.array([label.replace("-", "") for label in market.time.labels])
    lines["invoice"] = [
        f"{_PREFIX[document]}{label}-{count:04d}"
        for document, label, count in zip(
            lines["document"],
            labels[lines["month"]],
            number.astype(int),
            strict=True,
        )
    ]
    lines["line"] = lines.groupby("invoice").cumcount() + 1
    return lines
