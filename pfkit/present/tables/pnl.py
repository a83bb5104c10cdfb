"""The statement: every line with actual, plan and prior year, month and year to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table, variance_cols

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
    from pfkit.present.setting import Reference

YTD = "_ytd"
_MEASURED = ("actual", "plan", "prior_", "previous")
_TO_DATE = "Year to date"


def pnl(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "pnl",  # noqa: A002 - the word for it
    section: str = "",
    comments: pd.DataFrame | None = None,
) -> Exhibit:
    """Print a statement with variance bars, the period beside the year to date.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.pnl`: one row per line and basis, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    comments : pandas.DataFrame, optional
        Result of `pfkit.comments`; their numbers are set beside the rows they speak about.

    Returns
    -------
    Exhibit
        Its data hold one row per line; year-to-date columns end in ``_ytd``.

    Notes
    -----
    Plan and prior year are compared with; where one of them is missing, the previous period
    takes its place.
    """
    if result.empty:
        why = str(result.attrs.get("reason", ""))
        otherwise = f"No profit and loss: {why}." if why else setting.NO_STATEMENT
        return setting.absent(id, about, "statement", section=section, otherwise=otherwise)
    wide = _wide(result)
    used = setting.references(wide)
    amounts = ["actual", f"actual{YTD}", *(reference.column for reference in used)]
    scale = look.money_scale(wide[amounts].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, wide, scale)
    names = ", ".join(["AC", *(reference.short for reference in used)])
    return table(
        id,
        wide,
        _cols(wide, used, scale, about),
        title=(
            f"{setting.who(about)}profit and loss in {scale.unit}{setting.when(about)}"
            f" and year to date: {names}"
        ),
        message=_message(wide, used, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=_notes(wide, used, about),
        section=section,
        marks=comments,
    )


def _wide(result: pd.DataFrame) -> pd.DataFrame:
    """Put the year to date beside the period: one row per line."""
    keep = [name for name in result.columns if name not in {"basis", "reason"}]
    month = result.loc[result["basis"] == "period", [*keep, "reason"]].reset_index(drop=True)
    to_date = result.loc[result["basis"] == "ytd"].set_index("row_key")
    for name in keep:
        if name.startswith(_MEASURED):
            month[f"{name}{YTD}"] = to_date[name].reindex(month["row_key"]).array
    by = str(result.columns[1])
    if by != "line":
        month.insert(1, "label", month[by] + ": " + month["line"])
    order = [name for name in month.columns if name != "reason"]
    return month[[*order, "reason"]]


def _message(wide: pd.DataFrame, used: list[Reference], say: Facts) -> str:
    subtotals = wide.loc[wide["role"] == "subtotal"]
    first = subtotals.iloc[0] if len(subtotals) else wide.iloc[0]
    name = "label" if "label" in wide.columns else "line"
    phrases = [sentences.standing(say, str(first["row_key"]), str(first[name]), used)]
    if len(subtotals) > 1:
        last = subtotals.iloc[-1]
        told = setting.spoken(str(last[name]))
        phrases.append(sentences.standing(say, str(last["row_key"]), told, used[:1]))
    return "; ".join(phrases)


def _cols(
    wide: pd.DataFrame, used: list[Reference], scale: look.Scale, about: About | None
) -> list[Col]:
    name = "label" if "label" in wide.columns else "line"
    period = "Period" if about is None else setting.capital(look.period_name(about.period))
    cols = [Col(name, f"Line, {scale.unit}", wide=True)]
    cols += _half(used, "", period)
    to_date = [r for r in used if bool(wide[f"{r.column}{YTD}"].notna().any())]
    return cols + (_half(to_date, YTD, _TO_DATE) if _has_ytd(wide) else [])


def _has_ytd(wide: pd.DataFrame) -> bool:
    return bool(wide[f"actual{YTD}"].notna().any())


def _half(used: list[Reference], suffix: str, group: str) -> list[Col]:
    """Return the columns of the period, or of the year to date, which leaves out references."""
    cols = [
        Col(f"actual{suffix}", "AC", "money", swatch="actual", spoken="actual", group=group),
    ]
    for r in used:
        if not suffix:
            cols.append(
                Col(r.column, r.short, "money", swatch=r.swatch, spoken=r.words, group=group)
            )
        cols += variance_cols(r, suffix=suffix, group=group)
    return cols


def _notes(wide: pd.DataFrame, used: list[Reference], about: About | None) -> tuple[str, ...]:
    first = setting.legend(used)
    if used:
        first += " Costs and returns are negative; a positive variance is favorable."
    if any(bool(wide[f"{reference.column}{YTD}"].notna().any()) for reference in used):
        first += " Bars of the year to date have their own scale."
    if about is not None and _has_ytd(wide):
        first += f" Year to date from {look.iso(about.period.year_to_date.first)}."
    notes = [first, setting.counted(about, to_date=_has_ytd(wide))]
    absent = [r.words for r in (setting.PLAN, setting.PRIOR) if r not in used]
    why = str(wide["reason"].iloc[0])
    if absent and why:
        notes.append(f"No comparison with {sentences.joined(absent, last='or')}: {why}.")
    return tuple(notes)
