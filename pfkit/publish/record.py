"""The run record: what a report was made from, shown in the notebook and kept in the manifest."""

from __future__ import annotations

import datetime as dt
import html
import math
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

RECORD = "application/vnd.pfkit.record+json"

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"

_INPUT_COLUMNS = ("source", "table", "file", "sha256", "rows", "encoding", "notes")


class _Book(Protocol):
    """What a record reads of a book."""

    @property
    def about(self) -> Any: ...  # noqa: ANN401 - publish may not import contracts
    @property
    def policies(self) -> Any: ...  # noqa: ANN401 - the same
    @property
    def addresses(self) -> tuple[str, ...]: ...
    @property
    def provenance(self) -> pd.DataFrame: ...
    @property
    def controls(self) -> pd.DataFrame: ...
    @property
    def balance(self) -> pd.DataFrame: ...
    @property
    def rules(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class RunRecord:
    """What a report was made from.

    Attributes
    ----------
    facts : dict
        ``company, entity, currency, demo, period, as_of, policies, addresses (columns that may
        show them), inputs, controls, balance, rules``; plain JSON values, amounts in reporting
        currency.
    """

    facts: dict[str, JSON]

    @property
    def sentence(self) -> str:
        """What was read, in one line."""
        inputs, period = self.facts["inputs"], self.facts["period"]
        count = len(inputs) if isinstance(inputs, list) else 0
        files = "1 input file" if count == 1 else f"{count} input files"
        span = f"{period['first']} to {period['last']}" if isinstance(period, dict) else ""
        return f"{files}, {span}, as known on {self.facts['as_of']}."

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {
            "text/plain": self.sentence,
            "text/html": f"<p>{html.escape(self.sentence)}</p>",
            RECORD: self.facts,
        }


def record(book: _Book) -> RunRecord:
    """Record what a report is made from: its inputs, their digests, checks and amounts.

    Call it once in a report notebook; the finished report prints it last and its manifest
    keeps it whole.

    Parameters
    ----------
    book : Book
        The opened book.

    Returns
    -------
    RunRecord
        Plain facts; amounts in reporting currency.

    Notes
    -----
    No clock, no user and no folder of this machine: the record of two runs on the same input
    is the same.
    """
    about = book.about
    kept = [name for name in _INPUT_COLUMNS if name in book.provenance.columns]
    return RunRecord(
        {
            "company": str(about.company),
            "entity": str(about.entity),
            "currency": str(about.currency),
            "demo": bool(about.demo),
            "period": {
                "label": str(about.period.label),
                "kind": str(about.period.kind),
                "first": about.period.first.isoformat(),
                "last": about.period.last.isoformat(),
            },
            "as_of": about.as_of.isoformat(),
            "policies": _policies(book.policies),
            "addresses": list(book.addresses),
            "inputs": rows(book.provenance[kept]),
            "controls": rows(book.controls),
            "balance": rows(book.balance),
            "rules": rows(book.rules),
        }
    )


def rows(frame: pd.DataFrame) -> JSON:
    """Return a table as a list of JSON objects, missing values as null."""
    names = [str(name) for name in frame.columns]
    return [
        {name: plain(value) for name, value in zip(names, line, strict=True)}
        for line in frame.itertuples(index=False, name=None)
    ]


def plain(value: object) -> JSON:
    """Return a value as JSON can hold it: dates as ISO text, missing as null.

    Examples
    --------
    >>> from decimal import Decimal
    >>> plain(Decimal("0.10")), plain(float("nan")), plain(dt.date(2026, 6, 30))
    ('0.10', None, '2026-06-30')
    """
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (dt.date, dt.datetime)) and type(value).__name__ != "NaTType":
        return value.isoformat()
    return None if type(value).__name__ in {"NAType", "NaTType"} else str(value)


def _policies(policies: object) -> JSON:
    if is_dataclass(policies) and not isinstance(policies, type):
        return plain(asdict(policies))
    return plain(dict(policies)) if isinstance(policies, dict) else plain(vars(policies))
