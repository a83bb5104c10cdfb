"""Every statement a book has ever known: from which day it stood, and when another replaced it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.settle import RESTATED
from pfkit.conform.views import agreed, frame

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.conform.declaration import Source
    from pfkit.conform.pipeline import Conformed


def vintages(conformed: Conformed, table: str) -> pd.DataFrame:
    """Return an agreed table with the rows that later ones replaced, and when.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    table : str
        The name of a table.

    Returns
    -------
    pandas.DataFrame
        The columns of the table, ``_source, _file, _line`` and ``replaced_on``: the day a later
        row took this one's place, empty while it stands. A row was part of the table on every day
        from ``known_on`` until the day before ``replaced_on``.

    Notes
    -----
    Only replacement is undone. Amounts are converted at the rates known now, and rows held back or
    let through by a decision are as decided now.
    """
    held = [each.declared for each in conformed.sources if each.present]
    parts = [stated_sql(source) for source in held if source.table == table]
    if not parts:
        return agreed(conformed, table).assign(replaced_on=None)
    columns = [column.name for column in conformed.declaration.contracts.contract(table).columns]
    names = ", ".join(quoted(column) for column in columns)
    return frame(
        conformed,
        f"SELECT {names}, _source, _file, _line, replaced_on FROM "
        f"({' UNION ALL BY NAME '.join(parts)}) ORDER BY _source, _id",
    )


def stated_sql(source: Source) -> str:
    """Return the accepted and the replaced rows of a source, each with the day it was replaced."""
    replaced = "CAST(NULL AS DATE)"
    if source.replaces and "known_on" in source.promise.names:
        keys = ", ".join(quoted(column) for column in source.replaces)
        replaced = (
            f"min(known_on) OVER (PARTITION BY {keys} ORDER BY known_on "
            "RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING)"
        )
    return (
        f"SELECT *, CAST({replaced} AS DATE) AS replaced_on "
        f"FROM {quoted(f'rows_{source.name}')} WHERE _status = 'accepted' "
        f"OR (_status = 'excluded' AND _reason = {literal(RESTATED)} AND _column = 'known_on')"
    )
