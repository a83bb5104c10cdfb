"""What a bill is checked for: tags that are no tags, other spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conform.test_cloud import charge, opened

if TYPE_CHECKING:
    Shop = Any


def test_tags_that_are_no_object_are_kept_as_untagged_and_told(shop: Shop) -> None:
    book = opened(shop, charge(), charge(tags='"{""app"": ""Atl"', resource="vm-2"))
    assert book.quarantine.empty
    control = book.controls.set_index("control").loc["Cloud tags"]
    assert (control["state"], control["actual"]) == ("amber", 9.0)
    assert control["detail"] == (
        "1 row with tags that are no JSON object, kept as untagged; the first: bill.csv line 3"
    )
    assert control["advice"].startswith("Export tags as a JSON object")


def test_good_tags_raise_no_control(shop: Shop) -> None:
    assert "Cloud tags" not in set(opened(shop, charge()).controls["control"])


def test_other_spellings_are_listed(shop: Shop) -> None:
    book = opened(
        shop,
        charge(frequency="Usage-based"),
        charge(frequency="Usage-based", resource="vm-2"),
        charge(category="usage", resource="vm-3"),
    )
    control = book.controls.set_index("control").loc["Cloud spelling"]
    assert control["state"] == "green"
    assert control["detail"] == (
        "ChargeCategory 'usage' read as 'Usage' (1 row); "
        "ChargeFrequency 'Usage-based' read as 'Usage-Based' (2 rows)"
    )


def test_the_ledger_is_asked_for_only_where_there_is_one(shop: Shop) -> None:
    names = set(opened(shop, charge()).controls["control"])
    assert "Balance" in names
    assert "Cloud bill ties to ledger" not in names
