"""Tags: what a resource was labeled with, read from a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.conform.engine import literal

if TYPE_CHECKING:
    from collections.abc import Iterable


def object_sql(tags: str) -> str:
    """Return SQL for tags that are a JSON object, NULL where they are none."""
    valid = f"CASE WHEN json_valid({tags}) THEN json_type({tags}) END"
    return f"CASE WHEN {valid} = 'OBJECT' THEN {tags} END"


def unreadable_sql(tags: str) -> str:
    """Return the test that tags are written, and are no JSON object."""
    return f"(trim({tags}) <> '' AND {object_sql(tags)} IS NULL)"


def tag_sql(tags: str, keys: Iterable[str]) -> str:
    """Return SQL for the value of the first key that has one.

    Parameters
    ----------
    tags : str
        SQL of the JSON text.
    keys : iterable of str
        Keys in the order in which they count. A key spelled alike, in other case or with spaces
        around it, counts where none is spelled the same.

    Examples
    --------
    >>> from pfkit.conform.engine import Engine
    >>> tags = literal('{" Application": "Atlas", "team": ""}')
    >>> Engine().rows(f"SELECT {tag_sql(tags, ['team', 'application'])}")
    [('Atlas',)]
    """
    held = object_sql(tags)
    tries: list[str] = []
    for key in keys:
        alike = f"lambda x: lower(trim(x)) = {literal(key.strip().lower())}"
        near = f"list_filter(json_keys({held}), {alike})[1]"
        tries += [_value_sql(held, literal(key)), _value_sql(held, near)]
    return f"COALESCE({', '.join(tries)}, NULL)"


def _value_sql(held: str, key: str) -> str:
    place = f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"
    return f"NULLIF(trim(json_extract_string({held}, {place})), '')"
