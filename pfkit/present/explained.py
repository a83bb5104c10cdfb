"""One row in words: how far it is from what was promised, what drives it, what its owner says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.errors import PeriodError
from pfkit.present import look, setting
from pfkit.present.body import Point

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.facts import Facts

WORTH = "promised net present value"
NO_DRIVER = "no single driver"
#: What a row says whose parts the input does not state.
UNPARTED = "No single driver: its parts are not stated."
_LONGEST_WRITTEN = 280
_BRIEF = 160


def with_quotes(frame: pd.DataFrame, about: About | None, *, brief: bool = False) -> pd.DataFrame:
    """Return commented rows with ``quote``, the words that are printed, and ``quoted`` from whom.

    Parameters
    ----------
    frame : pandas.DataFrame
        Result of `pfkit.comments` or `pfkit.commentary`.
    about : About or None
        The book: what was written for another period than its own says for which.
    brief : bool
        Cut sooner, and leave it to a longer page who approved it and when.
    """
    most = _BRIEF if brief else _LONGEST_WRITTEN
    quotes = [shortened(record.get("text"), most=most) for record in setting.records(frame)]
    approvals = any(bool(record.get("approved_by")) for record in setting.records(frame))
    told = [
        _whose(record, about, approvals=approvals, brief=brief) if quote else ""
        for quote, record in zip(quotes, setting.records(frame), strict=True)
    ]
    return frame.assign(quote=quotes, quoted=told)


def shortened(text: object, *, most: int = _LONGEST_WRITTEN) -> str:
    r"""Return what a person wrote as one line, cut where it is long.

    Examples
    --------
    >>> shortened("Two renewals\nslipped", most=80), shortened("a" * 9, most=5), shortened(None)
    ('Two renewals slipped', 'aaaa…', '')
    """
    line = " ".join("" if look.missing(text) else str(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _whose(record: dict[str, Any], about: About | None, *, approvals: bool, brief: bool) -> str:
    """Say who wrote a comment, of which month and when, and who approved it."""
    parts = [str(record["author"])] if record["author"] else []
    label = str(record.get("said_for") or "")
    if label and about is not None and label != about.period.label:
        parts.append(f"of {_named(label, about)}")
    parts += [str(record["said_on"])] if record.get("said_on") else []
    text = ", ".join(parts)
    if record.get("approved_by"):
        on = f" on {record['approved_on']}" if record.get("approved_on") else ""
        text += "; approved" if brief else f"; approved by {record['approved_by']}{on}"
    elif approvals:
        text += "; not yet approved"
    return text


def _named(label: str, about: About) -> str:
    try:
        return look.period_name(about.period.calendar.period(label))
    except PeriodError:
        return label


def point(record: dict[str, Any], say: Facts, *, numbered: bool = True) -> Point:
    """Return the sentences on one row; every number in them is a fact of `say`.

    Parameters
    ----------
    record : dict
        A row of `pfkit.comments` or `pfkit.commentary`, through `with_quotes`.
    say : Facts
        Writes the numbers; its data hold the row.
    numbered : bool
        Whether marks in tables tie to the point.
    """
    key = str(record["row_key"])
    rest = []
    if say.has(key, "variance"):
        lead = _lead(record, say, key)
        rest = [_driver(record, say, key), _effect(record, say, key), _apart(say, key)]
    else:
        lead = f"{record['subject']}:"
    if record["owner"]:
        rest.append(f"Owner: {record['owner']}.")
    if record["kind"] == "initiative" and NO_DRIVER not in str(record["reason"]):
        rest.append(f"{setting.capital(str(record['reason']))}." if record["reason"] else "")
    if record["quote"]:
        by = f" ({record['quoted']})" if record["quoted"] else ""
        rest.append(f"“{record['quote']}”{by}")
    mark = int(record["rank"]) if numbered else None
    return Point(key, lead, " ".join(part for part in rest if part), mark)


def _lead(record: dict[str, Any], say: Facts, key: str) -> str:
    """Say how far the row is from its reference, and whether that is favorable."""
    size = f"{say.delta(key, 'variance')}{look.THIN}{say.scale.unit}"
    if say.tells(key, "variance_rate"):
        size += f" ({say.rate(key, 'variance_rate', signed=True)})"
    judged = ""
    if not look.missing(record["favorable"]):
        judged = ", favorable" if record["favorable"] else ", unfavorable"
    reference = str(record["reference"]).replace("_", " ")
    if record["kind"] == "budget":
        return f"{record['subject']}: {_compared(reference)} is {size}{judged}."
    if reference == WORTH:
        return _worth(record, say, f"{size}{judged}")
    if record["kind"] == "initiative":
        return f"{record['subject']} has taken {size} against its {reference}{judged}."
    return f"{record['subject']} is {size} against {reference}{judged}."


def _worth(record: dict[str, Any], say: Facts, size: str) -> str:
    """Say what an initiative that loses money was to be worth, and what it now looks like."""
    key = str(record["row_key"])
    turns = "turns" if float(record["base"]) >= 0 else "stays"
    promised = say.amount(key, "base")
    outlook = f"{say.amount(key, 'actual')}{look.THIN}{say.scale.unit}"
    return (
        f"{record['subject']}: the outlook of its net present value {turns} negative,"
        f" {outlook} against {promised} promised: {size}."
    )


def _compared(reference: str) -> str:
    """Say what of a budget line is compared with what, without repeating the span.

    Examples
    --------
    >>> _compared("projection full year against adopted full year")
    'projection against adopted'
    """
    first, _, second = reference.partition(" against ")
    span = next((span for span in (" full year", " to date") if first.endswith(span)), "")
    if span and second.endswith(span):
        return f"{first.removesuffix(span)} against {second.removesuffix(span)}"
    return reference


def _driver(record: dict[str, Any], say: Facts, key: str) -> str:
    """Name the driver with its share where one explains the variance, or say that none does."""
    if record["driver"]:
        text = f"Driver: {record['driver']} {say.delta(key, 'driver_amount')}"
        if say.tells(key, "driver_share"):
            text += f" ({say.rate(key, 'driver_share')})"
        if say.scale.amount(record["rest"]).strip("0.–"):
            text += f", all else {say.delta(key, 'rest')}"
        return f"{text}."
    told = next((p for p in str(record["reason"]).split("; ") if p.startswith(NO_DRIVER)), "")
    if told == NO_DRIVER:
        return "No single driver explains it."
    return f"{setting.capital(told)}." if told else ""


def _effect(record: dict[str, Any], say: Facts, key: str) -> str:
    """Say which effect covers the variance of what is sold: price, volume, mix or another."""
    if not record.get("effect"):
        return ""
    text = f"By effect: {record['effect']} {say.delta(key, 'effect_amount')}"
    if say.tells(key, "effect_share"):
        text += f" ({say.rate(key, 'effect_share')})"
    return f"{text}."


def _apart(say: Facts, key: str) -> str:
    """Say what of a variance is timing, and turns back, and what is permanent."""
    parts = [
        f"{say.delta(key, name)} is {name}"
        for name in ("timing", "permanent")
        if say.has(key, name)
    ]
    return f"Of it {' and '.join(parts)}." if parts else ""
