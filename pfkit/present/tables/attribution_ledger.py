"""What features earned as lines of the ledger: parts that add up to it, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table
from pfkit.present.verdicts import UNATTRIBUTED, labels, silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.measures import Attribution
    from pfkit.period import Period
    from pfkit.present.exhibit import Exhibit

_BASELINE, _NOTHING, _LEDGER = "baseline", "not_identified", "ledger"
_APART = "apart"
_LEGEND = (
    "Baseline: revenue there would have been without any feature. Features: shares of the ledger,"
    " in which what two bring only together is split between them; what would be lost without each"
    f" is another figure. {UNATTRIBUTED}: refused features, revenue of no customer, and what"
    " billing misses of the ledger."
)


def attribution_ledger(
    found: Attribution,
    *,
    period: Period | None = None,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    top: int = 8,
    id: str = "attribution-ledger",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print baseline, features and what is not identified as parts of the ledger's revenue.

    Parameters
    ----------
    found : Attribution
        Result of `pfkit.attribution`, amounts in reporting currency.
    period : Period, optional
        The months of the first column; those of the book by default, else the last one.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    top : int
        Features with a line of their own, the largest to date; the rest is one line.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per line for the period and from the first month on, the ledger they add up to, and
        how far they are apart from it. One line where nothing is attributed.
    """
    if found.features.empty or found.ledger.empty:
        return silent(found.features, id, about, section=section)
    known = list(dict.fromkeys(found.ledger["period"]))
    wanted = period or (about.period if about is not None else None)
    months = [one for one in known if wanted is not None and one in wanted.months] or known[-1:]
    frame = _frame(found, months, names, top)
    currency = setting.currency(about)
    say = Facts(id, frame, look.Scale(1, 2, currency))
    span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    to_date = f"{known[0]} to {known[-1]}"
    return table(
        id,
        frame,
        [
            Col("label", "Line", wide=True),
            Col("amount", currency or "AC", "money", group=span),
            Col("amount_share", f"Share{look.THIN}%", "rate", group=span),
            Col("to_date", currency or "AC", "money", group=to_date),
            Col("to_date_share", f"Share{look.THIN}%", "rate", group=to_date),
        ],
        title=f"{setting.who(about)}revenue of the ledger by what brought it"
        f"{f' in {currency}' if currency else ''}, {span} and {to_date}: AC",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "usage", "releases"),
        notes=[_LEGEND],
        section=section,
    )


def _frame(
    found: Attribution, months: list[str], names: Mapping[str, str] | None, top: int
) -> pd.DataFrame:
    """Return lines with their amounts of some months and of all."""
    lines = found.ledger.assign(
        amount=found.ledger["amount"].astype("float64"),
    )
    order = list(dict.fromkeys(lines["line"]))
    whole = lines.groupby("line")["amount"].sum().reindex(order)
    part = lines[lines["period"].isin(months)].groupby("line")["amount"].sum().reindex(order)
    features = [one for one in order if one not in {_BASELINE, _NOTHING, _LEDGER}]
    ranked = whole[features].abs().sort_values(ascending=False, kind="stable").index.tolist()
    shown = sorted(ranked[:top], key=lambda one: -whole[one])
    rows = [_row(_BASELINE, "Baseline", [_BASELINE], part, whole)]
    called = labels(pd.Series(shown, dtype="object"), names).tolist()
    rows += [
        _row(f"feature|{one}", label, [one], part, whole)
        for one, label in zip(shown, called, strict=True)
    ]
    if ranked[top:]:
        others = f"Other features ({len(ranked) - top})"
        rows.append(_row("others", others, ranked[top:], part, whole) | {"role": "other"})
    rows.append(_row("not-identified", UNATTRIBUTED, [_NOTHING], part, whole))
    rows.append(_row(_LEDGER, "Ledger", [_LEDGER], part, whole) | {"role": "total"})
    for row in rows:
        row["amount_share"] = _share(row["amount"], rows[-1]["amount"])
        row["to_date_share"] = _share(row["to_date"], rows[-1]["to_date"])
    rows.append(
        {"row_key": _APART, "label": "Lines less ledger", "role": "memo"}
        | {
            name: round(sum(row[name] for row in rows[:-1]) - rows[-1][name], 2) + 0.0
            for name in ("amount", "to_date")
        }
    )
    return pd.DataFrame(rows).astype({"amount_share": "Float64", "to_date_share": "Float64"})


def _row(
    key: str, label: str, lines: list[str], part: pd.Series, whole: pd.Series
) -> dict[str, Any]:
    amounts = {"amount": part[lines].sum(), "to_date": whole[lines].sum()}
    told = {name: round(float(amount), 2) + 0.0 for name, amount in amounts.items()}
    return {"row_key": key, "label": label, "role": "line"} | told


def _share(amount: float, whole: float) -> float | None:
    return amount / whole if whole else None


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    apart = f"{say.amount(_APART, 'amount', magnitude=True)}{unit}"
    (row,) = setting.records(frame[frame["row_key"] == _APART])
    ties = not row["amount"] and not row["to_date"]
    lead = (
        f"Lines add up to the ledger, {apart} apart"
        if ties
        else f"Lines miss the ledger by {apart}"
    )
    if not say.has("baseline", "amount_share"):
        return lead
    text = f"{lead}; {say.rate('baseline', 'amount_share')} of revenue is baseline"
    nothing = say.rate("not-identified", "amount_share")
    return f"{text}, and {nothing} is not identified"
