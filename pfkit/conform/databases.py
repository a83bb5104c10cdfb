"""What a book says of a source that is a query of a database, and what may not stand there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from pfkit.conform.shape import Strict
from pfkit.sources.database import Secret, is_address
from pfkit.sources.database.address import refused

if TYPE_CHECKING:
    from pfkit.conform.declaration import Source

#: Settings that tell of text and sheets: a database's columns have their kinds.
_OF_FILES = {
    "format": "detect",
    "encoding": "detect",
    "delimiter": "detect",
    "sheet": None,
    "header": 1,
    "layout": None,
}


class SecretPlace(Strict):
    """Where a password is kept: a variable of the environment, or the keyring."""

    env: str = ""
    keyring: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> SecretPlace:
        if bool(self.env) == bool(self.keyring):
            message = (
                "a password is named by one of env and keyring"
                '\n  -> Write password = { env = "WAREHOUSE_PASSWORD" }.'
            )
            raise ValueError(message)
        if self.env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.env):
            message = (
                "env does not hold the name of a variable"
                '\n  -> Write its name, not what is in it: { env = "WAREHOUSE_PASSWORD" }.'
            )
            raise ValueError(message)
        return self

    def secret(self) -> Secret:
        """Return it as the reader of databases takes it."""
        return Secret(env=self.env, keyring=self.keyring)


class FromDatabase(Strict):
    """The settings of a source that a database feeds."""

    url: str = ""
    password: SecretPlace | None = None
    timeout: int = Field(default=600, gt=0)
    push: bool = False
    entries: int = Field(default=0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _holds_no_secret(cls, values: Any) -> Any:  # noqa: ANN401 (what TOML gives)
        """Refuse a secret before any other message could repeat it."""
        if not isinstance(values, dict):
            return values
        if not isinstance(values.get("password", {}), dict | SecretPlace | None):
            message = (
                "a password stands in the book\n  -> Take it out, change it where it was seen, "
                'and name where it is kept: password = { env = "WAREHOUSE_PASSWORD" }.'
            )
            raise ValueError(message)  # noqa: TRY004 - pydantic tells a value of what is wrong
        url = values.get("url")
        if isinstance(url, str) and url and (message := refused(url)):
            raise ValueError(message)
        return values


def refuse_feeds(source: Source) -> None:
    """Refuse a source that is fed by nothing, by two things, or by a database as if by a file.

    Raises
    ------
    ValueError
        With what to write instead.
    """
    given = [name for name in ("path", "url", "lines") if getattr(source, name)]
    if len(given) != 1:
        message = "give one of `path` (files), `url` (a database) and `lines` (the rows themselves)"
        raise ValueError(message)
    if source.entries and not source.push:
        message = "`entries` goes with `push`: without it, every entry comes"
        raise ValueError(message)
    if not source.url:
        _refuse_without(source)
        return
    if not source.query:
        message = "`query` is missing: the table to read, or one SELECT"
        raise ValueError(message)
    for name, unset in _OF_FILES.items():
        if getattr(source, name) != unset:
            message = f"`{name}` is of files, and the source is a database; leave it out"
            raise ValueError(message)
    if source.known_on is not None and source.known_on.file_name is not None:
        message = "a database has no file name; say known_on by a column, SQL or a date"
        raise ValueError(message)
    if source.password is not None and not is_address(source.url):
        message = "the whole address is kept elsewhere, and its password with it; leave it out here"
        raise ValueError(message)


def _refuse_without(source: Source) -> None:
    """Refuse what only a database has, of a source that is none."""
    if source.password is not None:
        message = "only a database (`url`) has a password"
        raise ValueError(message)
    if source.push:
        message = "only in a database (`url`) are rows added up where they are (`push`)"
        raise ValueError(message)


__all__ = ["FromDatabase", "SecretPlace", "refuse_feeds"]
