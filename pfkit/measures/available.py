"""What is left to spend: budget less what is booked and what is ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.measures.commitments import Committed, carried_in, committed
from pfkit.measures.grain import grain
from pfkit.measures.groups import COST_GROUPS, kept
from pfkit.measures.owners import names_of, owners_of
from pfkit.measures.rows import (
    COUNT,
    FLAG,
    JOIN,
    MONEY,
    NONE,
    RATE,
    TEXT,
    money,
    rate,
    reasons,
    require,
    result,
    row_keys,
)
from pfkit.measures.spans import Window, spanned, window
from pfkit.measures.versions import spendable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.measures.spans import Label
    from pfkit.period import Period

_ACTUAL = "actual"
_SAID = {"version": TEXT, "reason": TEXT}
_MONEY = ("budget", "carried", "actual", "committed", "committed_before", "available")


def available(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    commitments: pd.DataFrame,
    *,
    period: Period,
    plan: str | None = None,
    by: str | Sequence[str] = "cost_center",
    accounts: pd.DataFrame | None = None,
    groups: Sequence[str] = COST_GROUPS,
    owners: pd.DataFrame | None = None,
    carried: pd.DataFrame | None = None,
    top: int = 20,
) -> pd.DataFrame:
    r"""Say what is left of each budget line once actuals and open commitments are taken off.

    Use it before something is ordered, and for the lines that have promised more than they have.

    Parameters
    ----------
    budget, actuals : pandas.DataFrame
        Tables ``budget`` and ``actuals``; ``amount`` in reporting currency, of any ``span``.
    commitments : pandas.DataFrame
        Table ``commitments``; open ones count with what is still to be booked of them.
    period : Period
        Actuals count from the start of its fiscal year to its end.
    plan : str, optional
        The version that is the budget. Default: the last approved revision, else the adopted one,
        else the only one that counts.
    by : str or sequence of str
        The columns that make a line: ``cost_center``, ``product``, ``account``.
    accounts : pandas.DataFrame, optional
        Table ``accounts``; only accounts of `groups` count, and accounts it does not know.
    groups : sequence of str
        Account groups; default the cost groups.
    owners : pandas.DataFrame, optional
        Table ``cost_centers`` with ``owner``, where `budget` has none; its ``name`` stands in the
        label.
    carried : pandas.DataFrame, optional
        Result of `carry_forward` for the same fiscal year and columns.
    top : int
        Lines shown, the overcommitted first, then the largest; the rest stand together.

    Returns
    -------
    pandas.DataFrame
        One row per line, ``Other (n)`` and the total: ``budget`` (full year), ``carried``,
        ``actual`` (to date), ``committed`` (open, to be booked by the end of the year),
        ``committed_before`` (of it, expected in earlier years), ``available`` in reporting
        currency; ``used_share`` (actual and committed, of budget and carried) a fraction;
        ``overcommitted``; ``version``, the budget it is left of; ``reason`` says why something is
        NA. ``attrs["later"]`` holds what is committed for later years.

    Raises
    ------
    ContractError
        If a table lacks a column.
    MeasureError
        If a line is carried twice or into another year, a status is not known, or an amount is
        missing.

    Notes
    -----
    :math:`available = budget + carried - actual - committed` (encumbrance accounting). A line is
    overcommitted where that is negative and something is committed, else overspent. Amounts for the year are not cut into months; whole
    cents, so lines add up to the total.

    References
    ----------
    .. [1] GASB Codification, sec. 1700.127 (encumbrance accounting).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> fire = {"cost_center": "Fire"}
    >>> found = available(
    ...     pd.DataFrame([fire | {"version": "B", "period": "2026-12", "span": "year", "amount": 100.0}]),
    ...     pd.DataFrame([fire | {"period": "2026-06", "span": "ytd", "amount": 60.0}]),
    ...     pd.DataFrame([fire | {"period": "2026-09", "status": "open", "amount": 45.0}]),
    ...     period=FiscalCalendar().period("2026-06"),
    ... )
    >>> found[["label", "committed", "available", "overcommitted"]].values.tolist()[0]
    ['Fire', 45.0, -5.0, True]
    """  # noqa: E501 (one line of the example)
    require(budget, ["version"], name="budget")
    columns = [by] if isinstance(by, str) else list(by)
    shared = grain(actuals, budget, period=period, plan=plan)
    budget, ordered = shared.of(budget), shared.of(commitments)
    funds = _funds(
        kept(budget, accounts, groups),
        kept(shared.of(actuals), accounts, groups),
        columns,
        period,
        plan,
        due=committed(ordered, by=columns, period=period, accounts=accounts, groups=groups),
        carried=carried_in(carried, by=columns, period=period),
    )
    items = {label: row for label in funds.all if (row := funds.row([label])) and _says(row)}
    order = sorted(items, key=lambda label: _order(items[label], label))
    shown = order if len(order) <= top + 1 else order[:top]
    rest = order[len(shown) :]
    whose = owners_of(budget, owners, columns)
    rows: list[dict[str, Any]] = [
        dict(zip(columns, label, strict=True))
        | {"label": _named(names_of(label, columns, accounts, owners)), "role": "item"}
        | {"count": 1, "owner": whose.get(label, "")}
        | items[label]
        for label in shown
    ]
    over = sum(items[label]["overcommitted"] is True for label in rest)
    for role, inside in (("other", rest), ("total", order)):
        if inside:
            name = "Total" if role == "total" else f"Other ({len(rest)})"
            head = {"label": name, "role": role, "count": len(inside), "owner": ""}
            rows.append(dict.fromkeys(columns, "") | head | funds.row(inside))
    if rest and over:
        told = f"{over} overcommitted line{'' if over == 1 else 's'} in it"
        rows[-2]["reason"] = reasons(rows[-2]["reason"], told)
    keys = row_keys(shown, reserved=("other", "total")) + [r["role"] for r in rows[len(shown) :]]
    out = [
        {"row_key": key} | row | {name: money(row[name]) for name in _MONEY}
        for key, row in zip(keys, rows, strict=True)
    ]
    kinds = {"row_key": TEXT} | dict.fromkeys(columns, TEXT)
    kinds |= {"label": TEXT, "role": TEXT, "count": COUNT, "owner": TEXT}
    kinds |= dict.fromkeys(_MONEY, MONEY)
    table = result(out, kinds | {"used_share": RATE, "overcommitted": FLAG} | _SAID)
    table.attrs["grain"] = shared.note
    table.attrs["later"] = funds.committed.later / 100
    return table


@dataclass(frozen=True)
class _Funds:
    """Budget, actuals, commitments and what was carried, in cents by line."""

    planned: Window
    spent: Window
    committed: Committed
    carried: Mapping[Label, int]
    labels: list[Label]
    version: str

    @property
    def all(self) -> list[Label]:
        """Every line any of them names."""
        return sorted({*self.labels, *self.committed.year, *self.carried})

    def row(self, labels: Sequence[Label]) -> dict[str, Any]:
        """Return what is left of some lines together."""
        budget, spent = self.planned.of(labels), self.spent.of(labels)
        due = sum(self.committed.year.get(label, 0) for label in labels)
        carried = sum(self.carried.get(label, 0) for label in labels)
        left = used = None
        if budget is not None and spent is not None:
            left = budget + carried - spent - due
            used = rate(spent + due, budget + carried)
        why = [self.planned.why(labels), self.spent.why(labels)]
        why.append("no budget" if budget is not None and budget + carried == 0 else "")
        return {
            "budget": budget,
            "carried": carried,
            "actual": spent,
            "committed": due,
            "committed_before": sum(self.committed.before.get(label, 0) for label in labels),
            "available": left,
            "used_share": used,
            "overcommitted": None if left is None else left < 0 < due,
            "version": self.version,
            "reason": reasons(*why, "overspent" if left is not None and left < 0 == due else ""),
        }


def _funds(
    budget: pd.DataFrame,
    actuals: pd.DataFrame,
    by: list[str],
    period: Period,
    plan: str | None,
    *,
    due: Committed,
    carried: Mapping[Label, int],
) -> _Funds:
    planned = spanned(budget, by, period, name="budget")
    spent = spanned(actuals.assign(version=_ACTUAL), by, period, name="actuals")
    name, why = spendable(budget, period, plan)
    until = period.months[-1]
    said = Window(None, reason=why)
    if name is not None:
        said = window(planned, by, name, period.year, until=until)
    mine = planned[planned["version"] == name]
    labels = {
        label
        for rows in (mine, spent)
        for label in zip(*(rows[column].tolist() for column in by), strict=True)
    }
    booked = window(spent, by, _ACTUAL, period.year_to_date, until=until)
    return _Funds(said, booked, due, carried, sorted(labels), name or "")


def _says(row: Mapping[str, Any]) -> bool:
    return any(row[name] for name in _MONEY)


def _order(row: Mapping[str, Any], label: Label) -> tuple[bool, int, int, Label]:
    over = row["overcommitted"] is True
    size = abs(row["budget"] or 0) + abs(row["committed"])
    return (not over, row["available"] if over else 0, -size, label)


def _named(parts: list[str]) -> str:
    name = JOIN.join(parts)
    return "not assigned" if name == NONE else name
