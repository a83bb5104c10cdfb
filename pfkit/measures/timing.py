"""Timing against permanent: which part of a variance goes away by itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pfkit.errors import ContractError, MeasureError, near_miss
from pfkit.measures.bills import moved_by_accruals
from pfkit.measures.grain import grain
from pfkit.measures.reversals import DETECTED, LINE, OLD, Entry, Pair, entries, pairs
from pfkit.measures.rows import (
    FLAG,
    JOIN,
    MONEY,
    RATE,
    TEXT,
    favorable,
    money,
    reasons,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)
from pfkit.measures.statement import GROUPS
from pfkit.measures.versions import plan_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from pfkit.measures.reversals import Line
    from pfkit.period import Period

TOLERANCE = 0.01
_MOST = 3
_UNTOLD = "accruals of {} are not marked and show only when the next month is booked"
_MISSING = ", nothing booked yet"
_RESERVED = ("total", "other")
_ACCOUNT = ("account", "line", "group", "favorable_when")
_COLUMNS = {"variance": MONEY, "accruals": MONEY, "shifted": MONEY, "permanent": MONEY} | {
    "timing_share": RATE,
    "favorable": FLAG,
    "permanent_favorable": FLAG,
    "reason": TEXT,
}


@dataclass
class _Book:
    """Actual and plan of every line and month, in cents, and what is an accrual."""

    actual: dict[tuple[Line, str], int] = field(default_factory=lambda: defaultdict(int))
    accrued: dict[tuple[Line, str], int] = field(default_factory=lambda: defaultdict(int))
    planned: dict[tuple[Line, str], int] = field(default_factory=lambda: defaultdict(int))
    single: dict[tuple[Line, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    items: dict[tuple[Line, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    closed: set[str] = field(default_factory=set)
    budgeted: set[str] = field(default_factory=set)

    def rest(self, line: Line, month: str) -> int:
        """Return a month's variance without what accruals have moved into it."""
        place = (line, month)
        actual = self.actual.get(place, 0) - self.accrued.get(place, 0)
        return actual - self.planned.get(place, 0)


@dataclass
class _Part:
    """One printed row while it is added up, in cents; effects on profit."""

    variance: int = 0
    accruals: int = 0
    shifted: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, other: _Part, sign: int) -> None:
        """Add a line, turned to its effect on profit."""
        self.variance += sign * other.variance
        self.accruals += sign * other.accruals
        self.shifted += sign * other.shifted
        self.reasons |= other.reasons

    def shift(self, cents: int, why: str) -> None:
        """Take an amount for shifted between months."""
        self.shifted += cents
        self.reasons[why] = None


