"""What a row's amounts are: with the agreed sign, as booked and in reporting currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pfkit.conform.engine import literal, quoted
from pfkit.conform.parse import column_type, money_type
from pfkit.conform.rates import converted_sql, nearest
from pfkit.errors import BookError, ContractError

if TYPE_CHECKING:
    from datetime import date

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting

_RATE_DAYS = ("invoice_date", "posting_date")


class Amounts(NamedTuple):
    """SQL for a source's amounts.

    Attributes
    ----------
    stated, stated_local : str
        The balance's amount with the sign the source gives it, in reporting currency and as booked.
    agreed : list of str
        Agreed columns that take the place of those mapped, each with its name.
    """

    stated: str
    stated_local: str
    agreed: list[str]


def amounts_sql(source: Source, setting: Setting, *, decided: bool) -> Amounts:
    """Return what a source states, in reporting currency and as booked, and its agreed amounts."""
    promise = source.promise
    if not promise.conversions:
        if promise.amount is None:
            nothing = f"CAST(0 AS {money_type(promise)})"
            return Amounts(nothing, nothing, [])
        stated = f"m.{quoted(promise.amount)}"
        if decided:
            stated = _was_sql(promise.amount, "_was_amount", stated, "1")
        return Amounts(stated, stated, [])
    currency = f"COALESCE(m.{quoted(promise.currency)}, {literal(setting.currency)})"
    agreed = [f"{currency} AS {quoted(promise.currency)}"]
    stated = stated_local = ""
    for amount, local in promise.conversions:
        found = _amount_sql(source, (amount, local), currency, setting, decided=decided)
        agreed += found.agreed
        if amount == promise.amount:
            stated, stated_local = found.stated, found.stated_local
    return Amounts(stated, stated_local, agreed)


def _amount_sql(
    source: Source, pair: tuple[str, str], currency: str, setting: Setting, *, decided: bool
) -> Amounts:
    """Return one amount in reporting currency, and what states it in the currency of the row."""
    promise = source.promise
    name, local_name = pair
    held, held_local = f"m.{quoted(name)}", f"m.{quoted(local_name)}"
    kind, local_kind = (column_type(promise.column(column)) for column in pair)
    turn = sign_sql(source)
    given = name in source.columns
    local = stated_local = held_local if local_name in source.columns else held

    def converted(sql: str) -> str:
        return converted_sql(sql, currency, setting.currency, kind)

    amount = stated = held if given else converted(local)
    own_local, own = f"{turn} * ({local})", f"{turn} * ({amount})"
    if decided:
        own_local = _set_sql(local_name, held_local, own_local)
        own = own if given else converted(own_local)
        own = _set_sql(name, held, own)
        if name == promise.amount:
            stated_local = _was_sql(local_name, "_was_local", local, turn)
            stated = _was_sql(name, "_was_amount", held, turn)
            stated = stated if given else converted(stated_local)
    agreed = [
        f"CAST({own_local} AS {local_kind}) AS {quoted(local_name)}",
        f"CAST({own} AS {kind}) AS {quoted(name)}",
    ]
    return Amounts(stated, stated_local, agreed)


def rate_sql(source: Source, setting: Setting) -> tuple[str, str]:
    """Return the join with the rate of a row's day, and the rate a row was converted with."""
    promise = source.promise
    if not promise.conversions:
        return "", "NULL"
    day = day_sql(set(promise.names), setting)
    currency = f"m.{quoted(promise.currency)}"
    join = (
        f"LEFT JOIN rate_of r ON r.currency = {currency} AND r.kind = "
        f"{literal(source.rate_kind or setting.rate_kind)} "
        f"AND {day} BETWEEN r.first_day AND r.last_day"
    )
    if promise.amount in source.columns:
        return join, "NULL"
    return join, f"CASE WHEN {currency} <> {literal(setting.currency)} THEN r.id END"


