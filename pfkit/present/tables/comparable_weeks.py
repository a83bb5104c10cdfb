"""A period of weeks beside the same weeks a year before, or per week where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

YTD = "_ytd"
_KEPT = ("line", "group", "role")
_MONTHS = "Counts by calendar months: there are no weeks to compare."


def comparable_weeks(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "comparable-weeks",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print actual beside as many weeks a year before, period and year to date.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.comparable_weeks`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per line; year-to-date columns end in ``_ytd``. Where the weeks a year before are
        not in the input, the prior year's months stand beside it, both also per week. One line
        under calendar months.
    """
    if result.empty:
        months = about is None or about.period.weeks is None
        otherwise = _MONTHS if months else setting.NO_STATEMENT
        return setting.absent(id, about, "statement", section=section, otherwise=otherwise)
    wide = _wide(result)
    halves = [suffix for suffix in ("", YTD) if f"actual{suffix}" in wide.columns]
    by_week = {suffix: bool(wide[f"comparable{suffix}"].notna().any()) for suffix in halves}
    amounts = [f"{name}{suffix}" for suffix in halves for name in ("actual", "prior_year")]
    scale = look.money_scale(wide[amounts].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, wide, scale)
    cols = [Col("line", f"Line, {scale.unit}", wide=True)]
    for suffix in halves:
        cols += _half(wide, suffix, about, same=by_week[suffix])
    return table(
        id,
        wide,
        cols,
        title=(
            f"{setting.who(about)}profit and loss in {scale.unit}{setting.when(about)}"
            f"{' and year to date' if YTD in halves else ''}, by comparable weeks"
        ),
        message=_message(wide, halves, by_week, say),
        say=say,
        about=about,
        tables=("actuals", "invoices"),
        notes=_notes(wide, halves, by_week, about),
        section=section,
    )


def _wide(result: pd.DataFrame) -> pd.DataFrame:
    """Put the year to date beside the period: one row per line."""
    keep = [name for name in result.columns if name not in {"row_key", "basis", *_KEPT}]
    period = result[result["basis"] == "period"].drop(columns="basis").reset_index(drop=True)
    to_date = result[result["basis"] == "ytd"].set_index("row_key")
    if to_date.empty:
        return period
    for name in keep:
        if name != "reason":
            period[f"{name}{YTD}"] = to_date[name].reindex(period["row_key"]).array
    late = to_date["reason"].reindex(period["row_key"]).tolist()
    period["reason"] = [
        "; ".join(dict.fromkeys(part for part in (one, other) if part))
        for one, other in zip(period["reason"].tolist(), late, strict=True)
    ]
    return period


def _half(wide: pd.DataFrame, suffix: str, about: About | None, *, same: bool) -> list[Col]:
    weeks = int(wide[f"weeks{suffix}"].iloc[0])
    name = "Period" if about is None else setting.capital(look.period_name(about.period))
    group = f"{'Year to date' if suffix else name}, {weeks} weeks"
    actual = Col(f"actual{suffix}", "AC", "money", swatch="actual", spoken="actual", group=group)
    if same:
        return [
            actual,
            Col(
                f"comparable{suffix}",
                "PW",
                "money",
                swatch="previous",
                spoken="same weeks a year before",
                group=group,
            ),
            Col(
                f"comparable_variance{suffix}",
                f"{look.DELTA}PW",
                "delta",
                good=f"comparable_favorable{suffix}",
                scaling=suffix,
                spoken="variance to the same weeks a year before",
                group=group,
            ),
            Col(f"comparable_variance_rate{suffix}", f"{look.DELTA}PW{look.THIN}%", "points",
                group=group),
        ]  # fmt: skip
    before = int(wide[f"prior_weeks{suffix}"].iloc[0])
    prior = f"PY, {before} weeks" if before != weeks else "PY"
    return [
        actual,
        Col(f"prior_year{suffix}", prior, "money", swatch="previous", spoken="prior year",
            group=group),
        Col(f"per_week{suffix}", "AC a week", "money", group=group),
        Col(f"prior_per_week{suffix}", "PY a week", "money", group=group),
        Col(f"per_week_rate{suffix}", f"{look.DELTA}PY a week{look.THIN}%", "points", group=group),
    ]  # fmt: skip


def _message(wide: pd.DataFrame, halves: list[str], by_week: dict[str, bool], say: Facts) -> str:
    subtotals = wide[wide["role"] == "subtotal"]
    first = (subtotals if len(subtotals) else wide).iloc[0]
    key, name = str(first["row_key"]), str(first["line"])
    phrases: list[str] = []
    for suffix in halves:
        lead = f"{name} is" if not phrases else "year to date it is"
        phrase = _standing(key, suffix, say, lead, same=by_week[suffix])
        phrases += [phrase] if phrase else []
    return "; ".join(phrases) or f"{name} is not in the input for this period"


def _standing(key: str, suffix: str, say: Facts, lead: str, *, same: bool) -> str:
    if not say.has(key, f"actual{suffix}"):
        return ""
    if same and say.has(key, f"comparable{suffix}"):
        weeks = say.number(key, f"weeks{suffix}")
        text = f"{lead} {say.amount(key, f'actual{suffix}')}{look.THIN}{say.scale.unit}, "
        text += say.delta(key, f"comparable_variance{suffix}")
        if say.tells(key, f"comparable_variance_rate{suffix}"):
            text += f" ({say.rate(key, f'comparable_variance_rate{suffix}', signed=True)})"
        return f"{text} against the same {weeks} weeks a year before"
    text = f"{lead} {say.amount(key, f'per_week{suffix}')}{look.THIN}{say.scale.unit} a week"
    if say.tells(key, f"per_week_rate{suffix}"):
        text += f", {say.rate(key, f'per_week_rate{suffix}', signed=True)} against prior year"
        if say.value(key, f"weeks{suffix}") != say.value(key, f"prior_weeks{suffix}"):
            text += (
                f" ({say.number(key, f'weeks{suffix}')} weeks against "
                f"{say.number(key, f'prior_weeks{suffix}')})"
            )
    return text


def _notes(
    wide: pd.DataFrame, halves: list[str], by_week: dict[str, bool], about: About | None
) -> list[str]:
    notes = [setting.counted(about, to_date=YTD in halves)]
    first = wide.iloc[0]
    for suffix in halves:
        if by_week[suffix]:
            days = (str(first[f"comparable_{end}_day{suffix}"]) for end in ("first", "last"))
            what = " to date" if suffix else ""
            notes.append(f"PW{what} is the same weeks a year before, {' to '.join(days)}.")
        elif first[f"comparable_first_day{suffix}"] != first[f"prior_first_day{suffix}"]:
            what = "year to date" if suffix else "period"
            notes.append(
                f"The same weeks a year before the {what} began on "
                f"{first[f'comparable_first_day{suffix}']}, the prior year's months on "
                f"{first[f'prior_first_day{suffix}']}."
            )
    return [*dict.fromkeys(notes), reasons(wide)]
