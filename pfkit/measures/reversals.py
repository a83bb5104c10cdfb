"""Accruals and the entries that take them back, as the ledger says or as their amounts tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfkit.errors import MeasureError
from pfkit.measures.rows import MONEY, TEXT, money, require, result, texts, whole_cents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from pfkit.period import FiscalCalendar

Line = tuple[str, str, str]

LINE = ("account", "cost_center", "product")
ACCRUAL, REVERSAL = "accrual", "reversal"
#: What became of an accrual: taken back; still open, booked in the last month there is; never
#: taken back; and a reversal of something the input does not hold.
REVERSED, OPEN, OLD, FOREIGN = "reversed", "open", "not reversed", "taken back"
STATED, DETECTED = "stated", "detected"
_COLUMNS = (
    {"row_key": TEXT, "account": TEXT, "cost_center": TEXT, "product": TEXT}
    | {"accrued_in": TEXT, "accrual": TEXT, "amount": MONEY, "reversed_in": TEXT}
    | {"reversal": TEXT, "reversed_amount": MONEY, "state": TEXT, "how": TEXT}
)


@dataclass
class Entry:
    """One ledger entry; money in cents."""

    line: Line
    month: str
    cents: int
    kind: str
    name: str
    reverses: str
    place: int


@dataclass(frozen=True)
class Pair:
    """An accrual and what takes it back; one of them may be missing."""

    accrual: Entry | None
    reversal: Entry | None
    state: str
    how: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries there are."""
        return tuple(entry for entry in (self.accrual, self.reversal) if entry is not None)


def reversals(
    actuals: pd.DataFrame, *, calendar: FiscalCalendar, last: str | None = None
) -> pd.DataFrame:
    r"""Pair accruals with the entries that take them back.

    Use it to see which amounts of a month are estimates that go away again; `timing` takes them
    out of a variance.

    Parameters
    ----------
    actuals : pandas.DataFrame
        Table ``actuals`` by month: ``period``, ``account``, ``cost_center``, ``product``,
        ``amount`` (reporting currency); where the ledger says so ``entry_id``, ``entry_kind``
        (``regular``, ``accrual``, ``reversal``, ``reclassification``) and ``reverses``.
    calendar : FiscalCalendar
        The company's, for the month after a month.
    last : str, optional
        The last month that is closed; accruals of it are still open. Default: the last in
        `actuals`.

    Returns
    -------
    pandas.DataFrame
        A row per pair: ``row_key``, ``account``, ``cost_center``, ``product``, ``accrued_in``,
        ``accrual`` (entry id), ``amount``, ``reversed_in``, ``reversal`` (entry id),
        ``reversed_amount``, ``state`` (``reversed``, ``open``, ``not reversed``, or ``taken
        back`` where the accrual is not in the input) and ``how`` (``stated`` by the ledger, or
        ``detected`` by amount).

    Raises
    ------
    ContractError
        If a column is missing.
    MeasureError
        If an amount is missing, or the entries are not by month.

    Notes
    -----
    First what the ledger says: a reversal names the entry it takes back, or takes back an accrual
    of the same account, cost center, product and amount of the month before. Entries of no stated
    kind pair up, with each other or with those, where one month's amount comes back with the
    other sign, to the cent, on the same account, cost center and product in the next month. Each
    entry pairs once, in the order of the rows.

    References
    ----------
    .. [1] Horngren, Sundem et al., *Introduction to Financial Accounting* (accruals and reversing
       entries).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"account": "5000", "cost_center": "IT", "product": "Atlas"}
    >>> rows = [line | {"period": "2026-05", "amount": 80.0},
    ...         line | {"period": "2026-06", "amount": -80.0}]
    >>> found = reversals(pd.DataFrame(rows), calendar=FiscalCalendar())
    >>> found[["accrued_in", "reversed_in", "amount", "how"]].values.tolist()
    [['2026-05', '2026-06', 80.0, 'detected']]
    """
    found = pairs(entries(actuals), calendar, last)
    rows: list[dict[str, Any]] = []
    for place, pair in enumerate(found, start=1):
        one = pair.entries[0]
        first, second = pair.accrual, pair.reversal
        rows.append(
            {"row_key": f"pair-{place}", **dict(zip(LINE, one.line, strict=True))}
            | {"accrued_in": first.month if first else "", "accrual": first.name if first else ""}
            | {"amount": money(first.cents) if first else None}
            | {"reversed_in": second.month if second else ""}
            | {"reversal": second.name if second else ""}
            | {"reversed_amount": money(second.cents) if second else None}
            | {"state": pair.state, "how": pair.how}
        )
    return result(rows, _COLUMNS)


