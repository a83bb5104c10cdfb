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
    if not engine.rows(
        "SELECT 1 FROM final_invoices WHERE service_start IS NOT NULL OR service_end IS NOT NULL "
        "LIMIT 1"
    ):
        _as_billed(conformed)
        return
    _parts(conformed)
    _calendar(conformed)
    begun = f"JOIN {_CALENDAR} f ON p.first BETWEEN f.first_day AND f.last_day"
    upto, whole = "m.place - f.place + 1", "e.place - f.place + 1"
    weight, ended = "1", f"JOIN {_CALENDAR} e ON p.last BETWEEN e.first_day AND e.last_day"
    if conformed.declaration.policies.recognition == "day":
        begun, ended = "", ""
        upto = "date_diff('day', p.first, LEAST(p.last, m.last_day)) + 1"
        whole = "date_diff('day', p.first, p.last) + 1"
        weight = "date_diff('day', GREATEST(p.first, m.first_day), LEAST(p.last, m.last_day)) + 1"
    local, amount = (
        f"{_upto(name, 'upto', 'whole')} - {_upto(name, '(upto - weight)', 'whole')}"
        for name in ("amount_local", "amount")
    )
    engine.run(
        f"CREATE OR REPLACE TABLE {RECOGNIZED} AS WITH spread AS (SELECT p.*, m.period AS month, "
        f"{weight} AS weight, {upto} AS upto, {whole} AS whole FROM {PARTS} p JOIN {_CALENDAR} m "
        f"ON m.last_day >= p.first AND m.first_day <= p.last {begun} {ended}) "
        "SELECT root, product, customer, kind, currency, booked, "
        "CASE WHEN undoes THEN GREATEST(month, booked) ELSE month END AS period, "
        f"CAST({amount} AS DECIMAL(28, 6)) AS amount, "
        f"CAST({local} AS DECIMAL(28, 6)) AS amount_local FROM spread"
    )
    _balances(conformed)


def _as_billed(conformed: Conformed) -> None:
    """Take invoices as they are where none has a service: each is earned when it is billed."""
    engine = conformed.engine
    engine.run(
        f"CREATE OR REPLACE VIEW {PARTS} AS SELECT _id AS root, product, "
        "customer, kind, currency, _period AS booked, FALSE AS undoes, amount, amount_local "
        "FROM final_invoices"
    )
    engine.run(f"CREATE OR REPLACE VIEW {RECOGNIZED} AS SELECT *, booked AS period FROM {PARTS}")
    moves = ", ".join(
        f"CAST(0 AS DECIMAL(28, 6)) AS {name}"
        for name in ("deferred", "unbilled", "deferred_local", "unbilled_local")
    )
    engine.run(
        f"CREATE OR REPLACE TABLE {BALANCES} AS SELECT CAST(0 AS BIGINT) AS root, '' AS period, "
        f"'' AS product, '' AS currency, {moves} WHERE FALSE"
    )


def _parts(conformed: Conformed) -> None:
    """Give every line its service and its root: the line it takes back, or itself."""
    shares = ", ".join(
        f"CAST({_upto(name, 'upto', 'whole')} - {_upto(name, '(upto - weight)', 'whole')} "
        f"AS DECIMAL(28, 6)) AS {name}"
        for name in ("amount_local", "amount")
    )
    named = "root, part, product, customer, kind, currency, booked, undoes, first, last"
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {PARTS} AS WITH lines AS (SELECT row_number() OVER (ORDER BY "
        "_source, _id) AS id, _source, invoice_id, product, customer, kind, currency, "
        "amount_local, amount, _period AS booked, NULLIF(refers_to, '') AS refers_to, "
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
        f"CREATE OR REPLACE TABLE {_CALENDAR} (place INTEGER, period VARCHAR, first_day DATE, "
        "last_day DATE)"
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
        engine.run(f"INSERT INTO {_CALENDAR} VALUES (?, ?, ?, ?)", list(row))


def _balances(conformed: Conformed) -> None:
    """Keep the months in which a line's balance moves: to deferred, or to unbilled.

    A balance of the same sign as its line is deferred, of the other unbilled, so that what takes
    back a line which is not there lowers what is deferred. A line that is billed first and never
    taken back only ever defers: its balance need not be followed.
    """
    running = "sum({0}) OVER (PARTITION BY root ORDER BY period)"
    held = "turn{1} * GREATEST(turn{1} * ({0}), 0)"
    change = {
        suffix: held.format(f"balance{suffix}", suffix)
        + " - "
        + held.format(f"balance{suffix} - amount{suffix}", suffix)
        for suffix in ("", "_local")
    }
    columns = "root, period, product, currency"
    conformed.engine.run(
        f"CREATE OR REPLACE TABLE {BALANCES} AS WITH alone AS (SELECT root, count(*) AS parts, "
        "max(booked) AS booked, any_value(product) AS product, any_value(currency) AS currency, "
        "CASE WHEN sum(amount) FILTER (NOT undoes) < 0 THEN -1 ELSE 1 END AS turn, CASE WHEN "
        "sum(amount_local) FILTER (NOT undoes) < 0 THEN -1 ELSE 1 END AS turn_local "
        f"FROM {PARTS} GROUP BY root), begun AS (SELECT root, min(period) AS first "
        f"FROM {RECOGNIZED} GROUP BY root), turns AS (SELECT a.*, a.parts = 1 AND a.booked <= "
        "b.first AS plain FROM alone a JOIN begun b ON b.root = a.root), "
        "moves AS (SELECT root, period, sum(amount) AS amount, sum(amount_local) AS amount_local "
        f"FROM (SELECT root, booked AS period, amount, amount_local FROM {PARTS} UNION ALL "
        f"SELECT root, period, -amount, -amount_local FROM {RECOGNIZED}) GROUP BY ALL "
        "HAVING sum(amount) <> 0 OR sum(amount_local) <> 0), known AS (SELECT m.*, t.product, "
        "t.currency, t.turn, t.turn_local, t.plain FROM moves m JOIN turns t ON t.root = m.root), "
        f"run AS (SELECT *, {running.format('amount')} AS balance, "
        f"{running.format('amount_local')} AS balance_local FROM known WHERE NOT plain), "
        f"split AS (SELECT *, {change['']} AS deferred, {change['_local']} AS deferred_local "
        f"FROM run) SELECT {columns}, deferred, deferred - amount AS unbilled, deferred_local, "
        f"deferred_local - amount_local AS unbilled_local FROM split UNION ALL SELECT {columns}, "
        "amount, CAST(0 AS DECIMAL(28, 6)), amount_local, CAST(0 AS DECIMAL(28, 6)) FROM known "
        "WHERE plain"
    )
