"""The statement by contribution margins: month, quarter, year to date, twelve months and year."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pfkit.present import look, outlooks, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table, variance_cols

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
    from pfkit.present.setting import Reference

SPAN_NAMES = {
    "quarter": "Quarter to date",
    "ytd": "Year to date",
    "ltm": "Last 12 months",
    "year": "Full year",
}
_CENT = 0.01
_QUARTER = 3
_KEPT = ("row_key", "step", "line", "level", "role", "stated")
_DEFAULT = (
    "by default cost of revenue is on margin 1, operating cost that varies on 2, fixed cost booked"
    " on a product on 3, and the rest is shared; column margin of table accounts decides otherwise"
)


def contribution_margins(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "contribution-margins",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
    forecast: pd.DataFrame | None = None,
    lines: pd.DataFrame | None = None,
) -> Exhibit:
    """Print the statement from gross sales to contribution margins and result, span by span.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.contribution_margins`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    comments : pandas.DataFrame, optional
        Result of `pfkit.comments`; their numbers are set beside the rows they speak about.
    forecast : pandas.DataFrame, optional
        Result of `pfkit.year_forecast` of net revenue that the report shows too.
    lines : pandas.DataFrame, optional
        Result of `pfkit.outlook` of cost that the report shows too. Where these two see another
        year, a note names their amount and why.

    Returns
    -------
    Exhibit
        Its data hold one row per line; columns of later spans end in ``_quarter``, ``_ytd``,
        ``_ltm`` and ``_year``. One line where the book has no statement.

    Notes
    -----
    A span of which nothing can be read is not printed; the note says why. Of spans that are the
    same months, such as the year to date and the year in its last month, one is printed.
    """
    known = _readable(result) if bool((result["level"] == "net").any()) else []
    if not known:  # cost alone is no profit and loss; budget lines tell it
        return setting.absent(
            id, about, "statement", section=section, otherwise=setting.NO_STATEMENT
        )
    wide = widened(result, known)
    first, *rest = known
    used = setting.references(wide, most=2)
    amounts = [name for name in wide.columns if name.startswith(("actual", "outlook"))]
    amounts = [name for name in amounts if not name.startswith("outlook_")] + ["actual"]
    scale = look.money_scale(wide[amounts].to_numpy(dtype=float).ravel(), setting.currency(about))
    say = Facts(id, wide, scale)
    off = untied(result)
    own = outlooks.of_statement(result)
    others = [*outlooks.of_forecast(forecast), *outlooks.of_lines(lines)]
    exhibit = table(
        id,
        wide,
        _cols(wide, first, rest, used, scale),
        title=(
            f"{setting.who(about)}profit and loss to contribution margins in {scale.unit}"
            f"{setting.when(about)}: {', '.join(['AC', *(r.short for r in used)])}"
        ),
        message=_message(wide, used, say, planned=bool(outlooks.differ(own, others, scale))),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=(
            *_notes(result, wide, used, known, about, ahead=outlooks.notes(own, others, scale)),
            setting.counted(about, to_date=True),
        ),
        section=section,
        state="red" if off else "",
        marks=comments,
    )
    return replace(exhibit, outlooks=outlooks.payload(own, others, scale))


def _readable(result: pd.DataFrame) -> list[str]:
    """Return the spans with something to print."""
    rows = result[result["role"] != "tie"]
    return told_once(rows[rows["actual"].notna() | rows["outlook"].notna()])


def told_once(rows: pd.DataFrame) -> list[str]:
    """Return the spans of rows; of those that are the same months, one."""
    found: dict[tuple[str, str], str] = {}
    known = rows[["span", "first_month", "last_month"]].drop_duplicates()
    for span, first, last in known.itertuples(index=False):
        if found.get((first, last), "quarter") == "quarter":
            found[first, last] = str(span)  # a year to date replaces the quarter that it is
    return list(dict.fromkeys(found.values()))


def widened(result: pd.DataFrame, spans: list[str]) -> pd.DataFrame:
    """Put the spans side by side: one row per step, later spans with a suffix."""
    rows = result[result["role"] != "tie"]
    first, *rest = spans
    wide = rows[rows["span"] == first].reset_index(drop=True)
    wide["row_key"] = wide["step"]
    wide["level"] = wide["level"].replace({"1": "cm1", "2": "cm2", "3": "cm3"})  # no bare digits
    keep = [name for name in wide.columns if name not in {*_KEPT, "span", "reason"}]
    for span in rest:
        part = rows[rows["span"] == span].set_index("step")
        for name in keep:
            wide[f"{name}_{span}"] = part[name].reindex(wide["step"]).array
    order = [name for name in wide.columns if name not in {"reason", "step", "span"}]
    return wide[[*order, "reason"]]


def span_name(wide: pd.DataFrame, span: str, suffix: str = "") -> str:
    """Return the head of a span's columns; a quarter of three months is over."""
    if span != "quarter":
        return SPAN_NAMES.get(span, "Month")
    first, last = (str(wide[f"{end}_month{suffix}"].iloc[0]) for end in ("first", "last"))
    months = 12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:]) + 1
    return "Quarter" if months == _QUARTER else SPAN_NAMES[span]


def _cols(
    wide: pd.DataFrame, first: str, rest: list[str], used: list[Reference], scale: look.Scale
) -> list[Col]:
    cols = [Col("line", f"Line, {scale.unit}", wide=True)]
    cols += _span_cols(wide, "", span_name(wide, first), used, full=True)
    for span in rest:
        if span == "year":
            cols += _year_cols(wide)
        else:
            cols += _span_cols(
                wide, f"_{span}", span_name(wide, span, f"_{span}"), used, full=span == "ytd"
            )
    return cols


def _span_cols(
    wide: pd.DataFrame, suffix: str, group: str, used: list[Reference], *, full: bool
) -> list[Col]:
    """Return a span's columns: actual, and the variances there is room for."""
    there = [r for r in used if bool(wide[f"{r.column}{suffix}"].notna().any())]
    cols = [Col(f"actual{suffix}", "AC", "money", swatch="actual", spoken="actual", group=group)]
    shown = there if full else there[-1:] if suffix == "_ltm" else there[:1]
    for r in shown:
        bar = full and r == there[0]
        cols += variance_cols(r, suffix=suffix, group=group, amount=bar)
    return cols


def _year_cols(wide: pd.DataFrame) -> list[Col]:
    group = SPAN_NAMES["year"]
    cols = []
    if bool(wide["outlook_year"].notna().any()):
        cols.append(
            Col("outlook_year", "FC", "money", swatch="outlook", spoken="outlook", group=group)
        )
    if bool(wide["outlook_variance_year"].notna().any()):
        cols.append(
            Col(
                "outlook_variance_rate_year",
                f"{look.DELTA}PL{look.THIN}%",
                "points",
                spoken="outlook against plan in percent",
                group=group,
            )
        )
    return cols


def _message(wide: pd.DataFrame, used: list[Reference], say: Facts, *, planned: bool) -> str:
    """Say where the deepest margin of products stands, against what, and which lines did it."""
    sums = wide[wide["role"] == "subtotal"]
    margins = sums[sums["level"].isin(["cm1", "cm2", "cm3"])]
    head = (margins if len(margins) else sums).iloc[-1]
    key, name = str(head["row_key"]), str(head["line"])
    text = f"{sentences.states(name)} {say.amount(key, 'actual')}{look.THIN}{say.scale.unit}"
    if len(margins) and say.tells(key, "net_share"):
        text += f", {say.rate(key, 'net_share')} of net revenue"
    told = sentences.against(say, key, used[0]) if used else ""
    text += f", {told}" if told else ""
    causes = _causes(wide, used, say, head) if used else ""
    text += f": {causes}" if causes else ""
    if say.has(key, "outlook_year") and say.tells(key, "outlook_variance_rate_year"):
        size = say.rate(key, "outlook_variance_rate_year", signed=True)
        year = say.amount(key, "outlook_year")
        if planned:  # another exhibit sees another year
            text += f"; with the months to come as planned the year brings {year}"
        else:
            text += f"; the year is expected to bring {year}"
        text += f", {size} against plan"
    return text


def _causes(wide: pd.DataFrame, used: list[Reference], say: Facts, head: pd.Series) -> str:
    """Name the two lines above the margin that moved it most against the first reference."""
    reference = used[0]
    place = int(wide.index[wide["row_key"] == head["row_key"]][0])
    lines = wide.loc[:place]
    lines = lines[(lines["role"] == "line") & lines[reference.variance].notna()]
    change = head[reference.variance]
    lines = lines[[not say.scale.zero(gap) for gap in lines[reference.variance]]]
    if look.missing(change) or say.scale.zero(change) or lines.empty:
        return ""
    signed = lines[reference.variance].astype(float) * (1 if float(change) > 0 else -1)
    most = signed[signed > 0].sort_values(ascending=False, kind="stable").head(2)
    parts = [
        f"{setting.spoken(str(wide.loc[at, 'line']))} "
        f"({say.delta(str(wide.loc[at, 'row_key']), reference.variance)})"
        for at in most.index
    ]
    verb = "add" if float(change) > 0 else "take"
    s = "s" if len(parts) == 1 else ""
    return f"{sentences.joined(parts)} {verb}{s} most" if parts else ""


def untied(result: pd.DataFrame) -> list[str]:
    """Return the spans whose lines do not add up to the ledger within a cent."""
    ties = result[result["role"] == "tie"]
    column = "actual" if "step" in ties.columns else "operating_result"
    gaps = ties[column].abs().round(2)
    return [str(span) for span in ties.loc[(gaps > _CENT).fillna(value=False), "span"]]


def tie_note(result: pd.DataFrame, currency: str) -> str:
    """Say whether the lines add up to the ledger, and where they do not by how much."""
    ties = result[result["role"] == "tie"]
    column = "actual" if "step" in ties.columns else "operating_result"
    known, off = ties[ties[column].notna()], untied(result)
    if known.empty:
        return ""
    if not off:
        names = sentences.joined([_spoken(str(span)) for span in known["span"]])
        return f"All lines add up to the ledger within {_CENT:.2f}{_unit(currency)}: {names}."
    gaps = dict(zip(known["span"], known[column].astype(float), strict=True))
    told = [f"{_spoken(s)} {look.number(gaps[s], decimals=2, signed=True)}" for s in off]
    return f"Lines do not add up to the ledger: {sentences.joined(told)}{_unit(currency)}."


def _unit(currency: str) -> str:
    return f"{look.THIN}{currency}" if currency else ""


def _spoken(span: str) -> str:
    name = SPAN_NAMES.get(span, span)
    return name[:1].lower() + name[1:]


def outlook_note(result: pd.DataFrame) -> str:
    """Say what the outlook of the year is made of."""
    methods = [m for m in result["outlook_method"].dropna() if m and m != "actual"]
    return f"FC outlook of the year: {methods[0]}." if methods else ""


def _notes(
    result: pd.DataFrame,
    wide: pd.DataFrame,
    used: list[Reference],
    known: list[str],
    about: About | None,
    *,
    ahead: list[str],
) -> tuple[str, ...]:
    first = setting.legend(used)
    if used:
        first += " Costs and returns are negative; a positive variance is favorable."
    if bool((wide["row_key"] == "contribution").any()):
        first += " The operating result is what other exhibits call contribution."
    return (
        first,
        _level_note(wide),
        *(ahead or [outlook_note(result) if "year" in known else ""]),
        tie_note(result, setting.currency(about)),
        _unread(result, known),
    )


def _level_note(wide: pd.DataFrame) -> str:
    """Say that cost stands on margins by default, in one line; nothing where accounts state it."""
    cost = wide[(wide["role"] == "line") & ~wide["level"].isin(["net", "outside"])]
    bare = cost[~cost["stated"].fillna(value=False).astype(bool)]
    if bare.empty:
        return ""
    if len(bare) == len(cost):
        return f"No account states its margin: {_DEFAULT}."
    names = sentences.joined([str(line) for line in bare["line"]])
    return f"Accounts of {names} state no margin: {_DEFAULT}."


def _unread(result: pd.DataFrame, known: list[str]) -> str:
    """Say what is asked and cannot be said: each reason once, behind the spans it is about."""
    rows = result[(result["role"] != "tie") & result["reason"].notna() & (result["reason"] != "")]
    rows = rows[~rows["span"].isin(known) | rows["plan"].isna() | rows["prior_year"].isna()]
    first = rows.drop_duplicates("span")
    spans: dict[str, list[str]] = {}
    for span, why in zip(first["span"], first["reason"], strict=True):
        spans.setdefault(str(why).split("; ")[0], []).append(_spoken(str(span)))
    told = [
        why if len(names) == result["span"].nunique() else f"{sentences.joined(names)}: {why}"
        for why, names in spans.items()
    ]
    return f"{look.MISSING} not available: {'; '.join(told)}." if told else ""
