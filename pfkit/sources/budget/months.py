"""What a header cell says of time: a month, a quarter, a year, a fiscal year, a total."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pfkit.sources.budget.grid import Value

Kind = Literal["month", "ordinal", "quarter", "half", "year", "span", "total", "ytd", "day", ""]

_NAMES: Final = (
    "january jan januar janner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar feber fevrier fev fevr febrero febbraio februari fevereiro",
    "march mar marz maerz mrz mars marzo maart mrt marco",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre set settembre setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
)
MONTHS: Final = {name: at for at, names in enumerate(_NAMES, start=1) for name in names.split()}
#: Words that name a state of the plan.
VERSION_WORDS: Final = frozenset(
    "adopted approved baseline base bud budget budgets case draft entwurf estimate fc fcst final "
    "forecast genehmigt high initial latest low original outlook plan planned previsto prevu "
    "prognose proposed reforecast rev revised revision scenario soll target updated version worst "
    "best optimistic pessimistic stretch old new".split()
)
#: Words of columns that stand among the months and are no plan.
OTHER_WORDS: Final = frozenset(
    "abw abweichung act actual actuals change delta diff difference ecart growth ist last ly prior "
    "previous py real reel rest spent var variance vorjahr vs".split()
)
_FISCAL: Final = frozenset(
    "fy fiscal financial gj wj geschaftsjahr wirtschaftsjahr ejercicio".split()
)
_YEAR_WORDS: Final = frozenset("year years jahr annee ano anno cy calendar exercice jaar".split())
_TOTAL_WORDS: Final = frozenset(
    "total totals totale totaal sum summe gesamt full annual yearly overall suma somme "
    "kumuliert all months jahressumme gesamtjahr annuel anual".split()
)
_FILLERS: Final = frozenset("of the in for and to de du month months ending".split())
_QUARTER: Final = frozenset("q qtr quarter quartal trimestre trim kwartaal quarters".split())
_HALF: Final = frozenset("h hy half halbjahr semestre semester hj".split())
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


@dataclass(frozen=True, kw_only=True)
class Time:
    """What one header cell says.

    Parameters
    ----------
    kind : str
        ``month``; ``ordinal`` (period 1, to be counted from the year's first month);
        ``quarter``, ``half``, ``year``, ``span`` (two months), ``total``, ``ytd``; ``day`` (a
        date whose order of day and month is not known); empty for none of these.
    number : int
        Month, ordinal, quarter or half; of a day its first figure.
    last : int
        Last month of a span; of a day its second figure.
    year : int
        The year stated, 0 for none; of a fiscal year with two years, the later.
    fiscal : bool
        Whether the year is called a fiscal one.
    both : bool
        Whether both calendar years of the fiscal year are stated, as in 2026/27.
    words : tuple of str
        Words beside it: ``budget``, ``adopted``, ``actual``.
    """

    kind: Kind = ""
    number: int = 0
    last: int = 0
    year: int = 0
    fiscal: bool = False
    both: bool = False
    words: tuple[str, ...] = ()


NOTHING: Final = Time()


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text in lower case, without accents, its spaces single.

    Examples
    --------
    >>> plain("  Février\u00a02026 ")
    'fevrier 2026'
    """
    bare = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def time_of(value: Value) -> Time:
    """Return what a header cell says of time.

    Examples
    --------
    >>> import datetime as dt
    >>> [(t.kind, t.number, t.year) for t in map(time_of, ("Jan-26", "2026-01", "März", "Q1"))]
    [('month', 1, 2026), ('month', 1, 2026), ('month', 3, 0), ('quarter', 1, 0)]
    >>> time_of("FY2026/27").year, time_of("FY2026/27").both, time_of(dt.date(2026, 4, 1)).number
    (2027, True, 4)
    >>> time_of("May need a review").kind
    ''
    """
    if isinstance(value, dt.datetime | dt.date):
        return Time(kind="month", number=value.month, year=value.year)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return NOTHING
    if isinstance(value, int | float):
        return _of_number(value)
    text = plain(value)
    if not text or len(text) > 60:  # noqa: PLR2004 (a header cell, no sentence)
        return NOTHING
    return _of_figures(text) or _of_words(text)


def _of_number(value: float) -> Time:
    if value != int(value):
        return NOTHING
    number = int(value)
    year, month = divmod(number, 100)
    if _is_year(year) and 1 <= month <= 12:  # noqa: PLR2004
        return Time(kind="month", number=month, year=year)
    return Time(kind="year", year=number) if _is_year(number) else NOTHING


def _of_figures(text: str) -> Time | None:
    """Read a cell of figures and marks only."""
    if found := re.fullmatch(r"(\d{4})\s?[-/.]\s?(\d{1,2})(?:[-/.]\d{1,2}(?:[ t][\d:.]+)?)?", text):
        year, month = int(found[1]), int(found[2])
        if _is_year(year) and 1 <= month <= 12:  # noqa: PLR2004
            return Time(kind="month", number=month, year=year)
    if found := re.fullmatch(r"(\d{4})-?m(\d{1,2})|(\d{4})(0[1-9]|1[0-2])", text):
        year, month = int(found[1] or found[3]), int(found[2] or found[4])
        if _is_year(year) and 1 <= month <= 12:  # noqa: PLR2004
            return Time(kind="month", number=month, year=year)
    if found := re.fullmatch(r"(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})", text):
        month, year = int(found[1]), _full_year(int(found[2]))
        if 1 <= month <= 12 and _is_year(year):  # noqa: PLR2004
            return Time(kind="month", number=month, year=year)
    if found := re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})", text):
        first, second, year = int(found[1]), int(found[3]), _full_year(int(found[4]))
        if found[2] == "." and 1 <= second <= 12:  # noqa: PLR2004 (day.month.year, always)
            return Time(kind="month", number=second, year=year)
        return Time(kind="day", number=first, last=second, year=year)
    return None


