"""Fixed and variable cost by account: declared, estimated with its interval, or not split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_MONEY = ("cost", "variable", "fixed", "not_split")
_KINDS = {"declared": "declared", "estimated": "estimated", "": "not split"}
_MEANING = (
    "Declared: by the behavior that the chart of accounts names. Estimated: the share that"
    " went with the driver from month to month, between its low and high end; that proves no"
    " cause."
)
_REFUSED = "Not split: neither declared, nor do the months tell; it counts neither way."


def cost_behavior(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 6,
    id: str = "cost-behavior",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print what of each account's cost follows volume, and how that is known.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cost_behavior`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Accounts shown, those with most cost first; the others stand together.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A row per account, the others and the total; `kind` is ``declared``, ``estimated`` or
        ``not split``, and `known` says how it is known or why not.
    """
    items = result[result["role"] == "item"] if len(result) else result
    if items.empty:
        return setting.absent(id, about, "statement", section=section, otherwise=_NO_COST)
    frame = _frame(setting.records(result), top)
    scale = look.money_scale(frame[[*_MONEY]].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    range_ = f"Variable{look.THIN}%"
    open_ = bool((items["by"] == "").any())
    cols = [
        Col("label", f"Account, {scale.unit}", wide=True),
        Col("cost", "Cost", "money", swatch="actual"),
        Col("variable", "Variable", "money"),
        Col("fixed", "Fixed", "money"),
    ]
    if open_:
        cols.append(Col("not_split", "Not split", "money"))
    cols.append(Col("variable_share", "Share", "rate", group=range_))
    if bool(frame["share_low"].notna().any()):
        cols += [
            Col("share_low", "low", "rate", group=range_),
            Col("share_high", "high", "rate", group=range_),
        ]
    return table(
        id,
        frame,
        [*cols, Col("known", "How it is known", wide=True)],
        title=f"{setting.who(about)}fixed and variable cost in {scale.unit}{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "accounts"),
        notes=(_MEANING, _REFUSED if open_ else ""),
        ordered=False,
        section=section,
    )


_NO_COST = "No cost is booked in this book, so nothing is fixed or variable."


def _frame(records: Sequence[dict[str, Any]], top: int) -> pd.DataFrame:
    items = [row for row in records if row["role"] == "item"]
    for row in items:
        row["kind"] = _KINDS[str(row["by"])]
        row["known"] = _known(row)
    rest = items[top:] if len(items) > top + 1 else []
    rows = items[: len(items) - len(rest)]
    if rest:
        rows = [*rows, _together(rest)]
    rows += [row | {"kind": "", "known": ""} for row in records if row["role"] == "total"]
    for row in rows:
        row["label"] = row["name"]
        row.setdefault("count", 1)
    frame = pd.DataFrame(rows)
    numbers = [*_MONEY, "variable_share", "share_low", "share_high", "r_squared", "p_value"]
    frame[numbers] = frame[numbers].astype("Float64")
    frame["months"] = frame["months"].astype("Int64")
    names = ["row_key", "label", "account", "role", "count", *numbers, "months", "kind", "known"]
    return frame[names]


def _known(row: dict[str, Any]) -> str:
    if row["by"] == "declared":
        return "declared"
    if row["by"] == "estimated":
        return f"estimated on {int(row['months'])} months"
    return f"not split: {row['reason']}"


def _together(rest: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the accounts that are not printed as one row."""
    sums = {name: round(sum(float(row[name]) for row in rest), 2) for name in _MONEY}
    split = sums["variable"] + sums["fixed"]
    kinds = [str(row["kind"]) for row in rest]
    told = [f"{kinds.count(kind)} {kind}" for kind in _KINDS.values() if kind in kinds]
    blank = dict.fromkeys(("share_low", "share_high", "months", "r_squared", "p_value"))
    return {
        **blank,
        **sums,
        "row_key": "rest",
        "account": "",
        "name": f"Other ({len(rest)})",
        "role": "other",
        "variable_share": sums["variable"] / split if split > 0 else None,
        "count": len(rest),
        "kind": "",
        "known": ", ".join(told),
    }


def _message(frame: pd.DataFrame, say: Facts) -> str:
    """Say how much of cost follows volume, what is not known, and where most of it stands."""
    unit = f"{look.THIN}{say.scale.unit}"
    whole = frame[frame["row_key"] == "total"].iloc[0]
    if not look.missing(whole["variable_share"]):
        text = f"{say.rate('total', 'variable_share')} of cost that is split follows volume: "
        if not float(whole["not_split"]):
            text = f"{say.rate('total', 'variable_share')} of cost follows volume: "
        text += f"{say.amount('total', 'variable')}{unit} is variable and "
        text += f"{say.amount('total', 'fixed')}{unit} fixed"
        if float(whole["not_split"]):
            text += f"; {say.amount('total', 'not_split')}{unit} is not split"
    else:
        text = f"{say.amount('total', 'not_split')}{unit} of cost is not split: nothing is declared"
        text += ", and the months tell nothing"
    items = frame[(frame["role"] == "item") & (frame["variable"] > 0)]
    if items.empty:
        return text
    row = items.loc[items["variable"].sort_values(kind="stable").index[-1]]
    key = str(row["row_key"])
    text += f"; the largest variable cost is {row['label']}, {say.amount(key, 'variable')}{unit}"
    if row["kind"] == "estimated":
        text += f" (estimated, {say.rate(key, 'share_low')} to {say.rate(key, 'share_high')} of it)"
    return text
