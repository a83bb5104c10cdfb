"""Revenue over the service it is for: recognized by month, and what is deferred or unbilled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal
from pfkit.conform.views import family_sql, frame, line_sql, whole_cents
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed

COLUMNS = (
    *("period", "product", "family", "currency", "method", "billed", "recognized"),
    *("deferred", "unbilled", "deferred_local", "unbilled_local"),
)
REMAINING = ("period", "product", "family", "currency", "amount", "amount_local")
#: Engine tables: parts of invoice lines, what each month recognizes of them, their balances.
PARTS, RECOGNIZED, BALANCES = "recognition_parts", "recognition_months", "recognition_balances"
_CALENDAR = "recognition_calendar"
_LONGEST_YEARS = 60
_BEGINS = "COALESCE(service_start, LEAST(invoice_date, service_end), invoice_date)"


def recognition(conformed: Conformed) -> pd.DataFrame:
    """Return what is billed and recognized by month, product and currency, and how balances move.

    Returns
    -------
    pandas.DataFrame
        ``period, product, family, currency``; ``method`` (``day`` or ``month``); ``billed``,
        ``recognized``, and the changes ``deferred`` (billed before it is earned) and ``unbilled``
        (earned before it is billed), in reporting currency at the rate of the invoice; the changes
        once more in the currency of the invoice. Months to come are among them. In every row
        billed - recognized = deferred - unbilled. Empty where the book has no invoices.

    Notes
    -----
    A line is recognized over ``service_start`` to ``service_end``, on its invoice date where it has
    neither. A credit note or refund that names its invoice (``refers_to``) takes back that
    invoice's lines of the product over their service; what was earned before its own month is
    taken back in its own month, so that no closed month changes. Balances are of an invoice line
    together with what takes it back.
    """
    if not conformed.has("invoices"):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    prepare(conformed)
    join, family = family_sql(conformed, "t.product")
    zero = "CAST(0 AS DECIMAL(28, 6))"
    sums = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS[5:])
    method = literal(conformed.declaration.policies.recognition)
    return frame(
        conformed,
        f"WITH every AS (SELECT booked AS period, product, currency, amount AS billed, {zero} "
        f"AS recognized, {zero} AS deferred, {zero} AS unbilled, {zero} AS deferred_local, "
        f"{zero} AS unbilled_local FROM {PARTS} UNION ALL SELECT period, product, currency, "
        f"{zero}, amount, {zero}, {zero}, {zero}, {zero} FROM {RECOGNIZED} UNION ALL "
        f"SELECT period, product, currency, {zero}, {zero}, deferred, unbilled, deferred_local, "
        f"unbilled_local FROM {BALANCES}), t AS (SELECT period, product, currency, {sums} "
        f"FROM every GROUP BY ALL) SELECT t.period, t.product, {family} AS family, t.currency, "
        f"{method} AS method, {', '.join(f't.{name}' for name in COLUMNS[5:])} "
        f"FROM t {join} ORDER BY t.period, t.product, t.currency",
    )


def revenue(conformed: Conformed) -> pd.DataFrame:
    """Return table ``revenue``: recognized by month, product, customer and kind.

    Months after the last invoice, which only hold what is deferred, are left out.
    """
    columns = ["period", "product", "family", "customer", "kind", "line", "group", "amount"]
    if not conformed.has("invoices"):
        return pd.DataFrame({column: pd.Series(dtype="object") for column in columns})
    prepare(conformed)
    join, family = family_sql(conformed, "t.product")
    line, group = line_sql(conformed)
    rows = frame(
        conformed,
        f"SELECT t.period, t.product, {family} AS family, COALESCE(t.customer, '(none)') "
        f'AS customer, t.kind, {line} AS line, {group} AS "group", sum(t.amount) AS amount '
        f"FROM {RECOGNIZED} t {join} WHERE t.period <= (SELECT max(booked) FROM {PARTS}) "
        "GROUP BY ALL ORDER BY period, line, product, customer, kind",
    )
    rows["amount"] = whole_cents(rows, ["period", "line"])
    return rows


def remaining(conformed: Conformed, last: str) -> pd.DataFrame:
    """Return when the balance that is deferred at the end of a month will be recognized.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    last : str
        The fiscal month at whose end the balance stands.

    Returns
    -------
    pandas.DataFrame
        ``period`` (later than `last`), ``product, family, currency, amount`` in reporting
        currency at the rate of the invoice, ``amount_local``. Adds up to the deferred balance.
    """
    if not conformed.has("invoices"):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in REMAINING})
    prepare(conformed)
    join, family = family_sql(conformed, "t.product")
    month = literal(last)
    return frame(
        conformed,
        f"WITH held AS (SELECT root FROM {BALANCES} WHERE period <= {month} GROUP BY root "
        "HAVING sum(deferred) <> 0), t AS (SELECT r.period, r.product, r.currency, "
        f"sum(r.amount) AS amount, sum(r.amount_local) AS amount_local FROM {RECOGNIZED} r "
        f"JOIN held h ON h.root = r.root WHERE r.period > {month} AND r.booked <= {month} "
        f"GROUP BY ALL) SELECT t.period, t.product, {family} AS family, t.currency, t.amount, "
        f"t.amount_local FROM t {join} ORDER BY t.period, t.product, t.currency",
    )


def prepare(conformed: Conformed) -> None:
    """Spread every invoice line over its months, once for each engine."""
    engine = conformed.engine
    if engine.rows(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?",
        [engine.schema, BALANCES],
    ):
        return
    _parts(conformed)
    _calendar(conformed)
    weight = "1"
    if conformed.declaration.policies.recognition == "day":
        weight = "date_diff('day', GREATEST(p.first, m.first_day), LEAST(p.last, m.last_day)) + 1"
    local, amount = (
        f"{_upto(name, 'upto', 'whole')} - {_upto(name, '(upto - weight)', 'whole')}"
        for name in ("amount_local", "amount")
    )
    engine.run(
        f"CREATE OR REPLACE TABLE {RECOGNIZED} AS WITH spread AS (SELECT p.*, m.period AS month, "
        f"{weight} AS weight FROM {PARTS} p JOIN {_CALENDAR} m ON m.last_day >= p.first "
        "AND m.first_day <= p.last), counted AS (SELECT *, sum(weight) OVER (PARTITION BY root, "
        "part ORDER BY month) AS upto, sum(weight) OVER (PARTITION BY root, part) AS whole "
        "FROM spread) SELECT root, product, customer, kind, currency, booked, "
        "CASE WHEN undoes THEN GREATEST(month, booked) ELSE month END AS period, "
        f"CAST({amount} AS DECIMAL(28, 6)) AS amount, "
        f"CAST({local} AS DECIMAL(28, 6)) AS amount_local FROM counted"
    )
    _balances(conformed)


def _parts(conformed: Conformed) -> None:
    """Give every line its service and its root: the line it takes back, or itself."""
    shares = ", ".join(
        f"CAST({_upto(name, 'upto', 'whole')} - {_upto(name, '(upto - weight)', 'whole')} "
        f"AS DECIMAL(28, 6)) AS {name}"
        for name in ("amount_local", "amount")
    )
    named = "root, part, product, customer, kind, currency, booked, undoes, first, last"
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {PARTS} AS WITH lines AS (SELECT _source || '/' || _id AS id, "
        "_source, invoice_id, product, customer, kind, currency, amount_local, amount, "
        "_period AS booked, NULLIF(refers_to, '') AS refers_to, "
        "service_start IS NOT NULL OR service_end IS NOT NULL AS dated, "
        f"{_BEGINS} AS first, COALESCE(service_end, {_BEGINS}) AS last FROM final_invoices), "
        "pairs AS (SELECT c.id AS part, p.id AS root, c.product, c.customer, c.kind, c.currency, "
        "c.booked, c.amount_local, c.amount, abs(p.amount_local) AS weight, "
        "CASE WHEN c.dated THEN c.first ELSE p.first END AS first, "
        "CASE WHEN c.dated THEN c.last ELSE p.last END AS last "
        "FROM lines c JOIN lines p ON p._source = c._source AND p.invoice_id = c.refers_to "
        "AND p.product = c.product AND p.currency = c.currency AND p.refers_to IS NULL "
        "AND p.amount_local <> 0), weighed AS (SELECT *, sum(weight) OVER (PARTITION BY part "
        "ORDER BY root) AS upto, sum(weight) OVER (PARTITION BY part) AS whole, TRUE AS undoes "
        f"FROM pairs) SELECT {named}, {shares} FROM weighed UNION ALL SELECT id, id, product, "
        "customer, kind, currency, booked, FALSE, first, last, amount_local, amount FROM lines "
        "WHERE id NOT IN (SELECT part FROM pairs)"
    )


def _upto(amount: str, upto: str, whole: str) -> str:
    """Return SQL for the part of an amount earned so far: whole cents of whole cents."""
    return (
        f"CASE WHEN {upto} = {whole} THEN {amount} WHEN {upto} = 0 THEN 0 ELSE "
        f"CAST(round(CAST({amount} AS DOUBLE) * {upto} / {whole}, "
        f"CASE WHEN {amount} = round({amount}, 2) THEN 2 ELSE 6 END) AS DECIMAL(28, 6)) END"
    )


def _calendar(conformed: Conformed) -> None:
    """Load the fiscal months that services touch."""
    engine = conformed.engine
    calendar = conformed.declaration.company.fiscal_calendar()
    ((first, last),) = engine.rows(f"SELECT min(first), max(last) FROM {PARTS}")
    engine.run(
        f"CREATE OR REPLACE TABLE {_CALENDAR} (period VARCHAR, first_day DATE, last_day DATE)"
    )
    if first is None:
        return
    if last.year - first.year > _LONGEST_YEARS:
        raise ContractError(
            f"services run from {first.isoformat()} to {last.isoformat()}",
            where="invoices",
            advice=f"Correct the first or the last; no more than {_LONGEST_YEARS} years are read.",
        )
    for row in calendar.table(first, last)[["period", "first_day", "last_day"]].itertuples():
        engine.run(f"INSERT INTO {_CALENDAR} VALUES (?, ?, ?)", list(row[1:]))


def _balances(conformed: Conformed) -> None:
    """Keep the months in which a line's balance moves: to deferred, or to unbilled.

    A balance of the same sign as its line is deferred, of the other unbilled, so that what takes
    back a line which is not there lowers what is deferred.
    """
    running = "sum({0}) OVER (PARTITION BY root ORDER BY period)"
    held = "turn{1} * GREATEST(turn{1} * {0}, 0)"
    change = "{0} - lag({0}, 1, 0) OVER (PARTITION BY root ORDER BY period)"
    open_, local = held.format("balance", ""), held.format("balance_local", "_local")
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {BALANCES} AS WITH turns AS (SELECT root, any_value(product) "
        "AS product, any_value(currency) AS currency, CASE WHEN sum(amount) FILTER (NOT undoes) "
        "< 0 THEN -1 ELSE 1 END AS turn, CASE WHEN sum(amount_local) FILTER (NOT undoes) < 0 "
        f"THEN -1 ELSE 1 END AS turn_local FROM {PARTS} GROUP BY root), "
        "moves AS (SELECT root, period, sum(amount) AS amount, sum(amount_local) AS amount_local "
        f"FROM (SELECT root, booked AS period, amount, amount_local FROM {PARTS} UNION ALL "
        f"SELECT root, period, -amount, -amount_local FROM {RECOGNIZED}) GROUP BY ALL "
        "HAVING sum(amount) <> 0 OR sum(amount_local) <> 0), "
        f"run AS (SELECT root, period, {running.format('amount')} AS balance, "
        f"{running.format('amount_local')} AS balance_local FROM moves), "
        f"split AS (SELECT r.*, t.product, t.currency, {open_} AS open, {local} AS open_local "
        "FROM run r JOIN turns t ON t.root = r.root), apart AS (SELECT *, open - balance AS due, "
        "open_local - balance_local AS due_local FROM split) "
        f"SELECT root, period, product, currency, {change.format('open')} AS deferred, "
        f"{change.format('due')} AS unbilled, {change.format('open_local')} AS deferred_local, "
        f"{change.format('due_local')} AS unbilled_local FROM apart"
    )
