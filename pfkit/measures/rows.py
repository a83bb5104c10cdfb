"""Whole cents, stable row keys and the columns of a result: what every measure's table shares."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pfkit.errors import ContractError, MeasureError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NONE = "(none)"
JOIN = " · "

MONEY = "Float64"
RATE = "Float64"
FLAG = "boolean"
COUNT = "Int64"
TEXT = "str"


def slug(text: str) -> str:
    """Return text as one part of a row key: lower case, words joined by hyphens.

    Examples
    --------
    >>> slug("Net revenue"), slug("R&D / Öffentlich"), slug("(none)"), slug("--")
    ('net-revenue', 'r-d-öffentlich', 'none', 'none')
    """
    letters = "".join(c if c.isalnum() else " " for c in text.casefold())
    return "-".join(letters.split()) or "none"


def row_keys(labels: Sequence[tuple[str, ...]], *, reserved: Iterable[str] = ()) -> list[str]:
    """Return one unique key per label, parts joined by ``|``.

    Parameters
    ----------
    labels : sequence of tuple of str
        One tuple per row, each tuple once.
    reserved : iterable of str
        Keys that stand for something else and may not be taken.

    Notes
    -----
    Two labels that read alike (``A&B`` and ``A B``) are told apart by a number, given in
    alphabetical order of the labels, so that the order of rows does not matter.

    Examples
    --------
    >>> row_keys([("Hosting", "Atlas"), ("A&B", ""), ("A B", "")])
    ['hosting|atlas', 'a-b-2', 'a-b']
    """
    taken = set(reserved)
    found: dict[tuple[str, ...], str] = {}
    for label in sorted(labels):
        stem = "|".join(slug(part) for part in label if part != "") or "none"
        key, count = stem, 1
        while key in taken:
            count += 1
            key = f"{stem}-{count}"
        taken.add(key)
        found[label] = key
    return [found[label] for label in labels]


def require(table: pd.DataFrame, columns: Iterable[str], *, name: str) -> None:
    """Refuse a table that lacks a column, naming the nearest one it has.

    Raises
    ------
    ContractError
        If a column is not there.
    """
    for column in columns:
        if column not in table.columns:
            raise ContractError(
                f"column {column!r} is not there",
                where=name,
                advice=near_miss(column, [str(c) for c in table.columns], noun="column"),
            )


def whole_cents(amounts: pd.Series, *, name: str) -> pd.Series:
    """Return amounts as whole cents, so that sums are exact in any order.

    Parameters
    ----------
    amounts : pandas.Series
        Reporting currency.
    name : str
        The table, for the message.

    Raises
    ------
    MeasureError
        If an amount is missing or not finite.
    """
    values = amounts.astype("float64").to_numpy()
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise MeasureError(
            f"{bad} of {len(values)} amounts are missing or not finite",
            where=name,
            advice="Quarantine these rows in the book, or give them an amount of 0.",
        )
    return pd.Series(np.rint(values * 100).astype("int64"), index=amounts.index, name="cents")


def summed(table: pd.DataFrame, by: Sequence[str], *, name: str) -> pd.DataFrame:
    """Add up a table's ``amount`` in whole cents, one row per `by`, sorted by it.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` as text (``(none)`` where empty) and ``cents``.
    """
    require(table, [*by, "amount"], name=name)
    keys = pd.DataFrame({column: texts(table[column]) for column in by}, index=table.index)
    keys["cents"] = whole_cents(table["amount"], name=name)
    return keys.groupby(list(by), sort=True)[["cents"]].sum().reset_index()


def totals(rows: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Add up ``cents`` by text columns, as a lookup."""
    grouped = rows.groupby(list(by), sort=True)[["cents"]].sum().reset_index()
    labels = zip(*(grouped[column].tolist() for column in by), strict=True)
    return dict(zip(labels, grouped["cents"].tolist(), strict=True))


