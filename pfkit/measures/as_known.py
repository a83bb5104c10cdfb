"""What a table said on any past day: the rows known by then that nothing had replaced yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures.rows import require
from pfkit.period import read_day

if TYPE_CHECKING:
    import datetime as dt


def as_known(vintages: pd.DataFrame, day: str | dt.date) -> pd.DataFrame:
    r"""Return a table as it was known on a day.

    Use it to ask what was planned, booked or expected for a month then, of the same book and
    without opening it again: knowledge time by `day`, valid time by the rows' own ``period``.

    Parameters
    ----------
    vintages : pandas.DataFrame
        Any table with ``known_on``, best ``book.vintages("budget")``; ``replaced_on`` is the day a
        later row took a row's place, and without it rows are never replaced.
    day : str or datetime.date
        The day, as ``2026-03-31``.

    Returns
    -------
    pandas.DataFrame
        The rows that counted on that day, in their order, without ``replaced_on``; amounts as they
        are in `vintages`. An approval that came later is not in it.

    Raises
    ------
    ContractError
        If there is no ``known_on``.
    ParameterError
        If `day` is no day.

    Notes
    -----
    :math:`known\_on \le day < replaced\_on`. Amounts stay converted at the rates known now, and
    decisions about rows held back as they are now; to go back behind those too, open the book
    with ``as_of``.

    References
    ----------
    .. [1] Snodgrass, *Developing Time-Oriented Database Applications in SQL*, ch. 10 (bitemporal
       tables).

    Examples
    --------
    >>> said = pd.DataFrame(
    ...     {
    ...         "period": "2026-06",
    ...         "amount": [100.0, 120.0],
    ...         "known_on": ["2025-12-11", "2026-03-31"],
    ...         "replaced_on": ["2026-03-31", None],
    ...     }
    ... )
    >>> [as_known(said, day)["amount"].tolist() for day in ("2025-12-31", "2026-03-31")]
    [[100.0], [120.0]]
    """
    require(vintages, ["known_on"], name="vintages")
    then = pd.Timestamp(read_day(day, where="day") if isinstance(day, str) else day)
    there = _days(vintages["known_on"]) <= then
    if "replaced_on" in vintages.columns:
        gone = _days(vintages["replaced_on"])
        there &= gone.isna() | (gone > then)
    rows = vintages[there].drop(columns="replaced_on", errors="ignore").reset_index(drop=True)
    if "approved_on" not in rows.columns:
        return rows
    later = _days(rows["approved_on"]) > then
    if bool(later.any()):
        for name, value in (("approved_on", None), ("approved_by", None), ("approved", False)):
            if name in rows.columns:
                rows[name] = rows[name].astype("object").where(~later, value)
    return rows


def _days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column)
