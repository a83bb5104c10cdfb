"""What the label of a row says about its numbers: a total, a result, a ratio, a count."""

from __future__ import annotations

import re
from typing import Final

from pfkit.sources.budget.months import plain

_TOTAL: Final = re.compile(
    r"^(?:grand |net |gross )?(?:sub|sous|zwischen)?[ -]?(?:totals?|totale|totaal|totaux)\b|"
    r"\b(?:sub|sous)?[ -]?(?:totals?|totale|totaal)$|"
    r"^(?:zwischen|gesamt|jahres|end)?summen?\b|\b(?:zwischen|gesamt)?summe$|"
    r"^gesamt\w*|\b(?:gesamt|insgesamt)$|^sum\b|^(?:suma|somme|ensemble|overall|subtotaal)\b|^[σ∑]"
)
_STRIP: Final = re.compile(
    r"\b(?:grand|net|gross|sub|sous|zwischen)?[ -]?(?:totals?|totale|totaal|totaux|summen?|suma|"
    r"somme|gesamt|insgesamt|sum|of|for|fur|de|du|overall)\b|[:σ∑()=]"
)
_RESULT: Final = re.compile(
    r"^(?:gross (?:profit|margin|income)|operating (?:profit|margin|result|income)|"
    r"net (?:profit|income|result|loss|margin)|ebit(?:da)?|contribution(?: margin)?(?: [1-4i]+)?|"
    r"profit|profit (?:before|after) tax(?:es)?|earnings before .*|result|surplus|deficit|"
    r"surplus ?/ ?\(?deficit\)?|rohertrag|rohergebnis|deckungsbeitrag(?: [1-4i]+)?|db ?[1-3i]+|"
    r"betriebsergebnis|ergebnis|jahresergebnis|marge (?:brute|nette)|resultat(?: net)?|"
    r"beneficio|margen bruto|net cash(?: flow)?|net position|balance)$"
)
_MAYBE: Final = re.compile(r"^net (?:revenues?|sales|turnover|cost|spend)$|^(?:netto|net)\b")
_RATIO: Final = re.compile(
    r"(?<![\d,.])(?<!\d )%|\b(?:percent|prozent|pourcentage|ratio|quote|growth|wachstum|"
    r"croissance)\b"
)
_COUNT: Final = re.compile(
    r"^(?:headcount|head count|fte'?s?|heads|employees|staff count|mitarbeiter|kopfe|effectifs?|"
    r"number of .*|# ?of .*|no\. of .*|anzahl .*|nombre de? .*|units|units sold|volumes?|quantity|"
    r"qty|hours|days|working days|fx rate|exchange rate|price per .*|average price|arpu|seats|"
    r"customers|users)(?: ?\((?:fte|#|units|hours|days|number|heads)\))?$|"
    r"\((?:fte|#|units|hours|days)\)$"
)


def totals(text: str) -> bool:
    """Tell whether a label calls its row a total.

    Examples
    --------
    >>> [totals(t) for t in ("Total", "Atlas total", "Zwischensumme Kosten", "Lump sum", "Totem")]
    [True, True, True, False, False]
    """
    return bool(_TOTAL.search(plain(text).rstrip(": ")))


def results(text: str) -> bool:
    """Tell whether a label calls its row a result of others: gross profit, EBITDA."""
    return bool(_RESULT.match(plain(text).rstrip(": ")))


def maybe_result(text: str) -> bool:
    """Tell whether a label may be a result or a line of its own: net revenue."""
    return bool(_MAYBE.match(plain(text)))


def ratio(text: str) -> bool:
    """Tell whether a label calls its row a ratio.

    Examples
    --------
    >>> [ratio(t) for t in ("Margin %", "Growth", "% of revenue", "5% levy")]
    [True, True, True, False]
    """
    return bool(_RATIO.search(plain(text)))


def count(text: str) -> bool:
    """Tell whether a label calls its row a count or a price, no amount.

    Examples
    --------
    >>> [count(t) for t in ("Headcount", "Headcount cost", "Number of seats", "Units")]
    [True, False, True, True]
    """
    return bool(_COUNT.match(plain(text).rstrip(": ")))


def summed(text: str) -> str:
    """Return what a total's label says it totals: ``atlas`` in "Total Atlas".

    Examples
    --------
    >>> summed("Total Atlas"), summed("Subtotal"), summed("Summe Kosten:")
    ('atlas', '', 'kosten')
    """
    return " ".join(_STRIP.sub(" ", plain(text)).split()).strip(" -–:")
