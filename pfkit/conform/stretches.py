"""Amounts stated for a stretch of days: quarters, years to date and years, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from pfkit.conform.evidence import ControlResult, Evidence, counted, judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pipeline import Conformed
    from pfkit.period import FiscalCalendar

#: First and last month of a stretch, as labels.
Stretch = tuple[str, str]

#: The engine table that names every stretch of a fiscal calendar by its days.
TABLE = "stretches"
DERIVED = ("period", "line", "account", "product", "less", "from", "amount")

_QUARTERS = 4
_MONTHS = 3
_NONE = "(none)"
_CELL = ("account", "product", "cost_center")


@dataclass(frozen=True, eq=False)
class Derived:
    """What was derived, carried along with a statement and never copied or compared."""

    rows: pd.DataFrame

    def __deepcopy__(self, memo: object) -> Derived:
        """Return itself: a statement's copies share it."""
        return self


def derived(statement: pd.DataFrame) -> pd.DataFrame:
    """Return the amounts of a statement that follow from longer stretches."""
    held = statement.attrs.get("derived")
    return held.rows.copy() if held is not None else pd.DataFrame(columns=["row_key", *DERIVED])


def stated_by_days(source: Source) -> bool:
    """Return whether a source says with first and last day what its amounts cover."""
    period = source.columns.get("period")
    return period is not None and period.first_day is not None


def load_stretches(sources: Iterable[Source], setting: Setting, years: Iterable[int]) -> None:
    """Load the months, quarters, years to date and years of a calendar by first and last day.

    A stretch that is two of them has the narrower name: the first quarter is no year to date.
    """
    if not any(stated_by_days(source) for source in sources):
        return
    calendar, rows = setting.calendar, {}
    for year in years:
        months = calendar.months_of_year(year)
        for count in range(1, len(months) + 1):
            last = months[count - 1]
            end = calendar.last_day(last)
            span = "year" if count == len(months) else "ytd"
            rows[calendar.first_day(months[0]), end] = (last, span)
            if count % _MONTHS == 0:
                rows[calendar.first_day(months[count - _MONTHS]), end] = (last, "quarter")
            rows[calendar.first_day(last), end] = (last, "month")
    setting.engine.load(
        TABLE,
        pa.table(
            {
                "first_day": [first for first, _ in rows],
                "last_day": [last for _, last in rows],
                "period": [period for period, _ in rows.values()],
                "span": [span for _, span in rows.values()],
            }
        ),
    )


def wide_sources(conformed: Conformed, table: str = "actuals") -> tuple[str, ...]:
    """Return the sources of a table that say with first and last day what amounts cover."""
    return tuple(
        held.declared.name
        for held in conformed.sources
        if held.present and held.declared.table == table and stated_by_days(held.declared)
    )


