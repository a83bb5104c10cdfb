"""What is asked of a database: a table, or one SELECT that reads and does nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import ibis.backends.sql.dialects  # noqa: F401 - before a dialect's first use, which fixes it
import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from pfkit.errors import SourceError, near_miss

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

_NAME: Final = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*){0,2}", re.UNICODE)
_DIALECTS: Final = {"postgresql": "postgres", "pyspark": "spark"}
# Parts of a statement that write, lock, or set something.
_WRITES: Final = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.Copy,
    exp.Command,
    exp.Into,
    exp.Lock,
    exp.Set,
)
_CLOCKS: Final = (
    exp.CurrentDate,
    exp.CurrentDatetime,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.Localtime,
    exp.Localtimestamp,
    exp.Rand,
    exp.Randn,
    exp.Uuid,
)
_CLOCK_NAMES: Final = frozenset(
    {"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday"}
)
_WORDS: Final = frozenset({TokenType.VAR, TokenType.IDENTIFIER})


@dataclass(frozen=True)
class Query:
    """One SELECT, and the values that are bound in it.

    Parameters
    ----------
    sql : str
        As the book writes it, ``:name`` where a value goes.
    dialect : str
        The SQL it is written in.
    values : mapping of str to datetime.date
        What is bound, by name.
    functions : tuple of str
        Names of the functions it calls, in lower case.
    """

    sql: str
    dialect: str
    values: Mapping[str, dt.date]
    functions: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The digest of the text and of what is bound in it."""
        bound = {name: day.isoformat() for name, day in self.values.items()}
        text = json.dumps([self.sql, bound], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def written(self, mark: Callable[[str], str], plain: Callable[[str], str] = str) -> str:
        """Return the text with each ``:name`` as a driver writes it; values are bound apart.

        Parameters
        ----------
        mark : callable
            Writes the mark of a value.
        plain : callable
            Writes what stands between the marks.

        Examples
        --------
        >>> import datetime as dt
        >>> query = Query("SELECT ':a' WHERE d < :as_of", "sqlite", {"as_of": dt.date.max})
        >>> query.written(lambda name: f"%({name})s")
        "SELECT ':a' WHERE d < %(as_of)s"
        """
        if not self.values:
            return self.sql
        pieces, at = [], 0
        for start, end, name in _marks(self.sql, self.dialect):
            pieces += [plain(self.sql[at:start]), mark(name)]
            at = end
        return "".join([*pieces, plain(self.sql[at:])])


def asked_for(text: str, kind: str, values: Mapping[str, dt.date | None], *, where: str) -> Query:
    """Return what a source asks of a database, judged before anything is sent.

    Parameters
    ----------
    text : str
        A table's name, or one SELECT.
    kind : str
        Kind of the database.
    values : mapping of str to datetime.date or None
        What a query may bind, by name; None for what nobody gave.
    where : str
        The source, for messages.

    Raises
    ------
    SourceError
        If it is anything but one SELECT, reads the clock, or binds what is not known.

    Examples
    --------
    >>> asked_for("sales.lines", "postgresql", {}, where="sales").sql
    'SELECT * FROM "sales"."lines"'
    >>> asked_for("DELETE FROM lines", "postgresql", {}, where="sales")
    Traceback (most recent call last):
    pfkit.errors.SourceError: sales: the query is no SELECT
      -> A source reads: write a table's name, or one SELECT.
    """
    dialect = _DIALECTS.get(kind, kind)
    if _NAME.fullmatch(text.strip()):
        named = exp.Select(expressions=[exp.Star()]).from_(
            exp.Table(
                **{
                    part: exp.to_identifier(name, quoted=True)
                    for part, name in zip(
                        ("this", "db", "catalog"), reversed(text.strip().split(".")), strict=False
                    )
                }
            )
        )
        return Query(named.sql(dialect=dialect), dialect, {})
    try:
        found = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
        marks = _marks(text, dialect)
    except SqlglotError as error:
        reason = str(error).splitlines()[0]
        raise SourceError(
            f"the query cannot be read as SQL ({reason})",
            where=where,
            advice="Write one SELECT in the database's own SQL.",
        ) from error
    if len(found) != 1:
        raise _refused(f"the query has {len(found)} statements", where)
    _refuse(found[0], where)
    bound: dict[str, dt.date] = {}
    for name in dict.fromkeys(name for _, _, name in marks):
        if name not in values:
            raise SourceError(
                f"the query binds :{name}, which pfkit does not know",
                where=where,
                advice=near_miss(name, values, noun="value"),
            )
        day = values[name]
        if day is None:
            option = "--as-of" if name == "as_of" else "--period"
            raise SourceError(
                f"the query binds :{name}, and nobody said it",
                where=where,
                advice=f"Give {option}, or take the value out of the query.",
            )
        bound[name] = day
    return Query(text.strip().rstrip(";"), dialect, bound, _calls(text, dialect))


def _calls(text: str, dialect: str) -> tuple[str, ...]:
    """Return every name that stands before an opening parenthesis, in lower case."""
    tokens = sqlglot.tokenize(text, read=dialect)
    calls = {
        name.text.lower()
        for name, after in pairwise(tokens)
        if after.token_type == TokenType.L_PAREN and re.fullmatch(r"\w+", name.text)
    }
    return tuple(sorted(calls))


def _refuse(tree: exp.Expr, where: str) -> None:
    if not isinstance(tree, exp.Query):
        raise _refused("the query is no SELECT", where)
    for node in tree.walk():
        if isinstance(node, _WRITES):
            word = type(node).__name__.upper()
            raise _refused(f"the query holds {word}, and a source only reads", where)
        clock = isinstance(node, _CLOCKS)
        if clock or (isinstance(node, exp.Anonymous) and node.name.lower() in _CLOCK_NAMES):
            raise SourceError(
                "the query reads the clock or draws by chance: it would not come out twice",
                where=where,
                advice="Bind a day instead: :as_of, :period_start, :period_end or :year_start.",
            )


def _refused(what: str, where: str) -> SourceError:
    return SourceError(
        what, where=where, advice="A source reads: write a table's name, or one SELECT."
    )


def _marks(text: str, dialect: str) -> list[tuple[int, int, str]]:
    """Return where the text binds a value: start, end and name."""
    tokens = sqlglot.tokenize(text, read=dialect)
    found = []
    for mark, word in pairwise(tokens):
        close = mark.token_type == TokenType.COLON and word.start == mark.end + 1
        if close and word.token_type in _WORDS and text[word.start] != '"':
            found.append((mark.start, word.end + 1, word.text))
        if mark.token_type == TokenType.PARAMETER and mark.text.startswith(":"):
            found.append((mark.start, word.end + 1, word.text))
    return found
