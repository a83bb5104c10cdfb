"""Savings: what was claimed against a baseline, and how much of it the ledger shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    TEXT,
    iso_days,
    less,
    money,
    reasons,
    records,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from pfkit.period import Period

#: What the register calls a state, and what it is called of a saving.
STATES = {"promised": "planned", "measured": "realized", "validated": "validated"}
_MORE = ("name", "owner", "product", "account", "start", "method")
_READ = (*_MORE, "metric", "end", "status")
_AMOUNTS = ("baseline", "before", "now", "change", "claimed", "counted", "capped")
_TO_DATE = ("claimed_to_date", "counted_to_date")
_COLUMNS = (
    dict.fromkeys(("row_key", "saving", "role"), TEXT)
    | {"count": COUNT}
    | dict.fromkeys((*_MORE, "status"), TEXT)
    | dict.fromkeys((*_AMOUNTS, *_TO_DATE), MONEY)
    | {"reason": TEXT}
)
#: Months of the ledger before a saving begins that it is compared with.
BEFORE = 3
_RANK = {"validated": 0, "realized": 1, "planned": 2, "withdrawn": 3}

_NEVER = "9999-12"
_STILL = {"planned": "planned, not counted yet", "withdrawn": "withdrawn"}

Line = tuple[str, str]


def savings(
    register: pd.DataFrame,
    actuals: pd.DataFrame,
    *,
    period: Period,
    as_of: date | None = None,
) -> pd.DataFrame:
    r"""Count savings as far as the ledger shows them: none without a baseline, none above it.

    Use it for what has really come of findings of `waste` and of other savings; `benefits` counts
    the other kinds of benefit.

    Parameters
    ----------
    register : pandas.DataFrame
        Table ``benefits``; its rows of kind ``saving``: ``promised_amount`` and
        ``realized_amount`` a year, ``baseline_amount`` a month, ``product``, ``account``,
        ``start`` and ``status``. The last known row of a saving counts.
    actuals : pandas.DataFrame
        Table ``actuals``, monthly; ``amount`` in reporting currency.
    period : Period
        The month, quarter or year reported.
    as_of : datetime.date, optional
        Count rows of the register known by then. Default: all.

    Returns
    -------
    pandas.DataFrame
        One row per saving, validated first, then ``Total`` and ``of which validated``.
        ``row_key, saving, role, count, name, owner, product, account, start, method, status``
        (``planned``, ``realized``, ``validated``, ``withdrawn``); for the months of the period in
        reporting currency ``baseline`` (as stated), ``before`` (the ledger's line at the mean of
        the three months before the start), ``now`` (the line in the period), ``change`` (the lower
        of baseline and before, less now), ``claimed``, ``counted`` and ``capped`` (claimed less
        counted); ``claimed_to_date`` and ``counted_to_date``, the same since the saving began,
        alike in every report that ends with the same month; ``reason`` says why less counts than is
        claimed. Empty where no row is a saving.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If a status is not known or an amount is not finite.

    Notes
    -----
    :math:`counted = \min(claimed, \max(0, \min(baseline, before) - now))`. Several savings on one
    line of the ledger share its change: validated ones come first, then those that began first; of
    those with the same ``metric`` in overlapping months (``start`` to ``end``) one counts.
    What is planned is claimed and does not count yet. Claims are a year's amount over twelve, times
    the months of the period from the start on.

    References
    ----------
    .. [1] FinOps Foundation, *Quantify business value* (cost avoidance and realized savings),
       https://www.finops.org/framework/domains/quantify-business-value/

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> register = pd.DataFrame({"benefit": ["S1"], "kind": ["saving"], "status": ["measured"],
    ...     "product": ["Atlas"], "account": ["5010"], "start": ["2026-04"],
    ...     "baseline_amount": [95.0], "promised_amount": [600.0], "realized_amount": [600.0]})
    >>> ledger = pd.DataFrame({"period": ["2026-01", "2026-02", "2026-03", "2026-04"],
    ...     "product": "Atlas", "account": "5010", "amount": [90.0, 100.0, 95.0, 70.0]})
    >>> found = savings(register, ledger, period=FiscalCalendar().period("2026-04"))
    >>> found[["change", "claimed", "counted", "reason"]].values.tolist()[0]
    [25.0, 50.0, 25.0, 'the ledger shows 25.00 of 50.00']
    """
    rows = _last(register, as_of)
    if not rows:
        return result([], _COLUMNS)
    lines = _lines(actuals, {(row["product"], row["account"]) for row in rows})
    rows.sort(key=lambda row: (_RANK[row["status"]], row["start"] or "", row["saving"]))
    since = [dict(row) for row in rows]
    for each, to_date in ((rows, False), (since, True)):
        for row in each:
            line = lines.get((row["product"], row["account"]))
            _compare(row, line, period, to_date=to_date)
        _count(each)
    for row, whole in zip(rows, since, strict=True):
        row["claimed_to_date"], row["counted_to_date"] = whole["claimed"], whole["counted"]
    keys = row_keys([(row["saving"],) for row in rows], reserved=["total", "validated"])
    for row, key in zip(rows, keys, strict=True):
        row |= {"row_key": key, "role": "item", "count": 1}
    return result([_in_units(row) for row in [*rows, *_totals(rows)]], _COLUMNS)


def _last(register: pd.DataFrame, as_of: date | None) -> list[dict[str, Any]]:
    """Return the last known row of every saving, amounts in cents, None where there is none."""
    require(register, ["benefit", "kind", "status"], name="benefits")
    held = register[register["kind"] == "saving"]
    given = set(map(str, held.columns))
    rows = held[[]].assign(saving=texts(held["benefit"]))
    for name in _READ:
        rows[name] = texts(held[name]).replace(NONE, "") if name in given else ""
    rows["product"] = rows["product"].replace("", NONE)
    rows["known_on"] = iso_days(held["known_on"], name="benefits") if "known_on" in given else ""
    for name in ("baseline_amount", "promised_amount", "realized_amount"):
        rows[name] = _cents(held[name]) if name in given else None
    unknown = sorted(set(rows["status"]) - {*STATES, "withdrawn"})
    if unknown:
        raise MeasureError(
            f"status {unknown[0]!r} is not known",
            where="benefits",
            advice=f"Use one of {', '.join([*STATES, 'withdrawn'])}.",
        )
    if as_of is not None:
        rows = rows[rows["known_on"] <= as_of.isoformat()]
    rows = rows.sort_values(["saving", "known_on"], kind="stable")
    found = records(rows.drop_duplicates("saving", keep="last"))
    return [row | {"status": STATES.get(row["status"], row["status"])} for row in found]


def _cents(amounts: pd.Series) -> pd.Series:
    known = amounts.notna()
    found = amounts.astype("object").where(known, None)
    found[known] = whole_cents(amounts[known], name="benefits").astype("object")
    return found


def _lines(actuals: pd.DataFrame, wanted: set[Line]) -> dict[Line, dict[str, int]]:
    """Return the ledger's lines that savings speak of, in cents by month."""
    require(actuals, ["period", "product", "account", "amount"], name="actuals")
    months = actuals["span"] == "month" if "span" in actuals.columns else actuals["period"] != ""
    accounts = {account for _, account in wanted}
    mine = actuals[months & actuals["account"].isin(accounts)]
    cents = whole_cents(mine["amount"], name="actuals").tolist()
    found: dict[Line, dict[str, int]] = {}
    for product, account, period, amount in zip(
        texts(mine["product"]), texts(mine["account"]), texts(mine["period"]), cents, strict=True
    ):
        line = found.setdefault((product, account), {})
        line[period] = line.get(period, 0) + int(amount)
    return found