def with_since(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return a statement's rows with ``since``, the first month of what each amount covers.

    Parameters
    ----------
    rows : pandas.DataFrame
        A statement with ``span``; its ``period`` is the last month.
    calendar : FiscalCalendar
        The company's calendar.
    """
    pairs = set(zip(rows["span"], rows["period"], strict=True))
    known = {pair: stretch_months(calendar, *pair)[0] for pair in pairs}
    since = [known[pair] for pair in zip(rows["span"], rows["period"], strict=True)]
    return rows.assign(since=pd.array(since, dtype="str"))


def stretch_months(calendar: FiscalCalendar, span: str, last: str) -> tuple[str, ...]:
    """Return the months that an amount of a span covers, whose last month is given."""
    if span == "month":
        return (last,)
    if span == "quarter":
        return _months(calendar, (calendar.shift(last, 1 - _MONTHS), last))
    return _months(calendar, (calendar.months_of_year(calendar.fiscal_year_of(last))[0], last))


def derived_quarters(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return the quarters that follow from what is stated to date, and how.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of a statement from `with_since`, of one version.
    calendar : FiscalCalendar
        The company's calendar.

    Returns
    -------
    pandas.DataFrame
        Rows of the statement to add, with ``less`` and ``from``: the two stretches whose
        difference each is.

    Notes
    -----
    A quarter that is not stated is the amount to its end less the amount to its beginning: the
    fourth is the year less nine months. Half a year that is not stated is nine months less the
    third quarter. Where what is stated to date is missing, the quarters that are stated add up to
    it. Both sides of a difference must be told by the same products: a year by product less nine
    months in total is no product's quarter.
    """
    found = []
    for account, mine in rows.groupby("account", sort=True):
        held = {
            (str(first), str(last)): part
            for (first, last), part in mine.groupby(["since", "period"], sort=True)
        }
        for target, whole, part in _differences(held, calendar):
            before = held[part] if part in held else _to_date(held, calendar, part)
            made = None if before is None else _difference(held[whole], before)
            if made is not None:
                held[target] = made.assign(since=target[0], period=target[1])
                label = calendar.join(_months(calendar, part), kind="quarter").label
                told = {"from": calendar.join(_months(calendar, whole), kind="quarter").label}
                found.append(held[target].assign(account=account, less=label, **told))
    if not found:
        return rows.head(0).assign(**{"less": "", "from": ""})
    return pd.concat(found, ignore_index=True)


def _differences(
    held: dict[Stretch, pd.DataFrame], calendar: FiscalCalendar
) -> Iterator[tuple[Stretch, Stretch, Stretch]]:
    """Yield what follows: the stretch, the longer one and the one that is taken from it."""
    stated = set(held)
    years = sorted({calendar.fiscal_year_of(last) for _, last in held})
    for year in years:
        months = calendar.months_of_year(year)
        ends = [months[_MONTHS * n - 1] for n in range(1, _QUARTERS + 1)]
        starts = [months[_MONTHS * n] for n in range(_QUARTERS)]
        for n in range(_QUARTERS - 1, 0, -1):
            quarter = (starts[n], ends[n])
            whole, before = (months[0], ends[n]), (months[0], ends[n - 1])
            if quarter not in held and whole in held:
                yield quarter, whole, before
            whole_told = all(pair in held for pair in zip(starts[:n], ends[:n], strict=True))
            if before not in held and whole in held and quarter in stated and not whole_told:
                yield before, whole, quarter


def _to_date(
    held: dict[Stretch, pd.DataFrame], calendar: FiscalCalendar, stretch: Stretch
) -> pd.DataFrame | None:
    """Return the quarters of a stretch together; None where one is not stated."""
    months = _months(calendar, stretch)
    places = range(0, len(months), _MONTHS)
    quarters = [(months[place], months[place + _MONTHS - 1]) for place in places]
    if not all(quarter in held for quarter in quarters):
        return None
    return pd.concat([held[quarter] for quarter in quarters], ignore_index=True)


def _difference(whole: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame | None:
    """Return one stretch less another by cell; None where they tell products apart differently."""
    if _told_apart(whole) != _told_apart(part) or not set(part["product"]) <= set(whole["product"]):
        return None
    keys = [name for name in whole.columns if name not in {"amount", "since", "period", "span"}]
    both = pd.concat([whole, part.assign(amount=-part["amount"])])
    sums = both.groupby(keys, sort=True, dropna=False)["amount"].sum().round(2).reset_index()
    return sums.assign(span="quarter")


def _told_apart(rows: pd.DataFrame) -> bool:
    return bool((rows["product"] != _NONE).any())


def _months(calendar: FiscalCalendar, stretch: Stretch) -> tuple[str, ...]:
    months = [stretch[0]]
    while months[-1] < stretch[1]:
        months.append(calendar.shift(months[-1], 1))
    return tuple(months)


def widened(rows: pd.DataFrame, calendar: FiscalCalendar) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a statement with what follows from it, and what was derived.

    Returns
    -------
    tuple of pandas.DataFrame
        The statement with ``since``; and ``row_key, period, line, account, product, less, from,
        amount``, one row per derived amount, where ``amount`` is what stands under ``from`` less
        what stands under ``less``.
    """
    told = with_since(rows, calendar)
    made = [
        derived_quarters(part.drop(columns="version"), calendar).assign(version=version)
        for version, part in told.groupby("version", sort=True)
    ]
    more = pd.concat(made, ignore_index=True) if made else told.head(0)
    if more.empty:
        return told, pd.DataFrame(columns=["row_key", *DERIVED])
    known = pd.concat([told, more.drop(columns=["less", "from"])], ignore_index=True)
    labels = [
        calendar.join(_months(calendar, pair), kind="quarter").label
        for pair in zip(more["since"], more["period"], strict=True)
    ]
    listed = more.assign(period=labels)[list(DERIVED)].sort_values(
        ["period", "account", "product"], kind="stable", ignore_index=True
    )
    parts = [listed[name].astype("str").tolist() for name in ("period", "account", "product")]
    listed.insert(0, "row_key", ["|".join(cells) for cells in zip(*parts, strict=True)])
    order = ["version", "period", "since", "line", *_CELL[1:], _CELL[0]]
    return known.sort_values(order, kind="stable", ignore_index=True), listed


def stretch_controls(evidence: Evidence, statement: pd.DataFrame) -> list[ControlResult]:
    """Return what of the report's period was derived from longer stretches, with its amounts."""
    names = wide_sources(evidence.conformed)
    if not names:
        return []
    period = evidence.period
    made = derived(statement)
    mine = made[made["period"] == period.label]
    if mine.empty:
        inside = statement["since"].isin(period.months) & statement["period"].isin(period.months)
        stated = bool((inside & (statement["version"] == "actual")).any())
        text = f"{period.label} is taken as stated: no amount of it is derived"
        if not stated:
            text = f"no amount is stated for {period.label}, and none follows from what is"
        return [judged(evidence, "Derived quarters", names[0], "green", text)]
    found = []
    for (whole, part), rows in mine.groupby(["from", "less"], sort=True):
        text = (
            f"{counted(len(rows))} of {period.label} {'is' if len(rows) == 1 else 'are'} {whole} "
            f"less {part}: {', '.join(_amounts(rows))}"
        )
        found.append(judged(evidence, "Derived quarters", names[0], "green", text, key=str(part)))
    return found


def _amounts(rows: pd.DataFrame) -> list[str]:
    sums: dict[Any, float] = rows.groupby("line", sort=False)["amount"].sum().to_dict()
    return [f"{line} {_amount(amount)}" for line, amount in sums.items()]


def _amount(amount: float) -> str:
    """Write an amount as reports do: thousands apart, cents where there are any."""
    text = f"{amount:,.2f}".removesuffix(".00").replace(",", "\N{THIN SPACE}")
    return text.replace("-", "\N{MINUS SIGN}")
