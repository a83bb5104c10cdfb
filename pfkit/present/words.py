"""Headlines, section headings and sentences whose numbers are computed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, sentences, setting
from pfkit.present.body import Heading, Points
from pfkit.present.exhibit import Column, Exhibit, columns
from pfkit.present.explained import UNPARTED, WORTH, point, with_quotes
from pfkit.present.facts import Facts

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.body import Point
    from pfkit.present.facts import Fact
    from pfkit.present.setting import Reference

_COMPARED = ("actuals", "invoices", "budget", "cashflows", "comments", "decisions")
_PARTIAL = (
    "The last month is partial, with rows up to {}; nothing is annualized. Forecasts leave it out."
)
_TOTALS = ("", "one total", "two totals", "three totals", "four totals", "five totals")


def section(
    id: str,  # noqa: A002 - the word for it
    text: str,
    *,
    about: About | None = None,
    below: str = "",
) -> Exhibit:
    """Return a section heading.

    Parameters
    ----------
    id : str
        The section's name, such as ``M1``; exhibits refer to it.
    text : str
        What the heading says.
    about : About, optional
        The book.
    below : str
        One line under the heading.
    """
    return Exhibit(
        id=id,
        kind="section",
        title=text,
        message=text,
        data=pd.DataFrame(),
        body=Heading(1, text, below),
        as_of=setting.as_of(about),
        alt=text,
        section=id,
    )


def note(
    id: str,  # noqa: A002 - the word for it
    text: str,
    *,
    about: About | None = None,
    section: str = "",
) -> Exhibit:
    """Return one plain sentence as an exhibit.

    Parameters
    ----------
    id : str
        Stable name.
    text : str
        The sentence; it is data, never markup.
    about : About, optional
        The book.
    section : str
        The section it stands in.
    """
    return setting.said(id, text, about, section=section)


#: Columns of usage that are no money, beside the units a headline speaks of.
_UNITS = ("previous", "previous_variance", "prior_year", "prior_variance", "units_ytd")


def headline(
    result: pd.DataFrame,
    *,
    tiles: pd.DataFrame | None = None,
    usage: pd.DataFrame | None = None,
    cost: pd.DataFrame | None = None,
    about: About | None = None,
    id: str = "headline",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Return the headline of a report: the first number, its reference and its percent.

    Parameters
    ----------
    result : pandas.DataFrame
        ``headline`` of a summary: net revenue, and the last subtotal where it is another.
    tiles : pandas.DataFrame, optional
        ``tiles`` of a summary; its first row speaks where a book has no profit and loss.
    usage : pandas.DataFrame, optional
        Result of `pfkit.usage`, which speaks where a book counts no money at all.
    cost : pandas.DataFrame, optional
        Result of `pfkit.cloud_cost`, which speaks where a book has a bill and no profit and loss.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    """
    period = "" if about is None else f" in {look.period_name(about.period)}"
    company = "" if about is None else f"{about.company}: "
    if result.empty and tiles is not None:
        result = tiles.head(1)
    if result.empty and cost is not None and not cost.empty:
        shown = cost[cost["role"] == "total"].reset_index(drop=True)
        say = Facts(
            id, shown, look.bill_scale(shown["effective"].tolist(), setting.currency(about))
        )
        text = f"{company}{sentences.billed(say)}{period}"
        return _heading(id, text, "", shown, facts=say.facts, about=about, section=section)
    if result.empty and usage is not None and not usage.empty:
        shown = usage.drop(columns=[name for name in _UNITS if name in usage.columns])
        say = Facts(id, shown, look.Scale(1, 0, ""))
        text = f"{company}{sentences.used(say, shown)}{period}"
        return _heading(id, text, "", shown, facts=say.facts, about=about, section=section)
    if result.empty:
        return _heading(
            id, f"{company}report{period}", "", result, facts=(), about=about, section=section
        )
    frame = result.reset_index(drop=True)
    scale = look.money_scale(frame["actual"].tolist(), setting.currency(about), headline=True)
    say = Facts(id, frame, scale)
    first = setting.records(frame)[0]
    name = setting.spoken(str(first["label"])) if company else str(first["label"])
    used = _references(first)
    key = str(first["row_key"])
    if used:
        lower = str(first.get("favorable_when", "")) == "lower"
        told = _named(used[0], about)
        text = sentences.beats(say, key, name, used[0], words=told, lower=lower)
        text = f"{company}{text}{period}"
    else:
        amount = f"{say.amount(key, 'actual')}{look.THIN}{scale.unit}"
        text = f"{company}{sentences.states(name)} {amount}{period}"
    told_more = [
        line for record in setting.records(frame) if (line := _standing(record, say, used))
    ]
    below = "; ".join([*told_more[:1], *(setting.spoken(one) for one in told_more[1:])])
    below = f"{setting.capital(below)}." if below else ""
    return _heading(id, text, below, frame, facts=say.facts, about=about, section=section)


