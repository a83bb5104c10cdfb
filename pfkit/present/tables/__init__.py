"""Tables of a report, one noun each, named after the measure they print."""

from pfkit.present.tables.actions import actions
from pfkit.present.tables.associations import associations
from pfkit.present.tables.attribution_checks import attribution_checks
from pfkit.present.tables.attribution_data import attribution_data
from pfkit.present.tables.attribution_ledger import attribution_ledger
from pfkit.present.tables.attribution_roi import attribution_roi
from pfkit.present.tables.benefits import benefits
from pfkit.present.tables.billing_ledger import billing_ledger
from pfkit.present.tables.breaches import breaches
from pfkit.present.tables.budget_lines import budget_lines
from pfkit.present.tables.budget_versions import budget_versions
from pfkit.present.tables.changed import changed
from pfkit.present.tables.cloud_cost import cloud_cost
from pfkit.present.tables.cloud_ledger import cloud_ledger
from pfkit.present.tables.cloud_reconciliation import cloud_reconciliation
from pfkit.present.tables.coherent_forecast import coherent_forecast
from pfkit.present.tables.commitment_discounts import commitment_discounts
from pfkit.present.tables.comparable_weeks import comparable_weeks
from pfkit.present.tables.constant_currency import constant_currency
from pfkit.present.tables.contribution_margins import contribution_margins
from pfkit.present.tables.conversions import conversions
from pfkit.present.tables.cost_behavior import cost_behavior
from pfkit.present.tables.cost_benefit import cost_benefit
from pfkit.present.tables.cost_to_complete import cost_to_complete
from pfkit.present.tables.cost_to_serve import cost_to_serve
from pfkit.present.tables.credit_rules import credit_rules
from pfkit.present.tables.decisions import decisions
from pfkit.present.tables.deferred_revenue import deferred_revenue
from pfkit.present.tables.development_cost import development_cost
from pfkit.present.tables.driver_forecast import driver_forecast
from pfkit.present.tables.effort_variance import effort_variance
from pfkit.present.tables.elasticities import elasticities
from pfkit.present.tables.entities import entities
from pfkit.present.tables.explain_series import explain_series
from pfkit.present.tables.flexed_budget import flexed_budget
from pfkit.present.tables.forecast import forecast
from pfkit.present.tables.forecast_register import forecast_register
from pfkit.present.tables.forecast_value_added import forecast_value_added
from pfkit.present.tables.forecast_vintages import forecast_vintages
from pfkit.present.tables.freshness import freshness, late_rows
from pfkit.present.tables.held import provenance, quarantine, rules
from pfkit.present.tables.holdouts import holdouts
from pfkit.present.tables.joins import joins
from pfkit.present.tables.milestones import milestones
from pfkit.present.tables.outlook import outlook
from pfkit.present.tables.pnl import pnl
from pfkit.present.tables.price_volume_mix import price_volume_mix
from pfkit.present.tables.product_margins import product_margins
from pfkit.present.tables.product_pnl import product_pnl
from pfkit.present.tables.quality import balance, controls
from pfkit.present.tables.reallocation import reallocation
from pfkit.present.tables.recurring_revenue import recurring_revenue
from pfkit.present.tables.restated import restated
from pfkit.present.tables.roadmap import roadmap
from pfkit.present.tables.roi import roi
from pfkit.present.tables.roi_accuracy import roi_accuracy
from pfkit.present.tables.savings import savings
from pfkit.present.tables.shared_cost import shared_cost
from pfkit.present.tables.timing import timing
from pfkit.present.tables.unit_cost import unit_cost
from pfkit.present.tables.unit_economics import unit_economics
from pfkit.present.tables.usage import usage
from pfkit.present.tables.utilization import utilization
from pfkit.present.tables.variance import variance
from pfkit.present.tables.variance_levels import variance_levels
from pfkit.present.tables.waste import waste
from pfkit.present.tables.year_forecast import year_forecast

__all__ = [
    "actions",
    "associations",
    "attribution_checks",
    "attribution_data",
    "attribution_ledger",
    "attribution_roi",
    "balance",
    "benefits",
    "billing_ledger",
    "breaches",
    "budget_lines",
    "budget_versions",
    "changed",
    "cloud_cost",
    "cloud_ledger",
    "cloud_reconciliation",
    "coherent_forecast",
    "commitment_discounts",
    "comparable_weeks",
    "constant_currency",
    "contribution_margins",
    "controls",
    "conversions",
    "cost_behavior",
    "cost_benefit",
    "cost_to_complete",
    "cost_to_serve",
    "credit_rules",
    "decisions",
    "deferred_revenue",
    "development_cost",
    "driver_forecast",
    "effort_variance",
    "elasticities",
    "entities",
    "explain_series",
    "flexed_budget",
    "forecast",
    "forecast_register",
    "forecast_value_added",
    "forecast_vintages",
    "freshness",
    "holdouts",
    "joins",
    "late_rows",
    "milestones",
    "outlook",
    "pnl",
    "price_volume_mix",
    "product_margins",
    "product_pnl",
    "provenance",
    "quarantine",
    "reallocation",
    "recurring_revenue",
    "restated",
    "roadmap",
    "roi",
    "roi_accuracy",
    "rules",
    "savings",
    "shared_cost",
    "timing",
    "unit_cost",
    "unit_economics",
    "usage",
    "utilization",
    "variance",
    "variance_levels",
    "waste",
    "year_forecast",
]
