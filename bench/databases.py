"""A large table of PostgreSQL read into a book: rows a second and memory, beside plain drivers.

A server is started from Debian's packages and filled with ledger lines. Each reader works in a
process of its own. pfkit is measured three times: rows in batches; kept as well (written in an
order of their own, under their digest); and loaded into the engine of a book as well. ADBC,
psycopg and pandas read the same rows whole into memory, as their manuals do; ADBC and psycopg also
in batches of which none is kept. What each found is added up and compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench._peers import PeersError, ask, environment
from tests.postgres_server import NoServerError, running

if TYPE_CHECKING:
    from tests.postgres_server import Server

PACKAGES = (
    "adbc-driver-manager==1.13.0",
    "adbc-driver-postgresql==1.13.0",
    "pandas==3.1.1",
    "psycopg[binary]==3.3.9",
    "pyarrow==26.0.1",
    "sqlalchemy==2.1.9",
)
SCRIPT = Path(__file__).with_name("_databases_run.py")
OURS = ("pfkit batches", "pfkit kept", "pfkit loaded")
PEERS = ("ADBC batches", "ADBC whole", "psycopg batches", "psycopg whole", "pandas.read_sql")
_BAR = 1.0
_FILL = """
    CREATE TABLE lines AS SELECT 'E' || lpad(id::text, 9, '0') AS id,
      DATE '2021-01-01' + (id % 1825)::int AS booked, 'P' || (id::bigint * 7919 % 40) AS product,
      (ARRAY['4000', '5000', '6100', '6200'])[1 + id % 4] AS account,
      (ARRAY['EUR', 'USD', 'JPY'])[1 + id % 3] AS currency,
      ((id::bigint * 7919 % 10000000) / 100.0)::numeric(14, 2) AS amount
    FROM generate_series(1, {rows}) AS id;
    GRANT SELECT ON lines TO analyst
"""


def main(arguments: list[str]) -> int:
    """Print what each reader needs; 1 where one finds other rows, or pfkit needs more than 1 GB."""
    parser = argparse.ArgumentParser(prog="python -m bench databases", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--no-peers", action="store_true", help="pfkit alone")
    chosen = parser.parse_args(arguments)
    try:
        peers = None if chosen.no_peers else environment(PACKAGES)
        with running() as server:
            with server.owner() as owner:
                owner.execute(_FILL.format(rows=chosen.rows))
            return _compared(server, chosen.rows, peers)
    except (PeersError, NoServerError) as why:
        print(why, file=sys.stderr)
        return 1


def _compared(server: Server, rows: int, peers: Path | None) -> int:
    print(f"{rows:,} rows of 6 columns in PostgreSQL, over a socket of this machine")
    print(f"{'':<18}{'rows/s':>12}{'wall s':>9}{'CPU s':>9}{'peak GB':>9}")
    readers = [(name, Path(sys.executable)) for name in OURS]
    readers += [(name, peers) for name in PEERS if peers is not None]
    runs: dict[str, dict[str, Any]] = {}
    for name, python in readers:
        runs[name] = run = ask(python, SCRIPT, {"reader": name, "url": server.url()})
        print(
            f"{name:<18}{rows / run['wall']:>12,.0f}{run['wall']:>9.1f}{run['cpu']:>9.1f}"
            f"{run['peak'] / 2**20:>9.2f}",
            flush=True,
        )
    # the same arithmetic as the table's, outside of every engine
    cents = sum(place * 7919 % 10_000_000 for place in range(1, rows + 1))
    wrong = [n for n, run in runs.items() if (run["rows"], run["cents"]) != (rows, cents)]
    most = max(runs[name]["peak"] for name in OURS) / 2**20
    print(f"the same rows and amounts: {'all' if not wrong else 'NOT ' + ', '.join(wrong)}")
    print(f"pfkit's peak: {most:.2f} GB (bar: {_BAR:g} GB)")
    return int(bool(wrong) or most > _BAR)
