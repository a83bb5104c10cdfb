"""Savings: what was claimed, and how much of it the ledger shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, named_reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_AMOUNTS = ["baseline", "before", "now", "claimed", "counted", "counted_to_date"]
_NONE = (
    "No saving is registered: add rows of kind saving to the benefit register, with product, "
    "account, start and baseline_amount."
)


def savings(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "savings",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the savings register with baseline, ledger, claim and what counts.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.savings`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per saving, the total and what is validated; one line where none is registered.
    """
    if result.empty:
        return setting.absent(id, about, "benefits", section=section, otherwise=_NONE)
    frame = result.reset_index(drop=True)
    named = frame["name"].fillna("")
    frame.insert(1, "label", named.where(named != "", frame["saving"]))
    where = frame["account"].fillna("")
    product = frame["product"].fillna("")
    frame["line"] = where.where(product.isin(["", "(none)"]), where + " · " + product)
    scale = look.bill_scale(frame[_AMOUNTS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    ledger = "Ledger"
    cols = [Col("label", f"Saving, {scale.unit}", wide=True)]
    cols += [Col("owner", "Owner")] if bool((frame["owner"].fillna("") != "").any()) else []
    cols += [
        Col("line", "Account, product"),
        Col("status", "Status"),
        Col("baseline", "Baseline", "money"),
        Col("before", "Before", "money", group=ledger),
        Col("now", "AC", "money", swatch="actual", group=ledger),
        Col("claimed", "Claimed", "money"),
        Col("counted", "Counts", "money"),
        Col("claimed_to_date", "Claimed", "money", group="Since it began"),
        Col("counted_to_date", "Counts", "money", group="Since it began"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}savings in {scale.unit}{setting.when(about)}: claimed and as "
        "the ledger shows them",
        message=_message(say),
        say=say,
        about=about,
        tables=("benefits", "actuals"),
        notes=[
            (
                "Before: the ledger's line at the mean of the three months before the saving "
                "began. A saving counts up to the lower of baseline and before, less AC; without a "
                "baseline it does not count. What is planned does not count yet. Since "
                "it began: all its months together, so that a rise takes back an earlier fall."
            ),
            named_reasons(frame[frame["role"] == "item"], lead=""),
        ],
        ordered=False,
        section=section,
    )


def _message(say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    if say.number("total", "count") == "0":
        say.found.pop()
        planned = say.count("status", "planned")
        return f"No saving is realized yet; {planned} {'is' if planned == '1' else 'are'} planned"
    say.found.pop()
    text = (
        f"Of savings of {say.amount('total', 'claimed_to_date')}{unit} claimed since they began, "
        f"the ledger shows {say.amount('total', 'counted_to_date')}"
    )
    if say.value("validated", "count"):
        text += f"; {say.amount('validated', 'counted_to_date')} of it is validated"
    return text
