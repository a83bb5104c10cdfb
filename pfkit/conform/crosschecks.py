"""Checks between tables and between rows: billing against ledger, and amounts that cancel out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.billing_ledger import declared_accounts
from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, State, counted, judged
from pfkit.conform.recognition import RECOGNIZED, prepare
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

_NONE = "(none)"
_WITHIN_DAYS = 31
_SHOWN = 3


def ledger_tie(evidence: Evidence) -> list[ControlResult]:
    """Compare billing with the ledger's net revenue, by product and month where both have it.

    Differences are added without their sign: two that cancel out are two, not none. A ledger with
    declared accounts of deferred revenue is compared with what is recognized.
    """
    conformed = evidence.conformed
    if not (conformed.has("invoices") and conformed.has("actuals") and conformed.has("accounts")):
        return []
    months = evidence.months_sql("actuals")
    product = "product" if _ledger_has_products(evidence, months) else f"'{_NONE}'"
    month, billed = "_period", "final_invoices"
    if declared_accounts(conformed)[1]:  # the ledger defers: its revenue is what is earned
        prepare(conformed)
        month, billed = "period", RECOGNIZED
    rows = conformed.engine.rows(
        "SELECT period, product, sum(billed), sum(booked), sum(converted) FROM ("
        f"SELECT {month} AS period, {product} AS product, amount AS billed, 0 AS booked, "
        "CAST(amount <> round(amount, 2) AS INTEGER) AS converted "
        f"FROM {billed} WHERE {month} IN ({months}) UNION ALL "
        f"SELECT period, {product}, 0, "
        "CASE WHEN favorable_when = 'higher' THEN amount ELSE -amount END, 0 "
        "FROM final_actuals JOIN final_accounts USING (account) "
        "WHERE \"group\" IN ('gross', 'returns', 'other') AND span = 'month' "
        f"AND period IN ({months})) GROUP BY 1, 2 ORDER BY 1, 2"
    )
    gaps = [(p, name, cents(Decimal(b)) - cents(Decimal(k)), c) for p, name, b, k, c in rows]
    # A ledger books whole cents: each converted line may differ by up to half a cent.
    apart = [g for g in gaps if abs(g[2]) > Decimal("0.005") * g[3]]
    total = sum((abs(gap) for _, _, gap, _ in apart), Decimal(0))
    converted = sum(c for _, _, _, c in gaps)
    state: State = "green" if not apart else "red" if total > evidence.materiality else "amber"
    return [
        judged(
            evidence,
            "Billing ties to ledger",
            "invoices",
            state,
            _ledger_detail(apart, total, converted),
            expected=cents(sum((Decimal(row[3]) for row in rows), Decimal(0))),
            actual=cents(sum((Decimal(row[2]) for row in rows), Decimal(0))),
            advice=_gap_advice(evidence) if apart else "",
        )
    ]


def _gap_advice(evidence: Evidence) -> str:
    """Return what to look at where billing and ledger differ: what is held back only if some is."""
    months = evidence.months_sql("invoices")
    held = any(
        one.present
        and one.declared.table == "invoices"
        and (
            one.rejected
            or evidence.conformed.engine.rows(
                f"SELECT 1 FROM {quoted(one.rows_table)} WHERE _status = 'quarantined' "
                f"AND _period IN ({months}) LIMIT 1"
            )
        )
        for one in evidence.conformed.sources
    )
    return (
        "See quarantined billing rows and late postings."
        if held
        else "Compare the billing lines of these products with the ledger's: a file or a posting "
        "that one side lacks, or that came late. No billing row is quarantined."
    )


def _ledger_has_products(evidence: Evidence, months: str) -> bool:
    ((count,),) = evidence.conformed.engine.rows(
        "SELECT count(*) FROM final_actuals JOIN final_accounts USING (account) "
        f"WHERE \"group\" = 'gross' AND period IN ({months}) AND product <> ?",
        [_NONE],
    )
    return bool(count)


def _ledger_detail(
    apart: Sequence[tuple[str, str, Decimal, int]], total: Decimal, converted: int
) -> str:
    if not apart:
        tail = f"; {counted(converted)} converted, to half a cent each" if converted else ""
        return f"billing equals the ledger's net revenue by product and month{tail}"
    largest = sorted(apart, key=lambda gap: (-abs(gap[2]), gap[0], gap[1]))[:_SHOWN]
    named = ", ".join(f"{name} {period} {_signed(gap)}" for period, name, gap, _ in largest)
    more = f" and {len(apart) - _SHOWN} more" if len(apart) > _SHOWN else ""
    return f"by product and month {_plain(total)} apart, signs aside: {named}{more}"


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "\N{THIN SPACE}")


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else chr(0x2212)}{_plain(abs(amount))}"


def reversals(evidence: Evidence) -> list[ControlResult]:
    """Point at large invoice lines that another line of the same customer takes back.

    A line is taken back once, by the first line after it where there is one. Both are kept.
    Together they change nothing, but each distorts the line it stands on: a sale entered wrongly
    swells gross sales, and its reversal may stand under another kind.
    """
    conformed = evidence.conformed
    if not conformed.has("invoices") or evidence.materiality <= 0:
        return []
    months = evidence.months_sql("invoices")
    rows = conformed.engine.rows(
        "SELECT s.invoice_id, s.product, s.kind, r.invoice_id, r.product, r.kind, s.amount "
        "FROM final_invoices s JOIN final_invoices r ON r.customer = s.customer "
        "AND r.amount = -s.amount AND r.invoice_date BETWEEN s.invoice_date "
        f"AND s.invoice_date + INTERVAL {_WITHIN_DAYS} DAY "
        f"WHERE s.amount >= ? AND s._period IN ({months}) AND r._period IN ({months}) "
        "AND s.customer IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY s._id ORDER BY r._id < s._id, r._id) = 1 "
        "AND row_number() OVER (PARTITION BY r._id ORDER BY s._id > r._id, s._id DESC) = 1 "
        "ORDER BY s.amount DESC, s.invoice_id, r.invoice_id",
        [evidence.materiality],
    )
    return [
        judged(
            evidence,
            "Taken back",
            "invoices",
            "amber",
            f"{sale} ({sold}, {kind}) is taken back by {back} ({returned}, {other})",
            actual=cents(Decimal(amount)),
            advice=f"Read {' and '.join(dict.fromkeys((kind, other)))} without it.",
            key=f"{sale}|{back}",
        )
        for sale, sold, kind, back, returned, other, amount in rows[:_SHOWN]
    ]