def _named(reference: Reference, about: About | None) -> str:
    """Name the previous period as a reader says it; plan and prior year have their names."""
    if about is None or reference != setting.PREVIOUS:
        return reference.words
    return look.period_name(about.period.previous)


def _references(record: dict[str, Any]) -> list[Reference]:
    return [
        r
        for r in (setting.PLAN, setting.PRIOR, setting.PREVIOUS)
        if not look.missing(record[r.variance])
    ]


def _standing(record: dict[str, Any], say: Facts, used: list[Reference]) -> str:
    """Say what a number is; the first repeats neither the headline's reference nor its tile."""
    mine = _references(record)
    shown = [r for r in mine if r not in used[:1]] if record["row_key"] == say.first else mine
    if record["row_key"] == say.first and not shown:
        return ""
    return sentences.standing(say, str(record["row_key"]), str(record["label"]), shown[:1])


def _heading(
    id: str,  # noqa: A002 - the word for it
    text: str,
    below: str,
    frame: pd.DataFrame,
    *,
    facts: tuple[Fact, ...],
    about: About | None,
    section: str,
) -> Exhibit:
    if about is not None and about.partial:
        below = f"{below} {_PARTIAL.format(about.partial)}".strip()
    message = f"{text}. {below}".strip() if below else text
    return Exhibit(
        id=id,
        kind="headline",
        title=text,
        message=message,
        data=frame,
        body=Heading(0, text, below),
        columns=_columns(frame, setting.currency(about)),
        source=setting.source(about, "actuals", "invoices", "budget", "usage", "cloud"),
        as_of=setting.as_of(about),
        alt=message,
        facts=facts,
        section=section,
    )


