"""Every adapter on every other's export: told by name, or remarked, or the same columns indeed."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pfkit.conform.adapters.fit import _read, adapted, fit, fuller, source_of
from pfkit.conform.adapters.form import names, shipped
from pfkit.errors import SourceError
from pfkit.sources.raw import FileFact, RawTable

if TYPE_CHECKING:
    Desk = Any

PLAIN = [name for name in names() if not shipped(name).source.get("layout")]
#: Adapter and the export of another that it reads as well, for the columns are the same.
SHARED = {
    ("azure-actual-cost", "azure-amortized-cost"),
    ("azure-amortized-cost", "azure-actual-cost"),
    # an invoice's lines of both have an id, a day, an amount and a currency
    ("quickbooks-journal-lines", "quickbooks-general-ledger"),
    # one file for two tables
    ("stripe-balance-transactions", "stripe-fees"),
}


@functools.cache
def head(name: str) -> tuple[str, ...]:
    """Return the columns of an adapter's export, those it may lack among them."""
    source = source_of(name)
    own = [column.source for column in source.promise.columns if column.source]
    extra = own if name == "focus-1-2" else []
    pivot = ["USD", "JPY"] if source.unpivot else []
    return tuple(dict.fromkeys([*_read(source), *source.types, *extra, *pivot]))


@pytest.mark.parametrize("name", PLAIN)
def test_an_adapter_finds_all_columns_of_its_own_export(name: str) -> None:
    assert fit(source_of(name), head(name)).missing == ()
    assert fuller(head(name), source_of(name)) == ""


def test_no_export_passes_unremarked_through_another_adapter() -> None:
    passed = set()
    for adapter, export in itertools.permutations(PLAIN, 2):
        source = source_of(adapter)
        if fit(source, head(export)).missing == () and fuller(head(export), source) == "":
            passed.add((adapter, export))
    assert passed == SHARED


@pytest.mark.parametrize("adapter", PLAIN)
def test_a_wrong_export_is_named_with_what_misses_and_what_to_take(adapter: str) -> None:
    source, at = source_of(adapter), PLAIN.index(adapter)
    for export in [PLAIN[(at + step) % len(PLAIN)] for step in (1, 11, 23)]:
        if export == adapter or not fit(source, head(export)).missing:
            continue
        table = pa.table({column: pa.array([""]) for column in [*head(export), "_file", "_line"]})
        raw = RawTable(
            table=table, files=(FileFact(path="x.csv", sha256="", bytes=1, format="csv"),)
        )
        with pytest.raises(SourceError) as caught:
            adapted(source, raw)
        said = str(caught.value)
        assert len(said.encode()) <= 2000
        assert f"adapter {adapter!r} finds no column" in said
        assert repr(fit(source, head(export)).missing[0]) in said
        assert "take that one" in said


@pytest.mark.parametrize(
    ("adapter", "export"),
    [
        ("sap-acdoca", "stripe-balance-transactions"),
        ("excel-budget", "stripe-balance-transactions"),
        ("ga4-events", "aws-cur"),
        ("ecb-reference-rates", "xero-journal-lines"),
    ],
)
def test_tried_it_is_rejected_with_advice_and_no_traceback(
    adapter: str, export: str, desk: Desk
) -> None:
    columns = head(export)
    found = desk.tried(adapter, ",".join(columns) + "\n" + ",".join("1" for _ in columns) + "\n")
    assert found["verdict"] == "reject"
    assert (found["rows_in"], found["accepted"]) == (0, 0)
    (finding,) = found["findings"]
    assert len(finding["message"]) + len(finding["advice"]) <= 2000
    assert finding["advice"]


def test_the_export_of_another_system_that_has_all_columns_is_remarked(desk: Desk) -> None:
    found = desk.tried(
        "xero-account-transactions",
        """
        Internal ID,Line ID,Date,Period,Account,Debit,Credit
        71,0,2026-01-31,Jan 2026,4000,,10.00
        """,
    )
    assert found["verdict"] == "warn"
    (finding,) = [f for f in found["findings"] if f["rule"] == "another adapter"]
    assert finding["value"] == "netsuite-transaction-lines"
    assert "`pfkit adapters show netsuite-transaction-lines`" in finding["advice"]


def test_another_that_lacks_the_same_column_is_no_advice(desk: Desk) -> None:
    """A file of Azure without its cost: the other export of Azure lacks it as well."""
    columns = [column for column in head("azure-actual-cost") if column != "CostInBillingCurrency"]
    found = desk.tried("azure-amortized-cost", ",".join(columns) + "\n", "azure-2026-01.csv")
    (finding,) = found["findings"]
    assert "finds no column 'CostInBillingCurrency'" in finding["message"]
    assert finding["advice"].startswith("Name what the export calls them")
