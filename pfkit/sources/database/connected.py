"""Connections to any other warehouse, through Ibis: to read, with nothing made on the way."""

from __future__ import annotations

import importlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import ibis
import pyarrow as pa
from ibis.common.exceptions import IbisError

from pfkit.errors import SourceError
from pfkit.sources.database.address import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pfkit.sources.database.address import Address

# What a driver raises, by its module: none of them is asked for before it is needed.
_ERRORS: Final = {
    "duckdb": ("duckdb", "Error"),
    "bigquery": ("google.api_core.exceptions", "GoogleAPIError"),
    "snowflake": ("snowflake.connector", "Error"),
    "databricks": ("databricks.sql", "Error"),
}


def connect_arguments(address: Address, *, seconds: int, where: str) -> dict[str, Any]:
    """Return what Ibis is told to connect to a warehouse.

    Parameters
    ----------
    address : Address
        Of BigQuery, Snowflake or Databricks.
    seconds : int
        How long one statement may take, where the warehouse has a setting for it.
    where : str
        The source, for messages.

    Raises
    ------
    SourceError
        If the address has a password that the warehouse does not take.

    Notes
    -----
    Ibis by default makes functions in a database of Snowflake, and keeps credentials of BigQuery in
    a file: neither is done here. Its way from an address to Databricks leaves out the host.

    Examples
    --------
    >>> from pfkit.sources.database.address import resolved
    >>> address = resolved("bigquery://billing-project/finance?location=EU", None, where="sales")
    >>> told = connect_arguments(address, seconds=600, where="sales")
    >>> {name: told[name] for name in ("project_id", "dataset_id", "location")}
    {'project_id': 'billing-project', 'dataset_id': 'finance', 'location': 'EU'}
    """
    parts = urlsplit(address.url)
    host = parts.hostname or ""
    names = [unquote(name) for name in parts.path.strip("/").split("/") if name]
    told: dict[str, Any] = dict(address.options)
    if address.kind == "bigquery":
        if address.password:
            raise SourceError(
                "BigQuery takes no password",
                where=where,
                advice="Leave `password` out: credentials come from the environment "
                "(GOOGLE_APPLICATION_CREDENTIALS).",
            )
        return told | {
            "project_id": parts.netloc,
            "dataset_id": "/".join(names),
            "auth_cache": "none",
        }
    if address.kind == "snowflake":
        places = dict(zip(("database", "schema"), names, strict=False))
        user = {"user": unquote(parts.username)} if parts.username else {}
        secret = {"password": address.password} if address.password else {}
        session = {"STATEMENT_TIMEOUT_IN_SECONDS": seconds, "MULTI_STATEMENT_COUNT": 1}
        own = {"account": host, "create_object_udfs": False, "session_parameters": session}
        return told | places | user | secret | own
    token = {"access_token": address.password} if address.password else {}
    stopped = {"STATEMENT_TIMEOUT": str(seconds)}
    return told | token | {"server_hostname": host, "session_configuration": stopped}


@contextmanager
def connected(
    address: Address, *, path: Path | None, where: str, seconds: int = 600
) -> Iterator[Any]:
    """Open a warehouse through Ibis; a file of DuckDB for reading only, and alone.

    Raises
    ------
    SourceError
        If its package is not installed, or the warehouse cannot be reached.
    """
    try:
        backend = _opened(address, path, where, seconds)
    except ImportError as error:
        raise SourceError(
            f"{address.kind} needs a package that is not installed",
            where=where,
            advice=f"Run `pip install '{KINDS[address.kind]}'`.",
        ) from error
    except failures(address.kind) as error:
        raise SourceError(
            f"the warehouse cannot be opened ({address.redacted(first_line(error))})",
            where=f"{where} ({address.place})",
            advice="Check the address, and where the password or the key is kept.",
        ) from None
    try:
        yield backend
    finally:
        backend.disconnect()


@contextmanager
def stopped_after(backend: Any, kind: str, seconds: int) -> Iterator[None]:  # noqa: ANN401
    """Interrupt what DuckDB computes after so many seconds; the others stop by a setting."""
    if kind != "duckdb":
        yield
        return
    timer = threading.Timer(seconds, backend.con.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def failures(kind: str) -> tuple[type[Exception], ...]:
    """Return what is raised where a connection or a query of a kind of database fails."""
    module, name = _ERRORS.get(kind, ("", ""))
    own: list[type[Exception]] = [IbisError, pa.ArrowException, OSError, ValueError]
    if module:
        try:
            own.append(getattr(importlib.import_module(module), name))
        except ImportError:
            return tuple(own)
    return tuple(own)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, its name where it says nothing."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _opened(address: Address, path: Path | None, where: str, seconds: int) -> Any:  # noqa: ANN401
    if address.kind == "duckdb":
        backend = ibis.duckdb.connect(str(path), read_only=True)
        for setting in (
            "TimeZone = 'UTC'",
            "enable_external_access = false",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "allow_community_extensions = false",
            "lock_configuration = true",
        ):
            backend.con.execute(f"SET {setting}")
        return backend
    told = connect_arguments(address, seconds=seconds, where=where)
    module: Any = importlib.import_module(f"ibis.backends.{address.kind}")
    kind = module.Backend
    if address.kind == "databricks":
        # Ibis makes a volume for tables of its own, which a reader has none of
        kind = type("Reader", (kind,), {"_post_connect": lambda _self, **_more: None})
    return kind().connect(**told)
