"""Credit by the rules of thumb side by side, and what was caused where that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.credit_rules import KIND, RULES
from pfkit.measures.rows import NONE
from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table
from pfkit.present.verdicts import LEVEL, interval, labels, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.measures import Attribution
    from pfkit.present.exhibit import Exhibit

_UNTOUCHED = "No feature before it"
_COUNTED = look.Scale(1, 1, "gains")
_NONE = "No path led to a gain: credit rules have nothing to share out."
_LEGEND = (
    "Rules share out gains that came after features were used; they do not say what would not have"
    " come without them. First, last: the touch that begins or ends the path. Linear: evenly."
    " Position: most to both ends. Decay: more to later touches. Markov: by what is lost when the"
    " feature is taken out of the chain of touches. Shapley: averaged over all orders."
)
_CAUSED = (
    "Caused: revenue that would have been lost without the feature, since its release; empty where"
    " it is refused. It counts all revenue, and rules only what their paths end in."
)


def credit_rules(
    result: pd.DataFrame,
    found: Attribution | None = None,
    *,
    money: bool = True,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    top: int = 12,
    id: str = "credit-rules",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what each rule of thumb credits features with: credit, not cause.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.credit_rules`.
    found : Attribution, optional
        Result of `pfkit.attribution`: what features caused stands beside their credit.
    money : bool
        Whether the rules share out amounts in reporting currency, or count gains.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    top : int
        Features printed, those that rules credit most.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per feature and their total, a column per rule. The sentence says of which feature
        rules disagree most, and what it caused where that is known.
    """
    rules: list[str] = [rule for rule in RULES if rule in result.columns]
    items = result[result["role"] == "item"] if len(result) else result
    if items.empty or not bool((items[rules].sum().abs() > 0).any()):
        why = str(result.attrs.get("reason") or "")
        text = f"Credit rules have nothing to share out, because {why}." if why else _NONE
        return setting.said(id, text, about, section=section)
    frame = _frame(result, rules, found, names)
    currency = setting.currency(about)
    scale = look.money_scale(frame[rules].to_numpy().ravel(), currency) if money else _COUNTED
    frame["interval"] = [
        interval(row["lo90"], row["hi90"], scale) for row in setting.records(frame)
    ]
    say = Facts(id, frame, scale)
    ranked = frame["most"].where(frame["role"] == "item").rank(ascending=False, method="first")
    return table(
        id,
        frame,
        _cols(rules, scale, caused=found is not None and money),
        title=(
            f"{setting.who(about)}{KIND}: what rules of thumb credit features with in"
            f" {scale.unit}{setting.when(about)}"
        ),
        message=_message(frame, say, caused=found is not None and money),
        say=say,
        about=about,
        tables=("usage", "invoices"),
        notes=[_LEGEND, _gains(result), _CAUSED if found is not None and money else ""],
        ordered=False,
        section=section,
        kept=((ranked <= top) | (frame["role"] == "total")).tolist(),
        left="features with less credit",
    )


def _gains(result: pd.DataFrame) -> str:
    what = str(result.attrs.get("what") or "")
    return f"Shared out: {what}." if what else ""


def _frame(
    result: pd.DataFrame,
    rules: list[str],
    found: Attribution | None,
    names: Mapping[str, str] | None,
) -> pd.DataFrame:
    frame = result.reset_index(drop=True)
    frame.insert(1, "label", labels(frame["feature"], {NONE: _UNTOUCHED} | dict(names or {})))
    credit = frame[rules].astype("float64")
    frame["least"], frame["most"] = credit.min(axis=1), credit.max(axis=1)
    caused = ["incremental", "lo90", "hi90"]
    for name in (*caused, "verdict"):
        known = None if found is None else found.features.set_index("feature")[name]
        frame[name] = pd.NA if known is None else known.reindex(frame["feature"]).array
    frame[caused] = frame[caused].astype("Float64")
    frame["said"] = frame["verdict"].map(word)
    frame["level"] = LEVEL
    return frame


def _cols(rules: list[str], scale: look.Scale, *, caused: bool) -> list[Col]:
    group = setting.capital(KIND)
    cols = [
        Col("label", f"Feature, {scale.unit}", wide=True),
        Col("touched", "Journeys", "count"),
        *(Col(rule, setting.capital(rule), "money", group=group) for rule in rules),
    ]
    if not caused:
        return cols
    told = "Caused"
    return [
        *cols,
        Col("incremental", "AC", "money", group=told, spoken="incremental revenue"),
        Col("interval", f"90{look.THIN}% interval", group=told),
        Col("said", "Verdict", group=told),
    ]


def _message(frame: pd.DataFrame, say: Facts, *, caused: bool) -> str:
    items = frame[frame["role"] == "item"]
    items = items[items["feature"] != NONE] if bool((items["feature"] != NONE).any()) else items
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    known = items[items["incremental"].notna()] if caused else items.head(0)
    among = items if known.empty else known
    row = setting.records(among.loc[[(among["most"] - among["least"]).idxmax()]])[0]
    key = str(row["row_key"])
    text = f"Rules credit {row['label']} with "
    if say.scale.amount(row["least"]) == say.scale.amount(row["most"]):
        text += f"{say.amount(key, 'most')}{unit} alike"
    else:
        text += f"anything from {say.amount(key, 'least')} to {say.amount(key, 'most')}{unit}"
    if known.empty:
        return f"{text}; none of them says what it caused"
    text += f"; it caused {say.amount(key, 'incremental')}"
    if say.has(key, "lo90"):
        level, low = say.number(key, "level", scale=0.01), say.amount(key, "lo90")
        text += f" ({level}{look.THIN}%: {low} to {say.amount(key, 'hi90')})"
    return text