def timing(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    *,
    period: Period,
    accounts: pd.DataFrame,
    plan: str | None = None,
    by: str | Sequence[str] = "line",
    tolerance: float = TOLERANCE,
    least: float = 0.0,
) -> pd.DataFrame:
    r"""Split the variance to plan into accruals, shifted postings and what is permanent.

    Use it before a variance is explained: what belongs to another month, or was planned in a month
    beside, is no performance. `reversals` lists the entries behind it.

    Parameters
    ----------
    actuals : pandas.DataFrame
        Table ``actuals``, entries in reporting currency, of the period and the months beside it;
        ``entry_id``, ``entry_kind`` and ``reverses`` where the ledger has them.
    budget : pandas.DataFrame
        Table ``budget`` by month, of the same months.
    period : Period
        The month, quarter or year to date.
    accounts : pandas.DataFrame
        Table ``accounts``: ``account``, ``line``, ``group`` and ``favorable_when``.
    plan : str, optional
        The budget version called plan; without it the year's adopted one, else its only one.
    by : str or sequence of str
        What a row is: columns among ``line``, ``group``, ``account``, ``cost_center`` and
        ``product``.
    tolerance : float
        How far two amounts may differ and still be the same one, as a fraction.
    least : float
        Smallest amount, in reporting currency, that is looked for in the month beside.

    Returns
    -------
    pandas.DataFrame
        ``item`` rows, the largest variance first, and ``total``: ``row_key``, ``role``, the
        columns of `by`, ``label``; ``variance``, ``accruals``, ``shifted`` and ``permanent``,
        effects on profit in reporting currency; ``timing_share`` of the variance, a fraction;
        ``favorable``, ``permanent_favorable``; ``reason`` (which entries and months). Empty where
        a month of the period has no actuals or no plan, or none of several versions is the plan;
        ``attrs["reason"]`` says so.

    Raises
    ------
    ContractError
        If a column is missing, or an account is not in `accounts`.
    MeasureError
        If an amount is missing, or `plan`, `by` or `tolerance` cannot be used.

    Notes
    -----
    Matching is per account, cost center and product, where both plan and ledger state them.
    *Accruals*: what they move across the first
    and the last month of the period. An accrual that is taken back and replaced by its bill leaves
    only the bill less the accrual in the month of the bill, and that belongs to the month before;
    a cost that is accrued again each month is that month's cost, however it grows. The bill is an
    entry within a quarter of the accrual that the plan of the month does not have, or all entries
    together. An accrual taken back without a bill is moved whole. One of the last month that is
    still open counts as far as it stands beyond plan, and not at all where one is taken back in
    the same month: how its bill will differ shows when the next month is booked. A pair inside the
    period cancels. *Shifted*: what one month is short of plan stands beyond
    plan in the month beside, in sum or as an entry; across the first or the last month of the
    period only. Where the month after is not booked yet, an amount planned there counts as booked
    ahead if all of it stands beyond plan. *Permanent*: the rest, so that the three add up to the
    variance to the cent.
    What is planned and not booked yet may be late or dropped; it counts as permanent, with the
    reason. An accrual that was never taken back is permanent too. Where the ledger does not mark
    accruals, those of the last month cannot be told before the next one is booked: a line that
    accrued before is then left whole, with the reason.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 6 and 7 (timing of budgeted items).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.period import FiscalCalendar
    >>> line = {"account": "5000", "cost_center": "IT", "product": "Atlas"}
    >>> booked = [("2026-05", "regular", 100.0), ("2026-05", "accrual", 40.0),
    ...     ("2026-06", "reversal", -40.0), ("2026-06", "regular", 105.0)]
    >>> names = ("period", "entry_kind", "amount")
    >>> actuals = pd.DataFrame([line | dict(zip(names, row)) for row in booked])
    >>> plan = pd.DataFrame([line | {"period": m, "amount": 100.0} for m in ("2026-05", "2026-06")])
    >>> accounts = pd.DataFrame([{"account": "5000", "line": "Hosting", "group": "operating",
    ...     "favorable_when": "lower"}])
    >>> found = timing(actuals, plan, period=FiscalCalendar().period("2026-06"), accounts=accounts)
    >>> found[["label", "variance", "accruals", "permanent"]].values.tolist()[0]
    ['Hosting', 35.0, 40.0, -5.0]
    """
    columns = [by] if isinstance(by, str) else list(by)
    actuals, budget = _by_month(actuals), _by_month(budget)
    shared = grain(actuals, budget, period=period, plan=plan)
    actuals, budget = shared.of(actuals), shared.of(budget)
    known = _checked(actuals, budget, accounts, columns, tolerance)
    months = list(period.months)
    edges = (period.calendar.shift(months[0], -1), period.calendar.shift(months[-1], 1))
    window = (edges[0], *months, edges[1])
    budget, unplanned = plan_rows(budget, period, window, plan)
    booked = [entry for entry in entries(actuals) if entry.month in window]
    paired = pairs(booked, period.calendar)
    book = _book(booked, paired, budget)
    lacking = unplanned or _lacking(book, period)
    if lacking:
        table = result([], _kinds(columns))
        table.attrs["reason"] = lacking
        return table
    untold = set() if edges[1] in book.closed else _untold(paired, months)
    told = [pair for pair in paired if pair.entries[0].line not in untold]
    found = _lines(book, told, months)
    for line, moves in moved_by_accruals(booked, told, book.items, months, edges).items():
        for one in moves:
            found.setdefault(line, _Part()).accruals += one.cents
            found[line].reasons[one.why] = None
            book.accrued[line, one.month] += one.cents
            book.accrued[line, one.other] -= one.cents
    for line, part in found.items():
        if line in untold:
            part.reasons[_UNTOLD.format(months[-1])] = None
        else:
            _shift(_Match(line, book, tolerance, round(least * 100)), part, (months, edges))
    every = {line for line, _ in [*book.actual, *book.planned]}
    table = _rows(found, every, known, columns)
    table.attrs["grain"] = shared.note
    return table