def comments(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "comments",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Return numbered comments: what stands out, what explains it, what its owner says.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.comments`, or ``comments`` of a summary.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        The numbers tie to marks in tables that are given the same comments. What an owner has
        written stands in quotation marks and is not checked; every other number is a fact.
    """
    if result.empty:
        return setting.said(id, "No line stands out in this period.", about, section=section)
    frame = with_quotes(result.reset_index(drop=True), about, brief=True)
    amounts = frame[["actual", "base", "variance"]].to_numpy().ravel()
    say = Facts(id, frame, look.money_scale(amounts, setting.currency(about)))
    points = tuple(point(record, say) for record in setting.records(frame))
    return _points(say, frame, points, _material(frame, say), about=about, section=section)


def commentary(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 15,
    id: str = "commentary",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Return a sentence for every material row: how far, why, and what its owner says.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.commentary`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Sentences printed; all stand in the exhibit's data, and on the sheet "To comment" of the
        report's ``tables.xlsx``.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Its data carry ``sentence`` for each row. A comment that stands on a row that is no longer
        material is printed after the others; one of an earlier month says of which. That several
        rows have no parts is said once, in a note.
    """
    if result.empty:
        text = "No variance is material, and no comment or decision is open."
        said = setting.said(id, text, about, section=section)
        return replace(said, speaks_of=tuple(result.attrs.get("exhibits", ())))
    frame = with_quotes(result.reset_index(drop=True), about)
    item = frame["role"] == "item"
    frame["driven"] = item & (frame["driver"].fillna("") != "")
    frame["answered"] = item & (frame["text"].fillna("") != "")
    amounts = frame[["variance", "driver_amount", "rest"]].to_numpy().ravel().tolist()
    amounts += (
        frame.loc[frame["reference"] == WORTH, ["actual", "base"]].to_numpy().ravel().tolist()
    )
    say = Facts(id, frame, look.money_scale(amounts, setting.currency(about)))
    points = [point(record, say, numbered=False) for record in setting.records(frame)]
    frame["sentence"] = [f"{one.lead} {one.rest}".strip() for one in points]
    wanted = item | (frame["text"].fillna("") != "")
    shown = [one for one, there in zip(points, wanted, strict=True) if there][:top]
    left = int(wanted.sum()) - len(shown)
    notes = [f"{left} more in tables.xlsx, sheet To comment."] if left else []
    without = sum(UNPARTED in one.rest for one in shown)
    if without > 1:  # said once, not behind every row
        shown = [replace(one, rest=one.rest.replace(UNPARTED, "").strip()) for one in shown]
        notes.append(
            f"No driver is named for {without} rows: the input does not state their parts."
        )
    message = _explained(frame, say)
    made = _points(say, frame, tuple(shown), message, about=about, section=section)
    return replace(
        made,
        notes=tuple(notes),
        source=setting.source(about, *_COMPARED),
        speaks_of=tuple(result.attrs.get("exhibits", ())),
    )


def _points(
    say: Facts,
    frame: pd.DataFrame,
    points: tuple[Point, ...],
    message: str,
    *,
    about: About | None,
    section: str,
) -> Exhibit:
    noun = say.exhibit.replace("-", " ")
    return Exhibit(
        id=say.exhibit,
        kind="comments",
        title=f"{setting.who(about)}{noun} in {say.scale.unit}{setting.when(about)}",
        message=message,
        data=frame,
        body=Points(points),
        columns=_columns(frame, setting.currency(about)),
        unit=say.scale.unit,
        as_of=setting.as_of(about),
        alt=" ".join(f"{one.mark or ''}. {one.lead} {one.rest}".lstrip(". ") for one in points),
        facts=say.facts,
        section=section,
    )


def _explained(frame: pd.DataFrame, say: Facts) -> str:
    """Say how many variances are material, and how many of them are explained."""
    text = _limits(frame, say)
    if int(frame["found"].iloc[0]) == 0:
        return text
    driven, answered = (_none_or(say, name) for name in ("driven", "answered"))
    text += f": {driven} a single driver"
    return f"{text}, {answered} been commented"


def _none_or(say: Facts, column: str) -> str:
    """Count the rows of which something is true, and say `none` where there is no such row."""
    count = say.count(column, equals=True)
    if count == "0":
        say.found.pop()
        return "none has"
    return f"{count} {'has' if count == '1' else 'have'}"


def _material(frame: pd.DataFrame, say: Facts) -> str:
    """Say how many variances are material, by which thresholds; totals are not counted."""
    items = frame[frame["role"] == "item"]
    text = _limits(frame, say)
    if len(items) < int(frame["found"].iloc[0]):
        shown = say.count("subject")
        if shown == "0":
            say.found.pop()
        totals = len(frame) - len(items)
        verb = "stands" if shown == "1" and not totals else "stand"
        some = "none" if shown == "0" else shown
        beside = f" and {_TOTALS[min(totals, len(_TOTALS) - 1)]}" if totals else ""
        text += f"; {some} of them{beside} {verb} here"
    return text


def _limits(frame: pd.DataFrame, say: Facts) -> str:
    """Say how many variances are material, and by which thresholds."""
    key = say.first
    if int(frame["found"].iloc[0]) == 0:
        text = "No variance beside the totals is material"
    else:
        count = say.number(key, "found")
        text = f"{count} {'variance is' if count == '1' else 'variances are'} material"
    limits = []
    if float(frame["least_amount"].iloc[0]) > 0:
        size = say.number(
            key, "least_amount", scale=say.scale.divisor, decimals=_digits(frame, say)
        )
        limits.append(f"{size}{look.THIN}{say.scale.unit}")
    if float(frame["least_rate"].iloc[0]) > 0:
        limits.append(f"{say.number(key, 'least_rate', scale=0.01)}{look.THIN}%")
    return text + (f" (at least {sentences.joined(limits)})" if limits else "")


def _digits(frame: pd.DataFrame, say: Facts) -> int:
    """Return the decimals a threshold needs: none where it is whole in the exhibit's unit."""
    whole = float(frame["least_amount"].iloc[0]) % say.scale.divisor == 0
    return 0 if whole else max(say.scale.decimals, 1)


def _columns(frame: pd.DataFrame, money: str) -> tuple[Column, ...]:
    names = ("actual", "base", "variance", "driver_amount", "rest", "least_amount", "plan")
    more = (
        "timing",
        "effect_amount",
        "permanent",
        "prior_year",
        "previous",
        "plan_variance",
        "prior_variance",
        "previous_variance",
    )
    given = [
        Column("row_key", "Row"),
        Column("rank", "Rank", "count"),
        Column("found", "Material", "count"),
    ]
    given += [Column(name, name.replace("_", " "), "money", money) for name in (*names, *more)]
    given += [
        Column(name, name.replace("_", " "), "rate")
        for name in map(str, frame.columns)
        if name.endswith(("_rate", "_share"))
    ]
    given += [
        Column(name, name.replace("_", " "), "boolean")
        for name in map(str, frame.columns)
        if name.endswith("favorable") or name in {"material", "driven", "answered"}
    ]
    return columns(frame, given)