def _of_words(text: str) -> Time:
    text = re.sub(r"^([1-4])q\s?'?(\d{2}|\d{4})$", r"q\1 fy\2", text)
    year, rest = _take_year(text)
    words = re.findall(r"[^\W\d_]+|\d+|%", rest)
    names = [word for word in words if word in MONTHS]
    others = [word for word in words if word not in MONTHS and word not in _FILLERS]
    if names and len(names) <= 2:  # noqa: PLR2004 (a month, or from month to month)
        return _of_names(names, others, year)
    joined = re.sub(r"\s*[.\-]\s*", " ", rest).strip()
    for kind, signs, most in (("quarter", _QUARTER, 4), ("half", _HALF, 2)):
        if counted := _counted(joined, signs, most):
            number, beside = counted
            return replace(year, kind=kind, number=number, words=beside)  # type: ignore[arg-type]
    ordinal = re.fullmatch(r"(?:m|p|period|periode|month|monat|mois)\s?0?([1-9]|1[0-2])", joined)
    if ordinal:
        return replace(year, kind="ordinal", number=int(ordinal[1]))
    return _of_totals(words, year)


def _of_names(names: list[str], others: list[str], year: Time) -> Time:
    figures = [word for word in others if word.isdigit()]
    beside = tuple(word for word in others if not word.isdigit())
    if any(word not in VERSION_WORDS | OTHER_WORDS | _TOTAL_WORDS | {"%"} for word in beside):
        return NOTHING
    if len(names) == 2:  # noqa: PLR2004
        return replace(year, kind="span", number=MONTHS[names[0]], last=MONTHS[names[1]])
    if len(figures) == 2 and not year.year and int(figures[0]) <= 31:  # noqa: PLR2004 (a day)
        figures = figures[1:]
    if len(figures) > 1 or (figures and year.year and int(figures[0]) > 31):  # noqa: PLR2004
        return NOTHING
    stated = year.year or (_full_year(int(figures[0])) if figures else 0)
    if stated and not _is_year(stated):
        return NOTHING
    kind: Kind = "total" if set(beside) & _TOTAL_WORDS else "month"
    return replace(year, kind=kind, number=MONTHS[names[0]], year=stated, words=beside)


