"""Measures: agreed tables in, results out; no file, no clock, no global setting."""

from pfkit.measures.actions import actions
from pfkit.measures.allocation import (
    Allocation,
    allocate_direct,
    allocate_reciprocal,
    allocate_stepdown,
)
from pfkit.measures.annuities import annuity_rate, fv, nper, pmt, pv
from pfkit.measures.as_known import as_known
from pfkit.measures.associations import associations
from pfkit.measures.attribution import Attribution, attribution
from pfkit.measures.attribution_roi import attribution_roi
from pfkit.measures.available import available
from pfkit.measures.backtest import backtest
from pfkit.measures.backtest_outlook import backtest_outlook
from pfkit.measures.benefits import benefits
from pfkit.measures.bg_nbd import BgNbd, bg_nbd
from pfkit.measures.billing_ledger import billing_ledger
from pfkit.measures.breaches import breaches
from pfkit.measures.bridge import bridge
from pfkit.measures.budget import materiality, variance
from pfkit.measures.budget_coverage import budget_coverage
from pfkit.measures.budget_history import budget_history
from pfkit.measures.budget_lines import budget_lines
from pfkit.measures.budget_versions import budget_versions
from pfkit.measures.carry_forward import carry_forward
from pfkit.measures.changed import changed
from pfkit.measures.cloud_cost import cloud_cost
from pfkit.measures.cloud_ledger import cloud_ledger
from pfkit.measures.cloud_reconciliation import cloud_reconciliation
from pfkit.measures.coherent_forecast import coherent_forecast
from pfkit.measures.cohorts import cohorts
from pfkit.measures.commentary import commentary
from pfkit.measures.comments import comments
from pfkit.measures.commitment_discounts import commitment_discounts
from pfkit.measures.comparable_weeks import comparable_weeks
from pfkit.measures.constant_currency import constant_currency
from pfkit.measures.contribution_margins import contribution_margins
from pfkit.measures.conversions import conversions
from pfkit.measures.cost_behavior import cost_behavior
from pfkit.measures.cost_benefit import cost_benefit
from pfkit.measures.cost_to_complete import cost_to_complete
from pfkit.measures.cost_to_serve import cost_to_serve
from pfkit.measures.credit_rules import credit_rules
from pfkit.measures.cube import cube
from pfkit.measures.day_counts import year_fraction
from pfkit.measures.decisions import decisions
from pfkit.measures.deferred_revenue import deferred_revenue
from pfkit.measures.depreciation import db, ddb, sln, syd
from pfkit.measures.design_holdout import HoldoutDesign, design_holdout
from pfkit.measures.development_cost import DevelopmentCost, development_cost
from pfkit.measures.driver import driver
from pfkit.measures.driver_forecast import DriverForecast, driver_forecast
from pfkit.measures.effects import effects
from pfkit.measures.effort_variance import effort_variance
from pfkit.measures.elasticities import elasticities
from pfkit.measures.entities import entities
from pfkit.measures.explain_series import ExplainedSeries, explain_series
from pfkit.measures.flexed_budget import flexed_budget
from pfkit.measures.forecast import forecast
from pfkit.measures.forecast_register import forecast_register
from pfkit.measures.forecast_replays import forecast_replays
from pfkit.measures.forecast_value_added import forecast_value_added
from pfkit.measures.forecast_vintages import forecast_vintages
from pfkit.measures.growth import cagr, effective_rate, fvschedule, nominal_rate
from pfkit.measures.holdouts import holdouts
from pfkit.measures.interrupted_series import InterruptedSeries, interrupted_series
from pfkit.measures.irr import Irr, irr, mirr, xirr
from pfkit.measures.joins import joins
from pfkit.measures.journeys import journeys
from pfkit.measures.launch_forecast import launch_forecast
from pfkit.measures.leads import Ground, Lead
from pfkit.measures.milestones import milestones
from pfkit.measures.npv import (
    discounted_payback,
    equivalent_annual_annuity,
    npv,
    payback,
    profitability_index,
    xnpv,
)
from pfkit.measures.outlook import outlook
from pfkit.measures.overrides_effect import overrides_effect
from pfkit.measures.panel_effect import PanelEffect, panel_effect
from pfkit.measures.phase import phase
from pfkit.measures.portfolio import CapitalAllocation, capital_allocation
from pfkit.measures.position import position
from pfkit.measures.price_volume_mix import price_volume_mix
from pfkit.measures.product_margins import product_margins
from pfkit.measures.products import product_pnl
from pfkit.measures.promises import promises
from pfkit.measures.quality import control_states, controls, held_back
from pfkit.measures.randomized_effect import RandomizedEffect, randomized_effect
from pfkit.measures.reallocation import Reallocation, reallocation
from pfkit.measures.recurring import (
    MrrBridge,
    cac_payback_months,
    grr,
    mrr_bridge,
    nrr,
    quick_ratio,
)
from pfkit.measures.recurring_revenue import recurring_revenue
from pfkit.measures.restated import restated
from pfkit.measures.retention import retention
from pfkit.measures.revenue import pnl
from pfkit.measures.reversals import reversals
from pfkit.measures.roadmap import Roadmap, roadmap
from pfkit.measures.roi import roi
from pfkit.measures.roi_accuracy import RoiAccuracy, roi_accuracy
from pfkit.measures.roi_tracking import roi_tracking
from pfkit.measures.roll_up import roll_up
from pfkit.measures.sales import Sales, sales
from pfkit.measures.sales_variances import (
    flexible_budget_variance,
    sales_mix_share,
    sales_mix_variance,
    sales_price_variance,
    sales_quantity_variance,
    sales_volume_variance,
)
from pfkit.measures.savings import savings
from pfkit.measures.shared_cost import SharedCost, shared_cost
from pfkit.measures.simple_rules import simple_rules
from pfkit.measures.staggered_did import StaggeredEffect, staggered_did
from pfkit.measures.summary import Summary, summary
from pfkit.measures.tdabc import Tdabc, tdabc
from pfkit.measures.tiles import sparks, tiles
from pfkit.measures.timing import timing
from pfkit.measures.trend import trend
from pfkit.measures.unit_cost import UnitCost, unit_cost
from pfkit.measures.unit_economics import unit_economics
from pfkit.measures.usage import usage
from pfkit.measures.utilization import utilization
from pfkit.measures.variance_levels import variance_levels
from pfkit.measures.waste import waste
from pfkit.measures.year_forecast import year_forecast

