"""The exchange rates that go along with a push: one of a currency on a day, or of a month."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pfkit.conform.pushed.read import push_of
from pfkit.conform.pushed.rows import Rates
from pfkit.conform.pushed.statement import rates_table
from pfkit.errors import BookError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from decimal import Decimal

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting
    from pfkit.conform.pushed.read import Push

_BY_DAY: Final = frozenset({"daily", "budget"})
_MOST: Final = 100_000


def rates_of(source: Source, setting: Setting) -> tuple[Rates, list[tuple[str, dt.date, Decimal]]]:
    """Return the rates of a source from table ``rate_of``, as they go to where its rows are.

    Parameters
    ----------
    source : Source
        Whose amounts are converted.
    setting : Setting
        Its engine holds the rates, settled.

    Raises
    ------
    BookError
        If there are more of them than a statement can carry.
    """
    kind = source.rate_kind or setting.rate_kind
    daily = kind in _BY_DAY or setting.calendar.rule != "month"
    days = "unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))" if daily else "first_day"
    rows = setting.engine.rows(
        f"SELECT currency, CAST({days} AS DATE) AS day, rate FROM rate_of WHERE kind = ? "
        "AND currency <> ? ORDER BY 1, 2",
        [kind, setting.currency],
    )
    if len(rows) > _MOST:
        raise BookError(
            f"{len(rows):,} rates would go along with the rows",
            where=f"book.toml sources.{source.name}.push",
            advice="Leave out currencies and years that no row has, or leave `push` out.",
        )
    return Rates(rates_table(), daily=daily, home=setting.currency), rows


def pushed(
    source: Source,
    rates: list[Source],
    setting: Setting,
    settle: Callable[[list[Source], Setting], None],
    month: str = "",
) -> Push:
    """Return how a source is added up where its rows are.

    Parameters
    ----------
    source : Source
        With ``push``.
    rates : list of Source
        The sources of exchange rates; their rows are loaded.
    setting : Setting
        The book's.
    settle : callable
        Settles the rates, in tables apart from the book's own.
    month : str
        The first month of the report, if one was asked for.

    Raises
    ------
    BookError
        If something it declares can only be done row by row.
    """

    def told(source: Source) -> tuple[Rates, list[tuple[str, dt.date, Decimal]]]:
        apart = replace(setting, engine=setting.engine.beside("pushed rates"))
        settle(rates, apart)
        return rates_of(source, apart)

    return push_of(source, setting.calendar, setting.zone, told, month)