def _by_month(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what is stated by month; the rest is in no month."""
    return table[table["span"] == "month"] if "span" in table.columns else table


def _checked(
    actuals: pd.DataFrame,
    budget: pd.DataFrame,
    accounts: pd.DataFrame,
    columns: Sequence[str],
    tolerance: float,
) -> dict[str, dict[str, str]]:
    """Return what `accounts` says of each account, after checking what is given."""
    require(accounts, _ACCOUNT, name="accounts")
    require(budget, ["period", *LINE, "amount"], name="budget")
    if not columns or set(columns) - {"line", "group", *LINE}:
        raise MeasureError(
            f"by {columns!r} is not known",
            where="timing",
            advice=f"Name columns among line, group, {', '.join(LINE)}.",
        )
    if not 0 <= tolerance < 1:
        raise MeasureError(
            f"tolerance {tolerance} is not a fraction", where="timing", advice="Give 0.01 for 1 %."
        )
    told = {
        record["account"]: {name: str(record[name]) for name in _ACCOUNT}
        for record in accounts.astype("object").to_dict("records")
    }
    for name, table in (("actuals", actuals), ("budget", budget)):
        unknown = sorted(set(texts(table["account"])) - set(told)) if len(table) else []
        if unknown:
            raise ContractError(
                f"account {unknown[0]!r} is not in accounts",
                where=name,
                advice=near_miss(unknown[0], told, noun="account"),
            )
    return told


def _book(booked: Sequence[Entry], paired: Sequence[Pair], budget: pd.DataFrame) -> _Book:
    book = _Book()
    for entry in booked:
        book.actual[entry.line, entry.month] += entry.cents
        book.closed.add(entry.month)
    held = {id(entry) for pair in paired if pair.state != OLD for entry in pair.entries}
    for entry in booked:
        if id(entry) not in held:
            book.single[entry.line, entry.month].append(entry.cents)
    if len(budget):
        cents_ = whole_cents(budget["amount"], name="budget").tolist()
        names = zip(*(texts(budget[name]).tolist() for name in ("period", *LINE)), strict=True)
        for (month, *line), cents in zip(names, cents_, strict=True):
            place = (tuple(line), month)
            book.planned[place] += cents
            book.items[place].append(cents)
            book.budgeted.add(month)
    return book


def _lacking(book: _Book, period: Period) -> str:
    """Say which month cannot be compared, or nothing."""
    for name, there in (("actual", book.closed), ("plan", book.budgeted)):
        missing = [month for month in period.months if month not in there]
        if missing:
            return f"{name}: {missing[0]} is not in the input"
    return ""


def _lines(book: _Book, paired: Sequence[Pair], months: Sequence[str]) -> dict[Line, _Part]:
    """Return the variance of every line of the period, and which accruals stayed."""
    inside = set(months)
    found: dict[Line, _Part] = defaultdict(_Part)
    for line in dict.fromkeys(line for line, _ in [*book.actual, *book.planned]):
        part = found[line]
        part.variance = sum(
            book.actual.get((line, month), 0) - book.planned.get((line, month), 0)
            for month in months
        )
    for pair in paired:
        here = [entry for entry in pair.entries if entry.month in inside]
        if pair.state == OLD and here:
            found[here[0].line].reasons[f"accrual of {here[0].month} not taken back"] = None
        elif len(here) == 1 and pair.how == DETECTED:
            found[here[0].line].reasons["accruals told by their amounts"] = None
    return {line: part for line, part in found.items() if part.variance or part.reasons}


def _untold(paired: Sequence[Pair], months: Sequence[str]) -> set[Line]:
    """Return lines whose accruals show only by their amounts, so that the last month's do not."""
    return {
        pair.entries[0].line
        for pair in paired
        if pair.how == DETECTED and pair.entries[-1].month in months
    }


def _shift(match: _Match, part: _Part, when: tuple[Sequence[str], tuple[str, str]]) -> None:
    """Find what was planned on the other side of the period's first or last month."""
    months, (before, after) = when
    first, last, closed = months[0], months[-1], match.book.closed
    if before in closed:
        if cents := match.moved(before, first):
            part.shift(cents, f"planned for {before}, booked in {first}")
        elif cents := match.moved(first, before):
            part.shift(-cents, f"planned for {first}, booked in {before}")
    if part.shifted and first == last:
        return
    if after not in closed:
        if cents := match.ahead(after, last):
            part.shift(cents, f"planned for {after}, booked in {last}")
        elif match.missing(last):
            part.reasons[f"planned for {last}{_MISSING}"] = None
    elif cents := match.moved(after, last):
        part.shift(cents, f"planned for {after}, booked in {last}")
    elif cents := match.moved(last, after):
        part.shift(-cents, f"planned for {last}, booked in {after}")


@dataclass(frozen=True)
class _Match:
    """Whether an amount planned in one month stands in another."""

    line: Line
    book: _Book
    tolerance: float
    least: int

    def near(self, amount: int, wanted: int) -> bool:
        """Return whether two amounts are the same one."""
        return wanted != 0 and abs(amount - wanted) <= self.tolerance * abs(wanted)

    def missing(self, month: str) -> bool:
        """Return whether nothing is booked where an amount was planned."""
        planned = self.book.planned.get((self.line, month), 0)
        return abs(planned) >= self.least and self.near(self.book.rest(self.line, month), -planned)

    def moved(self, planned: str, booked: str) -> int:
        """Return what one closed month is short of plan, where the other has it beyond plan."""
        wanted = -self.book.rest(self.line, planned)
        short = wanted * self.book.planned.get((self.line, planned), 0) > 0
        if not short or abs(wanted) < self.least:
            return 0
        found = self.near(self.book.rest(self.line, booked), wanted) or self.single(booked, wanted)
        return wanted if found else 0

    def ahead(self, planned: str, booked: str) -> int:
        """Return an amount planned in a month not closed yet, where it is booked already.

        Nothing shows yet that it will be missing there: all of it must stand beyond plan.
        """
        rest = self.book.rest(self.line, booked)
        rows = self.book.items.get((self.line, planned), [])
        for wanted in dict.fromkeys([*rows, sum(rows)]):
            if not wanted or abs(wanted) < self.least:
                continue
            beyond = rest * wanted > 0 and abs(rest) >= (1 - self.tolerance) * abs(wanted)
            if self.near(rest, wanted) or (beyond and self.single(booked, wanted)):
                return wanted
        return 0

    def single(self, month: str, wanted: int) -> bool:
        """Return whether one entry more than planned in a month is of that amount."""
        place = (self.line, month)
        own = sum(self.near(cents, wanted) for cents in self.book.items.get(place, []))
        seen = sum(self.near(cents, wanted) for cents in self.book.single.get(place, []))
        return seen > own


def _rows(
    found: Mapping[Line, _Part],
    every: Iterable[Line],
    accounts: Mapping[str, Mapping[str, str]],
    columns: Sequence[str],
) -> pd.DataFrame:
    sums: dict[tuple[str, ...], _Part] = defaultdict(_Part)
    lines = Counter(_label(line, accounts, columns) for line in every)
    total = _Part()
    for line, part in sorted(found.items()):
        about = accounts[line[0]]
        if about["group"] not in GROUPS:
            continue
        sign = 1 if about["favorable_when"] == "higher" else -1
        sums[_label(line, accounts, columns)].add(part, sign)
        total.add(part, sign)
    order = sorted(sums, key=lambda label: (-abs(sums[label].variance), label))
    keys = row_keys(order, reserved=_RESERVED)
    rows = [
        {"row_key": key, "role": "item", **dict(zip(columns, label, strict=True))}
        | {"label": JOIN.join(label)}
        | _cells(sums[label], whole=lines[label] == 1)
        for key, label in zip(keys, order, strict=True)
    ]
    last = {"row_key": "total", "role": "total", **dict.fromkeys(columns, ""), "label": "Total"}
    total.reasons.clear()
    return result([*rows, last | _cells(total)] if rows else [], _kinds(columns))


def _label(
    line: Line, accounts: Mapping[str, Mapping[str, str]], columns: Sequence[str]
) -> tuple[str, ...]:
    values = {**dict(zip(LINE, line, strict=True)), **accounts[line[0]]}
    return tuple(values[name] for name in columns)


def _cells(part: _Part, *, whole: bool = True) -> dict[str, Any]:
    """Return the columns of a row; of one that is made of several lines, a reason is of a part."""
    moving = part.accruals + part.shifted
    permanent = part.variance - moving
    told = [
        one if whole or not one.endswith(_MISSING) else f"of a part {one}" for one in part.reasons
    ]
    more = [f"and {len(told) - _MOST} more"] if len(told) > _MOST else []
    return {
        "variance": money(part.variance),
        "accruals": money(part.accruals),
        "shifted": money(part.shifted),
        "permanent": money(permanent),
        "timing_share": moving / part.variance + 0.0 if part.variance else None,
        "favorable": favorable(part.variance, when="higher"),
        "permanent_favorable": favorable(permanent, when="higher"),
        "reason": reasons(*told[:_MOST], *more),
    }


def _kinds(columns: Sequence[str]) -> dict[str, str]:
    head = dict.fromkeys(("row_key", "role", *columns, "label"), TEXT)
    return head | _COLUMNS
