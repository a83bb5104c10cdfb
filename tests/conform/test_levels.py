from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import BookError, ContractError

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.book import Book

    Shop = Any

TOWN = """
    [[sources]]
    name = "plan"
    table = "budget"
    path = "plan.csv"
    known_on = { date = 2020-01-01 }
    hierarchy = { SETTING }
    columns = { version = "Version", period = { sql = "Year || '-12'" }, span = { constant = "year" }, cost_center = "Name", account = { constant = "spend" }, currency = { constant = "EUR" }, amount_local = "Amount" }
"""  # noqa: E501 (one line of TOML)

#: 1 is broken down to the cent; 2 holds 5 more than its parts in 2020; 3 has no parts.
PLAN = """
    Code,Parent,Level,Name,Version,Year,Amount
    T,,0,Total,adopted,2020,175.00
    1,T,1,Schools,adopted,2020,100.00
    11,1,2,Primary,adopted,2020,60.50
    12,1,2,Secondary,adopted,2020,39.50
    2,T,1,Roads,adopted,2020,50.00
    21,2,2,Paving,adopted,2020,45.00
    3,T,1,Parks,adopted,2020,25.00
    1,T,1,Schools,revised,2020,90.00
"""


def _open(shop: Shop, setting: str, plan: str = PLAN, more: str = "") -> Book:
    shop.ledger(TOWN.replace("SETTING", setting) + more, {"plan.csv": plan})
    return shop.open(period="2020-12")


def _kept(book: Book) -> dict[str, float]:
    adopted = book.budget[book.budget["version"] == "adopted"]
    return dict(zip(adopted["cost_center"], adopted["amount"], strict=True))


def _controls(book: Book) -> pd.DataFrame:
    return book.controls[book.controls["control"] == "Hierarchy"]


@pytest.mark.parametrize(
    "setting",
    [
        'code = "Code", totals = ["T"]',
        'code = "Code", parent = "Parent"',
        'level = "Level"',
        'code = "Code", parent = "Parent", level = "Level"',
    ],
)
def test_leaves_count_and_what_stands_above_is_left_out_with_its_amount(
    shop: Shop, setting: str
) -> None:
    book = _open(shop, setting)
    assert _kept(book) == {"Primary": 60.5, "Secondary": 39.5, "Paving": 45.0, "Parks": 25.0}
    left_out = book.rules[book.rules["target"] == "level above"]
    assert left_out[["rows", "amount"]].to_numpy().tolist() == [[3, 325.0]]
    # a version that states only the level above keeps it: nothing is lost
    revised = book.budget[book.budget["version"] == "revised"]
    assert list(revised["amount"]) == [90.0]


def test_what_does_not_add_up_is_named_with_both_sums(shop: Shop) -> None:
    controls = _controls(_open(shop, 'code = "Code", totals = ["T"]'))
    first, second = controls.to_dict("records")
    assert first["detail"] == "3 rows above others; 2 of 3 equal what stands below"
    assert (first["state"], first["expected"], first["actual"]) == ("amber", 275.0, 275.0)
    assert second["detail"] == "2 adopted 2020-12: more than the 1 row directly below it add up to"
    assert (second["expected"], second["actual"], second["difference"]) == (50.0, 45.0, -5.0)
    assert second["state"] == "red"


def test_a_tolerance_lets_rounding_through(shop: Shop) -> None:
    (control,) = _controls(_open(shop, 'code = "Code", totals = ["T"], tolerance = 5')).to_dict(
        "records"
    )
    assert control["state"] == "green"
    assert control["detail"].endswith("3 of 3 equal what stands below, to the tolerance")


def test_what_is_not_broken_down_can_be_kept(shop: Shop) -> None:
    book = _open(shop, 'code = "Code", totals = ["T"], remainder = { cost_center = "{} (rest)" }')
    assert _kept(book) == {
        "Primary": 60.5,
        "Secondary": 39.5,
        "Paving": 45.0,
        "Parks": 25.0,
        "Roads (rest)": 5.0,
    }
    (control,) = _controls(book).to_dict("records")
    assert control["state"] == "green"
    assert "1 hold more, 5.00 kept as not broken down" in control["detail"]
    (balance,) = book.balance[book.balance["source"] == "plan"].to_dict("records")
    assert balance["rows_in"] == 8  # the file's rows: the one made of a part is not counted again
    assert (balance["amount_in"], balance["amount_accepted"]) == (585.0, 265.0)
    assert balance["amount_excluded"] == 320.0


def test_one_level_can_count_instead(shop: Shop) -> None:
    book = _open(shop, 'code = "Code", totals = ["T"], keep = 2')
    assert _kept(book) == {"Schools": 100.0, "Roads": 50.0, "Parks": 25.0}
    reasons = book.rules.loc[book.rules["action"] == "exclude", ["target", "rows", "amount"]]
    assert reasons.to_numpy().tolist() == [["level above", 1, 175.0], ["level below", 3, 145.0]]


def test_trees_stand_side_by_side_within_a_column(shop: Shop) -> None:
    plan = """
        City,Code,Name,Version,Year,Amount
        X,1,Schools X,adopted,2020,10
        X,11,Primary X,adopted,2020,10
        Y,1,Schools Y,adopted,2020,7
    """
    book = _open(shop, 'code = "Code", within = ["City"]', plan)
    assert _kept(book) == {"Primary X": 10.0, "Schools Y": 7.0}


