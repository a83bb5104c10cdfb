"""Return on features: what each earned against what it cost, how sure that is, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table
from pfkit.present.verdicts import LEVEL, interval, labels, minus, percents, silent, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["incremental", "lo90", "hi90", "cost", "net"]
#: Returns by the names under which a report knows fractions.
RATES = {"roi": "roi_rate", "roi_lo90": "roi_low_rate", "roi_hi90": "roi_high_rate"}
_SURE = f"90{look.THIN}% interval"
_LEGEND = (
    "Cost: of its own, and its share of shared cost by effort. ROI: gross margin of incremental"
    " revenue less cost, over cost. Paid: the probability that ROI is above zero. Payback: the"
    " month by which margin had made up for cost."
)


def attribution_roi(
    result: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    top: int = 10,
    id: str = "attribution-roi",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what features earned against what they cost, with intervals and verdicts.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.attribution_roi`, amounts in reporting currency.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    top : int
        Features printed, refused ones last; initiatives of several features stand beneath them.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per feature, refused ones with their cost and no return, then one per initiative of
        several features. One line where nothing is attributed.
    """
    if result.empty:
        return silent(result, id, about, section=section, what="No return by feature")
    frame = _frame(result, names)
    scale = look.money_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    frame["interval"] = [
        interval(row["lo90"], row["hi90"], scale) for row in setting.records(frame)
    ]
    frame["roi_interval"] = [
        percents(row["roi_low_rate"], row["roi_high_rate"]) for row in setting.records(frame)
    ]
    say = Facts(id, frame, scale)
    features = frame["role"] == "feature"
    several = frame["initiative_features"] > 1
    kept = (features & (features.cumsum() <= top)) | (~features & several)
    return table(
        id,
        frame,
        _cols(scale),
        title=(
            f"{setting.who(about)}return on features in {scale.unit}, since each release"
            f"{setting.when(about)}: AC with 90{look.THIN}% interval"
        ),
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("invoices", "usage", "releases", "cashflows", "effort"),
        notes=[_LEGEND, named_reasons(frame[features], lead=f"{look.MISSING} not available: ")],
        ordered=False,
        section=section,
        kept=kept.tolist(),
        left="rows, among them initiatives of one feature",
    )


def _frame(result: pd.DataFrame, names: Mapping[str, str] | None) -> pd.DataFrame:
    frame = result.reset_index(drop=True).rename(columns=RATES)
    mine = frame["role"] == "feature"
    label = labels(frame["feature"], names)
    frame.insert(1, "label", label.where(mine, "Initiative " + frame["initiative"].astype("str")))
    counts = frame.loc[mine, "initiative"].value_counts()
    frame["initiative_features"] = frame["initiative"].map(counts).fillna(0).astype("Int64")
    frame["reason"] = frame["reason"].map(minus)
    frame["said"] = [word(verdict) for verdict in frame["verdict"]]
    frame["level"] = LEVEL
    frame["paid"] = mine & (frame["payback"].fillna("") != "")
    frame["told"] = mine & frame["roi_rate"].notna()
    frame["untold"] = mine & ~frame["told"]
    return frame


def _cols(scale: look.Scale) -> list[Col]:
    earned, paid = "Incremental revenue", f"ROI{look.THIN}%"
    return [
        Col("label", f"Feature, {scale.unit}", wide=True),
        Col("incremental", "AC", "money", group=earned, spoken="actual"),
        Col("interval", _SURE, group=earned),
        Col("cost", "Cost", "money"),
        Col("net", "Net", "money", spoken="gross margin less cost"),
        Col("roi_rate", "AC", "points", decimals=0, group=paid, spoken="return on investment"),
        Col("roi_interval", _SURE, group=paid),
        Col("positive_share", f"Paid{look.THIN}%", "rate", decimals=0),
        Col("payback", "Payback"),
        Col("said", "Verdict"),
    ]


def _message(frame: pd.DataFrame, say: Facts) -> str:
    told = frame[frame["told"]]
    count = int((frame["role"] == "feature").sum())
    whole = say.count("role", "feature")
    if told.empty:
        return f"No return is told of {whole} feature{'' if count == 1 else 's'}"
    best = setting.records(told.sort_values("roi_rate", ascending=False, kind="stable"))[0]
    key = str(best["row_key"])
    text = f"{best['label']} returns"
    text += " most" if len(told) > 1 else ""
    if say.tells(key, "roi_rate"):
        text += f", {say.rate(key, 'roi_rate', signed=True)}"
        if say.tells(key, "roi_low_rate") and say.tells(key, "roi_high_rate"):
            level = say.number(key, "level", scale=0.01)
            low, high = (
                say.rate(key, end, signed=True) for end in ("roi_low_rate", "roi_high_rate")
            )
            text += f" ({level}{look.THIN}%: {low} to {high})"
    else:
        unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
        text += f", {say.amount(key, 'net')}{unit} beyond its cost"
    paid = int(frame["paid"].sum())
    verb = "has" if 1 in {paid, count} else "have"
    return f"{text}; {say.count('paid', True)} of {whole} {verb} paid back{_untold(frame, say)}"


def _untold(frame: pd.DataFrame, say: Facts) -> str:
    count = int(frame["untold"].sum())
    if not count:
        return ""
    return f", and of {say.count('untold', True)} no return is told"
