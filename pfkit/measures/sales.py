"""The two tables a price-volume-mix compares, taken out of a book's volumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pfkit.errors import MeasureError, near_miss
from pfkit.measures.rows import require
from pfkit.measures.statement import ACTUAL, REFERENCES, Reading, plan_named, read

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.period import Period

_COLUMNS = ("version", "period", "line", "group", "unit", "quantity", "amount")
_RATES = {"plan": "budget_rate", "prior_year": "prior_year_rate", "previous": "previous_rate"}
_WORDS = {"plan": "plan", "prior_year": "prior year", "previous": "previous period"}
_NO_LINE = (
    "{name} and billing have no line in common: give billing's kinds the lines of accounts under "
    "[statement] in book.toml"
)


@dataclass(frozen=True)
class Sales:
    """What was sold, and what it is compared with.

    Attributes
    ----------
    base, actual : pandas.DataFrame
        Rows of the book's volumes; both empty where there is nothing to compare with, and then
        ``attrs["reason"]`` of both says why.
    against : str
        ``plan``, ``prior_year`` or ``previous``.
    rate : str
        Column of `actual` with the exchange rates of the base.
    """

    base: pd.DataFrame
    actual: pd.DataFrame
    against: str
    rate: str

    @property
    def reason(self) -> str:
        """Why there is nothing to compare with; empty where there is."""
        return str(self.base.attrs.get("reason", ""))


def sales(
    volumes: pd.DataFrame,
    *,
    period: Period,
    against: Literal["plan", "prior_year", "previous"] | None = None,
    plan: str | None = None,
) -> Sales:
    r"""Take what was sold in a period, and what it is compared with, out of a book's volumes.

    Use it before `price_volume_mix`.

    Parameters
    ----------
    volumes : pandas.DataFrame
        ``book.volumes``: ``version`` (``actual`` or a budget version), ``period``, ``line``,
        ``group``, ``unit``, ``quantity``, ``amount`` (reporting currency) and the rates.
    period : Period
        The month, quarter or year to date.
    against : str, optional
        ``plan``, ``prior_year`` or ``previous``. Default: the first of them that is stated in
        units.
    plan : str, optional
        The budget version called plan; may be left out where there is only one.

    Returns
    -------
    Sales
        ``base`` and ``actual`` with the columns of `volumes`, ``against`` and ``rate``.

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If `against` or `plan` is not known.

    Notes
    -----
    A stretch is compared only where every month of it is there, and the base states quantities. A
    plan that shares no line with billing is not compared: everything would be new and lost.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (static budget and actual).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> row = {"line": "Seats", "group": "gross", "unit": "seats", "quantity": 9.0, "amount": 90.0}
    >>> months = [row | {"version": "actual", "period": f"2026-0{month}"} for month in (1, 2)]
    >>> volumes = pd.DataFrame(months)
    >>> found = sales(volumes, period=FiscalCalendar().period("2026-02"))
    >>> found.against, len(found.base), len(found.actual)
    ('previous', 1, 1)
    """
    require(volumes, _COLUMNS, name="volumes")
    if against is not None and against not in REFERENCES:
        raise MeasureError(
            f"against {against!r} is not known",
            where="sales",
            advice=near_miss(against, REFERENCES, noun="comparison"),
        )
    actual = read(volumes, ACTUAL, period, what="actual")
    wanted = [against] if against else list(REFERENCES)
    reasons: list[str] = []
    for name in wanted:
        base = _base(volumes, period, name, plan, actual)
        if base.rows is not None and actual.rows is not None:
            before, after = base.rows, actual.rows
            rate = _RATES[name]
            return Sales(before.reset_index(drop=True), after.reset_index(drop=True), name, rate)
        reasons.append(base.reason)
    name, reason = wanted[0], reasons[0]
    nothing = volumes.head(0).copy()
    nothing.attrs["reason"] = actual.reason or reason
    return Sales(nothing, nothing, name, _RATES[name])


def _base(
    volumes: pd.DataFrame, period: Period, name: str, plan: str | None, actual: Reading
) -> Reading:
    """Read what is compared with, or say why it cannot be."""
    words = _WORDS[name]
    if name == "plan":
        version, reason = plan_named(volumes, plan)
        if version is None:
            return Reading(None, reason)
        base = read(volumes, version, period, what=words)
    else:
        stretch = period.prior_year if name == "prior_year" else period.previous
        base = read(volumes, ACTUAL, stretch, what=words)
    if base.rows is None:
        return base
    lines = _lines(base.rows)
    if not lines:
        return Reading(None, f"{words}: no quantities in the input")
    if actual.rows is not None and not lines & _lines(actual.rows):
        return Reading(None, _NO_LINE.format(name=words))
    return base


def _lines(rows: pd.DataFrame) -> set[str]:
    """Return the lines that are stated in units."""
    sold = (rows["group"] != "returns") & (rows["quantity"].fillna(0) != 0)
    return set(rows.loc[sold, "line"])
