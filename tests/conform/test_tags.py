"""Tags are read from JSON by declared keys; what is no JSON is no tag, and is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.engine import Engine, literal
from pfkit.conform.tags import tag_sql, unreadable_sql
from pfkit.errors import BookError

if TYPE_CHECKING:
    Shop = Any


@pytest.mark.parametrize(
    ("tags", "keys", "value"),
    [
        ('{"app": "Atlas"}', ["app"], "Atlas"),
        ('{"app": "Atlas"}', ["team"], None),
        ('{"team": "blue", "app": "Atlas"}', ["app", "team"], "Atlas"),
        ('{"team": "blue", "app": " "}', ["app", "team"], "blue"),
        ('{" App ": "near", "app": "exact"}', ["app"], "exact"),
        ('{" App ": "near"}', ["app"], "near"),
        ('{"a/b~c": "Atlas"}', ["a/b~c"], "Atlas"),
        ('{"app": 7}', ["app"], "7"),
        ('{"app": null}', ["app"], None),
        ('{"app": "At', ["app"], None),
        ('["app"]', ["app"], None),
        ("app=Atlas", ["app"], None),
        ("", ["app"], None),
    ],
)
def test_the_first_key_with_a_value_counts(tags: str, keys: list[str], value: str | None) -> None:
    assert Engine().rows(f"SELECT {tag_sql(literal(tags), keys)}") == [(value,)]


@pytest.mark.parametrize(
    ("tags", "unreadable"),
    [('{"app": "At', True), ("app=Atlas", True), ("[1]", True), ("{}", False), (" ", False)],
)
def test_what_is_no_object_is_told_from_no_tags(tags: str, *, unreadable: bool) -> None:
    assert Engine().rows(f"SELECT {unreadable_sql(literal(tags))}") == [(unreadable,)]


def test_a_table_without_tags_has_no_tag_to_read(shop: Shop) -> None:
    with pytest.raises(BookError, match="table invoices has no tags"):
        shop.declare(product='product = { tag = "app" }')