def entries(actuals: pd.DataFrame) -> list[Entry]:
    """Return the entries of a ledger by month."""
    require(actuals, ["period", *LINE, "amount"], name="actuals")
    if "span" in actuals.columns and set(texts(actuals["span"])) - {"month"}:
        raise MeasureError(
            "entries are not all by month",
            where="actuals",
            advice="Keep those by month, as in actuals[actuals['span'] == 'month'].",
        )
    if actuals.empty:
        return []
    cents = whole_cents(actuals["amount"], name="actuals").tolist()
    lines = zip(*(texts(actuals[name]).tolist() for name in LINE), strict=True)
    told = zip(
        *(_optional(actuals, name) for name in ("entry_kind", "entry_id", "reverses")), strict=True
    )
    months = texts(actuals["period"]).tolist()
    return [
        Entry(line, month, amount, said[0], said[1], said[2], place)
        for place, (line, month, amount, said) in enumerate(
            zip(lines, months, cents, told, strict=True)
        )
    ]


def _optional(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table.columns:
        return [""] * len(table)
    there = table[column].notna().tolist()
    return [
        str(value) if known else ""
        for value, known in zip(table[column].tolist(), there, strict=True)
    ]


def pairs(booked: Sequence[Entry], calendar: FiscalCalendar, last: str | None = None) -> list[Pair]:
    """Pair entries, those the ledger names first; the rule is in `reversals`."""
    closing = last or max((entry.month for entry in booked), default="")
    after = {month: calendar.shift(month, 1) for month in {entry.month for entry in booked}}
    used: set[int] = set()
    found = _named(booked, used)
    for silent in (False, True):
        found += _by_amount(booked, used, after, silent=silent)
    for entry in booked:
        if entry.place in used or entry.kind not in {ACCRUAL, REVERSAL}:
            continue
        if entry.kind == ACCRUAL:
            found.append(Pair(entry, None, OPEN if entry.month >= closing else OLD, STATED))
        else:
            found.append(Pair(None, entry, FOREIGN, STATED))
    return sorted(found, key=lambda pair: (pair.entries[0].month, pair.entries[0].place))


def _named(booked: Iterable[Entry], used: set[int]) -> list[Pair]:
    """Pair reversals with the entries they name."""
    known: dict[str, Entry] = {}
    for entry in booked:
        if entry.name:
            known.setdefault(entry.name, entry)
    found = []
    for entry in booked:
        first = known.get(entry.reverses) if entry.reverses else None
        if first is None or first.place in used or entry.place in used or first is entry:
            continue
        used |= {first.place, entry.place}
        found.append(Pair(first, entry, REVERSED, STATED))
    return found


def _by_amount(
    booked: Iterable[Entry], used: set[int], after: dict[str, str], *, silent: bool
) -> list[Pair]:
    """Pair an amount with the same one of the other sign in the next month.

    First among entries the ledger calls accrual or reversal, then also with those it is `silent`
    about.
    """
    waiting: dict[tuple[Line, str, int], list[Entry]] = defaultdict(list)
    taking: list[Entry] = []
    unnamed = {""} if silent else set()
    for entry in booked:
        if entry.place in used or not entry.cents:
            continue
        if entry.kind in {ACCRUAL} | unnamed:
            waiting[entry.line, after[entry.month], -entry.cents].append(entry)
        if entry.kind in {REVERSAL} | unnamed:
            taking.append(entry)
    found = []
    for entry in sorted(taking, key=lambda one: (one.month, one.place)):
        queue = waiting[entry.line, entry.month, entry.cents]
        while queue and queue[0].place in used:
            queue.pop(0)
        if not queue or entry.place in used:
            continue
        first = queue.pop(0)
        used |= {first.place, entry.place}
        how = STATED if first.kind and entry.kind else DETECTED
        found.append(Pair(first, entry, REVERSED, how))
    return found
