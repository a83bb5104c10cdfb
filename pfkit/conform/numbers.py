"""What a text says as a number: every reading it allows, and why it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

#: Spaces that stand between thousands, some of which do not break the line.
SPACES: Final = " \u00a0\u202f\u2009"
#: Apostrophes that stand between thousands.
APOSTROPHES: Final = "'\u2019"
#: A currency's sign, and the codes it may stand for.
SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "GIP", "FKP", "SHP", "LBP", "SYP", "SDG"),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW", "KPW"),
    "₪": ("ILS",),
    "₽": ("RUB",),
    "₺": ("TRY",),
    "₫": ("VND",),
    "zł": ("PLN",),
    "US$": ("USD",),
    "$": (
        *("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL", "CLP", "COP", "ARS"),
        *("FJD", "JMD", "BSD", "BBD", "BZD", "BMD", "BND", "XCD", "GYD", "LRD", "NAD", "SBD"),
        *("SRD", "TTD", "KYD", "UYU", "ZWL", "DOP", "CUP", "CVE", "TOP", "WST", "MOP"),
    ),
}

_MARKS: Final = (".", ",")
_MINUS: Final = "-\u2212\u2013"
_NOT_FINITE: Final = re.compile(r"[+-]?(nan|inf|infinity|1\.#\w+)", re.IGNORECASE)
_NO_VALUE: Final = re.compile(r"-+|\u2013|\u2014|n/?a|null|none|nil|tbd|\?+|#+", re.IGNORECASE)
_EXPONENT: Final = re.compile(r"([+-]?)(\d*)\.?(\d*)[eE]([+-]?\d+)", re.ASCII)
_CORE: Final = re.compile(rf"[0-9.,{SPACES}{APOSTROPHES}]+")
_CODE: Final = re.compile(r"[A-Z]{3}")
_SIDE: Final = re.compile(r"(.*\d)\s*(CR|DR)\.?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Numeral:
    """A text taken apart: what stands around its digits, and what they may say.

    Parameters
    ----------
    readings : dict of str to Decimal
        The value for each decimal mark under which the text is a number; empty when it is none.
    dress : tuple of str
        What had to be taken off or understood: ``parentheses``, ``trailing minus``, …
    sign : str
        The currency sign or code that stood beside the digits.
    reason : str
        Why it is no number, or empty.
    grouping : tuple of tuple
        For each decimal mark, how thousands are then marked.
    """

    readings: dict[str, Decimal]
    dress: tuple[str, ...] = ()
    sign: str = ""
    reason: str = ""
    grouping: tuple[tuple[str, str], ...] = ()

    @property
    def differs(self) -> bool:
        """Whether it reads as different values under the two decimal marks."""
        return len(set(self.readings.values())) > 1

    @property
    def proves(self) -> str:
        """The only decimal mark it can be read with, or empty."""
        return next(iter(self.readings)) if len(self.readings) == 1 else ""

    def marks(self, decimal: str) -> tuple[str, ...]:
        """Return what was understood about it when read with a decimal mark."""
        kinds = tuple(kind for mark, kind in self.grouping if mark == decimal and kind)
        value = self.readings[decimal]
        fraction = value != int(value)
        comma = ("decimal comma",) if decimal == "," and fraction else ()
        return (*comma, *kinds, *self.dress)


def numeral(text: str) -> Numeral:
    """Take a text apart as a number.

    Parameters
    ----------
    text : str
        As it stands in a file.

    Examples
    --------
    >>> {mark: str(value) for mark, value in numeral("(1.234)").readings.items()}
    {'.': '-1.234', ',': '-1234'}
    >>> numeral("1.234,50 €").proves, numeral("1.234,50 €").marks(",")
    (',', ('decimal comma', 'thousands mark', 'currency sign'))
    >>> numeral("1.2.3").reason
    'the groups of digits are not thousands, and there are two decimal marks'
    """
    bare = text.strip().strip(SPACES)
    if refusal := _refused(bare):
        return Numeral({}, reason=refusal)
    dress: list[str] = []
    bare, negative, reason = _signed(bare, dress)
    if reason:
        return Numeral({}, reason=reason)
    bare, sign = _without_currency(bare)
    if sign:
        dress.append("currency sign")
        bare, again, reason = _signed(bare, dress)
        if reason or (again and negative):
            return Numeral({}, reason=reason or "it has two signs")
        negative = negative or again
    if exponent := _EXPONENT.fullmatch(bare):
        return _scientific(exponent, bare, negative=negative, dress=dress)
    if bare.endswith("%"):
        return Numeral({}, tuple(dress), sign, "it is a percentage, not an amount")
    if not _CORE.fullmatch(bare) or not any(letter.isdigit() for letter in bare):
        return Numeral({}, tuple(dress), sign, _unlike(bare))
    return _grouped(bare, negative=negative, dress=dress, sign=sign)


def _refused(bare: str) -> str:
    if not bare:
        return "it is empty"
    if _NOT_FINITE.fullmatch(bare):
        return "it is not a finite number"
    if _NO_VALUE.fullmatch(bare):
        return "it stands for a value that is not there"
    if _SIDE.fullmatch(bare):
        return "CR and DR name a side of the account, which is no sign until a book declares it"
    return ""


def _signed(bare: str, dress: list[str]) -> tuple[str, bool, str]:
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
        dress.append("parentheses")
    if bare[:1] and bare[0] in _MINUS + "+":
        if negative:
            return bare, negative, "it has two signs"
        negative = bare[0] != "+"
        if bare[0] not in "-+":
            dress.append("minus sign")
        bare = bare[1:].strip()
        if bare[:1] and bare[0] in _MINUS + "+(":
            return bare, negative, "it has two signs"
    if bare[-1:] and bare[-1] in _MINUS and len(bare) > 1:
        if negative:
            return bare, negative, "it has two signs"
        negative, bare = True, bare[:-1].strip()
        dress.append("trailing minus")
    return bare, negative, ""


def _without_currency(bare: str) -> tuple[str, str]:
    for sign in SIGNS:
        if bare.startswith(sign):
            return bare[len(sign) :].strip(), sign
        if bare.endswith(sign):
            return bare[: -len(sign)].strip(), sign
    for found, rest in ((bare[:3], bare[3:]), (bare[-3:], bare[:-3])):
        if _CODE.fullmatch(found) and any(letter.isdigit() for letter in rest):
            return rest.strip(), found
    return bare, ""


def _scientific(found: re.Match[str], bare: str, *, negative: bool, dress: list[str]) -> Numeral:
    whole, fraction, power = found[2], found[3], int(found[4])
    if not whole + fraction:
        return Numeral({}, reason=_unlike(bare))
    if power > len(fraction) or abs(power) > 30:  # noqa: PLR2004 (far beyond any amount)
        return Numeral({}, reason="its exponent hides digits that a spreadsheet has cut off")
    value = Decimal(f"{found[1]}{whole or '0'}.{fraction or '0'}E{power}")
    return Numeral(dict.fromkeys(_MARKS, -value if negative else value), (*dress, "exponent"))


def _unlike(bare: str) -> str:
    if any(letter.isdigit() and not letter.isascii() for letter in bare):
        return "its digits are of another script or width"
    if re.search(r"\d", bare, re.ASCII):
        return "letters or signs stand between or beside its digits"
    return "it is no number"


def _grouped(bare: str, *, negative: bool, dress: list[str], sign: str) -> Numeral:
    readings: dict[str, Decimal] = {}
    grouping: dict[str, str] = {}
    for mark in _MARKS:
        read = _read(bare, mark)
        if read is not None:
            value, kind = read
            readings[mark] = -value if negative else value
            grouping[mark] = kind
    if not readings:
        return Numeral({}, tuple(dress), sign, _malformed(bare))
    return Numeral(readings, tuple(dress), sign, grouping=tuple(grouping.items()))


def _read(bare: str, mark: str) -> tuple[Decimal, str] | None:
    """Return the value and how thousands are marked, None where the mark does not fit."""
    whole, point, fraction = bare.partition(mark)
    if mark in fraction or (fraction and not re.fullmatch(r"[0-9]+", fraction)):
        return None
    if point and not whole and not fraction:
        return None
    other = "," if mark == "." else "."
    kind = ""
    for marks, name in (
        (other, "thousands mark"),
        (SPACES, "thousands space"),
        (APOSTROPHES, "thousands apostrophe"),
    ):
        if any(letter in marks for letter in whole):
            if kind:
                return None
            kind = name
            if not _is_grouped(whole, marks):
                return None
            whole = "".join(letter for letter in whole if letter not in marks)
    if not re.fullmatch(r"[0-9]*", whole):
        return None
    return Decimal(f"{whole or '0'}.{fraction or '0'}" if point else whole), kind


def _is_grouped(whole: str, marks: str) -> bool:
    mark = f"[{re.escape(marks)}]"
    western = rf"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}})+"
    # 12,34,567: thousands, then lakh and crore in twos.
    indian = r"[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}"
    return bool(re.fullmatch(western, whole) or (marks == "," and re.fullmatch(indian, whole)))


def _malformed(bare: str) -> str:
    points = sum(bare.count(mark) for mark in _MARKS)
    if points > 1:
        return "the groups of digits are not thousands, and there are two decimal marks"
    return "the groups of digits are not thousands"


def plain(value: Decimal) -> str:
    """Return a number as plain text, without exponent or needless zeros.

    Examples
    --------
    >>> plain(Decimal("1.50E+3")), plain(Decimal("-0.10"))
    ('1500', '-0.1')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def both(found: Numeral) -> str:
    """Return the two readings of a number, for a message.

    Examples
    --------
    >>> both(numeral("1.234"))
    '1.234 (point as decimal mark) or 1234 (comma as decimal mark)'
    """
    names = {".": "point", ",": "comma"}
    return " or ".join(
        f"{plain(value)} ({names[mark]} as decimal mark)" for mark, value in found.readings.items()
    )
