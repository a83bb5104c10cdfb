from __future__ import annotations

from typing import Any

import pytest

from pfkit.errors import BookError

Shop = Any

POOL = 'pool = "IT", cost_centers = ["C1"]'
LOOP = '{ pool = "HR", accounts = ["1"], serves = { IT = 1.0 } }'
SHARES = "shares = { tea = 0.6, coffee = 0.4 }"


def declared(shop: Shop, text: str) -> Any:  # noqa: ANN401 - a declaration
    return shop.declare(tail=f"[allocation]\n{text}")


def refused(shop: Shop, text: str) -> str:
    with pytest.raises(BookError) as caught:
        declared(shop, text)
    return str(caught.value)


def test_pools_are_read_as_a_measure_takes_them(shop: Shop) -> None:
    shop.declare(
        tail=f'[allocation]\nmethod = "step-down"\ncustomers = ["orders", "revenue"]\n'
        f"pools = [{{ {POOL}, {SHARES} }}]"
    )
    book = shop.open()
    assert book.allocation["method"] == "step-down"
    assert book.allocation["pools"]["IT"]["shares"] == {"tea": 0.6, "coffee": 0.4}
    assert book.serving == [("orders", {}), ("revenue", {})]


def test_a_book_without_allocation_has_no_pools(shop: Shop) -> None:
    shop.declare()
    book = shop.open()
    assert book.allocation == {"pools": {}, "method": "direct", "order": ()}
    assert book.serving == [("revenue", {})]


@pytest.mark.parametrize(
    ("pools", "told"),
    [
        (f"[{{ {POOL}, shares = {{ tea = 0.6 }} }}]", "add up to 0.6, not to 1"),
        (f'[{{ {POOL}, driver = "hour" }}]', "Input should be 'hours'"),
        (f'[{{ {POOL}, driver = "hours" }}]', "no source feeds table effort"),
        (f"[{{ {POOL} }}]", "either a driver or the shares of products"),
        ('[{ pool = "IT", driver = "orders" }]', "holds no ledger line"),
        (f"[{{ {POOL}, serves = {{ HR = 0.5 }}, {SHARES} }}]", "serves 'HR', no other pool"),
        (f"[{{ {POOL}, {SHARES} }}, {{ {POOL}, {SHARES} }}]", "two pools are named 'IT'"),
        (f"[{{ {POOL}, {SHARES}, capacity = 5 }}]", "a capacity and no driver"),
        (
            f"[{{ {POOL}, serves = {{ HR = 1.0 }} }}, {LOOP}]",
            "the cost of 'IT' and 'HR' goes round and reaches no product",
        ),
    ],
)  # fmt: skip
def test_pools_without_a_solution_are_refused_when_the_book_is_read(
    shop: Shop, pools: str, told: str
) -> None:
    assert told in refused(shop, f"pools = {pools}")


def test_an_order_names_every_pool(shop: Shop) -> None:
    text = f'pools = [{{ {POOL}, {SHARES} }}]\norder = ["HR"]'
    assert "order must name every pool once" in refused(shop, text)


def test_an_unknown_key_offers_the_nearest(shop: Shop) -> None:
    assert "closest known key is 'method'" in refused(shop, 'methods = "direct"')


def test_names_of_customers_and_cost_centers_are_read_from_their_tables(shop: Shop) -> None:
    shop.write("who.csv", "code,name\nK1,Alba GmbH\nK2,\n")
    shop.write("where.csv", "code,name\nC1,Workshop\n")
    sources = "".join(
        f'[[sources]]\nname = "{t}s"\ntable = "{t}s"\npath = "{p}.csv"\n'
        f'columns = {{ {t} = "code", name = "name" }}\n'
        for t, p in (("customer", "who"), ("cost_center", "where"))
    )
    shop.declare(tail=sources)
    assert shop.open().customer_names == {}  # they may be people: a report names none of them
    book_toml = shop.path / "book.toml"
    text = book_toml.read_text(encoding="utf-8")
    shop.write("book.toml", text.replace("[company]", '[company]\ncustomers = "companies"'))
    book = shop.open()
    assert book.customer_names == {"K1": "Alba GmbH"}
    assert book.cost_center_names == {"C1": "Workshop"}
    shop.declare()
    assert (shop.open().customer_names, shop.open().cost_center_names) == ({}, {})


def test_a_policy_of_capitalization_is_given_to_the_measure(shop: Shop) -> None:
    shop.declare(head='[policies]\ncapitalization = { roles = ["Engineer"], life_months = 24 }')
    assert shop.open().capitalization == {
        "cost_centers": (), "roles": ("Engineer",), "life_months": 24
    }  # fmt: skip