def _since(start: str, period: Period) -> list[str]:
    """Return the months from the first of a saving to the last of the period."""
    months = [period.months[-1]]
    while start and months[-1] > start:
        months.append(period.calendar.shift(months[-1], -1))
    return months[::-1]


def _compare(
    row: dict[str, Any], line: dict[str, int] | None, period: Period, *, to_date: bool
) -> None:
    """Set what a saving claims in the period or since it began, and what its line did."""
    start, end = str(row["start"]), str(row["end"]) or _NEVER
    spanned = _since(start, period) if to_date else period.months
    months = [month for month in spanned if start <= month <= end]
    share = len(months) / 12
    yearly = row["promised_amount"] if row["status"] == "planned" else row["realized_amount"]
    row["claimed"] = None if yearly is None else round(yearly * share)
    base = row["baseline_amount"]
    row["baseline"] = None if base is None else base * len(months)
    row["before"] = row["now"] = row["change"] = None
    if not months:
        row["claimed"] = row["baseline"] = None
        when = f"begins in {start}" if start > period.months[0] else f"ended in {end}"
        row |= {"why": [when], "later": True}
        return
    why = [] if base is not None else ["no baseline, so that nothing counts"]
    if yearly is None and row["status"] != "withdrawn":
        why.append("no amount is stated")
    if not start or not row["account"]:
        why.append("no start" if not start else "no account")
    elif line is None:
        why.append("the ledger has no such line")
    else:
        why.append(_ledger(row, line, months, period))
    row["why"] = [text for text in why if text]


