"""Cloud ledger: why hosting in the ledger is not the month's bill, by product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_STEPS = ["bill", "accrual", "correction", "unexplained", "ledger"]


def cloud_ledger(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "cloud-ledger",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the walk from the cloud bill to the ledger's hosting.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.cloud_ledger`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product and the total; one line where the book has no bill, or does not say
        where it is booked.
    """
    if result.empty:
        text = (
            "The cloud bill is not held against the ledger: add ledger = { accounts = [...] } to "
            "the source of the bill in book.toml."
        )
        return setting.absent(id, about, "cloud", section=section, otherwise=text)
    frame = result.reset_index(drop=True)
    untagged = frame["role"] == "untagged"
    frame.insert(1, "label", frame["product"].astype(str).where(~untagged, "No product tag"))
    scale = look.bill_scale(frame[_STEPS].to_numpy().ravel(), setting.currency(about))
    say = Facts(id, frame, scale)
    cols = [
        Col("label", f"Product, {scale.unit}", wide=True),
        Col("bill", "Bill of the period", "money"),
        Col("accrual", "Accrual less bill", "delta"),
        Col("correction", "Earlier bill less accrual", "delta"),
        Col("unexplained", "Unexplained", "delta"),
        Col("ledger", "Ledger", "money", swatch="actual"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}from the cloud bill to hosting in the ledger in {scale.unit}"
        f"{setting.when(about)}",
        message=_message(say),
        say=say,
        about=about,
        tables=("cloud", "actuals"),
        notes=[_note(frame), reasons(frame)],
        ordered=False,
        section=section,
    )


def _message(say: Facts) -> str:
    unit = f"{look.THIN}{say.scale.unit}"
    ledger = say.amount("total", "ledger")
    if not say.has("total", "bill"):
        return f"Hosting in the ledger is {ledger}{unit}; there is no bill to hold against it"
    text = f"Hosting in the ledger is {ledger}{unit}, the bill {say.amount('total', 'bill')}"
    if not say.has("total", "unexplained"):
        return f"{text}; what is booked cannot be compared"
    if float(str(say.value("total", "unexplained"))) == 0:
        return f"{text}; accruals make the difference, and nothing is unexplained"
    return f"{text}; {say.delta('total', 'unexplained')} is unexplained"


def _note(frame: pd.DataFrame) -> str:
    due = str(frame["due_period"].iloc[-1])
    text = (
        "Accrual less bill: what was estimated for the period, less its bill. Earlier bill less "
        f"accrual: the bill of {due}, booked now, less what was accrued for it. Unexplained: what "
        "is booked less the bill it is of."
    )
    if bool((frame["role"] == "untagged").any()):
        text += " What has no tag on the bill stands on products in the ledger."
    return text
