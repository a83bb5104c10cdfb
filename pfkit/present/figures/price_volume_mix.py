"""The bridge by effect: from plan, prior year or the period before to actual sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.driver import driver
from pfkit.measures.effects import effects
from pfkit.present import look, sentences, setting, split
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.bridge import draw_steps, in_words, step_columns, walked

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About

_CUT = "The axis is cut: bars of start and end do not begin at zero."
_IN = {"plan": "planned", "prior_year": "in the prior year", "previous": "in the period before"}


def price_volume_mix(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    of: str = "total",
    measure: str = "Net revenue",
    id: str = "price-volume-mix-bridge",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw how sales came from the base to the actual, one bar per effect.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.price_volume_mix`, in reporting currency.
    about : About, optional
        The book: company, period, sources.
    of : str
        ``row_key`` of the row that is walked, such as a family's.
    measure : str
        What the totals are totals of.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Bars in one order: base, volume, mix, price, joint term, new, lost, exchange rates,
        returns, what is not split, actual; one line where nothing can be split.
    """
    if result.empty:
        return setting.said(id, split.absent(result), about, section=section)
    steps = effects(result, of=of)
    row = result[result["row_key"] == of].iloc[0]
    name = measure if of == "total" else f"{row['label']}: {setting.spoken(measure)}"
    base = split.reference(result)
    scale = look.money_scale(steps["amount"].tolist(), setting.currency(about))
    say = Facts(id, steps, scale)
    message = _message(steps, say, name, base.column)
    drawing, broken = draw_steps(steps, scale, measure)
    between = f"from {base.words} to actual by effect"
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}{setting.spoken(name)} in {scale.unit}"
            f"{setting.when(about)}, {between}"
        ),
        message=message,
        data=steps,
        body=drawing,
        columns=step_columns(steps, about),
        unit=scale.unit,
        source=setting.source(about, "invoices", "actuals", "budget", "rates"),
        as_of=setting.as_of(about),
        notes=(*split.notes(result, scale), *([_CUT] if broken else [])),
        alt=in_words(steps, scale, measure, between),
        facts=say.facts,
        section=section,
        bridge=walked(steps),
    )


def _message(steps: pd.DataFrame, say: Facts, name: str, against: str) -> str:
    """Say where sales stand, and the one effect behind the change or that there is none."""
    unit = say.scale.unit
    where = _IN.get(against, f"in {against}")
    text = (
        f"{name} is {say.amount('end', 'amount')}{look.THIN}{unit} against "
        f"{say.amount('start', 'amount')} {where}"
    )
    moved = steps[steps["role"].isin(["step", "other"])]
    if moved.empty:
        return text
    amounts = zip(map(str, moved["row_key"]), map(float, moved["amount"]), strict=True)
    sizes = sorted(amounts, key=lambda pair: -abs(pair[1]))

    def told_of(key: str) -> str:
        return f"{split.spoken(key)} ({say.delta(key, 'amount')})"

    lead = str(driver(steps)["driver_key"].iloc[0])
    if not lead:
        largest = [told_of(key) for key, _ in sizes[:3]]
        return f"{text}; no single driver covers it: {sentences.joined(largest)}"
    rest = [pair for pair in sizes if pair[0] != lead]
    rising = dict(sizes)[lead] > 0
    text += f"; {told_of(lead)} drives the change"
    for along, words in ((rising, "with"), (not rising, "partly offset by")):
        found = next((key for key, size in rest if (size > 0) == along), "")
        if found:
            text += f", {words} {told_of(found)}"
    return text