def _ledger(row: dict[str, Any], line: dict[str, int], months: list[str], period: Period) -> str:
    """Set the ledger's line before and now; return why it cannot be told, empty where it can."""
    first = str(row["start"])
    earlier = [period.calendar.shift(first, -step) for step in range(1, BEFORE + 1)]
    held = [line[month] for month in earlier if month in line]
    row["now"] = sum(line.get(month, 0) for month in months)
    if len(held) < BEFORE:
        return f"the ledger has {len(held)} of {BEFORE} months before {first}"
    row["before"] = round(math.fsum(held) / BEFORE * len(months))
    if row["baseline"] is None:
        return ""
    row["change"] = min(row["baseline"], row["before"]) - row["now"]
    if row["baseline"] > row["before"]:
        return f"the baseline is {_plain(row['baseline'] - row['before'])} above the ledger"
    return ""


def _count(rows: list[dict[str, Any]]) -> None:
    """Count each saving up to what its line's change leaves, in order."""
    left: dict[Line, int] = {}
    for row in rows:
        line = (row["product"], row["account"])
        if row["change"] is not None:
            left[line] = max(left.get(line, 0), row["change"])
    held: list[dict[str, Any]] = []
    for row in rows:
        line = (row["product"], row["account"])
        why = list(row.pop("why"))
        again = _again(row, held)
        claimed, change = row["claimed"], row["change"]
        if row["status"] in {"planned", "withdrawn"} or row.pop("later", False):
            row["counted"] = None
            why += [_STILL[row["status"]]] if row["status"] in _STILL else []
        elif again:
            row["counted"] = 0
            why.insert(0, again)
        elif claimed is None or change is None:
            row["counted"] = 0
            held.append(row)
        else:
            own = max(0, min(change, left[line]))
            row["counted"] = min(claimed, own) if claimed > 0 else claimed
            if row["counted"] < claimed:
                why.append(_short(row, own))
            left[line] -= max(0, row["counted"])
            held.append(row)
        row["capped"] = less(claimed, row["counted"])
        row["reason"] = reasons(*why)


def _again(row: dict[str, Any], held: Sequence[dict[str, Any]]) -> str:
    """Say which entry claims the same metric of the same line in overlapping months."""
    for other in held if row["metric"] else ():
        same = all(row[name] == other[name] for name in ("metric", "product", "account"))
        if (
            same
            and row["start"] <= (other["end"] or _NEVER)
            and other["start"] <= (row["end"] or _NEVER)
        ):
            return f"claims the same metric and line as {other['saving']}, not counted twice"
    return ""


def _short(row: dict[str, Any], own: int) -> str:
    claimed, change = row["claimed"], row["change"]
    if change < 0:
        return f"the ledger's line rose by {_plain(-change)}"
    if own < change:
        return f"other savings on the line count first, {_plain(own)} of {_plain(claimed)} is left"
    return f"the ledger shows {_plain(own)} of {_plain(claimed)}"


def _plain(cents: int) -> str:
    return f"{cents / 100:,.2f}".replace(",", "\N{THIN SPACE}")


def _totals(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    empty: dict[str, Any] = dict.fromkeys(_COLUMNS) | dict.fromkeys((*_MORE, "reason"), "")
    found = []
    for key, label, role, states in (
        ("total", "Total", "total", ("validated", "realized")),
        ("validated", "of which validated", "memo", ("validated",)),
    ):
        mine = [row for row in rows if row["status"] in states]
        sums = {
            name: sum(row[name] for row in mine if row[name] is not None)
            for name in ("claimed", "counted", "capped", *_TO_DATE)
        }
        head = {"row_key": key, "saving": label, "role": role, "status": "", "count": len(mine)}
        found.append(empty | head | sums)
    return found


def _in_units(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: money(row[name]) for name in (*_AMOUNTS, *_TO_DATE)}
