from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.published import run_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_every_published_case(shared: Path) -> None:
    found = list(run_cases.outcomes(shared / "data" / "finance" / "cases.csv"))
    assert [f"{one.name}: {one.wrong}" for one in found if one.wrong] == []
    assert len(found) == 73


def test_every_function_of_the_list_has_an_adapter(shared: Path) -> None:
    text = (shared / "data" / "finance" / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| function | keys of `inputs` |") :]
    cells = re.findall(r"^\| ([a-z0-9_*, ]+) \|", table, re.MULTILINE)
    named = {name.strip("* ") for cell in cells for name in cell.split(",")} - {"function"}
    assert len(named) == 46
    assert named == set(run_cases.ADAPTERS)


SHARES = {
    "maintenance": {"systems": 0.2, "machining": 0.3, "assembly": 0.5},
    "systems": {"maintenance": 0.1, "machining": 0.8, "assembly": 0.1},
}
COSTS = {"maintenance": 6300000, "systems": 1452150, "machining": 4000000, "assembly": 2000000}
ORDERS = {"orders": [8, 49000], "inquiries": [44, 1400], "checks": [50, 2500]}


@pytest.mark.parametrize(
    ("function", "inputs", "answer"),
    [
        # numpy-financial and pyxirr, tests of fv and nper
        ("fv", {"rate": 0.05 / 12, "nper": 120, "pmt": -100, "pv": -100}, 15692.9288943357),
        ("fv", {"rate": 0, "nper": 120, "pmt": -100, "pv": -100}, 12100),
        ("nper", {"rate": 0.075, "pmt": -2000, "pv": 0, "fv": 100000}, 21.544944197323336),
        ("nper", {"rate": 0, "pmt": -2000, "pv": 0, "fv": 100000}, 50),
        # the spreadsheet's own help
        ("sln", {"cost": 30000, "salvage": 7500, "life": 10}, 2250),
        ("ddb", {"cost": 2400, "salvage": 300, "life": 10, "period": 1}, 480),
        ("ddb", {"cost": 2400, "salvage": 300, "life": 10, "period": 10}, 22.1225472),
        ("cagr", {"n": 2, "start": 100, "end": 121}, 0.1),
        ("nominal_rate", {"effective": 0.053543, "npery": 4}, 0.05250032),
        # Horngren, Cost Accounting, ch. 15: Castleford Engineering
        (
            "allocate_reciprocal",
            {"costs": COSTS, "services": SHARES},
            {
                "maintenance_total": 6576750,
                "systems_total": 2767500,
                "machining": 8187025,
                "assembly": 5565125,
            },
        ),
        (
            "allocate_stepdown",
            {"costs": COSTS, "services": SHARES, "order": ["maintenance", "systems"]},
            {"maintenance_total": 6300000, "systems_total": 2712150, "machining": 8300800},
        ),
        # Kaplan and Anderson, Harvard Business Review, November 2004
        (
            "tdabc",
            {"cost": 560000, "practical_minutes": 700000, "activities": ORDERS},
            {
                "rate": 0.8,
                "orders": 313600,
                "inquiries": 49280,
                "checks": 100000,
                "used_minutes": 578600,
                "used_cost": 462880,
                "unused_minutes": 121400,
                "unused_cost": 97120,
            },
        ),
        # by hand
        (
            "mrr_bridge",
            {
                "start": 100000,
                "new": 12000,
                "expansion": 5000,
                "contraction": 2000,
                "churn": 4000,
                "reactivation": 1000,
            },
            {"net_new": 12000, "end": 112000},
        ),
        ("nrr", {"start": 18000, "expansion": 2100, "contraction": 300, "churn": 900}, 1.05),
        ("cac_payback_months", {"cac": 6000, "arpa": 500, "gross_margin": 0.8}, 15),
        ("eaa", {"rate": 0, "npv": 900, "n": 3}, 300),
        ("irr", {"values": [-100, 110]}, 0.1),
        ("irr_all", {"values": [-1600, 10000, -10000]}, [0.25, 4.0]),
        (
            "xirr",
            {
                "dates": ["2011-01-01", "2010-01-01"],
                "values": [900, -1000],
                "day_count": "30E/360",
            },
            -0.1,
        ),
        (
            "xirr",
            {
                "dates": ["2010-02-28", "2010-03-31"],
                "values": [-100, 101],
                "day_count": "30/360 SIA",
            },
            1.01**12 - 1,
        ),
        ("fiscal_year_days", {"rule": "last Saturday of September", "year": 2023}, 371),
        ("retail454_year_end", {"year": 2024}, "2025-02-01"),  # nrf.com
        (
            "capital_allocation",
            {"value": [60, 50, 45], "use": [[50, 30, 40], [1, 1, 1]], "budget": [80, 2]},
            110,
        ),
    ],
)
def test_functions_without_a_published_case(
    function: str, inputs: dict[str, Any], answer: object
) -> None:
    case = {"id": "own", "function": function, "inputs": json.dumps(inputs), "kind": "value"}
    found = run_cases.outcome({**case, "expected": json.dumps(answer), "tolerance": "1e-6"})
    assert found.wrong == ""


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        ("npv", {"rate": -1, "values": [-100, 110]}),
        ("npv", {"rate": 0.1, "values": []}),
        ("irr", {"values": [1, 2, 3]}),
        ("irr", {"values": [-100, 230, -133]}),
        ("irr", {"values": []}),
        ("mirr", {"values": [1, 2], "finance_rate": 0.1, "reinvest_rate": 0.1}),
        ("xirr", {"dates": ["2020-01-01"], "values": [-1, 2]}),
        ("xirr", {"dates": ["2020-01-01", "2020-01-01"], "values": [-1, 2]}),
        ("payback", {"values": [-100, 20]}),
        ("discounted_payback", {"rate": 0.2, "values": [-100, 110]}),
        ("rate", {"nper": 12, "pmt": 400, "pv": 10000, "fv": 5000}),
        ("nper", {"rate": 0.1, "pmt": -90, "pv": 1000, "fv": 0}),
    ],
)
def test_where_there_is_no_answer_the_case_has_none(function: str, inputs: dict[str, Any]) -> None:
    case = {"id": "own", "function": function, "inputs": json.dumps(inputs), "kind": "none"}
    found = run_cases.outcome({**case, "expected": "null", "tolerance": "0"})
    assert found.wrong == ""


def test_a_rate_without_meaning_comes_with_a_warning() -> None:
    inputs = {"dates": ["2010-01-15", "2010-04-16", "2010-07-16", "2010-10-15"]}
    values = [-10000, 10000, -10000, 5]
    case = {"id": "own", "function": "xirr", "expected": "null", "tolerance": "0"}
    given = {**case, "inputs": json.dumps({**inputs, "values": values}), "kind": "none_or_warn"}
    assert run_cases.outcome(given).wrong == ""
    lost = json.dumps({"dates": inputs["dates"][:2], "values": [-1000, 0]})
    found = run_cases.outcome({**case, "inputs": lost, "expected": "-1.0", "kind": "total_loss"})
    assert found.wrong == ""
