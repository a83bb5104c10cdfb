"""Why the past changed: rows of earlier months that count otherwise now than they did then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.conform.engine import literal, quoted
from pfkit.conform.personal import mask
from pfkit.conform.pipeline import settled_at
from pfkit.conform.settle import REFERENCES
from pfkit.conform.stretches import stretch_months, wide_sources
from pfkit.conform.views import frame, line_sql
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar

#: Why a row counts otherwise, and what a report calls it.
LATE, RESTATED, WITHDRAWN = "late rows", "stated anew", "no longer stated"
ACCEPTED, HELD, LEFT_OUT = "accepted since", "held back since", "left out since"
RATE, CORRECTED, MOVED = "another exchange rate", "corrected", "moved to another line"

COLUMNS = (
    "period", "line", "group", "product", "cause", "source", "file", "known_on", "rows", "amount",
)  # fmt: skip
_CELL = ("period", "line", "group", "product")
_FINE = (*_CELL, "account", "cost_center")


#: Tables the statement is made of.
_STATED = frozenset({"actuals", "invoices", "budget", "rates", *REFERENCES.values()})


def known_then(now: Conformed, day: date) -> tuple[Conformed | None, str]:
    """Return a book's statement as it was known on a day, or None and why it cannot be told.

    It cannot where a rate was not known by that day that a row known by it needs.
    """
    try:
        return settled_at(now, day, tables=_STATED), ""
    except ContractError as error:
        return None, (
            f"Earlier months are not compared with the last report: as known on {day}, "
            f"{mask(error.what)}."
        )


def restatements(now: Conformed, then: Conformed | None, months: Sequence[str]) -> pd.DataFrame:
    """Return what changed in the statement of some months, by cause, file and day known.

    Parameters
    ----------
    now : Conformed
        The book as it is known.
    then : Conformed, optional
        The same input as it was known on an earlier day, from `settled_at`.
    months : sequence of str
        The months asked about.

    Returns
    -------
    pandas.DataFrame
        ``period, line, group, product, cause, source, file, known_on, rows, amount``: what rows
        with that cause add to the line, the effect on profit in reporting currency. The amounts
        of a line add up to the difference between the two statements, before rounding to cents.
    """
    table = "actuals" if now.has("actuals") and now.has("accounts") else "invoices"
    if then is None or not months or not now.has(table):
        return pd.DataFrame(columns=[*COLUMNS])
    changed = _changed(now, then, table, months)
    if changed.empty:
        return pd.DataFrame(columns=[*COLUMNS])
    changed["cause"] = _causes(changed, now.declaration.company.currency)
    parts = []
    for side, sign in (("old", -1), ("new", 1)):
        there = changed[changed[f"{side}_amount"].notna()]
        part = pd.DataFrame({name: there[f"{side}_{name}"] for name in _FINE})
        part["amount"] = there[f"{side}_amount"] * sign
        # a row stated anew is counted where it is new
        gone = there["new_amount"].isna() & (there["cause"] != RESTATED)
        part["rows"] = (sign > 0) | gone
        for name in ("cause", "source", "key", "file", "known_on"):
            part[name] = there[name]
        parts.append(part)
    entries = _netted(pd.concat(parts, ignore_index=True))
    entries["period"] = _labels(
        entries["period"], now.declaration.company.fiscal_calendar(), months
    )
    entries = entries[entries["period"] != ""]
    by = [*_CELL, "cause", "source", "file", "known_on"]
    found = entries.groupby(by, sort=True, dropna=False)[["rows", "amount"]].sum().reset_index()
    return found[[*COLUMNS]]


def _labels(places: pd.Series, calendar: FiscalCalendar, months: Sequence[str]) -> list[str]:
    """Return the label of each month or longer stretch; empty where it is not in the months."""
    known = {}
    for place in dict.fromkeys(places):
        last, _, span = str(place).partition(" ")
        held = stretch_months(calendar, span or "month", last)
        inside = set(months).issuperset(held)
        known[place] = calendar.join(held, kind="month").label if inside else ""
    return [known[place] for place in places]


def _netted(entries: pd.DataFrame) -> pd.DataFrame:
    """Leave out what a restatement states as it was, and name what it states no longer.

    A restatement may replace a whole report of which most amounts stay the same.
    """
    entries["rows"] = entries["rows"].astype("int64")
    again = entries["cause"] == RESTATED
    fine = ["source", "key", *_FINE]
    sums = entries[again].groupby(fine, dropna=False)["amount"].transform("sum")
    fresh = entries[again].groupby(fine, dropna=False)["rows"].transform("sum")
    moved = entries[again][sums.round(6) != 0].copy()
    gone = fresh.loc[moved.index] == 0
    moved.loc[gone, "cause"] = WITHDRAWN
    moved.loc[gone, "rows"] = 1
    # what is taken away stands with the file that states it anew
    news = moved[moved["rows"] > 0].groupby(fine, dropna=False)[["file", "known_on"]].first()
    old = moved["rows"] == 0
    if bool(old.any()):
        place = moved.loc[old, fine].merge(news, left_on=fine, right_index=True, how="left")
        moved.loc[old, "file"] = place["file"]
        moved.loc[old, "known_on"] = place["known_on"]
    return pd.concat([entries[~again], moved], ignore_index=True)


def _causes(changed: pd.DataFrame, currency: str) -> list[str]:
    rows: list[dict[str, Any]] = changed.to_dict("records")  # type: ignore[assignment]
    replaced = {
        (row["source"], row["key"])
        for row in rows
        if pd.isna(row["new_amount"]) and row["reason"] == "restated"
    }
    found = []
    for row in rows:
        if pd.isna(row["old_amount"]):
            again = row["key"] != "" and (row["source"], row["key"]) in replaced
            fresh = RESTATED if again else LATE
            found.append({"": fresh, "accepted": MOVED}.get(row["was"], ACCEPTED))
        elif pd.isna(row["new_amount"]):
            gone = RESTATED if row["reason"] == "restated" else LEFT_OUT
            found.append({"quarantined": HELD, "accepted": MOVED}.get(row["status"], gone))
        elif row["old_amount"] == row["new_amount"]:
            found.append(MOVED)
        else:
            found.append(CORRECTED if row["currency"] == currency else RATE)
    return found


def _changed(now: Conformed, then: Conformed, table: str, months: Sequence[str]) -> pd.DataFrame:
    """Return every row that counts otherwise: what it was, what it is, and its two states."""
    engine = then.engine
    schema = quoted(now.engine.schema) + "."
    listed = ", ".join(literal(month) for month in months)
    sides = ", ".join(
        f"{side} AS ({_side_sql(conformed, table, place, listed)})"
        for side, conformed, place in (("n", now, schema), ("o", then, quoted(engine.schema) + "."))
    )
    states = " UNION ALL ".join(
        f"SELECT r._source, r._id, r._file, r.known_on, r.currency, r._status, r._reason, "
        f"w._status AS was, {_key_sql(held.declared.replaces)} AS key "
        f"FROM {schema}{quoted(held.rows_table)} r LEFT JOIN "
        f"{quoted(engine.schema)}.{quoted(held.rows_table)} w USING (_id)"
        for held in now.sources
        if held.present and held.declared.table == table
    )
    pairs = ", ".join(
        f"{side}.{quoted(name)} AS {label}_{name}"
        for side, label in (("o", "old"), ("n", "new"))
        for name in (*_FINE, "amount")
    )
    unlike = " OR ".join(
        f"n.{quoted(name)} IS DISTINCT FROM o.{quoted(name)}" for name in (*_FINE, "amount")
    )
    return frame(
        then,
        f"WITH {sides}, states AS ({states}) "
        f"SELECT s._source AS source, s._file AS file, s.known_on, s.currency, s.key, "
        f"s._status AS status, COALESCE(s._reason, '') AS reason, "
        f"COALESCE(s.was, '') AS was, {pairs} "
        "FROM n FULL JOIN o ON n._source = o._source AND n._id = o._id "
        "JOIN states s ON s._source = COALESCE(n._source, o._source) "
        f"AND s._id = COALESCE(n._id, o._id) WHERE {unlike} ORDER BY s._source, s._id",
    )


def _key_sql(replaces: Sequence[str]) -> str:
    parts = ", ".join(f"CAST(r.{quoted(name)} AS VARCHAR)" for name in replaces)
    return f"concat_ws(' | ', {parts})" if parts else "''"


def _side_sql(conformed: Conformed, table: str, schema: str, listed: str) -> str:
    """Return the rows of the statement one by one, with where they stand in it."""
    if table == "actuals":
        sources = ", ".join(map(literal, wide_sources(conformed)))
        wide = f" OR t._source IN ({sources})" if sources else ""
        return (
            "SELECT t._source, t._id, CASE WHEN t.span = 'month' THEN t.period "
            "ELSE t.period || ' ' || t.span END AS period, "
            'a.line, a."group", t.product, t.account, '
            "COALESCE(t.cost_center, '(none)') AS cost_center, "
            "CASE WHEN a.favorable_when = 'higher' THEN t.amount ELSE -t.amount END AS amount "
            f"FROM {schema}final_actuals t JOIN {schema}final_accounts a "
            f"ON a.account = t.account WHERE (t.span = 'month'{wide}) AND t.period IN ({listed})"
        )
    line, group = line_sql(conformed)
    return (
        f'SELECT t._source, t._id, t._period AS period, {line} AS line, {group} AS "group", '
        "t.product, t.kind AS account, '(none)' AS cost_center, t.amount "
        f"FROM {schema}final_invoices t WHERE t._period IN ({listed})"
    )
