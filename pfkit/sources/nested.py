"""Records inside nested JSON: the answer of an API, whose rows stand in lists of its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What a record carries of the object it stands in is named so.
ABOVE: Final = "above"
#: How answers say that another page follows: a key, and the values that say so (None: any).
_MORE: Final[dict[str, tuple[object, ...] | None]] = {
    "has_more": (True,),
    "hasMore": (True,),
    "HasMore": (True,),
    "done": (False,),
    "isLast": (False,),
    "next_offset": None,
    "nextRecordsUrl": None,
    "nextPage": None,
    "nextPageToken": None,
    "next_page": None,
    "nextLink": None,
    "next": None,
}


def records(value: object, paths: Sequence[str]) -> list[tuple[str, object]] | None:
    """Return the records of one JSON value by the first path that leads to a list, with places.

    Parameters
    ----------
    value : object
        As read from JSON.
    paths : sequence of str
        Keys from the value down to the records, with points between. A list on the way is gone
        through; its objects are what the records stand in.

    Returns
    -------
    list of tuple or None
        For each record where it stands and what it says. What it stands in is its ``above``,
        and so on upward. None where no path fits: the value itself is the row.

    Examples
    --------
    >>> answer = {"data": [{"id": "in_1", "lines": [{"id": "il_1"}]}], "has_more": False}
    >>> records(answer, ["data.lines"])
    [('data[0].lines[0]', {'above': {'id': 'in_1'}, 'id': 'il_1'})]
    >>> records({"id": "il_1"}, ["data.lines"]) is None
    True
    """
    if not isinstance(value, dict):
        return None
    for path in paths:
        keys = path.split(".")
        if _fits(value, keys):
            return list(_walked(value, keys, "", {}))
    return None


def _fits(value: object, keys: Sequence[str]) -> bool:
    """Return whether the keys lead to a list, by the first object of each list on the way."""
    for key in keys:
        if isinstance(value, list):
            if not value:
                return True
            value = next((one for one in value if isinstance(one, dict) and key in one), None)
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return isinstance(value, list)


def _walked(
    value: object, keys: Sequence[str], place: str, above: dict[str, Any]
) -> Iterator[tuple[str, object]]:
    """Yield the records below a value, each with what it stands in."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from _walked(one, keys, f"{place}[{at}]", above)
    elif not isinstance(value, dict):
        yield place, value  # no object: it is refused with its place
    elif not keys:
        yield place, {ABOVE: above} | value if above else value
    else:
        if place.endswith("]") or not above:
            own = _without(value, keys)
            further = {ABOVE: above} if place.endswith("]") and place.count("[") > 1 else {}
            above = further | own
        key, *more = keys
        held = value.get(key)
        if held is not None:
            yield from _walked(held, more, f"{place}.{key}".lstrip("."), above)


def _without(value: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return an object without the list that the keys lead to."""
    key, *more = keys
    held = value.get(key)
    rest = {name: one for name, one in value.items() if name != key}
    if isinstance(held, dict) and more:
        return rest | {key: _without(held, more)}
    return rest


def unfinished(value: object, paths: Sequence[str]) -> str:
    """Return the key by which an answer says that another page follows, empty where none does.

    An object of a list may say it too: an invoice that shows its first ten lines.

    Examples
    --------
    >>> unfinished({"data": [], "has_more": True}, ["data"]), unfinished({"data": []}, ["data"])
    ('has_more', '')
    """
    keys = next((path.split(".") for path in paths if _fits(value, path.split("."))), [])
    return next(filter(None, (_says_more(one) for one in _passed(value, keys))), "")


def _passed(value: object, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects on the way to the records."""
    if isinstance(value, list):
        for one in value:
            yield from _passed(one, keys)
    elif isinstance(value, dict) and keys:
        yield value
        yield from _passed(value.get(keys[0]), keys[1:])


def _says_more(value: dict[str, Any]) -> str:
    for key, says in _MORE.items():
        held = value.get(key)
        if key in value and (held in says if says is not None else bool(held)):
            return key
    counted = [str(value.get(name, "")) for name in ("startAt", "maxResults", "total")]
    if all(one.isdecimal() for one in counted):
        start, size, total = map(int, counted)
        return "total" if start + size < total else ""
    return ""
