"""Texts that are more than texts: formulas, scripts, paths, SQL, marks nobody sees, persons."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from pfkit.conform.single.stated import IDS
from pfkit.contracts.personal import finds, settled_doubts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pfkit.conform.single.rows import Rows

_KEPT: Final = "It is kept as text and never run"
_INVISIBLE: Final = "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_RULES: Final = tuple(
    (rule, re.compile(pattern, re.IGNORECASE | re.DOTALL), told, advice)
    for rule, pattern, told, advice in (
        (
            "formula",
            (
                r"\s*(=|@\s*\w+\s*\(|[+-].*(\||\w\(|![A-Z]+\d)|[+-][\d.]+([*/+][\d.]+)+|[+-][A-Z]{1,2}\d+)"
                r".*"
            ),
            "begins as a formula",
            f"{_KEPT}; a spreadsheet might: remove the sign it begins with.",
        ),
        (
            "script",
            (
                r".*(<\s*/?\s*(script|iframe|object|embed|svg|img|link|meta|style)\b|javascript:|"
                r"vbscript:|data:text/html|\bon(error|load|click|mouseover)\s*=|\$\{jndi:|\{\{.*\}\}).*"
            ),
            "holds markup that a browser would run",
            f"{_KEPT}; remove it at the source.",
        ),
        (
            "path",
            r".*(\.\.[/\\]|%2e%2e[/%]|\bfile://|/etc/(passwd|shadow)).*|\s*([A-Z]:\\|\\\\\w).*",
            "is a path out of the folder",
            "It is kept as text and opens nothing; remove it at the source.",
        ),
        (
            "sql",
            (
                r".*('\s*;|;\s*(drop|delete|insert|update|alter|truncate|exec)\b|"
                r"\bunion\s+(all\s+)?select\b|'\s*(or|and)\s+'?\w+'?\s*=\s*'?\w+|"
                r"\bdrop\s+table\b|\bxp_cmdshell\b|'\s*--).*"
            ),
            "holds a piece of SQL",
            f"{_KEPT}; remove it at the source.",
        ),
        (
            "control characters",
            r".*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f].*",
            "holds control characters",
            "Remove them at the source.",
        ),
        (
            "invisible characters",
            rf".*{_INVISIBLE}.*",
            "holds characters nobody sees",
            "Remove them: two names that look alike are not equal.",
        ),
        (
            "lost characters",
            r".*\ufffd.*",
            "holds the mark of characters that were lost",
            "Export again, as UTF-8.",
        ),
        (
            "mojibake",
            (
                r".*([ÃÂ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
                r"\u2013-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]|â€|Ð[°-¿]|ï»¿).*"
            ),
            "was decoded twice",
            "Export again, as UTF-8.",
        ),
        ("long text", r".{10000,}", "has more than 10,000 characters", "Shorten it."),
    )
)
#: A text of plain words and short numbers breaks no rule and names nobody; most are such.
_SUSPECT: Final = re.compile(
    r"[^\w .,;()/#&'-]|[0-9]{4}[ -]?[0-9]{4}|[A-Z]{2}[0-9]{2}|[\w-]{16}|\.\.|^\s*[+-]|-{2}|';"
    r"|; *(drop|delete|insert|update|alter|truncate|exec)|drop|union|xp_|' *(or|and) |.{200}",
    re.IGNORECASE | re.DOTALL,
)
#: Of these, anything may be part of running text.
_FORMATTING: Final = frozenset("\u200c\u200d\u200e\u200f\u00ad")
_NAMES: Final = ("account", "product", "cost_center", "line", "version", "feature")


def check_texts(rows: Rows) -> None:
    """Warn of texts that would do harm elsewhere, cannot be seen, or name persons."""
    taken = {"amount", "debit", "credit", "units", "rate", "ts", "posting_date", "date"}
    for name, values in list(rows.stated.items()):
        if name in taken:
            continue
        firsts: dict[str, int] = {}
        counts: dict[str, int] = {}
        for row, value in enumerate(values):
            if value:
                firsts.setdefault(value, row)
                counts[value] = counts.get(value, 0) + 1
        suspects = {v: row for v, row in firsts.items() if not v.isascii() or _SUSPECT.search(v)}
        for value, row in suspects.items():
            for rule, told, advice in _broken(value, name):
                more = f" ({counts[value]} rows)" if counts[value] > 1 else ""
                rows.warn(row, rule, name, value, f"{name} {_shown(value)} {told}{more}", advice)
        _persons(rows, name, suspects, counts)
        if name in _NAMES:
            _spellings(rows, name, firsts)


def _broken(value: str, name: str) -> Iterator[tuple[str, str, str]]:
    for rule, pattern, told, advice in _RULES:
        if not pattern.fullmatch(value):
            continue
        if rule == "invisible characters" and name == "memo":
            marks = set(re.findall(_INVISIBLE, value))
            if marks <= _FORMATTING:
                continue
        yield rule, told, advice


def _shown(value: str) -> str:
    """Return a text with what nobody sees written out."""
    text = value if len(value) <= 80 else f"{value[:79]}…"  # noqa: PLR2004 (what a line holds)
    return ascii(text) if not text.isprintable() else repr(text)


def _persons(rows: Rows, name: str, firsts: dict[str, int], counts: dict[str, int]) -> None:
    suspects = {value: found for value in firsts if len(value) > 5 and (found := finds(value))}  # noqa: PLR2004
    if not suspects:
        return
    doubts = settled_doubts(
        [value for value in firsts if re.search(r"\d{4}|\w{16}", value)],
        others=len(counts) - sum(1 for value in firsts if re.search(r"\d{4}|\w{16}", value)),
    )
    if name in IDS:
        doubts |= {"token", "number"} if _are_hexadecimal(firsts) else {"token"}
    for value, found in suspects.items():
        kinds = sorted({one.kind for one in found if not one.doubt or one.doubt not in doubts})
        for kind in kinds:
            row = firsts[value]
            more = f" ({counts[value]} rows)" if counts[value] > 1 else ""
            rows.warn(
                row,
                "personal data" if kind != "secret" else "secret",
                name,
                value,
                f"{name} holds {_ARTICLE[kind]}{more}; it is masked in every output",
                "Leave it out of the export."
                if kind != "secret"
                else "Change the key, and leave it out of the export.",
            )


def _are_hexadecimal(values: Iterable[str]) -> bool:
    """Return whether ids are hexadecimal numbers, a few of which have digits only by chance.

    Examples
    --------
    >>> _are_hexadecimal(["73907cfccfe330cd", "4111111111111111", "8ed5d1b7b310b730"])
    True
    >>> _are_hexadecimal(["ev-1", "4111111111111111", "ev-3"])
    False
    """
    listed = list(values)
    return 2 * sum(1 for value in listed if _HEXADECIMAL.fullmatch(value)) > len(listed)


_HEXADECIMAL: Final = re.compile(r"(?=.*[a-f])[0-9a-f]{12,64}", re.IGNORECASE)
_ARTICLE: Final = {
    "e-mail": "an e-mail address",
    "card": "a card number",
    "bank account": "a bank account number",
    "secret": "what looks like a key or password",
}


def _spellings(rows: Rows, name: str, firsts: dict[str, int]) -> None:
    """Warn of names that differ in case, spaces or composition only."""
    known: dict[str, str] = {}
    for value, row in firsts.items():
        plain = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
        other = known.setdefault(plain, value)
        if other.strip() != value.strip():
            rows.warn(
                row,
                "spelling",
                name,
                value,
                f"{name} {_shown(value)} and {_shown(other)} ({rows.places[firsts[other]]}) "
                "differ in case, spaces or composition only, and count as two",
                "Use one spelling, or a value map in a book.",
            )
