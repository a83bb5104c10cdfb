"""Connections to warehouses that are not here: what Ibis would be told, held against Ibis."""

from __future__ import annotations

import ast
import importlib.util
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import duckdb
import pytest

from pfkit.errors import SourceError
from pfkit.sources.database.address import Secret, resolved
from pfkit.sources.database.connected import connect_arguments, connected

ADDRESSES = {
    "bigquery": "bigquery://billing-project/finance?location=EU",
    "snowflake": "snowflake://analyst@org-account/shop/Public%20Data?warehouse=small&role=reader",
    "databricks": "databricks://adb-1.azure.example?http_path=/sql/1.0/warehouses/a&catalog=main",
}
SECRET = "s3ntinel-pa55"


def _told(kind: str, *, password: Secret | None = None) -> dict[str, Any]:
    address = resolved(ADDRESSES[kind], password, where="sales")
    return connect_arguments(address, seconds=30, where="source sales")


def _signature(kind: str) -> tuple[set[str], bool]:
    """Return the names that Ibis' backend connects by, and whether it takes any other."""
    spec = importlib.util.find_spec("ibis.backends")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse((Path(spec.origin).parent / kind / "__init__.py").read_text("utf-8"))
    (found,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "do_connect"
    ]
    names = {one.arg for one in (*found.args.args, *found.args.kwonlyargs)} - {"self"}
    return names, found.args.kwarg is not None


# what the drivers behind `**kwargs` call their arguments, by their vendors' manuals
SNOWFLAKE = {"user", "account", "password", "database", "schema", "warehouse", "role",
             "session_parameters"}  # fmt: skip


@pytest.mark.parametrize("kind", ADDRESSES)
def test_every_argument_is_one_that_the_installed_ibis_takes(kind: str) -> None:
    names, _ = _signature(kind)
    known = names | (SNOWFLAKE if kind == "snowflake" else set())
    assert set(_told(kind)) <= known


def test_each_part_of_an_address_goes_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    kept = Secret(env="SHOP_PASSWORD")
    assert _told("bigquery") == {
        "project_id": "billing-project", "dataset_id": "finance", "location": "EU",
        "auth_cache": "none",
    }  # fmt: skip
    assert _told("snowflake", password=kept) == {
        "user": "analyst", "account": "org-account", "password": SECRET, "database": "shop",
        "schema": "Public Data", "warehouse": "small", "role": "reader",
        "create_object_udfs": False,
        "session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": 30, "MULTI_STATEMENT_COUNT": 1},
    }  # fmt: skip
    assert _told("databricks", password=kept) == {
        "server_hostname": "adb-1.azure.example", "http_path": "/sql/1.0/warehouses/a",
        "catalog": "main", "access_token": SECRET,
        "session_configuration": {"STATEMENT_TIMEOUT": "30"},
    }  # fmt: skip


def test_bigquery_takes_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    with pytest.raises(SourceError, match="BigQuery takes no password") as told:
        _told("bigquery", password=Secret(env="SHOP_PASSWORD"))
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told.value.advice
    assert SECRET not in str(told.value)


@pytest.mark.parametrize("kind", ADDRESSES)
def test_a_driver_that_is_not_installed_names_its_extra(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = {"bigquery": "google", "snowflake": "snowflake", "databricks": "databricks"}[kind]
    for name in [driver, *[one for one in sys.modules if one.startswith(f"{driver}.")]]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"ibis.backends.{kind}", raising=False)
    address = resolved(ADDRESSES[kind], None, where="sales")
    with (
        pytest.raises(SourceError, match=f"{kind} needs a package") as told,
        connected(address, path=None, where="source sales"),
    ):
        pass
    assert told.value.advice == f"Run `pip install 'ibis-framework[{kind}]'`."


class _Driver:
    """A driver that notes how it is opened and what it is asked, and knows nothing."""

    def __init__(self) -> None:
        self.opened: dict[str, object] = {}
        self.asked: list[str] = []

    def connect(self, **told: object) -> SimpleNamespace:
        self.opened = told
        return SimpleNamespace(cursor=self._cursor, close=lambda: None, schema="s", database="d")

    def _cursor(self) -> _Cursor:
        return _Cursor(self.asked)


class _Cursor:
    def __init__(self, asked: list[str]) -> None:
        self.asked = asked

    def execute(self, sql: str) -> Self:
        self.asked.append(sql)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    def fetchall(self) -> list[tuple[str]]:
        return [("main",)]


@pytest.mark.parametrize("kind", ["snowflake", "databricks"])
def test_nothing_is_made_in_a_warehouse_by_connecting(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ibis itself is run, on a driver that notes what it is asked: no CREATE, nothing made."""
    driver, package = _Driver(), kind
    name = "snowflake.connector" if kind == "snowflake" else "databricks.sql"
    module, parent = ModuleType(name), ModuleType(package)
    module.connect = driver.connect  # type: ignore[attr-defined]
    module.Error = RuntimeError  # type: ignore[attr-defined]
    setattr(parent, name.rpartition(".")[2], module)
    monkeypatch.setitem(sys.modules, package, parent)
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "pyarrow_hotfix", ModuleType("pyarrow_hotfix"))
    monkeypatch.delitem(sys.modules, f"ibis.backends.{kind}", raising=False)
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    address = resolved(ADDRESSES[kind], Secret(env="SHOP_PASSWORD"), where="sales")
    with connected(address, path=None, where="source sales", seconds=30):
        pass
    assert SECRET in driver.opened.values()
    said = " ".join(driver.asked).upper()
    assert not {"CREATE", "USE", "GRANT", "INSERT"} & set(said.split())
    assert SECRET.upper() not in said
    if kind == "snowflake":
        assert "STATEMENT_TIMEOUT_IN_SECONDS = 30" in said
        assert "MULTI_STATEMENT_COUNT = 1" in said
    sys.modules.pop(f"ibis.backends.{kind}", None)


def test_a_file_of_duckdb_opens_alone_and_reaches_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    duckdb.connect(str(file)).close()
    address = resolved("duckdb:///shop.duckdb", None, where="sales")
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    with connected(address, path=file, where="source sales") as backend:
        for sql in (
            f"SELECT * FROM read_csv('{tmp_path}/other.csv')",
            f"SELECT * FROM '{tmp_path}/other.csv'",
            f"ATTACH '{tmp_path}/more.duckdb'",
            "INSTALL httpfs",
            "LOAD httpfs",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "CREATE TABLE t (a INT)",
            "SET enable_external_access = true",
            "SELECT * FROM read_text('/etc/hostname')",
        ):
            with pytest.raises(duckdb.Error):
                backend.con.execute(sql)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other.csv", "shop.duckdb"]


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    file.write_bytes(b"no database" * 999)
    address = resolved("duckdb:///shop.duckdb", None, where="sales")
    with (
        pytest.raises(SourceError, match="cannot be opened") as told,
        connected(address, path=file, where="source sales"),
        nullcontext(),
    ):
        pass
    assert told.value.where == "source sales (duckdb:///shop.duckdb)"
    assert "Check the address" in told.value.advice
