from __future__ import annotations

import re

import pytest

from pfkit.contracts import Contract, contract, tables
from pfkit.contracts.table import document, read
from pfkit.errors import ContractError

NAMES = [
    "accounts",
    "actuals",
    "benefits",
    "budget",
    "calendar",
    "capacity",
    "cashflows",
    "cloud",
    "comments",
    "commitments",
    "cost_centers",
    "customers",
    "decisions",
    "effort",
    "entities",
    "features",
    "forecast",
    "initiatives",
    "intercompany",
    "invoices",
    "milestones",
    "opportunities",
    "overrides",
    "products",
    "rates",
    "releases",
    "revenue",
    "reviews",
    "rollout",
    "subscriptions",
    "usage",
    "vendor_prices",
]


def test_every_table_has_a_contract() -> None:
    assert tables() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_holds_together(name: str) -> None:
    promise = contract(name)
    assert promise.table == name
    assert set(promise.grain) <= set(promise.names)
    assert set(promise.key) <= set(promise.required)
    assert promise.amount is None or promise.amount in promise.required
    assert len(set(promise.names)) == len(promise.names)
    assert promise.owner
    assert promise.freshness


@pytest.mark.parametrize("name", NAMES)
def test_every_example_keeps_its_own_rules(name: str) -> None:
    for column in contract(name).columns:
        assert column.examples, column.name
        for example in column.examples:
            assert not column.values or example in column.values
            assert not column.pattern or re.fullmatch(column.pattern, example)
            if column.kind in {"number", "money", "integer"}:
                assert column.minimum is None or float(example) >= column.minimum
                assert column.above is None or float(example) > column.above
                assert column.maximum is None or float(example) <= column.maximum


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_unit_and_money_is_exact(name: str) -> None:
    for column in contract(name).columns:
        if column.kind in {"number", "money", "integer"}:
            assert column.unit, column.name
        if column.kind == "money":
            assert column.physical == ("DECIMAL(38,12)" if name == "cloud" else "DECIMAL(28,6)")


def test_the_ledger_adds_up_by_the_columns_the_house_agreed_on() -> None:
    promise = contract("actuals")
    assert promise.grain == ("period", "span", "product", "cost_center", "account", "known_on")
    assert promise.amount == "amount"
    assert promise.column("span").values == ("month", "quarter", "ytd", "year")
    assert promise.column("product").default == "(none)"
    assert not promise.column("memo").required
    assert promise.column("memo").restricted


def test_an_account_says_where_it_stands_and_what_is_favorable() -> None:
    accounts = contract("accounts")
    assert accounts.key == ("account",)
    assert accounts.column("favorable_when").values == ("higher", "lower")
    assert accounts.column("group").values == (
        "gross",
        "returns",
        "other",
        "cost_of_revenue",
        "operating",
        "outside",
    )


def test_an_unknown_table_offers_the_nearest() -> None:
    with pytest.raises(ContractError, match=r"there is no table 'invoice'\n  -> .* is 'invoices'"):
        contract("invoice")


def test_an_unknown_column_offers_the_nearest() -> None:
    with pytest.raises(
        ContractError, match=r"table actuals: there is no column 'amont'\n .*'amount"
    ):
        contract("actuals").column("amont")


def test_a_contract_without_a_needed_key_is_refused() -> None:
    plain = document("rates")
    del plain["team"]
    with pytest.raises(ContractError, match="contract rates: the key 'team' is absent"):
        read(plain)


def test_a_kind_that_contradicts_its_logical_type_is_refused() -> None:
    plain = document("rates")
    plain["schema"][0]["properties"][0]["logicalType"] = "number"
    with pytest.raises(ContractError, match="column 'date' is 'number' but of kind 'date'"):
        read(plain)


def test_a_contract_cannot_be_changed() -> None:
    promise = contract("rates")
    assert isinstance(promise, Contract)
    with pytest.raises(AttributeError):
        promise.owner = "nobody"  # type: ignore[misc]
