"""The cloud bill at the monthly edge: charges of a resource, a price and a kind are one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.conform.engine import literal, quoted
from pfkit.conform.tags import tag_sql, unreadable_sql
from pfkit.conform.views import frame

if TYPE_CHECKING:
    from pfkit.conform.pipeline import Conformed

#: Tag keys that say what state a resource is in.
STATE_TAGS = ("state", "status", "lifecycle", "resource_state")

_NONE = "(none)"
#: What rows are told apart by: names, and what stands where a charge has none.
_KEYS = {
    "period": "",
    "product": _NONE,
    "provider_name": _NONE,
    "publisher_name": _NONE,
    "sub_account": _NONE,
    "service_category": _NONE,
    "service_subcategory": "",
    "service_name": _NONE,
    "resource_id": "",
    "resource_name": "",
    "resource_type": "",
    "charge_category": "",
    "charge_class": "",
    "charge_frequency": "",
    "pricing_category": "",
    "commitment_discount_id": "",
    "commitment_discount_name": "",
    "commitment_discount_type": "",
    "commitment_discount_category": "",
    "commitment_discount_status": "",
    "sku_id": "",
    "sku_price_id": "",
    "pricing_unit": "",
    "billing_currency": "",
    "state": "",
}
#: What a subaccount is called where it has no name.
_SOURCED = {"sub_account": "COALESCE(c.sub_account_name, c.sub_account_id)"}
_SUMS = (
    *("pricing_quantity", "consumed_quantity", "commitment_discount_quantity"),
    *("effective_cost", "billed_cost", "contracted_cost"),
    *("amount", "billed_amount", "list_amount", "contracted_amount"),
)
_EDGE = ("utilization_share", "whole_units", "charged_again", "charged_again_on", "description")
COLUMNS = (*_KEYS, "lines", *_SUMS, *_EDGE)

#: Charges with a cost in fractions of a unit, of which none has an effective cost in fractions,
#: that show an effective cost stated in whole units.
_WHOLE_LEAST = 5


def cloud(conformed: Conformed) -> pd.DataFrame:
    """Return the cloud bill by month, product, resource, price and kind of charge.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.

    Returns
    -------
    pandas.DataFrame
        Names and kinds as table ``cloud`` has them, ``(none)`` or empty where it has none;
        ``sub_account``, the account's name or else its number; ``state``, what a tag says of the
        resource; ``lines``, the charges added up; quantities and costs added up in the billing
        currency, and ``amount`` (effective), ``billed_amount``, ``list_amount`` and
        ``contracted_amount`` in reporting currency; ``utilization_share``, by quantity;
        ``whole_units``, whether the provider states effective cost in whole units only;
        ``charged_again``, what was billed for a charge that stands on the bill before, in
        reporting currency, and ``charged_again_on``, that invoice; one ``description``.
    """
    if not conformed.has("cloud"):
        return pd.DataFrame({column: pd.Series(dtype="object") for column in COLUMNS})
    names = ", ".join(quoted(name) for name in _KEYS)
    keys = ", ".join(f"{_key_sql(name, empty)} AS {name}" for name, empty in _KEYS.items())
    sums = ", ".join(f"sum({name}) AS {name}" for name in _SUMS)
    weight = "CASE WHEN utilization_share IS NULL THEN 0 ELSE COALESCE(pricing_quantity, 1) END"
    return frame(
        conformed,
        f"WITH again AS ({_again_sql()}), "
        f"lines AS (SELECT {keys}, {', '.join(f'c.{name}' for name in _SUMS)}, "
        "c.utilization_share, c.charge_description, a.amount AS again, a.first AS first "
        "FROM final_cloud c LEFT JOIN again a ON a._id = c._id AND a._source = c._source), "
        f"whole AS ({whole_units_sql('final_cloud')}) "
        f"SELECT {names}, count(*) AS lines, {sums}, "
        f"CAST(sum(CAST(utilization_share * {weight} AS DOUBLE)) AS DOUBLE) "
        f"/ NULLIF(CAST(sum({weight}) AS DOUBLE), 0) AS utilization_share, "
        "EXISTS (FROM whole w WHERE w.provider_name = lines.provider_name "
        "AND w.billing_currency = lines.billing_currency) AS whole_units, "
        "COALESCE(sum(again), 0) AS charged_again, COALESCE(min(first), '') AS charged_again_on, "
        "COALESCE(min(charge_description), '') AS description "
        f"FROM lines GROUP BY {names} ORDER BY {names}",
    )


def whole_units_sql(table: str) -> str:
    """Return SQL for the providers whose effective cost is the billed one in whole units.

    A bill's effective cost has as many decimals as its billed one. Where every charge without a
    commitment states it rounded to the unit, the decimals were lost on the way.
    """
    return (
        "SELECT provider_name, billing_currency, count(*) AS lines, "
        "sum(effective_cost - billed_cost) AS apart, sum(amount - billed_amount) AS amount "
        f"FROM {table} WHERE charge_category <> 'Purchase' AND commitment_discount_id IS NULL "
        "GROUP BY ALL HAVING bool_and(effective_cost = round(billed_cost, 0)) "
        f"AND count(*) FILTER (billed_cost <> round(billed_cost, 0)) >= {_WHOLE_LEAST}"
    )


def _key_sql(name: str, empty: str) -> str:
    if name == "state":
        spoken = "c.tags ILIKE '%stat%' OR c.tags ILIKE '%lifecycle%'"  # spares reading most tags
        held = f"CASE WHEN {spoken} THEN {tag_sql('c.tags', STATE_TAGS)} END"
        return f"COALESCE(lower({held}), '')"
    column = _SOURCED.get(name, f"c.{name}")
    return f"COALESCE({column}, {literal(empty)})"


def _again_sql() -> str:
    """Return SQL for charges that stand on the bill before: the same one on another invoice.

    A usage charge without an invoice may occur as often as it likes: nothing tells two of them
    apart. One that recurs is due once for each subscription and period.
    """
    same = (
        "provider_name, publisher_name, sub_account_id, resource_id, sku_id, sku_price_id, "
        "charge_category, charge_description, charge_period_start, charge_period_end, "
        "pricing_quantity, billed_cost, billing_currency, commitment_discount_id"
    )
    window = f"(PARTITION BY {same} ORDER BY period, invoice_id, _source, _id)"
    return (
        "SELECT _source, _id, billed_amount AS amount, first FROM (SELECT _source, _id, "
        f"billed_amount, charge_frequency, invoice_id, resource_id, row_number() OVER {window} "
        f"AS place, first_value(COALESCE(invoice_id, period)) OVER {window} AS first, "
        f"first_value(invoice_id) OVER {window} AS invoice FROM final_cloud "
        "WHERE billed_cost > 0 AND charge_class IS NULL AND charge_category IN "
        "('Usage', 'Purchase') AND (resource_id IS NOT NULL OR sku_price_id IS NOT NULL "
        "OR sku_id IS NOT NULL) AND (invoice_id IS NOT NULL OR charge_frequency "
        "IN ('Recurring', 'One-Time'))) WHERE place > 1 AND (invoice_id <> invoice OR "
        "(charge_frequency IN ('Recurring', 'One-Time') AND resource_id IS NOT NULL))"
    )


def unreadable_tags(conformed: Conformed, months: str) -> tuple[int, object, str, str]:
    """Return rows and amount of charges whose tags are no JSON object, and the first one's place.

    Parameters
    ----------
    conformed : Conformed
        The loaded book.
    months : str
        The months to look at, as a SQL list.
    """
    ((rows, amount, file, line),) = conformed.engine.rows(
        "SELECT count(*), COALESCE(sum(amount), 0), arg_min(_file, _id), arg_min(_line, _id) "
        f"FROM final_cloud WHERE {unreadable_sql('tags')} AND period IN ({months})"
    )
    return int(rows), amount, str(file or ""), str(line or "")