def sign_sql(source: Source) -> str:
    """Return the factor that turns an amount to the agreed sign; ``a`` is the row's account."""
    if source.sign == "reversed":
        return "-1"
    if source.sign == "debit_positive":
        return "CASE WHEN a.favorable_when = 'higher' THEN -1 ELSE 1 END"
    if source.sign == "credit_positive":
        return "CASE WHEN a.favorable_when = 'higher' THEN 1 ELSE -1 END"
    return "1"


def refuse_sign_without_accounts(source: Source, setting: Setting) -> None:
    """Refuse a sign that depends on the account where no source says what the accounts are.

    Raises
    ------
    BookError
        If no source feeds table ``accounts``.
    """
    if source.sign not in {"debit_positive", "credit_positive"}:
        return
    if not setting.engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'final_accounts'"):
        raise BookError(
            f"sign {source.sign!r} needs table accounts, which no source feeds",
            where=f"book.toml sources.{source.name}",
            advice='Add a source with table = "accounts": its favorable_when says which way an '
            "account counts.",
        )


def refuse_missing_rate(source: Source, setting: Setting, as_of: date) -> None:
    """Refuse rows known by a day whose currency has no rate.

    Raises
    ------
    ContractError
        If there is such a row, naming currency, month, rows, amount and the nearest rates held.
    """
    promise = source.promise
    if not promise.conversions or promise.amount is None or promise.local is None:
        return
    names = set(promise.names)
    currency, local = quoted(promise.currency), quoted(promise.local)
    # a text that is no currency code is the row's own fault, and sets it aside
    pattern = literal(promise.column(promise.currency).pattern)
    fits = f"regexp_full_match({currency}, {pattern})"
    known = f"(known_on IS NULL OR known_on <= DATE {literal(as_of)})"
    rows = setting.engine.rows(
        f"SELECT {currency}, _period, count(*), sum({local}), arg_min(_line, _id), "
        f"arg_min(_file, _id), min({day_sql(names, setting)}) "
        f"FROM {quoted(f'valued_{source.name}')} m WHERE {quoted(promise.amount)} IS NULL "
        f"AND {local} IS NOT NULL AND len(_bad) = 0 AND {fits} "
        f"AND {known if 'known_on' in names else 'TRUE'} GROUP BY 1, 2 ORDER BY 2, 1 LIMIT 1"
    )
    kind = source.rate_kind or setting.rate_kind
    for code, period, count, total, line, file, day in rows:
        raise _no_rate(source, setting, (code, kind, day), (period, count, total, file, line))


def _no_rate(
    source: Source,
    setting: Setting,
    rate: tuple[str, str, object],
    rows: tuple[str, int, object, str, str],
) -> ContractError:
    code, kind, day = rate
    period, count, total, file, line = rows
    at = "" if day is None else f" of {day}"
    return ContractError(
        f"no rate for {code} in {period} ({count} rows, {total:,.2f} {code})",
        where=f"{source.table} ({file}, line {line})",
        advice=f"Add the {kind} rate{at} to the source that feeds table rates, as "
        f"{setting.currency} per 1 {code}; {nearest(setting.engine, code, kind, day)}.",
    )


def day_sql(columns: set[str], setting: Setting) -> str:
    """Return SQL for the day a row is converted at: its own, else the last of its period."""
    days = [f"CAST(m.{column} AS DATE)" for column in _RATE_DAYS if column in columns]
    if "period" in columns:
        if setting.calendar.rule == "month":
            days.append("last_day(CAST(try_strptime(m.period || '-01', '%Y-%m-%d') AS DATE))")
        else:
            days.append("(SELECT c.last_day FROM calendar c WHERE c.period = m.period)")
    return f"COALESCE({', '.join(days)}, NULL)"


def _set_sql(column: str, value: str, otherwise: str) -> str:
    """Return a column as a decision set it, with the agreed sign; else as the source has it."""
    return f"CASE WHEN list_contains(m._fixed, {literal(column)}) THEN {value} ELSE {otherwise} END"


def _was_sql(column: str, was: str, value: str, turn: str) -> str:
    """Return what a source states before a decision; what it says after where none was read."""
    stated = f"COALESCE(m.{was}, {turn} * m.{quoted(column)})"
    return _set_sql(column, stated, value)