__all__ = [
    "Allocation",
    "Attribution",
    "BgNbd",
    "CapitalAllocation",
    "DevelopmentCost",
    "DriverForecast",
    "ExplainedSeries",
    "Ground",
    "HoldoutDesign",
    "InterruptedSeries",
    "Irr",
    "Lead",
    "MrrBridge",
    "PanelEffect",
    "RandomizedEffect",
    "Reallocation",
    "Roadmap",
    "RoiAccuracy",
    "Sales",
    "SharedCost",
    "StaggeredEffect",
    "Summary",
    "Tdabc",
    "UnitCost",
    "actions",
    "allocate_direct",
    "allocate_reciprocal",
    "allocate_stepdown",
    "annuity_rate",
    "as_known",
    "associations",
    "attribution",
    "attribution_roi",
    "available",
    "backtest",
    "backtest_outlook",
    "benefits",
    "bg_nbd",
    "billing_ledger",
    "breaches",
    "bridge",
    "budget_coverage",
    "budget_history",
    "budget_lines",
    "budget_versions",
    "cac_payback_months",
    "cagr",
    "capital_allocation",
    "carry_forward",
    "changed",
    "cloud_cost",
    "cloud_ledger",
    "cloud_reconciliation",
    "coherent_forecast",
    "cohorts",
    "commentary",
    "comments",
    "commitment_discounts",
    "comparable_weeks",
    "constant_currency",
    "contribution_margins",
    "control_states",
    "controls",
    "conversions",
    "cost_behavior",
    "cost_benefit",
    "cost_to_complete",
    "cost_to_serve",
    "credit_rules",
    "cube",
    "db",
    "ddb",
    "decisions",
    "deferred_revenue",
    "design_holdout",
    "development_cost",
    "discounted_payback",
    "driver",
    "driver_forecast",
    "effective_rate",
    "effects",
    "effort_variance",
    "elasticities",
    "entities",
    "equivalent_annual_annuity",
    "explain_series",
    "flexed_budget",
    "flexible_budget_variance",
    "forecast",
    "forecast_register",
    "forecast_replays",
    "forecast_value_added",
    "forecast_vintages",
    "fv",
    "fvschedule",
    "grr",
    "held_back",
    "holdouts",
    "interrupted_series",
    "irr",
    "joins",
    "journeys",
    "launch_forecast",
    "materiality",
    "milestones",
    "mirr",
    "mrr_bridge",
    "nominal_rate",
    "nper",
    "npv",
    "nrr",
    "outlook",
    "overrides_effect",
    "panel_effect",
    "payback",
    "phase",
    "pmt",
    "pnl",
    "position",
    "price_volume_mix",
    "product_margins",
    "product_pnl",
    "profitability_index",
    "promises",
    "pv",
    "quick_ratio",
    "randomized_effect",
    "reallocation",
    "recurring_revenue",
    "restated",
    "retention",
    "reversals",
    "roadmap",
    "roi",
    "roi_accuracy",
    "roi_tracking",
    "roll_up",
    "sales",
    "sales_mix_share",
    "sales_mix_variance",
    "sales_price_variance",
    "sales_quantity_variance",
    "sales_volume_variance",
    "savings",
    "shared_cost",
    "simple_rules",
    "sln",
    "sparks",
    "staggered_did",
    "summary",
    "syd",
    "tdabc",
    "tiles",
    "timing",
    "trend",
    "unit_cost",
    "unit_economics",
    "usage",
    "utilization",
    "variance",
    "variance_levels",
    "waste",
    "xirr",
    "xnpv",
    "year_forecast",
    "year_fraction",
]
