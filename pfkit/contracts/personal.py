"""What no output may show: e-mail addresses, card and bank account numbers, and secrets."""

from __future__ import annotations

import hmac
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pfkit.contracts import secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["e-mail", "card", "bank account", "secret"]

#: How sure a find is by itself: a number or token may be an identifier, which its column tells.
Doubt = Literal["", "number", "groups", "token"]

#: Every doubt: with these settled, only what its form alone gives away is masked.
DOUBTS: frozenset[Doubt] = frozenset({"number", "groups", "token"})

_AT = re.compile(
    r"[\w](?:[\w.+'-]{0,62}[\w+-])?(?:@|%40)"
    r"((?:[\w](?:[\w-]{0,61}[\w])?\.){1,8})(xn--[a-z0-9]{2,59}|[^\W\d_]{2,24})(?![\w-])",
    re.IGNORECASE,
)
_PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "heic"})

_DIGITS = re.compile(r"(?<![\w+])(?<!\d[.,])(?<!\w-)\d{13,19}(?![\w-])(?![.,]\d)")
_GROUPED = re.compile(
    r"(?<![\w+])(?<!\d[ .,\u00a0-])"
    r"(?:\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ \u00a0-])\d{6}\2\d{4,5})"
    r"(?![\w.,]\d|\w|[ \u00a0-]\d)"
)
_SAYS_CARD = re.compile(
    r"(?:\b(?:card|visa|master ?card|amex|american express|credit|debit|pan|cc|karte|carte|tarjeta)"
    r"\b)[^\d]{0,20}$",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
#: How many marks an account number has, by the countries that use as many.
_IBAN_SIZE = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL",
    24: "AD CZ ES MD PK RO SA SE SK TN",
    25: "PT",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ CY DO GT HU LB PL",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT",
}

_FEW = 3
_CHANCE = 0.1
_RARE = 1e-4
#: 48 bits: among 100,000 addresses, two share their marks once in 50,000 books.
_MARKS = 12


@dataclass(frozen=True, order=True)
class Find:
    """One thing in a text that no output may show.

    Parameters
    ----------
    start, end : int
        Where it stands.
    kind : str
        What it is: ``e-mail``, ``card``, ``bank account`` or ``secret``.
    doubt : str
        Empty where its form alone says so; else what it may be instead, for its column to tell:
        an identifying ``number``, digits in ``groups``, or a ``token`` that is a key of its row.
    """

    start: int
    end: int
    kind: Kind
    doubt: Doubt = ""


def finds(text: str) -> tuple[Find, ...]:
    """Return everything in a text that no output may show, in order and apart from each other.

    Parameters
    ----------
    text : str
        Any text; time taken grows with its length, not with its square.

    Examples
    --------
    >>> [found.kind for found in finds("pay with 4111 1111 1111 1111, mail joe@example.com")]
    ['card', 'e-mail']
    """
    kept: list[Find] = []
    for found in sorted(_all(text), key=lambda held: (held.start, -held.end)):
        if kept and found.start < kept[-1].end:
            last = kept[-1]
            # what follows the password in a connection string is its host, no address
            if found.end > last.end and (last.kind, found.kind) != ("secret", "e-mail"):
                kept[-1] = Find(last.start, found.end, last.kind, last.doubt and found.doubt)
            continue
        kept.append(found)
    return tuple(kept)


def kinds(text: str) -> tuple[str, ...]:
    """Return what kinds of personal data and secrets a text holds, in alphabetical order.

    Examples
    --------
    >>> kinds("ask jo.o'brien@example.co.uk"), kinds("price @ 5.00 for user@host")
    (('e-mail',), ())
    """
    return tuple(sorted({found.kind for found in finds(text)}))


def mask(
    text: str,
    *,
    key: bytes = b"",
    doubts: frozenset[Doubt] = frozenset(),
    keep: frozenset[str] = frozenset(),
) -> str:
    """Return a text with everything that no output may show replaced by what it was.

    Parameters
    ----------
    text : str
        Any text; one that is masked already stays as it is.
    key : bytes
        With a key, each value gets marks of its own, the same wherever it stands, so that masked
        tables still join; who has no key cannot try out addresses. Without one, only the kind.
    doubts : frozenset of str
        Doubts that a column has settled: such finds are identifiers and stay.
    keep : frozenset of str
        Kinds that stay as they are.

    Examples
    --------
    >>> mask("from joe@example.com, card 4111-1111-1111-1111")
    'from [e-mail], card [card]'
    >>> mask("joe@example.com", key=b"a") == mask("joe@example.com", key=b"b")
    False
    """
    held = [f for f in finds(text) if f.kind not in keep and not (f.doubt and f.doubt in doubts)]
    return written(text, held, key=key)


def written(text: str, held: Iterable[Find], *, key: bytes = b"") -> str:
    """Return a text with some of what was found in it masked.

    Parameters
    ----------
    text : str
        The text that was searched.
    held : iterable of Find
        What to mask, in order.
    key : bytes
        As for `mask`.
    """
    parts: list[str] = []
    place = 0
    for found in held:
        said = _marks(text[found.start : found.end], key) if key else ""
        parts += [
            text[place : found.start],
            f"[{found.kind} {said}]" if said else f"[{found.kind}]",
        ]
        place = found.end
    return "".join([*parts, text[place:]]) if parts else text