def test_a_level_above_needs_no_place_in_a_closed_map(shop: Shop) -> None:
    setting = TOWN.replace("SETTING", 'code = "Code"').replace(
        'cost_center = "Name"', 'cost_center = { column = "Name", map = "name" }'
    )
    leaves = 'values = { Primary = "P", Secondary = "S" }'
    plan = """
        Code,Name,Version,Year,Amount
        1,Schools,adopted,2020,100
        11,Primary,adopted,2020,60
        12,Secondary,adopted,2020,40
    """
    shop.ledger(f"[maps.name]\n{leaves}\n{setting}", {"plan.csv": plan})
    assert _kept(shop.open(period="2020-12")) == {"P": 60.0, "S": 40.0}
    shop.ledger(f"[maps.name]\nvalues = {{ Primary = 'P' }}\n{setting}", {"plan.csv": plan})
    with pytest.raises(ContractError, match="'Secondary' is not in value map 'name'"):
        shop.open(period="2020-12")


def test_a_restated_tree_is_read_from_its_last_statement(shop: Shop) -> None:
    plan = """
        Code,Name,Version,Year,Amount,Known
        1,Schools,adopted,2020,100,2020-01-01
        11,Primary,adopted,2020,60,2020-01-01
        12,Secondary,adopted,2020,40,2020-01-01
        1,Schools,adopted,2020,110,2020-06-30
    """
    setting = TOWN.replace("SETTING", 'code = "Code"').replace(
        "{ date = 2020-01-01 }", '{ column = "Known", at = "day" }\n    replaces = ["version"]'
    )
    shop.ledger(setting, {"plan.csv": plan})
    assert _kept(shop.open(period="2020-12")) == {"Schools": 110.0}
    assert _kept(shop.open(period="2020-12", as_of="2020-03-31")) == {
        "Primary": 60.0,
        "Secondary": 40.0,
    }


def test_a_circle_is_refused_with_its_place(shop: Shop) -> None:
    plan = "Code,Parent,Name,Version,Year,Amount\na,b,A,adopted,2020,1\nb,a,B,adopted,2020,1\n"
    with pytest.raises(BookError) as caught:
        _open(shop, 'code = "Code", parent = "Parent"', plan)
    assert caught.value.where == "book.toml sources.plan.hierarchy"


def test_a_setting_that_does_nothing_is_said(shop: Shop) -> None:
    plan = "Code,Name,Version,Year,Amount\n1,A,adopted,2020,1\n2,B,adopted,2020,1\n"
    (control,) = _controls(_open(shop, 'code = "Code"', plan)).to_dict("records")
    assert control["state"] == "amber"
    assert "no row of the report's months stands above another by Code" in control["detail"]


def test_an_unknown_column_is_named(shop: Shop) -> None:
    with pytest.raises(BookError) as caught:
        _open(shop, 'code = "Cod"')
    assert caught.value.where == "book.toml sources.plan.hierarchy"
    assert caught.value.advice == "The closest known column is 'Code'."


CENTERS = """
    [[sources]]
    name = "centers"
    table = "cost_centers"
    path = "centers.csv"
    columns = { cost_center = "code", name = "name", parent = "parent" }
"""
BY_CENTER = TOWN.replace('cost_center = "Name"', 'cost_center = "Code"')


def _centers(
    shop: Shop, centers: str, setting: str = 'code = "Code", tree = "cost_centers"'
) -> Book:
    rows = [line.split(",") for line in PLAN.strip().splitlines()[1:8]]
    known = "code,name,parent\n" + "".join(f"{r[0].strip()},{r[3]},{r[1]}\n" for r in rows)
    shop.ledger(
        BY_CENTER.replace("SETTING", setting) + CENTERS,
        {"plan.csv": PLAN, "centers.csv": centers or known},
    )
    book: Book = shop.open(period="2020-12")
    return book


def test_parents_may_stand_in_the_table_of_cost_centers(shop: Shop) -> None:
    book = _centers(shop, "")
    assert _kept(book) == {"11": 60.5, "12": 39.5, "21": 45.0, "3": 25.0}
    found = _controls(book)
    assert "2 adopted 2020-12: more than the 1 row directly below it add up to" in set(
        found["detail"]
    )
    (tree,) = book.controls[book.controls["control"] == "Cost center tree"].to_dict("records")
    assert (tree["state"], tree["detail"]) == (
        "green",
        "6 of 7 cost centers have a parent",
    )


@pytest.mark.parametrize(
    ("centers", "said"),
    [
        ("code,name,parent\nT,Total,1\n1,Schools,T\n", "above themselves: 'T' under '1' under 'T'"),
        (
            "code,name,parent\nT,Total,\n1,Schools,TT\n",
            "1 stands under TT, which is no cost center",
        ),
    ],
)
def test_cost_centers_that_are_no_tree_turn_a_control_amber(
    shop: Shop, centers: str, said: str
) -> None:
    centers = f"code,name,parent\n{centers}"
    book = _centers(shop, centers, setting='code = "Code", totals = ["T"]')
    (tree,) = book.controls[book.controls["control"] == "Cost center tree"].to_dict("records")
    assert (tree["state"], tree["detail"]) == ("amber", said)
    assert "nothing can be added up to departments" in tree["advice"]


def test_a_tree_without_its_table_is_refused(shop: Shop) -> None:
    with pytest.raises(BookError, match="there is no table cost_centers to take parents from"):
        _open(shop, 'code = "Code", tree = "cost_centers"')
    with pytest.raises(BookError, match="`tree` takes parents from table cost_centers"):
        _open(shop, 'code = "Code", parent = "Parent", tree = "cost_centers"')