def texts(column: pd.Series) -> pd.Series:
    """Return a column as text, ``(none)`` where it is empty."""
    known = column.notna().to_numpy()
    plain = [
        str(value) if there and value != "" else NONE
        for value, there in zip(column.astype("object").tolist(), known, strict=True)
    ]
    return pd.Series(plain, index=column.index, dtype="object")


def iso_days(column: pd.Series, *, name: str) -> pd.Series:
    """Return days as ISO text, empty where there is none.

    Parameters
    ----------
    column : pandas.Series
        Days, moments or ISO text.
    name : str
        The table, for the message.

    Raises
    ------
    MeasureError
        If a value is no day.

    Examples
    --------
    >>> iso_days(pd.Series(["2026-06-30", None]), name="milestones").tolist()
    ['2026-06-30', '']
    """
    days = []
    for value in column.astype("object").tolist():
        text = "" if pd.isna(value) else str(value)[:10]
        try:
            days.append(date.fromisoformat(text).isoformat() if text else "")
        except ValueError as error:
            raise MeasureError(
                f"{column.name} {value!r} is no day", where=name, advice="Write it as 2026-06-30."
            ) from error
    return pd.Series(days, index=column.index, dtype="object")


def named(code: str, names: Mapping[str, str] | None) -> str:
    """Return what a reader calls a code: its name and the code, or the code where it has no name.

    Examples
    --------
    >>> named("22423", {"22423": "Cake stand"}), named("Atlas", None)
    ('Cake stand (22423)', 'Atlas')
    """
    name = "" if names is None else names.get(code, "")
    return f"{name} ({code})" if name and name != code else code


def money(cents: int | None) -> float | None:
    """Return whole cents in currency units; None stays None."""
    return None if cents is None else cents / 100


def less(left: int | None, right: int | None) -> int | None:
    """Return the difference, or None where either side is missing."""
    return None if left is None or right is None else left - right


def rate(part: int | None, base: int | None) -> float | None:
    """Return part over the size of base; None where it is undefined.

    Notes
    -----
    The base counts without its sign, so that a rate has the sign of its variance also where the
    base is a cost shown as a negative amount.

    Examples
    --------
    >>> rate(-9, -65), rate(5, 0)
    (-0.13846153846153847, None)
    """
    return None if part is None or base is None or base == 0 else part / abs(base)


#: Why there is no rate beside a variance that nothing was stated for.
NO_ACTUALS = "no actuals"


def stated_rate(part: int | None, base: int | None, *, stated: bool) -> float | None:
    """Return a variance's rate, None where no row states the actual it is taken from.

    A line that the input says nothing of counts as zero, so that totals add up; its rate of minus
    one would say that it was watched and came to nothing.

    Examples
    --------
    >>> stated_rate(-9, 9, stated=True), stated_rate(-9, 9, stated=False)
    (-1.0, None)
    """
    return rate(part, base) if stated else None


def favorable(variance: int | None, *, when: str) -> bool | None:
    """Return whether a variance is favorable; None where it is zero, missing or undecided.

    Parameters
    ----------
    variance : int or None
        In cents.
    when : str
        ``higher`` or ``lower``, from the account; anything else leaves it undecided.
    """
    if not variance or when not in {"higher", "lower"}:
        return None
    return (variance > 0) == (when == "higher")


def reasons(*parts: str) -> str:
    """Join the reasons that are not empty, each once, in order."""
    return "; ".join(dict.fromkeys(part for part in parts if part))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries, missing values as None.

    Examples
    --------
    >>> records(pd.DataFrame({"days": pd.array([1, None], dtype="Int64")}))
    [{'days': 1}, {'days': None}]
    """
    plain = frame.astype("object").where(frame.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def result(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a table with exactly these columns and types, missing values as NA."""
    return pd.DataFrame(
        {
            column: pd.array([row[column] for row in rows], dtype=kind)  # type: ignore[call-overload]
            for column, kind in columns.items()
        }
    )
