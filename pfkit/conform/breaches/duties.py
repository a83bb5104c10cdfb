"""Segregation of duties: who entered, who approved, and that it was not one person alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.breaches.breach import DUTIES, Breach, breach, entries_of, entry_word, listed
from pfkit.conform.engine import literal

if TYPE_CHECKING:
    from decimal import Decimal

    from pfkit.conform.breaches.ledger import Ledger

#: Share of manual entries of the size, and how many of them, that show that such are approved.
APPROVED, SEEN = 0.95, 20
#: What a person posts; an entry of unknown origin may be one.
BY_HAND = "manual IS DISTINCT FROM FALSE"


def duties(ledger: Ledger, month: str) -> list[Breach]:
    """Return manual entries that one person entered and approved, or that nobody approved.

    Persons are compared and never named.

    Parameters
    ----------
    ledger : Ledger
        The ledger's entries.
    month : str
        A month of the report.
    """
    now = f"month = {literal(month)} AND {BY_HAND}"
    limit = ledger.limit
    above = "" if limit is None else f" AND size >= {limit}"
    found = []
    same = entries_of(ledger, f"{now} AND enterer = approver{above}")
    if same is not None:
        found.append(
            breach(
                DUTIES,
                month,
                same,
                reason="same person",
                detail=f"{entry_word(same.count)} entered and approved by the same person"
                f"{_over(limit)}",
                advice="Have a second person approve them.",
            )
        )
    size = _approved_from(ledger, month)
    missing = None if size is None else entries_of(
        ledger, f"{now} AND approver IS NULL AND enterer IS NOT NULL AND size >= {size}"
    )  # fmt: skip
    if missing is not None:
        found.append(
            breach(
                DUTIES,
                month,
                missing,
                reason="nobody approved",
                detail=f"{entry_word(missing.count)} by hand that nobody approved{_over(size)}",
                advice="Have them approved by somebody who did not enter them.",
            )
        )
    return found


def _over(size: Decimal | None) -> str:
    if not size:
        return ""
    whole = f"{size:,.2f}".removesuffix(".00").replace(",", "\N{THIN SPACE}")
    return f", of {whole} or more"


def _approved_from(ledger: Ledger, month: str) -> Decimal | None:
    """Return the size from which a manual entry is approved; None where that is no rule.

    Declared, it is a rule. Else it is materiality, where the months before show that entries of
    that size are approved.
    """
    if not {"approved_by", "entered_by"} <= ledger.mapped:
        return None
    if ledger.limit is not None:
        return ledger.limit
    size = ledger.evidence.materiality
    months = [*ledger.history(month), month]
    ((every, approved),) = ledger.rows(
        f"SELECT count(*), count(approver) FROM {ledger.view} WHERE {BY_HAND} "
        f"AND enterer IS NOT NULL AND size >= {size} AND month IN ({listed(months)})"
    )
    return size if every >= SEEN and approved >= APPROVED * every else None
