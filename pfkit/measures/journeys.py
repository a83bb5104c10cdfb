"""What customers touched before each gain, as paths that credit rules can split."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pfkit.errors import ContractError, MeasureError, ParameterError
from pfkit.measures.rows import COUNT, NONE, RATE, TEXT, require, whole_cents

if TYPE_CHECKING:
    from pfkit.measures.paths.coded import Counts


def journeys(
    touches: pd.DataFrame,
    gains: pd.DataFrame,
    *,
    window: int = 90,
    by: str = "feature",
    separator: str = ">",
) -> pd.DataFrame:
    """Join each gain to what its customer touched in the days before it, in order.

    Use it before `credit_rules`.

    Parameters
    ----------
    touches : pandas.DataFrame
        ``customer``, ``day`` and the column `by`: one row per use or contact.
    gains : pandas.DataFrame
        ``customer``, ``day``, ``amount``: orders, expansions or renewals, in whole cents.
    window : int
        Days before a gain that count, its own day included.
    by : str
        What is touched: ``feature``, or a channel.
    separator : str
        What stands between touches.

    Returns
    -------
    pandas.DataFrame
        One row per distinct path in alphabetical order: ``path``; ``gained``, how many gains came
        after it; ``value``, what they add up to; ``lost``, how many customers without any gain
        touched it in the window before their last touch. Gains before which nothing was touched
        are the row ``(none)``.

    Raises
    ------
    ContractError
        If a column is missing, or a customer, day or touch is.
    MeasureError
        If an amount is missing or not finite, or a name is empty or holds the separator.
    ParameterError
        If `window` is below 1.

    Notes
    -----
    A customer's next gain starts a new path. Touches of one feature right after each other count
    once. What a customer touched after the last gain is not counted: it is not known yet what comes
    of it.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> used = pd.DataFrame(
    ...     {"customer": ["A", "A", "B"], "feature": ["search", "export", "export"],
    ...      "day": day(["2026-01-05", "2026-01-09", "2026-01-07"])}
    ... )
    >>> won = pd.DataFrame({"customer": ["A"], "day": day(["2026-01-20"]), "amount": [50.0]})
    >>> journeys(used, won).values.tolist()
    [['export', 0, 0.0, 1], ['search > export', 1, 50.0, 0]]
    """
    if window < 1:
        raise ParameterError(f"window {window} cannot be", advice="Use 1 day or more.")
    require(touches, ["customer", "day", by], name="touches")
    require(gains, ["customer", "day", "amount"], name="gains")
    _present(touches, ["customer", "day", by], "touches")
    _present(gains, ["customer", "day"], "gains")
    names, code = _names(touches, by, separator)
    used, won, customers = _ordered(touches, gains, window)
    first, last = _ranges(used, won, customers, window)
    paths = _texts(names, code[used.order], first, last, separator)
    count, every = len(won.key), len(paths)
    cents = whole_cents(gains["amount"], name="gains").to_numpy()[won.order]
    rows = pd.DataFrame(
        {
            "path": paths,
            "gained": np.arange(every) < count,
            "value": np.append(cents, np.zeros(every - count, dtype=np.int64)),
            "lost": np.arange(every) >= count,
        }
    )
    grouped = rows.groupby("path", sort=True, as_index=False).sum()
    grouped["value"] = grouped["value"] / 100
    found = grouped.astype({"path": TEXT, "gained": COUNT, "value": RATE, "lost": COUNT})
    found.attrs.update(gains.attrs)  # what gains are, or why there are none
    return found


class _Ordered(NamedTuple):
    """Rows in order of customer and day; the key tells both."""

    order: Counts
    key: Counts
    customer: Counts


def _ordered(
    touches: pd.DataFrame, gains: pd.DataFrame, window: int
) -> tuple[_Ordered, _Ordered, int]:
    """Return both tables in order, and how far the keys of two customers are apart."""
    tables = (touches, gains)
    days = [
        pd.to_datetime(table["day"]).to_numpy().astype("datetime64[D]").astype(np.int64)
        for table in tables
    ]
    codes, _ = pd.factorize(pd.concat([table["customer"].astype(str) for table in tables]))
    early = min((int(one.min()) for one in days if len(one)), default=0) - window
    far = max((int(one.max()) for one in days if len(one)), default=0) - early + 1
    found = []
    for day, code in zip(days, np.split(codes, [len(touches)]), strict=True):
        key = code * far + (day - early)
        order = np.argsort(key, kind="stable")
        found.append(_Ordered(order, key[order], code[order]))
    return found[0], found[1], far


def _ranges(used: _Ordered, won: _Ordered, far: int, window: int) -> tuple[Counts, Counts]:
    """Return which touches stand before each gain, then of each customer without one."""
    last = np.searchsorted(used.key, won.key, side="right")
    first = np.searchsorted(used.key, won.key - window, side="right")
    if len(won.key):
        before = np.append(0, last[:-1])
        same = np.append(False, won.customer[1:] == won.customer[:-1])
        first = np.where(same, np.maximum(first, before), first)
    without = np.setdiff1d(used.customer, won.customer)
    end = np.searchsorted(used.key, (without + 1) * far, side="left")
    start = np.searchsorted(used.key, used.key[end - 1] - window, side="right")
    return np.append(first, start), np.append(last, end)


def _texts(names: pa.Array, code: Counts, first: Counts, last: Counts, separator: str) -> pa.Array:
    """Return the touches of each range as text, each run of one name once."""
    lengths = last - first
    which = np.repeat(np.arange(len(first)), lengths)
    place = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    touch = code[first[which] + place]
    kept = (place == 0) | (touch != np.roll(touch, 1))
    sizes = np.bincount(which[kept], minlength=len(first))
    offsets = pa.array(np.append(0, np.cumsum(sizes)), type=pa.int32())
    lists = pa.ListArray.from_arrays(offsets, names.take(pa.array(touch[kept])))
    joined = pc.binary_join(lists, pa.scalar(f" {separator} ", type=pa.large_string()))
    return pc.if_else(pc.equal(joined, ""), NONE, joined)


def _names(touches: pd.DataFrame, by: str, separator: str) -> tuple[pa.Array, Counts]:
    codes, names = pd.factorize(touches[by].astype(str))
    bad = [name for name in names if separator in name or not name.strip()]
    if bad:
        raise MeasureError(
            f"{by} {bad[0]!r} is empty or holds the separator {separator!r}",
            where="touches",
            advice="Name another separator.",
        )
    return pa.array(names.tolist(), type=pa.large_string()), codes


def _present(table: pd.DataFrame, columns: list[str], name: str) -> None:
    for column in columns:
        missing = table[column].isna().to_numpy()
        if missing.any():
            row = int(np.flatnonzero(missing)[0])
            raise ContractError(
                f"{column} is missing in {int(missing.sum())} of {len(table)} rows",
                where=f"{name}, row {row}",
                advice="Quarantine these rows in the book.",
            )