def settled_doubts(texts: Iterable[str], *, others: int = 0) -> frozenset[Doubt]:
    """Return which doubts the values of one column settle: it holds identifiers of that form.

    Parameters
    ----------
    texts : iterable of str
        Its distinct values with digits in a row or long tokens.
    others : int
        How many more distinct values it has.

    Notes
    -----
    One in ten numbers passes a card's check digit. Three numbers or fewer are believed; of more,
    at least half must pass, or more than chance gives once in ten thousand columns. A column is
    a key where half its values are one random token each, four or more, and eight in ten of those
    as long as each other.
    """
    held = list(texts)
    plain = [match[0] for text in held for match in _DIGITS.finditer(text)]
    grouped = [match[0] for text in held for match in _GROUPED.finditer(text)]
    settled: set[Doubt] = set()
    if _by_chance(plain):
        settled.add("number")
    if _by_chance(grouped):
        settled.add("groups")
    whole = [t for t in map(str.strip, held) if [(0, len(t))] == list(secrets.tokens(t))]
    sizes = [len(text) for text in whole]
    if len(whole) > _FEW and 2 * len(whole) >= len(held) + others:
        common = max(sizes.count(size) for size in set(sizes))
        if common >= 0.8 * len(sizes):
            settled.add("token")
    return frozenset(settled)


def is_card(number: str) -> bool:
    """Return whether a number is one that a card scheme could have issued.

    Examples
    --------
    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112"), is_card("4006381333931")
    (True, False, False)

    The last is the code of an article in a shop.
    """
    digits = re.sub(r"\D", "", number)
    return len(digits) in _sizes(digits) and _luhn(digits) and not _is_article(digits)


def _all(text: str) -> Iterator[Find]:
    for start, end in secrets.named(text):
        yield Find(start, end, "secret")
    yield from _addresses(text)
    for found in _IBAN.finditer(text):
        end = _iban_end(found[0])
        if end:
            yield Find(found.start(), found.start() + end, "bank account")
    yield from _cards(text)
    for start, end in secrets.tokens(text):
        yield Find(start, end, "secret", "token")


def _addresses(text: str) -> Iterator[Find]:
    if "@" not in text and "%40" not in text:
        return
    for found in _AT.finditer(text):
        # git@host names a place, and logo@2x.png a picture of double size
        if found[2].casefold() not in _PICTURES and not found[0].startswith("git@"):
            yield Find(*found.span(), "e-mail")


def _cards(text: str) -> Iterator[Find]:
    forms: tuple[tuple[re.Pattern[str], Doubt], ...] = ((_DIGITS, "number"), (_GROUPED, "groups"))
    for form, doubt in forms:
        for found in form.finditer(text):
            if is_card(found[0]):
                said = _SAYS_CARD.search(text[max(0, found.start() - 40) : found.start()])
                yield Find(*found.span(), "card", "" if said else doubt)


def _sizes(digits: str) -> tuple[int, ...]:
    """Return how many digits a card has whose number begins so, none where no card does."""
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return (13, 16, 19)
    if 51 <= two <= 55 or 2200 <= four <= 2204 or 2221 <= four <= 2720:  # noqa: PLR2004
        return (16,)
    if two in {34, 37}:
        return (15,)
    if two == 36 or two == 38 or 300 <= three <= 305:  # noqa: PLR2004, PLR1714
        return (14,)
    if four == 6011 or 644 <= three <= 659 or 3528 <= four <= 3589:  # noqa: PLR2004
        return (16, 19)
    if two == 62:  # noqa: PLR2004
        return (16, 17, 18, 19)
    return (16,) if four in {5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763} else ()


def _luhn(digits: str) -> bool:
    total = 0
    for place, mark in enumerate(reversed(digits)):
        value = int(mark) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digits of two figures
    return total % 10 == 0 and len(set(digits)) > 1


def _is_article(digits: str) -> bool:
    """Return whether 13 digits are an article number: those carry a check digit of their own."""
    if len(digits) != 13:  # noqa: PLR2004
        return False
    return sum(int(mark) * (1 + 2 * (place % 2)) for place, mark in enumerate(digits)) % 10 == 0


def _iban_end(text: str) -> int:
    """Return where a bank account number that begins a text ends, 0 where none does."""
    size = next((size for size, states in _IBAN_SIZE.items() if text[:2] in states), 0)
    places = [place for place, mark in enumerate(text) if mark != " "]
    if not size or len(places) < size:
        return 0
    end = places[size - 1] + 1
    if end < len(text) and text[end] != " ":
        return 0
    plain = text[:end].replace(" ", "")
    moved = "".join(str(int(mark, 36)) for mark in plain[4:] + plain[:4])
    return end if int(moved) % 97 == 1 else 0


def _by_chance(numbers: list[str]) -> bool:
    count = len(numbers)
    if count <= _FEW:
        return False
    cards = sum(map(is_card, numbers))
    if not cards or 2 * cards >= count:
        return False
    return _tail(count, cards) > _RARE


def _tail(count: int, least: int) -> float:
    """Return how likely chance alone gives so many cards, from below where there are many."""
    mean, spread = _CHANCE * count, math.sqrt(_CHANCE * (1 - _CHANCE) * count)
    if count > 500:  # noqa: PLR2004 - where the normal curve is near enough
        return 0.5 * math.erfc((least - 0.5 - mean) / (spread * math.sqrt(2)))
    return sum(
        math.comb(count, n) * _CHANCE**n * (1 - _CHANCE) ** (count - n)
        for n in range(least, count + 1)
    )


def _marks(value: str, key: bytes) -> str:
    said = hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")
    return said.hex()[:_MARKS]
