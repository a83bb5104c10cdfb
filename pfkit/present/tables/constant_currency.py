"""Constant currency: actual, the same at earlier rates, and what the rates did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AT = {"prior_year": "prior-year rates", "budget": "budget rates"}


def constant_currency(
    result: pd.DataFrame,
    *,
    ledger: pd.DataFrame | None = None,
    about: About | None = None,
    id: str = "constant-currency",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print net revenue as it is and at constant exchange rates, with both growth rates.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.constant_currency`.
    ledger : pandas.DataFrame, optional
        Result of `pfkit.pnl` for the same period: where its net revenue differs, a note says that
        this one is what was billed, and by how much it differs.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product, line or currency and their total; one line where nothing is in
        foreign currency, or no rate of the other year is known.
    """
    if result.empty:
        text = "No revenue of the period is in a foreign currency: rates change nothing."
        return setting.said(id, text, about, section=section)
    frame = result.reset_index(drop=True)
    if bool(frame["constant"].isna().all()):
        why = str(frame["reason"].iloc[-1])
        text = f"No view in constant currency: {why}. Add it to the source of table rates."
        return setting.said(id, text, about, section=section)
    scale = look.money_scale(
        frame[["actual", "constant", "prior_year"]].to_numpy().ravel().tolist(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    at = _AT[str(frame["at"].iloc[0])]
    cols = [
        Col("label", "Net revenue", wide=True),
        Col("prior_year", "PY", "money", swatch="previous", spoken="prior year"),
        Col("actual", "AC", "money", swatch="actual", spoken="actual"),
        Col("constant", f"AC at {at}", "money"),
        Col("currency_effect", "Currency", "delta", spoken="currency effect"),
        Col("growth_rate", f"{look.DELTA}{look.THIN}%", "points", spoken="growth"),
        Col(
            "constant_growth_rate",
            f"{look.DELTA}{look.THIN}% constant",
            "points",
            spoken="growth at constant rates",
        ),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}net revenue at constant exchange rates in {scale.unit}"
        f"{setting.when(about)}",
        message=_message(say, at),
        say=say,
        about=about,
        tables=("revenue", "actuals", "rates"),
        notes=[
            (
                f"AC at {at}: amounts as booked times the rate of {_whose(at)}, month by month. "
                "Currency: AC less that."
            ),
            *filter(None, [_billed(frame, ledger, scale), reasons(frame)]),
        ],
        section=section,
    )


def _billed(frame: pd.DataFrame, ledger: pd.DataFrame | None, scale: look.Scale) -> str:
    """Say by how much billed revenue differs from the ledger's."""
    if ledger is None or ledger.empty:
        return ""
    mine = (ledger["row_key"] == "net-revenue") & (ledger["basis"] == "period")
    booked = ledger.loc[mine, "actual"].dropna()
    total = frame.loc[frame["row_key"] == "total", "actual"].dropna()
    gap = round(float(total.sum()) - float(booked.sum()), 2)
    if booked.empty or total.empty or not gap:
        return ""
    size = f"{scale.amount(abs(gap))}{look.THIN}{scale.unit}"
    way = "more" if gap > 0 else "less"
    return f"AC is billed revenue, {size} {way} than net revenue of the ledger."


def _whose(at: str) -> str:
    return "the budget" if at == _AT["budget"] else "the same month a year before"


def _message(say: Facts, at: str) -> str:
    if not say.has("total", "currency_effect"):
        return f"Net revenue cannot be restated in full: a rate of {_whose(at)} is missing"
    effect = float(say.value("total", "currency_effect"))  # type: ignore[arg-type]
    verb, way = ("add", "to") if effect >= 0 else ("take", "from")
    size = say.number(
        "total",
        "currency_effect",
        scale=say.scale.divisor,
        decimals=say.scale.decimals,
        magnitude=True,
    )
    text = f"Exchange rates {verb} {size} {say.scale.unit} {way} net revenue"
    if say.tells("total", "growth_rate") and say.tells("total", "constant_growth_rate"):
        text += (
            f": it is {say.rate('total', 'growth_rate', signed=True)} on the prior year, "
            f"{say.rate('total', 'constant_growth_rate', signed=True)} at {at}"
        )
    return text
