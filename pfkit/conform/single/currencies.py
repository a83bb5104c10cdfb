"""Currency codes there are, and what the header of a rate column says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: ISO 4217 codes in use, and those that ledgers still hold.
CODES: Final = frozenset(
    re.findall(
        r"[A-Z]{3}",
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
        BWP BYN BZD CAD CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP
        ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD
        IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD
        MAD MDL MGA MKD MMK MNT MOP MRU MTL MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR
        PAB PEN PGK PHP PKR PLN PYG QAR ROL RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SIT SKK
        SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRL TRY TTD TWD TZS UAH UGX USD
        UYU UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF YER ZAR ZMW ZWG ZWL
        """,
    )
)
#: Currencies whose smallest unit is a thousandth.
MILLS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

_PAIR: Final = re.compile(r"([A-Z]{3})\s*[/_\-:.]?\s*([A-Z]{3})", re.IGNORECASE)
_PER: Final = re.compile(r"([A-Z]{3})\s*(?:per|_per_)\s*1?\s*([A-Z]{3})", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """What a rate column says: units of `quote` for one unit of `base`.

    Parameters
    ----------
    base, quote : str
        Currency codes; `quote` is empty where the header does not declare a direction, and
        `base` is then the one currency named.
    """

    base: str
    quote: str = ""


def pair_of(header: str) -> Pair | None:
    """Return what the header of a rate column declares, None where it is none.

    Examples
    --------
    >>> pair_of("EURUSD"), pair_of("USD per EUR"), pair_of("GBP"), pair_of("note")
    (Pair(base='EUR', quote='USD'), Pair(base='EUR', quote='USD'), Pair(base='GBP', quote=''), None)
    """
    text = header.strip()
    if text.upper() in CODES:
        return Pair(text.upper())
    if found := _PER.fullmatch(text):
        quote, base = found[1].upper(), found[2].upper()
    elif found := _PAIR.fullmatch(text):
        base, quote = found[1].upper(), found[2].upper()
    else:
        return None
    return Pair(base, quote) if {base, quote} <= CODES and base != quote else None
