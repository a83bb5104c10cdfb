"""How numbers become sentences: each phrase writes its numbers through `Facts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.measures.cloud_cost import WHOLE
from pfkit.present import look
from pfkit.present.setting import PLAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.present.facts import Facts
    from pfkit.present.setting import Reference


_MOST_DECIMALS = 3


def joined(parts: Sequence[str], *, last: str = "and") -> str:
    """Join phrases as a sentence does.

    Examples
    --------
    >>> joined(["a", "b", "c"]), joined(["a", "b"]), joined(["a"])
    ('a, b and c', 'a and b', 'a')
    """
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def plural(name: str) -> bool:
    """Return whether what a name speaks of stands in the plural, as in lines of an account.

    Examples
    --------
    >>> plural("Credit notes"), plural("Cost of sales"), plural("Gross"), plural("CM1 of Services")
    (True, False, False, False)
    """
    words = name.partition(" of ")[0].rstrip(" *").split()
    last = words[-1].lower() if words else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))


def states(name: str) -> str:
    """Begin a statement about a name: "Margin is", and of a plural "Credit notes:"."""
    return f"{name}:" if plural(name) else f"{name} is"


def against(
    say: Facts, key: str, reference: Reference, *, suffix: str = "", words: str = ""
) -> str:
    """Say how a row stands against one reference, or nothing where it cannot be compared."""
    column = f"{reference.variance}{suffix}"
    if not say.has(key, column):
        return ""
    text = say.delta(key, column)
    if say.tells(key, f"{reference.variance_rate}{suffix}"):
        text += f" ({say.rate(key, f'{reference.variance_rate}{suffix}', signed=True)})"
    return f"{text} against {words or reference.words}"


def standing(say: Facts, key: str, name: str, used: Sequence[Reference]) -> str:
    """Say what a row amounts to and how it stands against its references."""
    compared = [phrase for reference in used if (phrase := against(say, key, reference))]
    amount = f"{states(name)} {say.amount(key, 'actual')}{look.THIN}{say.scale.unit}"
    return f"{amount}, {joined(compared)}" if compared else amount


def beats(
    say: Facts, key: str, name: str, reference: Reference, *, words: str = "", lower: bool = False
) -> str:
    """Say whether a row beats, meets or misses a reference, and by how much.

    Of what is better `lower`, such as spending, it says whether it exceeds or stays below; of
    an earlier period, whether it rises or falls, and to what.
    """
    told = words or reference.words
    value = float(say.value(key, reference.variance))  # type: ignore[arg-type]
    reads_zero = look.number(value, scale=say.scale.divisor, decimals=say.scale.decimals)
    if not reads_zero.strip("0."):
        return f"{name} {'meet' if plural(name) else 'meets'} {told}"
    size = f"{say.amount(key, reference.variance, magnitude=True)}{look.THIN}{say.scale.unit}"
    if say.tells(key, reference.variance_rate):
        size += f" ({say.rate(key, reference.variance_rate, signed=True)})"
    if reference != PLAN:  # an earlier period is no target: it is not missed
        reached = f"{say.amount(key, 'actual')}{look.THIN}{say.scale.unit}"
        verb = "rise" if value > 0 else "fall"
        return f"{name} {verb}{'' if plural(name) else 's'} by {size} against {told} to {reached}"
    verbs = ("exceeds", "stays below") if lower else ("beats", "misses")
    if plural(name):
        verbs = ("exceed", "stay below") if lower else ("beat", "miss")
    return f"{name} {verbs[0] if value > 0 else verbs[1]} {told} by {size}"


def used(say: Facts, rows: pd.DataFrame) -> str:
    """Say what was used: a share where there is one, else how the first metric moved.

    Parameters
    ----------
    say : Facts
        Writes the numbers; its data are `rows`.
    rows : pandas.DataFrame
        Result of `pfkit.usage`.
    """
    heads = rows[rows["role"].isin(["total", "subtotal"]) | (rows["label"] == rows["metric"])]
    rated = heads[heads["value_share"].notna()]
    first = (rated if len(rated) else heads).iloc[0]
    key, metric = str(first["row_key"]), str(first["metric"])
    if not say.has(key, "units"):
        return "no usage is known of this period"
    count = say.number(key, "units", decimals=decimals_of(rows[rows["row_key"] == key]["units"]))
    if say.has(key, "value_share"):
        text = f"{first['rate']} is {say.rate(key, 'value_share')}"
        if say.has(key, "previous_share"):
            text += f", against {say.rate(key, 'previous_share')} in the period before"
        return f"{text} ({count} {metric})"
    for column, words in (
        ("previous_variance_rate", "the period before"),
        ("prior_variance_rate", "the year before"),
    ):
        if say.tells(key, column):
            verb = "rose" if float(say.value(key, column)) >= 0 else "fell"  # type: ignore[arg-type]
            size = say.rate(key, column, magnitude=True)
            return f"{metric} {verb} by {size} against {words}, to {count}"
    return f"{count} {metric} were counted"


def rounded(say: Facts) -> bool:
    """Return whether providers state effective cost in whole units, so that billed cost leads.

    Parameters
    ----------
    say : Facts
        Its data are the total of `pfkit.cloud_cost`.
    """
    return say.has("total", "reason") and WHOLE in str(say.value("total", "reason"))


def billed(say: Facts) -> str:
    """Say what the cloud cost, how that moved, and what was billed.

    Parameters
    ----------
    say : Facts
        Writes the numbers; its data are the total of `pfkit.cloud_cost`.
    """
    unit = f"{look.THIN}{say.scale.unit}"
    if rounded(say):
        stated = f"effective cost, {say.amount('total', 'effective')}{unit}"
        return (
            f"cloud cost billed is {say.amount('total', 'billed')}{unit} ({stated}, comes rounded"
            " to whole units)"
        )
    bill = f"{say.amount('total', 'billed')}{unit} billed"
    for column, words in (("previous", "the period before"), ("prior", "the year before")):
        if say.tells("total", f"{column}_variance_rate"):
            value = float(say.value("total", f"{column}_variance"))  # type: ignore[arg-type]
            size = say.rate("total", f"{column}_variance_rate", magnitude=True)
            now = f"{say.amount('total', 'effective')}{unit}"
            verb = "rose" if value >= 0 else "fell"
            return f"cloud cost {verb} by {size} against {words}, to {now} ({bill})"
    return f"cloud cost is {say.amount('total', 'effective')}{unit} ({bill})"


def decimals_of(values: pd.Series) -> int:
    """Return how many decimals units need to be written as they are, at most three.

    Examples
    --------
    >>> import pandas as pd
    >>> decimals_of(pd.Series([3.0, 12.0])), decimals_of(pd.Series([0.25, None]))
    (0, 2)
    """
    known = values.dropna()
    places = range(_MOST_DECIMALS)
    fits = (n for n in places if bool(((known * 10**n).round(6) % 1 == 0).all()))
    return next(fits, _MOST_DECIMALS)
