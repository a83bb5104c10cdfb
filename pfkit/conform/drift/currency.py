"""Foreign rows that suddenly come in another currency, or unconverted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.drift.finding import Finding, months_before
from pfkit.conform.drift.profile import level_sql, monthly
from pfkit.conform.engine import literal, quoted
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.conform.pipeline import Conformed, LoadedSource

#: Who keeps a currency: a customer for a product, an account of a cost center.
_KEEPERS = {
    "invoices": ("customer", "product"),
    "actuals": ("account", "cost_center", "product"),
}
#: Changes at once that no coincidence brings: so many, and that share of those of a currency.
MANY, SHARE = 5, 0.5
#: Or all of them, if there are at least so many.
ALL = 3
#: Share of foreign rows with the same amount in both currencies from which a rate was left out.
UNCONVERTED, CONVERTED = 0.8, 0.2


def currency(
    held: LoadedSource, conformed: Conformed, history: Sequence[str], month: str
) -> list[Finding]:
    """Return the parts of a source whose foreign rows lost their currency, or their rate.

    One customer may change the currency of a contract. Here several that always came in one
    foreign currency all come in another one in the same month, or their amounts in both
    currencies are the same, which they never were.

    Parameters
    ----------
    held : LoadedSource
        The source.
    conformed : Conformed
        The loaded book.
    history : sequence of str
        The months compared with.
    month : str
        The month judged.
    """
    if held.declared.table not in _KEEPERS:
        return []
    if not _has_foreign(held, conformed, history):
        return []
    found = _defaulted(_keepers(held, conformed, history, month), len(history))
    if not found and {"amount", "amount_local"} <= set(held.declared.columns):
        found = _unconverted(held, conformed, history, month)
    return found


def _has_foreign(held: LoadedSource, conformed: Conformed, history: Sequence[str]) -> bool:
    rows = conformed.engine.rows(
        f"SELECT 1 FROM {quoted(held.rows_table)} WHERE _status IN ('accepted', 'quarantined') "
        f"AND currency <> {literal(conformed.declaration.company.currency)} "
        f"AND _period IN ({', '.join(literal(one) for one in history)}) {monthly(held)} LIMIT 1"
    )
    return bool(rows)


def _keepers(
    held: LoadedSource, conformed: Conformed, history: Sequence[str], month: str
) -> pd.DataFrame:
    """Return those with rows in one foreign currency only, and what they come in now."""
    names = _KEEPERS[held.declared.table]
    who = "concat_ws('|', " + ", ".join(level_sql(name) for name in names) + ")"
    months = ", ".join(literal(one) for one in history)
    home = literal(conformed.declaration.company.currency)
    return frame(
        conformed,
        "WITH rows AS (SELECT "
        f"{who} AS who, {level_sql('product')} AS product, currency, _period AS month, "
        f"count(*) AS n, sum(CAST(amount AS DOUBLE)) AS amount FROM {quoted(held.rows_table)} "
        f"WHERE _status IN ('accepted', 'quarantined') AND currency IS NOT NULL "
        f"AND _period IN ({months}, {literal(month)}) {monthly(held)} GROUP BY ALL), "
        "kept AS (SELECT who, any_value(product) AS product, any_value(currency) AS currency "
        f"FROM rows WHERE month <> {literal(month)} GROUP BY 1 "
        "HAVING count(DISTINCT currency) = 1 AND count(DISTINCT month) >= 2 "
        f"AND any_value(currency) <> {home}), "
        "now AS (SELECT who, list(currency) AS currencies, arg_max(currency, n) AS other, "
        f"sum(n) AS n, sum(amount) AS amount FROM rows WHERE month = {literal(month)} GROUP BY 1) "
        "SELECT product, currency, other, n, amount, "
        "NOT list_contains(currencies, currency) AS changed FROM kept JOIN now USING (who) "
        "ORDER BY ALL",
    )


def _defaulted(keepers: pd.DataFrame, months: int) -> list[Finding]:
    """Find whole currencies first, then products in what is left."""
    found = []
    left = keepers
    for level in ("currency", "product"):
        if keepers[level].nunique() == 0:
            return []
        for key, part in left.groupby(level, sort=True):
            changed = part[part["changed"]]
            enough = len(changed) >= MANY and len(changed) >= SHARE * len(part)
            if not enough and not ALL <= len(changed) == len(part):
                continue
            found.append(_finding(level, str(key), part, months))
            left = left[left[level] != key]
    return found


def _finding(level: str, key: str, part: pd.DataFrame, months: int) -> Finding:
    changed = part[part["changed"]]
    old = ", ".join(sorted(set(changed["currency"])))
    new = ", ".join(sorted(set(changed["other"])))
    return Finding(
        "Currency",
        level,
        key,
        f"{len(changed)} of {len(part)} that came in {old} in {months_before(months)} come in {new}"
        f" ({int(changed['n'].sum())} rows)",
        "See whether the export lost its currency column: amounts would count unconverted. If "
        "the contracts changed, say so in a comment.",
        now=float(changed["amount"].sum()),
        stake=float(changed["amount"].abs().sum()),
    )


def _unconverted(
    held: LoadedSource, conformed: Conformed, history: Sequence[str], month: str
) -> list[Finding]:
    months = ", ".join(literal(one) for one in history)
    home = literal(conformed.declaration.company.currency)
    rows = conformed.engine.rows(
        "SELECT currency, "
        f"count(*) FILTER (_period = {literal(month)}), "
        f"count(*) FILTER (_period = {literal(month)} AND amount = amount_local), "
        f"sum(CAST(abs(amount) AS DOUBLE)) FILTER (_period = {literal(month)}), "
        f"count(*) FILTER (_period IN ({months})), "
        f"count(*) FILTER (_period IN ({months}) AND amount = amount_local) "
        f"FROM {quoted(held.rows_table)} WHERE _status IN ('accepted', 'quarantined') "
        f"AND currency <> {home} AND amount <> 0 {monthly(held)} GROUP BY 1 ORDER BY 1"
    )
    found = []
    for name, count, equal, amount, past, past_equal in rows:
        usual = past_equal / past if past else 1.0
        if count < MANY or past < MANY or equal < UNCONVERTED * count or usual > CONVERTED:
            continue
        found.append(
            Finding(
                "Currency",
                "currency",
                str(name),
                f"{equal} of {count} rows have the same amount in {name} and in "
                f"{conformed.declaration.company.currency}: they were not converted; "
                f"usually {usual:.0%}",
                "Have the export made again with its exchange rates.",
                now=float(amount),
                stake=float(amount),
            )
        )
    return found
