"""The benefit register: promised, realized with interval and evidence, each metric once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["promised_amount", "realized_amount", "realized_high"]
_GRADES = {"A": "experiment", "B": "quasi-experiment", "C": "before and after", "D": "estimate"}


def benefits(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "benefits",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the benefit register with owner, evidence and interval.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.benefits`, amounts in reporting currency a year.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per benefit, the total, and what finance validated; one line where the book has no
        benefit register.
    """
    if result.empty:
        return setting.absent(id, about, "benefits", section=section)
    frame = result.reset_index(drop=True)
    left = ~(frame["counts_promised"] | frame["counts_realized"]).fillna(value=True)
    frame["left_out"] = left & (frame["role"] == "item")
    frame.insert(1, "label", frame["name"].where(~frame["left_out"], frame["name"] + "*"))
    named = frame["initiative_name"].fillna("")
    frame["of"] = named.where(named != "", frame["initiative"].fillna(""))
    scale = look.money_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    return table(
        id,
        frame,
        _cols(frame, scale),
        title=(
            f"{setting.who(about)}benefits of initiatives in {scale.unit} a year"
            f"{setting.when(about)}: promised and realized"
        ),
        message=_message(say),
        say=say,
        about=about,
        tables=("benefits", "initiatives"),
        notes=_notes(frame),
        ordered=False,
        section=section,
    )


def _cols(frame: pd.DataFrame, scale: look.Scale) -> list[Col]:
    proof, came = "Evidence", "Realized"
    cols = [Col("label", f"Benefit, {scale.unit} a year", wide=True), Col("of", "Initiative")]
    if bool((frame["owner"].fillna("") != "").any()):
        cols.append(Col("owner", "Owner"))
    cols += [
        *([Col("source", "Source", group=proof)] if _mixed(frame) else []),
        Col("status", "Status", group=proof),
        Col("grade", "Grade", group=proof),
        Col("promised_amount", "Promised", "money", swatch="plan", spoken="promised"),
        Col("realized_amount", "AC", "money", swatch="actual", group=came, spoken="realized"),
    ]
    if bool(frame["realized_low"].notna().any()):
        cols += [
            Col("realized_low", "from", "money", group=came, spoken="lower end"),
            Col("realized_high", "to", "money", group=came, spoken="upper end"),
        ]
    cols.append(Col("realized_share", f"of promised{look.THIN}%", "rate", decimals=0, group=came))
    return cols


def _mixed(frame: pd.DataFrame) -> bool:
    return bool((frame["source"] == "attribution").any())


def _message(say: Facts) -> str:
    unit = say.scale.unit
    if not say.has("total", "realized_amount"):
        promised = say.amount("total", "promised_amount")
        return f"Benefits of {promised}{look.THIN}{unit} a year are promised, and none is measured"
    text = f"Benefits of {say.amount('total', 'realized_amount')}{look.THIN}{unit} a year"
    if say.has("total", "realized_low"):
        low, high = say.amount("total", "realized_low"), say.amount("total", "realized_high")
        text += f" ({low} to {high})"
    text += " are measured"
    if say.has("total", "realized_share"):
        text += f", {say.rate('total', 'realized_share')} of what was promised"
    if say.has("total", "validated_amount"):
        text += f"; finance has validated {say.amount('total', 'validated_amount')}"
    else:
        text += "; finance has validated none"
    again = say.count("left_out", equals=True)
    if again == "0":
        say.found.pop()
        return text
    return f"{text}, and {again} claim{'' if again == '1' else 's'} {_verb(again)} not counted"


def _verb(count: str) -> str:
    return "is" if count == "1" else "are"


def _notes(frame: pd.DataFrame) -> list[str]:
    items = frame[frame["role"] == "item"]
    grades = [f"{g} {word}" for g, word in _GRADES.items() if bool((items["grade"] == g).any())]
    parts = [f"Evidence: {', '.join(grades)}."] if grades else []
    levels = sorted({float(level) for level in items["level"].dropna()})
    if levels:
        told = ", ".join(look.number(level, scale=0.01) for level in levels)
        parts.append(
            f"Intervals at {told}{look.THIN}%; those of the sum add up, as if all erred together."
        )
    parts.append("Each metric of an initiative counts once, the one with the better evidence.")
    if _mixed(frame):
        parts.append("A proven effect counts before the register.")
    if bool(frame["left_out"].any()):
        parts.append("* not counted.")
    gone = (items["status"] == "withdrawn") & items["counts_promised"].fillna(value=False)
    if bool(gone.any()):
        parts.append("What was withdrawn stays in what was promised.")
    odd = items[items["reason"].fillna("") != "not measured yet"]
    return [" ".join(parts), named_reasons(odd, lead="")]
