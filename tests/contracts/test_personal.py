"""Addresses, cards, accounts and secrets are told from what only looks like them."""

from __future__ import annotations

import base64
import json
import random

import pytest

from pfkit.contracts import personal
from pfkit.contracts.personal import kinds, mask, settled_doubts

# test numbers that card schemes publish
CARDS = (
    "4111111111111111",
    "4012 8888 8888 1881",
    "5555-5555-5555-4444",
    "2223003122003222",
    "378282246310005",
    "3714 496353 98431",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6200000000000005",
    "4222222222222",
)
PRIVATE = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


def _jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1"})
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, "dGhlIHNpZ25hdHVyZQ"])


@pytest.mark.parametrize(
    "address",
    [
        "joe@example.com",
        "first.last+tag@mail.example.co.uk",
        "O'Neil@example.ie",
        "jürgen@müller.example",
        "משה@example.org",
        "a_b-c@x.io",
    ],
)
def test_an_address_is_masked_and_the_text_around_it_stays(address: str) -> None:
    assert mask(f"ask <{address}>, please.") == "ask <[e-mail]>, please."


@pytest.mark.parametrize(
    "text",
    [
        "price @ 5.00",
        "user@host",
        "@mention of a friend",
        "3 @ 2.50 EUR",
        "logo@2x.png",
        "lodash@4.17.21",
        "git@github.com:pandas-dev/pandas.git",
    ],
)
def test_an_at_sign_alone_makes_no_address(text: str) -> None:
    assert kinds(text) == ()


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_of_every_scheme_is_masked(number: str) -> None:
    assert mask(f"paid by {number} today") == "paid by [card] today"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # the check digit is wrong
        "9111111111111111",  # no scheme issues it
        "41111111111111",  # too short for its scheme
        "4006381333931",  # the published sample of an article number
        "0000000000000000",
        "1700000000000",  # milliseconds
        "2024-01-15 10:30:00",
        "INV4111111111111111",
        "4111111111111111.25",
        "+4111111111111111",
        "12 4111 1111 1111 1111",
    ],
)
def test_other_numbers_are_no_cards(text: str) -> None:
    assert kinds(text) == ()


def test_a_bank_account_ties_to_its_check_digits() -> None:
    assert mask("to GB82 WEST 1234 5698 7654 32 now") == "to [bank account] now"  # the sample
    assert kinds("GB82WEST12345698765432") == ("bank account",)
    assert kinds("GB83WEST12345698765432") == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key AKIAIOSFODNN7EXAMPLE.", "key [secret]."),
        ("ghp_" + "a1B2" * 9, "[secret]"),
        ("github_pat_" + "11AAAAAAA0" * 4, "[secret]"),
        ("xoxb-" + "123456789012-abcdefABCDEF", "[secret]"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "[secret]"),
        ("AIza" + "SyA-1234567890abcdefghijklmnopqrstu", "[secret]"),
        (f"jwt {_jwt()} end", "jwt [secret] end"),
        (f"see {PRIVATE} there", "see [secret] there"),
        ("password=hunter2; user=joe", "password=[secret]; user=joe"),
        ('"api_key": "9f8e7d6c5b4a"', '"api_key": "[secret]"'),
        ("DB_PASSWORD: s3cr3t!", "DB_PASSWORD: [secret]"),
        ("postgres://app:pa55@db.example.com/x", "postgres://[secret]@db.example.com/x"),
        ("Authorization: Bearer abcdef0123456789ghij", "Authorization: Bearer [secret]"),
        ("9fK2mQ7xT4vB8nR1pL6wZ3cY5dH0jS2gA", "[secret]"),
    ],
)
def test_a_secret_is_masked_and_its_label_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Password: please reset",
        "Secret: Santa gift",
        "token: 5 EUR",
        "password = [secret]",
        "O'Brien & Sons",
        "https://example.com/shop/Blue-Mug_350ml?page=2",
        "https://example.com/i/a94a8fe5ccb19ba61c4c0873d391e987982fbbd3.png",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "PackOfThirtySixCeramicCoffeeMugsInGiftBox24",
        "eyJust-some-words.with.dots",
    ],
)
def test_words_and_identifiers_are_no_secrets(text: str) -> None:
    assert kinds(text) == ()


def test_a_mask_is_the_same_for_the_same_value_and_key_only() -> None:
    one, other = mask("joe@example.com", key=b"a"), mask("mail joe@example.com!", key=b"a")
    assert one in other
    assert mask("joe@example.com", key=b"b") != one
    assert mask("jon@example.com", key=b"a") != one
    assert mask(one, key=b"a") == one


def test_a_column_of_numbers_that_pass_by_chance_holds_no_cards() -> None:
    draw = random.Random(7)
    ids = [f"4{draw.randrange(10**15):015d}" for _ in range(2000)]
    assert sum(map(personal.is_card, ids)) > 100
    assert settled_doubts(ids) == {"number"}
    assert settled_doubts([number for number in ids if personal.is_card(number)]) == frozenset()


def test_a_memo_with_one_card_among_texts_has_a_card() -> None:
    memo = ["paid 4111111111111111", *(f"order {n} of tea" for n in range(50))]
    doubts = settled_doubts(memo)
    assert mask(memo[0], doubts=doubts) == "paid [card]"


def test_a_column_of_tokens_of_one_size_is_a_key_and_a_token_in_a_memo_is_not() -> None:
    draw = random.Random(7)
    tokens = ["".join(draw.choices("abcdef0123456789", k=40)) for _ in range(20)]
    assert settled_doubts(tokens) == {"token"}
    assert settled_doubts(tokens[:1], others=30) == frozenset()
    assert mask(tokens[0], doubts=frozenset({"token"})) == tokens[0]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "a@" * 150_000,
        "a." * 150_000 + "@",
        "x@" + "a.a-" * 75_000,
        "1 " * 150_000,
        "://a:" * 60_000,
        "eyJ." * 75_000,
        "-----BEGIN PRIVATE KEY-----" * 10_000,
        "password=" * 30_000,
        "DE44 5001 " * 30_000,
    ],
    ids=range(10),
)
def test_a_hostile_text_is_read_once_from_end_to_end(text: str) -> None:
    # were time to grow with the square of the length, one of these would take minutes
    assert mask(text) is not None
