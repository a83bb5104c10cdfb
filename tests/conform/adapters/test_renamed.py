from __future__ import annotations

from pfkit.conform.adapters.renamed import renamed_note, shortened

ODD = {"a": "it's", "b": 'say "x"', "c": "a, 'b' as 'c'; d", "d": "Summe"}


def test_names_that_differ_by_spelling_alone_are_not_told() -> None:
    assert renamed_note("aws", {"line_item_id": "lineItem/Id"}) == ""
    assert renamed_note("aws", {"plus": "+", "minus": "-"}) == (
        "adapter aws: column '+' as 'plus', '-' as 'minus'"
    )


def test_a_long_list_is_counted_and_two_are_named_whatever_they_hold() -> None:
    note = renamed_note("till", ODD)
    assert shortened(f"mark removed; {note}; decimal comma") == (
        "mark removed; adapter till: 4 columns under other names that it knows "
        '(it\'s, say "x", ...; --json lists all); decimal comma'
    )
    assert all(repr(name) in note for name in ODD.values())
