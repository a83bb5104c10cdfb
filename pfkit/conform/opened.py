"""A folder of inputs is opened: declared, read, settled, tied and proven, in that order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pfkit.conform.calendar import declared
from pfkit.conform.evidence import Evidence
from pfkit.conform.failures import set_apart
from pfkit.conform.group import joined
from pfkit.conform.months import known_day, last_month, require_data
from pfkit.conform.pipeline import conform
from pfkit.conform.tie import balances, control_ties
from pfkit.conform.versions import refuse_versions
from pfkit.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from pfkit.conform.declaration import Control, Declaration
    from pfkit.conform.failures import Failures
    from pfkit.conform.group.given import Opened as Member
    from pfkit.conform.tie import Tie
    from pfkit.period import Period
    from pfkit.sources import FileFact


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to open: the book, its raw files and its state, for which period, known by when."""

    path: str | Path
    data: str | Path | None = None
    period: str | None = None
    as_of: str | date | None = None
    state: str | Path | None = None
    progress: Callable[[str], None] | None = None


class Opened(NamedTuple):
    """What a book is made of, in the order of its fields."""

    declaration: Declaration
    path: Path
    data: Path
    period: Period
    as_of: date
    evidence: Evidence


def opened(
    asked: Asked,
    *,
    opener: Callable[..., Member],
    pnl: Callable[..., pd.DataFrame],
    failures: Failures | None = None,
) -> Opened:
    """Read, settle and prove a book.

    Parameters
    ----------
    asked : Asked
        What to open.
    opener, pnl : callable
        How the members of a group are opened, and how their lines of a period are read.
    failures : Failures, optional
        Where to note files, sources and totals that cannot be used, to open the rest without them.

    Raises
    ------
    BookError, SourceError, ContractError, ControlError
        If the declaration, a file, a value or a total cannot be used.
    PeriodError
        If the period is malformed, or the book has no data for it.
    """
    home = Path(asked.path)
    folder = home if home.is_dir() else home.parent
    root = Path(asked.data) if asked.data is not None else folder
    declaration = declared(home, data=root)
    calendar = declaration.company.fiscal_calendar()
    wanted = calendar.period(asked.period) if asked.period else None
    known_by = known_day(asked.as_of)
    declaration, root, wanted = joined(
        declaration, folder=folder, data=root, as_of=known_by, period=wanted, opener=opener,
        pnl=pnl,
    )  # fmt: skip
    if asked.state is not None and not Path(asked.state).is_dir():
        raise SourceError(
            "the state folder does not exist",
            where=str(asked.state),
            advice="Name the folder that holds comments.jsonl and decisions.jsonl.",
        )
    conformed = conform(
        declaration,
        data=root,
        book=folder,
        state=Path(asked.state) if asked.state is not None else folder / "state",
        as_of=known_by,
        period=wanted,
        progress=asked.progress,
        failures=failures,
    )
    tied: tuple[list[Tie], list[Control], list[FileFact]] = ([], [], [])
    with set_apart(failures):
        tied = control_ties(conformed, data=root)
    proven = balances(conformed)
    held = wanted or calendar.period(last_month(conformed))
    with set_apart(failures):
        require_data(conformed, held)
    with set_apart(failures):
        refuse_versions(conformed, held)
    ties, absent, totals = tied
    evidence = Evidence(conformed, held, tuple(proven), tuple(ties), tuple(absent), tuple(totals))
    return Opened(declaration, folder, root, held, conformed.as_of, evidence)
