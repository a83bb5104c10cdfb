"""Compare what a check answered with what is right."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.corpus.case import Case

_ROWS: Final = ("accepted", "quarantined", "excluded")
_TOLD: Final = ("rule", "line", "cell", "column", "value", "message", "advice")
_LONGEST: Final = 2000


def faults(case: Case, found: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with an answer; nothing when it is right."""
    wrong = list(_unbalanced(found))
    verdict = found["verdict"]
    if verdict not in case.right:
        told = "; ".join(f"{f['severity']} {f['rule']}: {f['message']}" for f in found["findings"])
        wrong.append(f"{verdict} is not {' or '.join(case.right)}: {told[:600]}")
        return wrong
    if case.names and not any(_names(place, found) for place in case.names):
        wrong.append(f"no finding names {' or '.join(case.names)}: {_places(found)}")
    told = "\n".join(_text(finding) for finding in found["findings"]).casefold()
    if case.says and not any(text.casefold() in told for text in case.says):
        wrong.append(f"no finding says {' or '.join(case.says)}: {told[:400]}")
    if verdict != "reject":
        wrong.extend(_miscounted(case, found))
    return wrong


def _unbalanced(found: Mapping[str, Any]) -> list[str]:
    wrong = []
    if found["rows_in"] != sum(found[name] for name in _ROWS):
        wrong.append(f"rows do not balance: {[found['rows_in'], *(found[n] for n in _ROWS)]}")
    parts = [Decimal(found[f"amount_{name}"]) for name in _ROWS]
    if Decimal(found["amount_in"]) != sum(parts):
        wrong.append(f"amounts do not balance: {found['amount_in']} and {parts}")
    for finding in found["findings"]:
        if len(_text(finding).encode()) > _LONGEST:
            wrong.append(f"a finding of {len(_text(finding)):,} letters")
        if "Traceback" in _text(finding):
            wrong.append("a finding shows a traceback")
    if found["verdict"] != "accept" and not found["findings"]:
        wrong.append(f"{found['verdict']} without a finding")
    json.dumps(found, allow_nan=False)
    return wrong


def _miscounted(case: Case, found: Mapping[str, Any]) -> list[str]:
    wrong = [
        f"{name} {found[name]}, not {wanted}"
        for name in _ROWS
        if (wanted := getattr(case, name)) is not None and found[name] != wanted
    ]
    amount = Decimal(found["amount_accepted"])
    if case.amounts and amount not in case.amounts:
        wrong.append(f"amount accepted {amount}, not {' or '.join(map(str, case.amounts))}")
    return wrong


def _names(place: str, found: Mapping[str, Any]) -> bool:
    word = re.compile(rf"(?<![0-9A-Za-z]){place}(?![0-9A-Za-z])")
    return any(word.search(where) for where in _places(found))


def _places(found: Mapping[str, Any]) -> list[str]:
    """Return where the findings stand; a refusal and a remark may name the line in their words."""
    places = []
    for finding in found["findings"]:
        places += [str(finding.get("line") or ""), str(finding.get("cell") or "")]
        if finding["severity"] != "quarantine":
            places.append(finding["message"])
    return places


def _text(finding: Mapping[str, Any]) -> str:
    return " ".join(str(finding.get(name) or "") for name in _TOLD)
