"""What the lines above a table say: unit, currency, version, and the year."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pfkit.errors import SourceError
from pfkit.sources.budget.months import MONTHS, VERSION_WORDS, Time, plain, time_of

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What one stated unit is worth, as a power of ten.
SCALES: Final = {"minor": -2, "major": 0, "thousands": 3, "millions": 6}

_CODES: Final = (
    "EUR USD GBP CHF JPY CAD AUD SEK NOK DKK PLN CZK HUF RON BGN TRY INR CNY BRL MXN ZAR SGD "
    "HKD NZD"
).split()
_CODE: Final = "|".join(_CODES).lower()
_SIGNS: Final = {"€": "EUR", "£": "GBP", "us$": "USD", "$": "USD"}
_WORDS: Final = {
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "pounds sterling": "GBP",
    "sterling": "GBP",
}
_MONEY: Final = rf"(?:us\$|[€£$]|{_CODE}|euros?|(?:us )?dollars?|sterling)"
_THOUSANDS: Final = (
    r"(?:k|t|tsd\.?|thousands?|'?000s?|000['’]s|tausend|milliers|miles|migliaia|duizend|mille)"
)
_MILLIONS: Final = (
    r"(?:m|mn|mm|mio\.?|mill?\.?|millions?|millionen|millones|milioni|miljoen|'?000['’ ,.]?000s?)"
)
_LONG: Final = r"(?:\w{4,}|mio\.?|tsd\.?|mn|mm|'?000['’]?s?)"  # a lone letter may mean anything
_AMONG: Final = r"(?:\s+(?:of|de|d|di|an|in|von)\s*['’]?\s*|\s*[-/,(]?\s*)"
_STATED: Final = tuple(
    (scale, re.compile(form))
    for scale, size in (("millions", _MILLIONS), ("thousands", _THOUSANDS))
    for form in (
        rf"(?<![\w]){_MONEY}{_AMONG}{size}(?!\w)",
        rf"(?<![\w'’]){size}{_AMONG}{_MONEY}(?![\w])",
        rf"\b(?:in|en|unit:?|einheit:?)\s+(?=(?:{_LONG}))(?:{size})(?!\w)",
        rf"^[(\[]?(?=(?:{_LONG}))(?:{size})[)\]]?$",
    )
)
_WHOLE: Final = re.compile(
    rf"\b(?:in|en|amounts? in|figures in|values in|unit:?|einheit:?|currency:?|wahrung:?|devise:?)"
    rf"\s+(?:whole |full |ganzen )?({_MONEY})(?!\w)|^\(?({_MONEY})\)?$|[(\[]({_MONEY})[)\]]"
)
_LABEL: Final = re.compile(
    r"^(?:version|budget version|scenario|szenario|stand)\s*[:=]\s*(.+)$", re.IGNORECASE
)
_MARK: Final = re.compile(
    r"\bv\.?\s?\d+(?:\.\d+)*\b|\bversion\s+[\w.]+|\brev(?:ision)?\.?\s?\d+\b|\brf\s?\d+\b|\b\d{1,2}\+\d{1,2}\b",
    re.IGNORECASE,
)
_KINDS: Final = frozenset("budget budgets bud plan planned scenario version case".split())
_DATES: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_RANGE: Final = re.compile(
    r"([^\W\d_]+)\.?\s*['’]?(\d{4}|\d{2})\s*(?:-|–|—|to|bis|through|thru|a|au)\s*([^\W\d_]+)\.?\s*['’]?(\d{4}|\d{2})"
)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Something a title says, and the cell that says it."""

    text: str
    cell: str


@dataclass(frozen=True, kw_only=True)
class Title:
    """What the lines above a table say.

    Parameters
    ----------
    unit, currency, version : Stated or None
        ``thousands``; ``EUR``; the words that name the version.
    year : Time or None
        The year, fiscal or not, as the title has it.
    year_cell : str
        Where it stands.
    first_month : str
        The first month of a stated range (``2025-04`` in "Apr 2025 – Mar 2026"), or empty.
    lines : tuple of str
        The lines as they stand.
    """

    unit: Stated | None = None
    currency: Stated | None = None
    version: Stated | None = None
    year: Time | None = None
    year_cell: str = ""
    first_month: str = ""
    lines: tuple[str, ...] = ()


def with_above(title: Title, above: Title | None) -> Title:
    """Return a title with what it leaves unsaid taken from the table above it."""
    if above is None:
        return title
    own = title.year is not None
    return replace(
        title,
        unit=title.unit or above.unit,
        currency=title.currency or above.currency,
        version=title.version or above.version,
        year=title.year if own else above.year,
        year_cell=title.year_cell if own else above.year_cell,
        first_month=title.first_month or ("" if own else above.first_month),
    )


def title_of(cells: Iterable[tuple[str, str]], *, where: str) -> Title:
    """Return what title cells say.

    Parameters
    ----------
    cells : iterable of (str, str)
        Address and text, from the top.
    where : str
        The file, for messages.

    Raises
    ------
    SourceError
        If two cells state different units or currencies.

    Examples
    --------
    >>> title = title_of([("A1", "Budget 2026 v2 – approved 2025-12-05, in kEUR")], where="b.xlsx")
    >>> title.unit.text, title.currency.text, title.version.text, title.year.year
    ('thousands', 'EUR', 'Budget 2026 v2', 2026)
    """
    unit = currency = version = None
    year: Time | None = None
    year_cell = first_month = ""
    lines = []
    for cell, text in cells:
        lines.append(text)
        said, money = unit_of(text)
        if said:
            unit = _agree(unit, Stated(text=said, cell=cell), "unit", where)
        if money:
            currency = _agree(currency, Stated(text=money, cell=cell), "currency", where)
        named = version_in(text)
        version = version or (Stated(text=named, cell=cell) if named else None)
        first_month = first_month or _first_month(text)
        found = year_of(text)
        if found is not None and (year is None or (found.fiscal and not year.fiscal)):
            year, year_cell = found, cell
    return Title(
        unit=unit,
        currency=currency,
        version=version,
        year=year,
        year_cell=year_cell,
        first_month=first_month,
        lines=tuple(lines),
    )


