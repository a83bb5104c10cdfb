"""Waste: what the cloud bill pays for and nobody needs, with what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
_THOUSAND = 1000


def waste(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "waste",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print findings of waste, most avoidable first, and what has no product.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.waste`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per finding and the total; one line where nothing was found, or the book has no
        bill.
    """
    if result.empty:
        found = "Nothing on the cloud bill was found wasted."
        return setting.absent(id, about, "cloud", section=section, otherwise=found)
    frame = result.reset_index(drop=True)
    frame["what"] = frame["resource"].where(frame["resource"] != "", _other(frame))
    beyond = frame["since_rule"] != ""
    frame["began"] = frame["since"].where(~beyond, frame["since_rule"] + " " + frame["since"])
    amounts = frame[["amount", "avoidable"]].to_numpy().ravel()
    scale = look.bill_scale(amounts, setting.currency(about))
    if scale.divisor == _THOUSAND:  # findings are small beside each other, and acted on one by one
        scale = look.Scale(1, 0, setting.currency(about) or "units")
    say = Facts(id, frame, scale)
    cols = [
        Col("kind", "Finding"),
        Col("what", "What"),
        Col("product", "Product"),
        Col("amount", "Cost", "money", group=scale.unit),
        Col("avoidable", "Avoidable", "money", group=scale.unit),
        *(
            [Col("over_bought", "Over-bought", "money", group=scale.unit)]
            if bool(frame["over_bought"].notna().any())
            else []
        ),
        Col("began", "Since") if bool(beyond.any()) else Col("since", "Since", "date"),
        Col("annual", f"A year, {scale.unit}", "money"),
        Col("confidence", "Sure"),
        Col("evidence", "Evidence", wide=True),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}cloud cost that brings nothing in {scale.unit}"
        f"{setting.when(about)}",
        message=_message(frame, say),
        say=say,
        about=about,
        tables=("cloud", "vendor_prices"),
        notes=_notes(frame),
        ordered=False,
        section=section,
    )


def _other(frame: pd.DataFrame) -> pd.Series:
    """Return the service and account where a finding is about no single resource."""
    return frame["service"].where(frame["service"] != "", frame["account"])


def _message(frame: pd.DataFrame, say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    held = frame[frame["over_bought"].notna() & (frame["role"] == "memo")]
    bought = ""
    if len(held):
        first = held.iloc[0]
        amount = say.amount(str(first["row_key"]), "over_bought")
        what = first["what"] or "commitments"
        bought = f"{amount}{unit} of {what} is over-bought until it is renewed"
    if not bool((frame["role"] == "total").any()):
        if bought:
            return f"Nothing can be avoided now; {bought}"
        loose = frame[frame["role"] == "memo"]
        if loose.empty:
            return "Nothing was found wasted; some prices could not be compared"
        key = str(loose["row_key"].iloc[0])
        return (
            "Nothing was found wasted; the most that has no product tag is "
            f"{say.amount(key, 'amount')}{unit}"
        )
    count = say.number("total", "count")
    noun = "finding" if count == "1" else "findings"
    text = f"{say.amount('total', 'avoidable')}{unit} of cloud cost is avoidable, in {count} {noun}"
    first = frame[frame["role"] == "item"].iloc[0]
    if count != "1" and first["what"]:
        amount = say.amount(str(first["row_key"]), "avoidable")
        text += f"; the largest is {first['what']}, {amount}"
    return f"{text}; {bought}" if bought else text


def _notes(frame: pd.DataFrame) -> list[str]:
    text = (
        "Each cost is found once. Sure: high, the bill, a tag, a contract or monitoring says it; "
        "medium, nothing says otherwise. A year: mean of the last three months times twelve, where "
        "it has lasted three months; nothing else is annualized."
    )
    if bool(frame["over_bought"].notna().any()):
        text += (
            " Over-bought: of a commitment, what is not used beyond the share that may be left "
            "unused; it is paid for until it ends, and not in the total."
        )
    if bool((frame["kind"] == "untagged").any()):
        text += " Untagged: cost without a product, not avoidable for that."
    apart = frame[frame["role"] == "unjudged"]
    return [text, *(f"{row['evidence']}: {row['reason']}." for row in setting.records(apart))]
