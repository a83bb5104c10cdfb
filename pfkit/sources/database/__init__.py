"""Read rows of a database that a source names by its address: read-only, bound, in batches."""

from __future__ import annotations

from pfkit.sources.database.address import Address, Secret, is_address, resolved
from pfkit.sources.database.asking import QUERY, Asking, asking
from pfkit.sources.database.kept import Kept, Streamed, held, keep, streamed
from pfkit.sources.database.months import between, month_batches, months_there, undated
from pfkit.sources.database.query import Query, asked_for
from pfkit.sources.database.read import Reading, batches

__all__ = [
    "QUERY",
    "Address",
    "Asking",
    "Kept",
    "Query",
    "Reading",
    "Secret",
    "Streamed",
    "asked_for",
    "asking",
    "batches",
    "between",
    "held",
    "is_address",
    "keep",
    "month_batches",
    "months_there",
    "resolved",
    "streamed",
    "undated",
]
