"""What differs between two reports, or two states of a book: every cell, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.errors import ReportError
from pfkit.publish.executed import exhibits
from pfkit.publish.opened import open_report
from pfkit.publish.states import Part, State, of_book
from pfkit.publish.tables import has_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBERS = frozenset({"money", "rate", "number", "count"})
_SUMS = frozenset({"total", "subtotal", "memo"})
_CENT = Decimal("0.01")
_ROWS = ("exhibit", "row_key", "column", "type", "status", "before", "after", "difference")
_TOTALS = ("exhibit", "column", "before", "after", "difference", "sum_of_rows")
_CAUSES = ("what", "name", "before", "after")


@dataclass(frozen=True)
class Diff:
    """What differs between two reports.

    Attributes
    ----------
    before, after : str
        What was compared.
    rows : pandas.DataFrame
        One row per cell that differs: ``exhibit, row_key, column, type, status`` (changed, added,
        removed), ``before, after`` and, of numbers, ``difference``.
    totals : pandas.DataFrame
        Per exhibit and money column: the sum over its lines ``before`` and ``after``, their
        ``difference``, and ``sum_of_rows``, the sum of the differences in `rows`. Totals and
        subtotals are no lines.
    causes : pandas.DataFrame
        ``what`` (input, parameter, policy, package) differs, its ``name``, ``before``, ``after``.
    """

    before: str
    after: str
    rows: pd.DataFrame
    totals: pd.DataFrame
    causes: pd.DataFrame

    @property
    def different(self) -> bool:
        """Whether any cell differs."""
        return not self.rows.empty


def diff(before: object, after: object) -> Diff:
    """Compare two reports, or two states of a book, cell by cell.

    Use it to see what a correction or a later export did to figures that were read already.

    Parameters
    ----------
    before, after : str, path or Book
        The folder of a report each, or a book from `open_book` each.

    Returns
    -------
    Diff
        ``rows`` that differ, ``totals`` that show they add up, ``causes``, ``different``.

    Raises
    ------
    ReportError
        If a folder holds no report, or the two are in different currencies.

    Notes
    -----
    For every money column, the differences of its lines add up to the difference of its sums to
    the cent; that is checked, and an error says where it does not hold.

    Examples
    --------
    >>> import pfkit as pf
    >>> pf.diff("no-such-report", "no-such-report")
    Traceback (most recent call last):
    ...
    pfkit.errors.ReportError: no-such-report: there is no notebook.ipynb here
      -> Name the folder of a report, such as reports/meridian/2026-06/monthly.
    """
    old, new = _state(before), _state(after)
    if old.currency != new.currency:
        raise ReportError(
            f"amounts in {old.currency} and in {new.currency} cannot be compared",
            where=f"{old.name} and {new.name}",
            advice="Compare reports in the same currency.",
        )
    rows: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for name in dict.fromkeys([*old.parts, *new.parts]):
        left, right = (state.parts.get(name, Part()) for state in (old, new))
        found = list(_cells(name, left, right))
        rows += found
        totals += _totals(name, left, right, found)
    return Diff(
        old.name,
        new.name,
        pd.DataFrame(rows, columns=[*_ROWS]),
        pd.DataFrame(totals, columns=[*_TOTALS]),
        pd.DataFrame(_causes(old.inputs, new.inputs), columns=[*_CAUSES]),
    )


def _state(given: object) -> State:
    if hasattr(given, "statement"):
        return of_book(given)
    return _report(Path(str(given)))


def _report(folder: Path) -> State:
    notebook, manifest = open_report(folder)
    try:
        parts = {
            exhibit["id"]: _part(exhibit, folder / "data" / f"{exhibit['id']}.csv")
            for exhibit in exhibits(notebook)
            if has_rows(exhibit)
        }
        period = manifest["period"]["label"]
        name = f"{manifest['company']}, {manifest['kind']} {period} as of {manifest['as_of']}"
        return State(f"{name} ({folder})", manifest["currency"], parts, _inputs(manifest))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(
            f"the report cannot be read ({type(error).__name__}: {error})",
            where=str(folder),
            advice="Make it again with pfkit run.",
        ) from error


def _part(exhibit: Mapping[str, Any], file: Path) -> Part:
    frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    types = {column["name"]: column["type"] for column in exhibit["columns"]}
    repeated = frame.loc[frame["row_key"].duplicated(), "row_key"].tolist()
    if repeated:
        raise ReportError(
            f"row {repeated[0]!r} stands twice",
            where=str(file),
            advice="Make the report again; nothing can be compared with two rows of one key.",
        )
    return Part(frame.set_index("row_key"), types)


def _inputs(manifest: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {("input", row["file"]): row["sha256"] for row in manifest["inputs"]}
    found["as of", ""] = str(manifest["as_of"])
    for what, key in (("policy", "policies"), ("package", "packages"), ("parameter", "parameters")):
        found |= {(what, name): str(value) for name, value in manifest[key].items()}
    return found


def _cells(exhibit: str, left: Part, right: Part) -> Iterator[dict[str, Any]]:
    """Yield every cell that differs; of a row that one side lacks, its numbers."""
    columns = list(dict.fromkeys([*left.rows.columns, *right.rows.columns]))
    types = {**left.types, **right.types}
    for key in dict.fromkeys([*left.rows.index, *right.rows.index]):
        there = key in left.rows.index, key in right.rows.index
        status = "changed" if all(there) else "removed" if there[0] else "added"
        if status != "changed":
            yield dict.fromkeys(_ROWS, "") | {
                "exhibit": exhibit, "row_key": key, "type": "row", "status": status,
                "difference": None,
            }  # fmt: skip
        for column in columns:
            kind = types.get(column, "text")
            old = str(left.rows.at[key, column]) if there[0] and column in left.rows else ""
            new = str(right.rows.at[key, column]) if there[1] and column in right.rows else ""
            if status != "changed" and kind not in _NUMBERS:
                continue
            gap = _gap(old, new) if kind in _NUMBERS else None
            if (old == new) if gap is None else not gap and bool(old) == bool(new):
                continue
            yield {
                "exhibit": exhibit,
                "row_key": key,
                "column": column,
                "type": kind,
                "status": status,
                "before": old,
                "after": new,
                "difference": gap,
            }


def _gap(old: str, new: str) -> Decimal | None:
    """Return the difference of two numbers as text; an empty cell counts as zero.

    None where one of them is no number: both are then compared as text.
    """
    try:
        return _number(new) - _number(old)
    except InvalidOperation:
        return None


def _number(text: str) -> Decimal:
    return Decimal(text) if text else Decimal(0)


def _totals(
    exhibit: str, left: Part, right: Part, found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    money = [name for name, kind in {**left.types, **right.types}.items() if kind == "money"]
    sums = {side: _lines(part) for side, part in (("before", left), ("after", right))}
    lines = {*sums["before"].index, *sums["after"].index}
    totals = []
    for column in money:
        before, after = (
            sum(map(_number, part[column]), Decimal(0)) if column in part else Decimal(0)
            for part in sums.values()
        )
        rows = sum(
            (
                row["difference"]
                for row in found
                if row["column"] == column and row["row_key"] in lines
            ),
            Decimal(0),
        )
        if abs(after - before - rows) >= _CENT:
            raise ReportError(
                f"differences of {column} add up to {rows}, its sums differ by {after - before}",
                where=f"exhibit {exhibit}",
                advice="Make the reports again; one of them does not hold together.",
            )
        if rows or after != before:
            totals.append(
                {
                    "exhibit": exhibit,
                    "column": column,
                    "before": before,
                    "after": after,
                    "difference": after - before,
                    "sum_of_rows": rows,
                }
            )
    return totals


def _lines(part: Part) -> pd.DataFrame:
    if "role" not in part.rows.columns:
        return part.rows
    return part.rows[~part.rows["role"].isin(_SUMS)]


def _causes(
    old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str]
) -> list[dict[str, str]]:
    return [
        {"what": what, "name": name, "before": old.get((what, name), ""),
         "after": new.get((what, name), "")}
        for what, name in dict.fromkeys([*old, *new])
        if old.get((what, name)) != new.get((what, name))
    ]  # fmt: skip