def _of_totals(words: list[str], year: Time) -> Time:
    beside = tuple(word for word in words if word not in _FILLERS)
    known = VERSION_WORDS | OTHER_WORDS | _TOTAL_WORDS | _YEAR_WORDS | _FISCAL | {"%", "ytd"}
    if any(word not in known for word in beside):
        return NOTHING
    states = tuple(word for word in beside if word in VERSION_WORDS | OTHER_WORDS | {"%"})
    if {"ytd", "kumuliert"} & set(beside):
        return replace(year, kind="ytd", words=states)
    if set(beside) & _TOTAL_WORDS:
        return replace(year, kind="total", words=states)
    if year.year:
        return replace(year, kind="year", words=states)
    if set(beside) & (_YEAR_WORDS | _FISCAL):
        return replace(year, kind="total", words=states)
    return Time(words=states)


def _take_year(text: str) -> tuple[Time, str]:
    """Take the year out of a text: the year as found, and the rest."""
    called = any(word in _FISCAL for word in re.findall(r"[^\W\d_]+", text))
    pair = r"(?<!\d)(?:(fy|gj|wj)\s?)?'?(\d{4}|\d{2})\s?[/\-–]\s?(\d{4}|\d{2})(?!\d)"
    for found in re.finditer(pair, text):
        first, last = _full_year(int(found[2])), _full_year(int(found[3]))
        if last == first + 1 and _is_year(first) and (len(found[2]) == 4 or found[1]):  # noqa: PLR2004
            rest = f"{text[: found.start()]} {text[found.end() :]}"
            return Time(year=last, fiscal=True, both=True), _bare(rest)
    one = re.search(r"(?<![\d])(\d{4})(?!\d)", text)
    if one and _is_year(int(one[1])):
        rest = f"{text[: one.start()]} {text[one.end() :]}"
        return Time(year=int(one[1]), fiscal=called), _bare(rest)
    if short := re.search(r"\b(fy|gj|wj|cy)\s?'?(\d{2})(?!\d)|'(\d{2})(?!\d)", text):
        year = _full_year(int(short[2] or short[3]))
        fiscal = short[1] in {"fy", "gj", "wj"}
        return Time(year=year, fiscal=fiscal), _bare(
            f"{text[: short.start()]} {text[short.end() :]}"
        )
    return NOTHING, text


def _bare(text: str) -> str:
    return re.sub(r"\b(fy|gj|wj|cy)\b", " ", text).strip(" -–/'.,:()")


def _counted(text: str, signs: Iterable[str], most: int) -> tuple[int, tuple[str, ...]] | None:
    """Return the number beside a sign such as Q, and the words that are left."""
    sign = "|".join(sorted(signs, key=len, reverse=True))
    form = (
        rf"\b(?:(?:{sign})\s?([1-{most}])|([1-{most}])\s?(?:st|nd|rd|th|er|eme|e)?\s?(?:{sign}))\b"
    )
    found = re.search(form, text)
    if not found:
        return None
    rest = re.findall(r"[^\W_]+|%", f"{text[: found.start()]} {text[found.end() :]}")
    allowed = VERSION_WORDS | OTHER_WORDS | _TOTAL_WORDS | _FILLERS | {"%"}
    if any(word not in allowed for word in rest):
        return None
    states = tuple(word for word in rest if word in VERSION_WORDS | OTHER_WORDS | {"%"})
    return int(found[1] or found[2]), states


def _full_year(year: int) -> int:
    return 2000 + year if year < 100 else year  # noqa: PLR2004


def _is_year(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR
