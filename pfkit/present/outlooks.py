"""What exhibits say a year will bring of one line, and how each names the others that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.present import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

YEAR = "year"
NET, COST = "net revenue", "cost"
#: What rounding and late cents leave between two words for one number, as a fraction.
NEAR = 0.005


@dataclass(frozen=True)
class Said:
    """One line's full year as an exhibit has it.

    Attributes
    ----------
    line : str
        What is said to come to the amount.
    amount : float
        In reporting currency; cost is positive.
    where : str
        The exhibit, as a reader finds it.
    how : str
        What the amount is made of.
    """

    line: str
    amount: float
    where: str
    how: str


def of_statement(result: pd.DataFrame | None) -> list[Said]:
    """Return what `contribution_margins` says of net revenue and cost of the year."""
    if result is None or result.empty:
        return []
    rows = result[(result["span"] == YEAR) & result["outlook"].notna()]
    sums = {str(step): float(amount) for step, amount in rows[["step", "outlook"]].to_numpy()}
    if "net-revenue" not in sums:
        return []
    how = next((str(m) for m in rows["outlook_method"].dropna() if m), "")
    where = "the product P&L"
    found = [Said(NET, sums["net-revenue"], where, how)]
    if "contribution" in sums:
        cost = round(sums["net-revenue"] - sums["contribution"], 2)
        found.append(Said(COST, cost, where, how))
    return found


def of_forecast(result: pd.DataFrame | None) -> list[Said]:
    """Return what `year_forecast` of net revenue says of the year."""
    if result is None or result.empty:
        return []
    year = result[(result["span"] == YEAR) & result["mean"].notna()]
    whole = year[year["role"] == "total"] if (year["role"] == "total").any() else year
    if len(whole) != 1:
        return []
    amount = round(float(whole["mean"].iloc[0]), 2)
    return [Said(NET, amount, "the forecast of the year", "past months carried on, no plan")]


def of_lines(result: pd.DataFrame | None) -> list[Said]:
    """Return what `outlook` of cost lines says of the year."""
    if result is None or result.empty:
        return []
    whole = result[(result["role"] == "total") & result["outlook"].notna()]
    if len(whole) != 1:
        return []
    how = "plans corrected by what came of them in earlier years"
    return [Said(COST, float(whole["outlook"].iloc[0]), "the outlook of budget lines", how)]


def differ(
    own: Sequence[Said], others: Iterable[Said], scale: look.Scale
) -> list[tuple[Said, Said]]:
    """Return the pairs that a reader sees differ."""
    lines = {one.line: one for one in own}
    return [
        (lines[other.line], other)
        for other in others
        if other.line in lines
        and not _near(lines[other.line].amount, other.amount)
        and scale.amount(lines[other.line].amount) != scale.amount(other.amount)
    ]


def notes(own: Sequence[Said], others: Iterable[Said], scale: look.Scale) -> list[str]:
    """Name what the same line comes to elsewhere, and why it differs.

    Examples
    --------
    >>> mine = Said(NET, 2928.3, "the product P&L", "actual to 2026-06, then plan")
    >>> other = Said(NET, 2534.5, "the forecast of the year", "past months carried on, no plan")
    >>> notes([mine], [other], look.Scale(1, 0, "EUR"))[0].replace(look.THIN, " ")
    'FC of net revenue: 2 928 EUR here (actual to 2026-06, then plan), 2 534 EUR in the \
forecast of the year (past months carried on, no plan).'
    """
    return [
        f"FC of {mine.line}: {_money(mine, scale)} here{_made(mine)}, "
        f"{_money(other, scale)} in {other.where}{_made(other)}."
        for mine, other in differ(own, others, scale)
    ]


def payload(own: Sequence[Said], others: Iterable[Said], scale: look.Scale) -> dict[str, Any]:
    """Return the same for `lint`: each line's amount, and the amounts it names beside it."""
    told = differ(own, others, scale)
    return {
        one.line: {
            "amount": one.amount,
            "beside": [other.amount for mine, other in told if mine is one],
        }
        for one in own
    }


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


def _made(said: Said) -> str:
    return f" ({said.how})" if said.how else ""


def _money(said: Said, scale: look.Scale) -> str:
    return f"{scale.amount(said.amount)}{look.THIN}{scale.unit}"
