"""What stands on a page is looked at once more before it is written."""

from __future__ import annotations

from pfkit.present.guard import guarded


def test_every_text_is_looked_at_and_numbers_stay() -> None:
    held = {"a": ["to joe@example.com", 1.5, None, True], "b": ({"c": "password=hunter2"},)}
    assert guarded(held) == {
        "a": ["to [e-mail]", 1.5, None, True],
        "b": ({"c": "password=[secret]"},),
    }


def test_addresses_pass_where_a_book_allows_them_and_secrets_do_not() -> None:
    held = ["joe@example.com", "key AKIAIOSFODNN7EXAMPLE"]
    assert guarded(held, addresses=True) == ["joe@example.com", "key [secret]"]


def test_what_may_be_an_identifier_stays() -> None:
    held = ["4111111111111111", "9fK2mQ7xT4vB8nR1pL6wZ3cY5dH0jS2gA"]
    assert guarded(held) == held


def test_what_is_given_is_left_as_it_was() -> None:
    held = {"a": ["joe@example.com"]}
    guarded(held)
    assert held == {"a": ["joe@example.com"]}