def _agree(held: Stated | None, found: Stated, what: str, where: str) -> Stated:
    if held is not None and held.text != found.text:
        raise SourceError(
            f"the {what} is {held.text} after {held.cell}, and {found.text} after {found.cell}",
            where=f"{where} ({found.cell})",
            advice=f"State one {what} for the table; another table needs a sheet of its own.",
        )
    return held or found


def unit_of(text: str) -> tuple[str, str]:
    """Return the unit and the currency that a text states, each empty where it states none.

    Examples
    --------
    >>> [unit_of(t) for t in ("in kEUR", "EUR thousands", "$m", "amounts in millions of USD")]
    [('thousands', 'EUR'), ('thousands', 'EUR'), ('millions', 'USD'), ('millions', 'USD')]
    >>> unit_of("Budget 2026 in EUR"), unit_of("T€"), unit_of("Marketing plan")
    (('major', 'EUR'), ('thousands', 'EUR'), ('', ''))
    """
    bare = plain(text)
    for scale, form in _STATED:
        found = form.search(bare)
        if found:
            return scale, _currency(found.group()) or _currency(bare)
    whole = _WHOLE.search(bare)
    if whole:
        return "major", _currency(whole[1] or whole[2] or whole[3])
    return "", ""


def _currency(text: str) -> str:
    for code in _CODES:
        if re.search(rf"(?<![a-z]|\d)(?:[kmt]|mio\.?\s?|tsd\.?\s?)?{code.lower()}(?![a-z])", text):
            return code
    for sign, code in (*_SIGNS.items(), *_WORDS.items()):
        if sign in text:
            return code
    return ""


def version_in(text: str) -> str:
    """Return the words of a text that name a state of the plan, empty where none do.

    Examples
    --------
    >>> version_in("Meridian – Budget 2026 v2 – approved 2025-12-05"), version_in("Version: B2")
    ('Budget 2026 v2', 'B2')
    """
    labelled = _LABEL.match(text.strip())
    if labelled:
        return labelled[1].strip()
    named = []
    for part in re.split(r"\s+[-–—|]\s+|[,;()\[\]]|\s[-–—]|:\s", text):
        bare = " ".join(_DATES.sub("", part).split())
        inside = set(re.findall(r"[^\W\d_]+", plain(bare)))
        status = _DATES.search(part) and len(bare.split()) == 1  # as in "approved 2025-12-05"
        if bare and not status and (inside & VERSION_WORDS or _MARK.search(bare)):
            named.append(_without_unit(bare))
    return " ".join(named)


def _without_unit(text: str) -> str:
    return re.sub(r"\s+(?:in|en)\s+\S+(?:\s+(?:of|de|d')\s*\S+)?$", "", text) or text


def year_of(text: str) -> Time | None:
    """Return the one year a title line is about, None where it names none or two.

    Examples
    --------
    >>> year_of("Budget FY2026 (Apr 2025 – Mar 2026)").year, year_of("approved 2025-12-05")
    (2026, None)
    >>> year_of("budget-2026-final").year, year_of("budget 2026-03")
    (2026, None)
    """
    bare = _RANGE.sub(" ", _DATES.sub(" ", plain(text)))
    called = re.search(
        r"\b(?:fy|gj|wj|fiscal year|financial year|geschaftsjahr|wirtschaftsjahr):?\s?'?"
        r"(?:\d{4}|\d{2})(?:\s?[/\-–]\s?(?:\d{4}|\d{2}))?(?!\d)",
        bare,
    )
    pair = re.search(r"(?<!\d)\d{4}\s?[/–\-]\s?(?:\d{4}|\d{2})(?!\d)", bare)
    for found in (called, pair):
        if found:
            said = time_of(found.group().replace(":", " "))
            if said.kind == "year":
                return said
    years = {int(y) for y in re.findall(r"(?<![\d/.,])(?<!\d-)((?:19|20)\d{2})(?![\d/]|-\d)", bare)}
    return Time(kind="year", year=years.pop()) if len(years) == 1 else None


def _first_month(text: str) -> str:
    for found in _RANGE.finditer(plain(text)):
        first, last = MONTHS.get(found[1]), MONTHS.get(found[3])
        if first and last:
            year = int(found[2])
            return f"{year + 2000 if year < 100 else year}-{first:02d}"  # noqa: PLR2004
    return ""


def names_state(text: str) -> bool:
    """Tell whether a text says which state of the plan it is, and not only that it is a plan.

    Examples
    --------
    >>> names_state("Adopted"), names_state("Budget 2026 v2"), names_state("Budget 2026")
    (True, True, False)
    """
    words = set(re.findall(r"[^\W\d_]+", plain(text)))
    return bool(words & (VERSION_WORDS - _KINDS) or _MARK.search(text))


def names_version(text: str) -> bool:
    """Tell whether a text names a state of the plan.

    Examples
    --------
    >>> names_version("Adopted"), names_version("Plan v2"), names_version("Sheet1")
    (True, True, False)
    """
    words = set(re.findall(r"[^\W\d_]+", plain(text)))
    return bool(words & VERSION_WORDS or _MARK.search(text))
