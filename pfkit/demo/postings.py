"""Who posted and approved the demo's journal, and the breaches of controls planted in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pfkit.demo.exports import plain
from pfkit.demo.timeline import stream

if TYPE_CHECKING:
    from pfkit.demo.defects import Planted
    from pfkit.demo.timeline import Timeline

LIMIT = 100_000  # EUR cents from which a second person approves what is posted by hand
_CLERKS = ("U-204", "U-311", "U-127")
_SHARES = (0.5, 0.35, 0.15)
_CHIEF = "U-118"
_INTERFACE = "interface"
_BY_HAND = ("6110", "6320", "7000")  # commission, legal advice, revaluation
_ESTIMATED = ("Accrual", "Reversal")
_LARGEST = 450_000  # a breach stays below materiality
_ROUND = 300_000
_HISTORY = 8  # months before, from which habits are known


def signed(seed: int, time: Timeline, lines: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return journal lines with ``origin``, ``entered_by`` and ``approved_by``, and with breaches.

    Payroll, billing, suppliers' invoices and assets come through interfaces; accruals, commission,
    legal advice and revaluation are keyed by hand, and from `LIMIT` on approved by somebody else.
    Breaches change who signed, or divide a line in two; no account's month moves.
    """
    rng = stream(seed, "who posted")
    text = lines["text"].astype("str")
    manual = lines["account"].isin(_BY_HAND) | text.str.startswith(_ESTIMATED)
    journals = lines["journal"].drop_duplicates()
    clerk = dict(zip(journals, rng.choice(_CLERKS, len(journals), p=_SHARES), strict=True))
    second = dict(zip(journals, rng.choice([_CHIEF, *_CLERKS], len(journals)), strict=True))
    by = lines["journal"].map(clerk)
    approver = lines["journal"].map(second)
    approver = approver.where(approver != by, _CHIEF)
    asked = manual & (lines["cents"].abs() >= LIMIT)
    lines = lines.assign(
        origin=np.where(manual, "manual", "system"),
        entered_by=by.where(manual, _INTERFACE),
        approved_by=approver.where(asked, ""),
    )
    return _broken(time, lines, planted)


def _broken(time: Timeline, lines: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Plant breaches in the last months, each below materiality."""
    last, label = time.last, time.labels[time.last]
    if "late cost" in planted.defects:
        row = int(np.flatnonzero(lines["mark"] == "late cost")[0])
        where = ("Locked months", time.labels[last - 1])
        _told(planted, lines, row, where, "Entered after the month was locked.")
    taken: set[int] = set()
    plans = (
        (last, 210_000, "same", "Entered and approved by the same person."),
        (last, 160_000, "nobody", "Nobody approved it."),
        (last - 1, 240_000, "same", "Entered and approved by the same person."),
    )
    for month, target, kind, note in plans:
        row_ = _chosen(lines, month, lines["origin"] == "manual", target, taken)
        if row_ is None:
            continue
        taken.add(row_)
        lines.loc[row_, "approved_by"] = lines["entered_by"].iloc[row_] if kind == "same" else ""
        _told(planted, lines, row_, ("Segregation of duties", time.labels[month]), note)
    if last - time.start < _HISTORY:
        return lines
    row_ = _chosen(lines, last, lines["account"] == "5300", 190_000, taken)
    if row_ is not None:
        lines.loc[row_, ["origin", "entered_by", "approved_by"]] = ["manual", _CLERKS[0], _CHIEF]
        note = "By hand on an account that only the billing interface posts to."
        _told(planted, lines, row_, ("Manual entries", label), note)
    return _divided(lines, last, label, planted)


def _divided(lines: pd.DataFrame, month: int, label: str, planted: Planted) -> pd.DataFrame:
    """Divide a month's commission in a round amount and the rest."""
    large = (lines["account"] == "6110") & (lines["month"] == month) & (lines["mark"] == "")
    places = np.flatnonzero(large & (lines["cents"] > 2 * _ROUND))
    if not len(places):
        return lines
    row = int(places[0])
    added = lines.loc[[row]].assign(
        cents=_ROUND,
        line=lines.loc[lines["journal"] == lines["journal"].iloc[row], "line"].max() + 1,
    )
    lines.loc[row, "cents"] = int(lines["cents"].to_numpy()[row]) - _ROUND
    every = pd.concat([lines, added], ignore_index=True)
    note = "A round amount by hand where commission is never round; the rest stands beside it."
    _told(planted, every, len(every) - 1, ("Round amounts", label), note)
    return every.sort_values(["month"], kind="stable").reset_index(drop=True)


def plant_in_services(time: Timeline, billed: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return billing lines with a service of the next month billed in the last one."""
    if time.last - time.start < _HISTORY:
        return billed
    fits = (billed["kind"] == "Services") & (billed["document"] == "INV") & (billed["mark"] == "")
    fits &= (billed["month"] == time.last) & billed["eur"].between(LIMIT, _LARGEST)
    places = np.flatnonzero(fits)
    if not len(places):
        return billed
    row = int(places[np.argmin(np.abs(billed["eur"].to_numpy()[places] - 240_000))])
    begin = time.last_day(time.last) + 5
    billed = billed.copy()
    billed.loc[row, "service_start"], billed.loc[row, "service_end"] = begin, begin + 3
    planted.breaches.append(
        {
            "rule": "Cut-off",
            "period": time.labels[time.last],
            "entry": str(billed["invoice"].iloc[row]),
            "amount": plain(int(billed["eur"].iloc[row])),
            "note": "Billed in the month before the service is rendered.",
        },
    )
    return billed


def _chosen(
    lines: pd.DataFrame, month: int, fits: pd.Series[bool], target: int, taken: set[int]
) -> int | None:
    """Return the place of the line nearest to the target, below materiality; None without one."""
    fits = fits & (lines["month"] == month) & (lines["mark"] == "")
    fits &= lines["cents"].abs().between(LIMIT, _LARGEST)
    places = [int(place) for place in np.flatnonzero(fits) if int(place) not in taken]
    away = [abs(abs(int(lines["cents"].iloc[place])) - target) for place in places]
    return places[int(np.argmin(away))] if places else None


def _told(
    planted: Planted, lines: pd.DataFrame, row: int, where: tuple[str, str], note: str
) -> None:
    """List a breach of a rule in a month: the line it is, and why."""
    one, (rule, period) = lines.iloc[row], where
    planted.breaches.append(
        {
            "rule": rule,
            "period": period,
            "entry": f"{one['journal']}/{one['line']}",
            "amount": plain(abs(int(one["cents"]))),
            "note": note,
        },
    )
