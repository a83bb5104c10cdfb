"""What is planned to come and what it is to add, and what was promised of what came before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.views import nothing

if TYPE_CHECKING:
    from pfkit.period import FiscalCalendar, Period

PLANNED = ("item", "kind", "initiative", "planned", "expected", "amount", "probability")
LAUNCHED = (
    *("item", "kind", "initiative", "planned", "came", "amount"),
    *("realized", "low", "high", "level"),
)


def releases(table: pd.DataFrame, features: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Return every release: when it was planned first, when it comes now, and what was promised.

    Parameters
    ----------
    table, features : pandas.DataFrame
        Tables ``releases`` and ``features``.
    calendar : FiscalCalendar
        Says which month a day is in.

    Returns
    -------
    pandas.DataFrame
        ``item`` (feature), ``initiative``, ``status``, ``planned`` and ``expected`` (months),
        ``amount`` (a year, as first stated), ``now`` (as stated last), ``probability``.
    """
    columns = ("item", "initiative", "status", "planned", "expected", "amount", "now")
    if table.empty:
        return nothing((*columns, "probability"))
    rows = table.sort_values(["feature", "known_on"], kind="stable")
    days = pd.to_datetime(rows["released_on"])
    known = {day: calendar.month_of(day.date()) for day in days.unique()}
    rows = rows.assign(month=days.map(known).astype("str"))
    first, last = (rows.groupby("feature").nth(at).set_index("feature") for at in (0, -1))
    said = rows[rows["expected_amount"].notna()].groupby("feature")["expected_amount"]
    paid = features.dropna(subset=["initiative"]).set_index("feature")["initiative"]
    found = pd.DataFrame({"item": first.index})
    found["initiative"] = found["item"].map(paid).fillna("").astype("str")
    found["status"] = last["status"].to_numpy()
    found["planned"], found["expected"] = first["month"].to_numpy(), last["month"].to_numpy()
    found["amount"] = found["item"].map(said.first()).astype("float64")
    found["now"] = found["item"].map(said.last()).astype("float64")
    found["probability"] = last["probability"].astype("float64").to_numpy()
    return found


def promised(
    table: pd.DataFrame, milestones: pd.DataFrame, calendar: FiscalCalendar
) -> pd.DataFrame:
    """Return benefits in revenue as known last, with the month they start in as expected now.

    Parameters
    ----------
    table, milestones : pandas.DataFrame
        Tables ``benefits`` and ``milestones``; the milestone flagged ``go_live`` moves the start.
    calendar : FiscalCalendar
        Says which month a day is in.
    """
    rows = table[table["kind"] == "revenue"].sort_values(["benefit", "known_on"], kind="stable")
    last = rows.drop_duplicates("benefit", keep="last").reset_index(drop=True)
    live = milestones[milestones["go_live"].astype("object").eq(other=True)]
    live = live.sort_values("known_on", kind="stable").drop_duplicates("initiative", keep="last")
    days = live["done_on"].fillna(live["expected_on"]).fillna(live["planned_on"])
    month = {
        str(name): calendar.month_of(pd.Timestamp(day).date())
        for name, day in zip(live["initiative"], days, strict=True)
    }
    start = last["start"].fillna("").astype("str")
    moved = last["initiative"].map(lambda name: month.get(str(name), ""))
    return last.assign(
        item=last["benefit"].astype("str"),
        initiative=last["initiative"].fillna("").astype("str").replace("(none)", ""),
        planned=start,
        expected=moved.where(moved != "", start),
        amount=last["promised_amount"].astype("float64"),
    )


def planned(came: pd.DataFrame, stated: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return what is planned for after the period: releases, and benefits that none of them is.

    A benefit of an initiative whose feature is on the list is the same money, and left out.
    """
    last = period.months[-1]
    coming = came[(came["status"] == "planned")].assign(kind="release", amount=came["now"])
    listed = set(coming["initiative"]) - {""}
    open_ones = stated["status"].isin(["promised"]) & (stated["expected"] > last)
    more = stated[open_ones & ~stated["initiative"].isin(listed)]
    more = more.assign(kind="benefit", probability=float("nan"))
    return _stacked([coming, more], PLANNED)


def launched(came: pd.DataFrame, stated: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return what came to the end of the period or was withdrawn, with what was promised of it.

    ``came`` is the month, empty for what was withdrawn. Of a release, what it brought is left to
    attribution; a benefit has its own measurement.
    """
    last = period.months[-1]
    gone = came["status"] == "withdrawn"
    done = came[gone | ((came["status"] == "released") & (came["expected"] <= last))]
    one = done.assign(
        kind="release", came=done["expected"].where(done["status"] != "withdrawn", "")
    )
    measured = stated[
        stated["status"].isin(["measured", "validated"]) & stated["realized_amount"].notna()
    ]
    other = measured.assign(
        kind="benefit",
        came=measured["expected"],
        realized=measured["realized_amount"].astype("float64"),
        low=measured["realized_low"].astype("float64"),
        high=measured["realized_high"].astype("float64"),
    )
    return _stacked([one, other], LAUNCHED)


def _stacked(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    kept = [part.reindex(columns=list(columns)).astype("object") for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else nothing(columns)
