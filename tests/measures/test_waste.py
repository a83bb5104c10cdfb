"""Waste: each kind found with its amount, and nothing where nothing is wasted."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pfkit.errors import MeasureError
from pfkit.measures import waste
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")
QUARTER = FiscalCalendar().period("2026Q2")
USUAL: dict[str, Any] = {
    "period": "2026-06",
    "product": "Atlas",
    "provider_name": "Acme",
    "publisher_name": "Acme",
    "sub_account": "one",
    "service_name": "VMs",
    "service_subcategory": "",
    "resource_id": "vm-1",
    "resource_name": "",
    "charge_category": "Usage",
    "charge_frequency": "Usage-Based",
    "commitment_discount_id": "",
    "commitment_discount_name": "",
    "commitment_discount_status": "",
    "commitment_discount_quantity": 0.0,
    "sku_id": "S1",
    "sku_price_id": "S1.EU",
    "pricing_quantity": 100.0,
    "pricing_unit": "Hours",
    "consumed_quantity": 100.0,
    "billing_currency": "EUR",
    "billed_cost": 50.0,
    "amount": 50.0,
    "billed_amount": 50.0,
    "utilization_share": 0.5,
    "charged_again": 0.0,
    "charged_again_on": "",
    "state": "",
    "description": "0.50 per hour",
    "lines": 1,
}
SUBSCRIBED = {
    "charge_frequency": "Recurring",
    "service_subcategory": "Observability",
    "utilization_share": None,
    "resource_id": "sub-1",
}


def bill(*charges: dict[str, Any]) -> pd.DataFrame:
    """Give charges, each like a usual one but for what is said; one cost sets all three."""
    rows = []
    for charge in charges:
        cost = charge.get("amount", USUAL["amount"])
        rows.append(USUAL | {"billed_cost": cost, "billed_amount": cost} | charge)
    return pd.DataFrame(rows)


def found(*charges: dict[str, Any], **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    table = waste(bill(*charges), **({"period": JUNE} | more))
    return table[~table["role"].isin(["total"])].to_dict("records")


def prices(**changed: Any) -> pd.DataFrame:  # noqa: ANN401
    row = {"vendor": "Acme", "sku": "S1.EU", "unit": "Hours", "price": 0.4, "currency": "EUR"}
    row |= {"valid_from": "2026-01-01", "valid_to": None, "contract": "C-7"}
    return pd.DataFrame([row | changed])


def test_a_bill_in_which_nothing_is_wasted_has_no_finding() -> None:
    clean = [
        {},
        {"resource_id": "vm-2", "utilization_share": 0.05},
        {"resource_id": "vm-3", "utilization_share": None},
        {"resource_id": "vm-4", "amount": 0.0, "consumed_quantity": 0.0},
        SUBSCRIBED,
        SUBSCRIBED | {"product": "Borea", "publisher_name": "Other", "resource_id": "sub-2"},
        SUBSCRIBED | {"service_subcategory": "Support", "publisher_name": "Other"},
        {"commitment_discount_id": "c", "commitment_discount_status": "Used", "amount": 85.0},
        {"commitment_discount_id": "c", "commitment_discount_status": "Unused", "amount": 15.0},
        {"charge_category": "Credit", "product": "(none)", "amount": -9.0, "resource_id": ""},
        {"charge_category": "Tax", "product": "(none)", "amount": 9.0, "resource_id": ""},
    ]
    assert waste(bill(*clean), period=JUNE, prices=prices(price=0.5)).empty


@pytest.mark.parametrize(
    ("charge", "evidence", "confidence"),
    [
        ({"utilization_share": 0.012}, "1.2% of its capacity was used", "high"),
        ({"state": "unattached"}, "tagged unattached", "high"),
        (
            {"description": "$0.005 per Idle public IPv4 address per hour"},
            "charged as “$0.0",
            "high",
        ),
        (
            {"utilization_share": None, "consumed_quantity": 0.0},
            "billed for the month, and nothing was consumed",
            "medium",
        ),
    ],
)
def test_idle_resources(charge: dict[str, Any], evidence: str, confidence: str) -> None:
    (row,) = found({"resource_id": "vm-9", "resource_name": "old"} | charge, {})
    assert (row["kind"], row["resource"], row["amount"], row["avoidable"]) == (
        *("idle", "old", 50.0, 50.0),
    )
    assert row["evidence"].startswith(evidence)
    assert row["confidence"] == confidence


def test_words_that_only_hold_idle_say_nothing() -> None:
    assert found({"description": "USD 0.02 per GB in Middle East (Bahrain)"}) == []


def test_a_resource_is_idle_as_a_whole_or_not_at_all() -> None:
    # 10 hours at nothing and 90 at half: 45 % of its capacity
    assert (
        found({"pricing_quantity": 10.0, "utilization_share": 0.0}, {"pricing_quantity": 90.0})
        == []
    )
    paid = {"utilization_share": None, "consumed_quantity": 0.0, "sku_id": "S2"}
    assert found({"utilization_share": None}, paid) == []


def test_what_a_commitment_pays_for_is_freed_and_not_saved() -> None:
    covered = {"commitment_discount_id": "c", "commitment_discount_status": "Used", "amount": 30.0}
    (row,) = found({"utilization_share": 0.0, "amount": 20.0}, {"utilization_share": 0.0} | covered)
    assert (row["amount"], row["avoidable"]) == (50.0, 20.0)
    assert "what a commitment pays for is freed, not saved" in row["reason"]


def test_a_commitment_of_which_too_little_was_used() -> None:
    plan = {"commitment_discount_id": "c", "commitment_discount_name": "Plan A", "resource_id": ""}
    (row,) = found(
        plan | {"commitment_discount_status": "Used", "amount": 70.0},
        plan | {"commitment_discount_status": "Unused", "amount": 30.0},
    )
    assert (row["kind"], row["resource"], row["role"]) == ("commitment not used", "Plan A", "memo")
    # 30 of 100 are not used, 20 may be
    assert (row["amount"], row["over_bought"]) == (30.0, 10.0)
    assert pd.isna(row["avoidable"])
    assert pd.isna(row["annual"])
    assert row["reason"] == "already bought, not avoidable before it is renewed"
    assert row["evidence"] == "70% of the commitment was used, 80% is expected"


def test_the_total_of_now_holds_no_commitment_and_stands_above_the_memos() -> None:
    plan = {"commitment_discount_id": "c", "commitment_discount_name": "Plan A", "resource_id": ""}
    table = waste(
        bill(
            plan | {"commitment_discount_status": "Used", "amount": 70.0},
            plan | {"commitment_discount_status": "Unused", "amount": 30.0},
            {"utilization_share": 0.0, "amount": 20.0},
            {"product": "(none)", "resource_id": "vm-7", "amount": 12.0},
        ),
        period=JUNE,
    )
    assert table["kind"].tolist() == [
        *("idle", "Total avoidable", "commitment not used", "untagged"),
    ]
    assert table.loc[1, ["count", "amount", "avoidable"]].tolist() == [1, 20.0, 20.0]


def test_the_evidence_of_a_quarter_counts_the_quarter() -> None:
    plan = {"commitment_discount_id": "c", "commitment_discount_name": "Plan A", "resource_id": ""}
    used = {"2026-04": 60.0, "2026-05": 70.0, "2026-06": 50.0}
    rows = [
        plan | {"period": month, "commitment_discount_status": status, "amount": amount}
        for month, share in used.items()
        for status, amount in (("Used", share), ("Unused", 100.0 - share))
    ]
    (row,) = found(*rows, period=QUARTER)
    assert (row["amount"], row["over_bought"]) == (120.0, 60.0)  # 20 + 10 + 30 beyond a fifth
    assert row["evidence"] == "60% of the commitment was used, 80% is expected"
    dear = [{"period": month, "pricing_quantity": 100.0} for month in used]
    (row,) = found(*dear, period=QUARTER, prices=prices())
    assert row["evidence"] == "charged 0.5 EUR against 0.4 in contract C-7, for 300 Hours"


def test_two_vendors_of_one_purpose_for_one_product() -> None:
    (row,) = found(
        SUBSCRIBED | {"publisher_name": "Lantern", "amount": 90.0},
        SUBSCRIBED | {"publisher_name": "Beacon", "resource_id": "sub-2", "amount": 40.0},
    )
    assert (row["kind"], row["vendor"], row["avoidable"]) == ("duplicate vendor", "Beacon", 40.0)
    assert row["evidence"].startswith("Observability comes from Lantern")


def test_two_subscriptions_of_one_vendor_count_too() -> None:
    (row,) = found(SUBSCRIBED | {"amount": 60.0}, SUBSCRIBED | {"resource_id": "sub-2"})
    assert (row["kind"], row["avoidable"]) == ("duplicate vendor", 50.0)


def test_a_charge_that_stands_twice_is_found_once_and_never_annualized() -> None:
    again = SUBSCRIBED | {"amount": 100.0, "charged_again": 50.0, "charged_again_on": "I-1"}
    months = ["2026-04", "2026-05", "2026-06"]
    (row,) = found(*({**again, "period": month} for month in months))
    assert (row["kind"], row["avoidable"], row["months"]) == ("charged twice", 50.0, 3)
    assert pd.isna(row["annual"])
    assert row["evidence"].endswith("stand on I-1 too")


def test_a_price_above_the_contract() -> None:
    # charged 0.50 against 0.40 for 100 hours: 10.00 too much
    (row,) = found({}, prices=prices())
    assert (row["kind"], row["amount"], row["avoidable"]) == ("price above contract", 10.0, 10.0)
    assert row["evidence"] == "charged 0.5 EUR against 0.4 in contract C-7, for 100 Hours"


@pytest.mark.parametrize(
    "changed",
    [
        {"price": 0.499},  # within the tolerance
        {"valid_from": "2026-07-01"},
        {"valid_to": "2026-05-31"},
        {"vendor": "Other"},
        {"sku": "S9"},
    ],
)
def test_a_contract_that_does_not_hold_is_no_contract(changed: dict[str, Any]) -> None:
    assert found({}, prices=prices(**changed)) == []


def test_the_contract_that_began_last_counts_and_any_unit_where_none_is_named() -> None:
    both = pd.concat([prices(price=0.4), prices(price=0.45, valid_from="2026-05-01", unit=None)])
    (row,) = found({}, prices=both)
    assert row["avoidable"] == 5.0


@pytest.mark.parametrize("changed", [{"currency": "USD"}, {"unit": "Days"}])
def test_prices_that_cannot_be_compared_are_told(changed: dict[str, Any]) -> None:
    (row,) = found({}, prices=prices(**changed))
    assert (row["role"], row["count"], row["amount"]) == ("unjudged", 1, 50.0)
    assert row["reason"] == "currency or unit differs, so that no price was compared"


def test_covered_usage_is_not_held_against_a_contract() -> None:
    covered = {"commitment_discount_id": "c", "commitment_discount_status": "Used"}
    assert found(covered, prices=prices()) == []


def test_cost_without_a_product_is_told_and_is_no_waste() -> None:
    loose = {"product": "(none)", "resource_id": "vm-7", "sub_account": "two", "amount": 12.0}
    table = waste(bill({}, loose), period=JUNE)
    (row,) = table.to_dict("records")
    assert (row["kind"], row["role"], row["amount"]) == ("untagged", "memo", 12.0)
    assert pd.isna(row["avoidable"])
    assert waste(bill(loose), period=JUNE).empty  # a bill that is not told apart by product


def test_no_cost_is_found_twice() -> None:
    # idle and above contract: 50 in all, not 60
    table = waste(bill({"utilization_share": 0.0}), period=JUNE, prices=prices())
    assert table["kind"].tolist() == ["idle", "Total avoidable"]
    assert table["avoidable"].tolist() == [50.0, 50.0]


def test_what_lasts_three_months_is_annualized_and_nothing_else() -> None:
    idle = {"utilization_share": 0.0}
    months = {"2026-03": 10.0, "2026-04": 20.0, "2026-05": 30.0, "2026-06": 40.0}
    (row,) = found(*(idle | {"period": m, "amount": a} for m, a in months.items()))
    assert (row["since"], row["months"], row["annual"]) == ("2026-03", 4, 360.0)  # 30 x 12
    assert row["annual_rule"] == "mean of the last 3 months × 12"
    assert row["since_rule"] == ""  # the bill itself begins there
    (row,) = found(
        idle | {"period": "2026-04"}, {"period": "2026-05"}, idle, idle | {"period": "2026-03"}
    )
    assert (row["since"], row["months"]) == ("2026-06", 1)
    assert row["reason"] == "found for 1 month, not annualized before 3"


def test_a_quarter_adds_up_its_months() -> None:
    idle = {"utilization_share": 0.0}
    (row,) = found(
        *(idle | {"period": f"2026-0{month}", "amount": month * 10.0} for month in (4, 5, 6)),
        period=QUARTER,
    )
    assert row["avoidable"] == 150.0


def test_what_was_so_in_every_month_looked_at_is_so_since_at_least_then() -> None:
    idle = {"utilization_share": 0.0}
    year = [f"2025-{m:02d}" for m in range(7, 13)] + [f"2026-{m:02d}" for m in range(1, 7)]
    (row,) = found(*(idle | {"period": month} for month in year))
    assert (row["since"], row["since_rule"], row["months"]) == ("2025-07", "", 12)
    (row,) = found(*(idle | {"period": month} for month in ["2025-05", "2025-06", *year]))
    assert (row["since"], row["since_rule"], row["months"]) == ("2025-07", "at least", 12)
    (row,) = found({"period": "2025-06"}, *(idle | {"period": month} for month in year[2:]),
                   *({"period": month} for month in year[:2]))  # fmt: skip
    assert (row["since"], row["since_rule"]) == ("2025-09", "")


def test_findings_beyond_the_top_stand_together() -> None:
    many = [
        {"resource_id": f"vm-{n}", "utilization_share": 0.0, "amount": 1.0 + n} for n in range(6)
    ]
    table = waste(bill(*many), period=JUNE, top=2)
    assert table["role"].tolist() == ["item", "item", "other", "total"]
    assert table["avoidable"].tolist() == [6.0, 5.0, 10.0, 21.0]
    assert table["count"].tolist() == [1, 1, 4, 6]


def test_the_order_of_charges_does_not_matter() -> None:
    charges = bill(
        {"utilization_share": 0.0},
        {"resource_id": "vm-2", "state": "stopped"},
        {"product": "(none)", "resource_id": "vm-3"},
        SUBSCRIBED,
        SUBSCRIBED | {"publisher_name": "Beacon", "resource_id": "sub-2", "amount": 40.0},
    )
    one = waste(charges, period=JUNE, prices=prices())
    pd.testing.assert_frame_equal(one, waste(charges[::-1], period=JUNE, prices=prices()))


def test_amounts_scale_with_the_currency() -> None:
    money = ["amount", "billed_amount", "billed_cost"]
    charges = bill({"utilization_share": 0.0}, {"resource_id": "vm-2", "state": "idle"})
    twice = charges.assign(**{name: charges[name] * 2 for name in money})
    once = waste(charges, period=JUNE)["avoidable"]
    assert (waste(twice, period=JUNE)["avoidable"] == once * 2).all()


@pytest.mark.parametrize("more", [{"utilization": -0.1}, {"least": -1.0}, {"top": 0}])
def test_a_threshold_below_zero_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(MeasureError, match="a threshold below zero, or no row to show"):
        waste(bill({}), period=JUNE, **more)
