from __future__ import annotations

from typing import Any

import pytest

from pfkit.conform.shape import Hierarchy
from pfkit.conform.tree import tree_of
from pfkit.errors import BookError

BY_CODE = Hierarchy(code="Code")


def _above(codes: list[str], how: Hierarchy = BY_CODE) -> dict[str, str | None]:
    """Return the code above each code."""
    tree = tree_of([(code,) for code in codes], how, {})
    return {
        code: None if parent is None else codes[parent]
        for code, parent in zip(codes, tree.parents, strict=True)
    }


def test_a_code_stands_below_the_longest_code_it_begins_with() -> None:
    assert _above(["111", "1", "2", "11", "12", "1119"]) == {
        "111": "11",
        "1": None,
        "2": None,
        "11": "1",
        "12": "1",
        "1119": "111",
    }


def test_a_missing_level_is_stepped_over() -> None:
    assert _above(["1", "1234"]) == {"1": None, "1234": "1"}


def test_with_separators_the_code_above_ends_at_one() -> None:
    assert _above(["1", "1.1", "1.10", "1.1.2", "A-1", "A"]) == {
        "1": None,
        "1.1": "1",
        "1.10": "1",
        "1.1.2": "1.1",
        "A-1": "A",
        "A": None,
    }


def test_codes_filled_up_with_zeros() -> None:
    how = Hierarchy(code="Code", padding="0", widths=(1, 2, 4))
    found = _above(["1000", "1100", "1120", "1121", "2000", "1200"], how)
    assert found == {
        "1000": None,
        "1100": "1000",
        "1120": "1100",
        "1121": "1100",
        "2000": None,
        "1200": "1000",
    }
    # without widths a code such as 1120 reads as the level above 1121
    assert _above(["1120", "1121"], Hierarchy(code="Code", padding="0"))["1121"] == "1120"


def test_a_total_stands_above_all_that_nothing_else_stands_above() -> None:
    how = Hierarchy(code="Code", totals=("Σύνολο",))
    assert _above(["1", "11", "2", "Σύνολο"], how) == {
        "1": "Σύνολο",
        "11": "1",
        "2": "Σύνολο",
        "Σύνολο": None,
    }


def test_a_parent_that_is_not_in_the_slice_is_stepped_over() -> None:
    how = Hierarchy(code="Code", parent="Parent")
    nodes = [("root", ""), ("leaf", "middle"), ("own", "own")]
    tree = tree_of(nodes, how, {"leaf": "middle", "middle": "root", "root": ""})
    assert tree.parents == (None, 0, None)


def test_a_circle_of_parents_is_named() -> None:
    how = Hierarchy(code="Code", parent="Parent")
    with pytest.raises(BookError, match="stand above themselves: 'a' under 'b' under 'a'"):
        tree_of([("a", "b"), ("b", "a")], how, {})


def test_a_path_is_blank_on_the_levels_above() -> None:
    how = Hierarchy(path=("Chapter", "Section", "Item"), totals=("Total",))
    nodes = [("", "", ""), ("A", "", ""), ("A", "x", ""), ("A", "x", "1"), ("B", "Total", "")]
    assert tree_of(nodes, how, {}).parents == (None, 0, 1, 2, 0)


def test_levels_in_the_order_of_the_rows() -> None:
    how = Hierarchy(level="Level")
    tree = tree_of([("1",), ("2",), ("3",), ("3",), ("2",), ("1",), ("",)], how, {})
    assert tree.parents == (None, 0, 1, 1, 0, None, None)
    assert tree.depths == (1, 2, 3, 3, 2, 1, 1)


def test_a_level_beside_codes_keeps_a_sibling_from_standing_above() -> None:
    how = Hierarchy(code="Code", level="Level")
    tree = tree_of([("11", "2"), ("110", "2"), ("1", "1")], how, {})
    assert tree.parents == (2, 2, None)


def test_one_level_is_kept_and_nothing_is_lost_where_it_is_missing() -> None:
    tree = tree_of([("1",), ("11",), ("111",), ("2",), ("3",), ("31",)], BY_CODE, {})
    assert [tree.role(node, 2) for node in range(6)] == [
        "above",
        "kept",
        "below",
        "kept",  # 2 has nothing below it
        "above",
        "kept",
    ]
    assert [tree.role(node, 1) for node in range(3)] == ["kept", "below", "below"]


def test_parents_may_be_named_in_the_book() -> None:
    how = Hierarchy(code="Member", parents={"Phone": "Goods", "Pad": "Goods"}, totals=("",))
    nodes = [("Phone", "Goods"), ("", ""), ("Goods", ""), ("Pad", "Goods"), ("Care", "")]
    assert tree_of(nodes, how, how.parents).parents == (2, None, 1, 2, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"parents": {"a": "b"}},
        {"code": "c", "parent": "p", "parents": {"a": "b"}},
        {"code": "c", "level": "l", "parents": {"a": "b"}},
    ],
)
def test_named_parents_stand_beside_a_code_alone(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`parents`.*code|say where a row stands"):
        Hierarchy(**wrong)
