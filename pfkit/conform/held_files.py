"""Files of which all, or nearly all, is held back: one cause, told once, before its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.corrections import undecided_sql
from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, counted, grouped, judged
from pfkit.conform.remedies import remedy
from pfkit.conform.unread import unread

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import LoadedSource

#: A file's rows of the report's months, and the share of them that make it one finding.
WHOLE_LEAST, WHOLE_SHARE = 3, 0.9


def held_files(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return a red control for each file that is held back as a whole.

    Its rows are looked at that belong to the report's months, or to none; rows that a rule leaves
    out say nothing. The reason is that of most of its rows.

    Parameters
    ----------
    held : LoadedSource
        A source that is present.
    evidence : Evidence
        The conformed book and its period.
    """
    source = held.declared
    rows = evidence.conformed.engine.rows(
        "SELECT _file, count(*) AS told, count(*) FILTER (_status = 'quarantined') AS back, "
        "mode(_reason) FILTER (_status = 'quarantined'), "
        "mode(_column) FILTER (_status = 'quarantined'), "
        "arg_min(_value, _id) FILTER (_status = 'quarantined') "
        f"FROM {quoted(held.rows_table)} WHERE _made IS NULL AND _status <> 'excluded' "
        f"AND (_period = '' OR _period IN ({evidence.months_sql(source.table)})) "
        f"AND {undecided_sql(held, evidence.conformed)} GROUP BY _file "
        f"HAVING back >= {WHOLE_LEAST} AND back >= {WHOLE_SHARE} * told ORDER BY _file"
    )
    return [
        judged(
            evidence,
            "File held back",
            source.name,
            "red",
            f"{file}: {whole_file(back, told, reason, column or '', value or '')}",
            advice=_advice(source, reason, column or "", value or ""),
            key=file,
        )
        for file, told, back, reason, column, value in rows
    ]


def whole_file(back: int, told: int, reason: str, column: str, value: str) -> str:
    """Return how much of a file is held back, and the reason of most of it.

    Examples
    --------
    >>> whole_file(368, 368, "unreadable value", "Debit", "833,00")
    "all 368 rows are held back, most for unreadable value in Debit, such as '833,00'"
    """
    rows = f"all {counted(back)}" if back >= told else f"{grouped(back)} of {counted(told)}"
    place = f" in {column}, such as {value!r}" if column and value else ""
    return f"{rows} are held back, most for {reason}{place}"


def _advice(source: Source, reason: str, column: str, value: str) -> str:
    if reason == "unreadable value":
        return unread(value, column, source)
    return remedy(reason, source.promise, column)
