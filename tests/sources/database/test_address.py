"""Addresses: what a book may say of where a database is, and where its password is kept."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.address import Secret, refused, resolved

WHERE = "book.toml sources.sales.url"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://analyst:pa55word@db.example/shop",
        "postgresql://analyst@db.example/shop?password=pa55word",
        "postgresql://db.example/shop?sslpassword=pa55word",
        "snowflake://analyst:pa55word@account/shop",
        "databricks://token@host/path?access_token=pa55word",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    said = refused(url)
    assert said.startswith("the address holds a password")
    assert 'password = { env = "WAREHOUSE_PASSWORD" }' in said
    assert "pa55word" not in said


def test_an_unknown_kind_names_the_nearest() -> None:
    assert "'postgresql'" in refused("postgresq://db/shop")
    assert "names nothing" in refused("env:")


def test_an_address_from_the_environment_keeps_its_password_to_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", "postgres://analyst:pa%3A55@db.example:5433/shop")
    address = resolved("env:WAREHOUSE_URL", None, where=WHERE)
    assert address.place == "postgresql://db.example:5433/shop"
    assert address.password == "pa:55"
    assert "pa%3A55" not in address.url
    assert "pa:55" not in repr(address)
    assert "analyst" not in repr(address)
    assert address.redacted("no entry for pa:55 here") == "no entry for … here"


def test_a_reference_to_nothing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    with pytest.raises(SourceError, match="variable WAREHOUSE_URL is not set") as told:
        resolved("env:WAREHOUSE_URL", None, where=WHERE)
    assert told.value.where == WHERE
    assert "keep the secret out of the book" in told.value.advice


def test_what_the_environment_holds_must_be_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", "secret-thing")
    with pytest.raises(SourceError, match="no address of a database") as told:
        resolved("env:WAREHOUSE_URL", None, where=WHERE)
    assert "secret-thing" not in str(told.value)


def test_an_option_that_could_lift_the_lock_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://db/shop?options=-c%20default_transaction_read_only%3Doff"
    monkeypatch.setenv("WAREHOUSE_URL", url)
    with pytest.raises(SourceError, match="option 'options'") as told:
        resolved("env:WAREHOUSE_URL", None, where=WHERE)
    assert "sslmode" in told.value.advice


def test_a_password_is_found_where_the_book_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "pa55")
    url = "postgresql://analyst@db/shop"
    assert resolved(url, Secret(env="SHOP_PASSWORD"), where=WHERE).password == "pa55"


def test_a_password_of_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("warehouse", "analyst"): "pa55"}
    keyring = SimpleNamespace(get_password=lambda service, user: kept.get((service, user)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert Secret(keyring="warehouse/analyst").found(where=WHERE) == "pa55"
    with pytest.raises(SourceError, match="no entry 'warehouse/other'") as told:
        Secret(keyring="warehouse/other").found(where=WHERE)
    assert "keyring set warehouse other" in told.value.advice


def test_a_keyring_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SourceError, match="keyring is not installed") as told:
        Secret(keyring="warehouse/analyst").found(where=WHERE)
    assert "pip install keyring" in told.value.advice


def test_a_file_is_relative_after_three_slashes() -> None:
    assert resolved("sqlite:///exports/shop.db", None, where=WHERE).path == "exports/shop.db"
