"""Approval as known on a day: what is approved later is not approved yet."""

from __future__ import annotations

from pfkit.conform.engine import literal


def approval_sql(columns: set[str], mapped: set[str], as_of: object) -> tuple[list[str], str]:
    """Return SQL for the approval a row had by a day, and for one that was still to come.

    Parameters
    ----------
    columns : set of str
        The columns of the table.
    mapped : set of str
        Those the source fills.
    as_of : datetime.date
        The day.

    Returns
    -------
    list of str, str
        Columns to replace, ``sql AS name``, and the column ``_later`` with the day to come.

    Examples
    --------
    >>> approval_sql({"amount"}, {"amount"}, "2026-06-30")
    ([], '')
    """
    if not {"approved", "approved_by", "approved_on"} <= columns:
        return [], ""
    late = f"COALESCE(m.approved_on > DATE {literal(as_of)}, FALSE)"
    given = "m.approved"
    if "approved" not in mapped:
        known = [f"m.{name}" for name in ("approved_on", "approved_by") if name in mapped]
        given = f"{known[0]} IS NOT NULL" if known else "NULL"
    return [
        f"CASE WHEN {late} THEN FALSE ELSE {given} END AS approved",
        f"CASE WHEN NOT {late} THEN m.approved_on END AS approved_on",
        f"CASE WHEN NOT {late} THEN m.approved_by END AS approved_by",
    ], f", CASE WHEN {late} THEN m.approved_on END AS _later"
