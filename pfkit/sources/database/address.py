"""Where a database is: its address, and its password, which a book names and never holds."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pfkit.errors import SourceError, near_miss

#: Kinds of database that are read by URL, and the extra package each needs.
KINDS: Final = {
    "postgresql": "pfkit[postgres]",
    "postgres": "pfkit[postgres]",
    "sqlite": "",
    "duckdb": "",
    "bigquery": "ibis-framework[bigquery]",
    "snowflake": "ibis-framework[snowflake]",
    "databricks": "ibis-framework[databricks]",
}
_OF_THIS_MACHINE: Final = frozenset({"sqlite", "duckdb"})
# What an address may say beside the place: nothing that could change what the session may do.
_OPTIONS: Final = {
    "postgresql": ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"),
    "snowflake": ("warehouse", "role"),
    "databricks": ("http_path", "catalog", "schema"),
    "bigquery": ("location",),
}
_SECRET_WORDS: Final = ("password", "token", "secret", "credential", "sslpassword", "access_key")


@dataclass(frozen=True)
class Secret:
    """Where a secret is kept: a variable of the environment, or an entry of the keyring.

    Parameters
    ----------
    env : str
        Name of the environment variable.
    keyring : str
        ``service/user`` of the system's keyring.
    """

    env: str = ""
    keyring: str = ""

    def found(self, *, where: str) -> str:
        """Return the secret itself.

        Raises
        ------
        SourceError
            If it is not there; its name is told, never a value.
        """
        if self.env:
            value = os.environ.get(self.env, "")
            if not value:
                raise SourceError(
                    f"the environment variable {self.env} is not set",
                    where=where,
                    advice="Set it before pfkit starts, and keep the secret out of the book.",
                )
            return value
        return _from_keyring(self.keyring, where=where)


@dataclass(frozen=True)
class Address:
    """A database's address.

    Parameters
    ----------
    kind : str
        ``postgresql``, ``sqlite``, ``duckdb`` or another of `KINDS`.
    place : str
        The address as it may be printed: no user, no password, no options.
    url : str
        The address without its password, for the driver.
    path : str
        File of a database that is one.
    options : dict
        What the address says beside the place.
    password : str
        Never printed.
    """

    kind: str
    place: str
    url: str = field(repr=False)
    path: str = ""
    options: dict[str, str] = field(default_factory=dict)
    password: str = field(default="", repr=False)

    @property
    def is_file(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.kind in _OF_THIS_MACHINE

    def redacted(self, text: str) -> str:
        """Return a text without the password and without the whole address.

        Examples
        --------
        >>> address = Address("postgresql", "postgresql://db/shop", "", password="pa55")
        >>> address.redacted("login with pa55 failed")
        'login with … failed'
        """
        hidden = [self.password, unquote(self.password), self.url]
        for secret in sorted({one for one in hidden if one}, key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


def is_address(url: str) -> bool:
    """Return whether a text is an address, and no reference to one.

    Examples
    --------
    >>> is_address("postgresql://db/shop"), is_address("env:WAREHOUSE_URL")
    (True, False)
    """
    return not url.startswith(("env:", "keyring:"))


def refused(url: str) -> str:
    """Return why an address may not stand in a book, empty where it may; no secret is repeated.

    Examples
    --------
    >>> refused("postgresql://analyst@db/shop")
    ''
    >>> refused("postgresql://analyst:pa55@db/shop").splitlines()[0]
    'the address holds a password'
    """
    if not is_address(url):
        name = url.partition(":")[2]
        return "" if name.strip() else f"{url!r} names nothing\n  -> Write env:WAREHOUSE_URL."
    parts = urlsplit(url)
    words = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if parts.password is not None or any(_is_secret(word) for word in words):
        return (
            "the address holds a password\n  -> Take it out, change it where it was seen, and "
            'name where it is kept: password = { env = "WAREHOUSE_PASSWORD" }, or the whole '
            'address as url = "env:WAREHOUSE_URL".'
        )
    if parts.scheme not in KINDS:
        advice = near_miss(parts.scheme, KINDS, noun="kind") if parts.scheme else ""
        return f"no address of a database that is read by URL\n  -> {advice or _form()}"
    return ""


def resolved(url: str, password: Secret | None, *, where: str) -> Address:
    """Return the address a book names, with the password it refers to.

    Parameters
    ----------
    url : str
        An address without password, or ``env:NAME`` / ``keyring:service/user`` of a whole one.
    password : Secret or None
        Where the password is kept, if the address that was referred to has none.
    where : str
        The source, for messages.

    Raises
    ------
    SourceError
        If what it refers to is not there, or is no address that can be used.

    Examples
    --------
    >>> resolved("postgresql://analyst@db.example/shop", None, where="sales").place
    'postgresql://db.example/shop'
    """
    if not is_address(url):
        kind, _, name = url.partition(":")
        url = Secret(**{kind: name}).found(where=where)
    parts = urlsplit(url)
    if parts.scheme not in KINDS:
        raise SourceError("this is no address of a database", where=where, advice=_form())
    kind = "postgresql" if parts.scheme == "postgres" else parts.scheme
    given = unquote(parts.password or "")
    secret = given or (password.found(where=where) if password is not None else "")
    options = dict(parse_qsl(parts.query))
    known = _OPTIONS.get(kind, ())
    for option in options:
        if option not in known:
            raise SourceError(
                f"the address has an option {option!r}",
                where=where,
                advice=f"Take it out; known are {', '.join(known) or 'none'}.",
            )
    user, at, host = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=user.partition(":")[0] + at + host)
    path = _file_of(parts) if kind in _OF_THIS_MACHINE else ""
    return Address(
        kind=kind,
        place=f"{kind}://{host}{parts.path}",
        url=bare.geturl(),
        path=path,
        options=options,
        password=secret,
    )


def _file_of(parts: SplitResult) -> str:
    """Return the file of an address: three slashes, then a path relative to the data folder."""
    return unquote(parts.path[1:])


def _form() -> str:
    return "Write it as postgresql://user@host/database or sqlite:///shop.db."


def _is_secret(word: str) -> bool:
    return any(part in word.lower() for part in _SECRET_WORDS)


def _from_keyring(name: str, *, where: str) -> str:
    try:
        keyring: Any = importlib.import_module("keyring")
    except ImportError as error:
        raise SourceError(
            "the password is in the keyring, and package keyring is not installed",
            where=where,
            advice="Run `pip install keyring`, or name an environment variable instead.",
        ) from error
    service, _, user = name.rpartition("/")
    value = keyring.get_password(service, user)
    if not value:
        raise SourceError(
            f"the keyring has no entry {name!r}",
            where=where,
            advice=f"Add it with `keyring set {service or 'SERVICE'} {user or 'USER'}`.",
        )
    return str(value)
