"""A PostgreSQL server of the tests' own: made from Debian's packages, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLACES = "/usr/lib/postgresql/*/bin"
_PORT = "5432"  # of a socket in a folder of its own, so no other server is in the way


class NoServerError(Exception):
    """There is no server to be had here; the message says why."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes
    ----------
    socket : pathlib.Path
        The folder of its socket; it listens nowhere else.
    control : callable
        Runs ``pg_ctl`` on its data.
    """

    socket: Path
    control: Callable[..., None] = field(repr=False)

    def stop(self) -> None:
        """Stop it as a lost machine does: nobody is told, and nothing is finished."""
        self.control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again, with all that was committed."""
        settings = f"-c listen_addresses= -k {self.socket} -c fsync=off -c max_connections=20"
        self.control("-l", str(self.socket / "log"), "-w", "-o", settings, "start")

    def url(self, database: str = "shop", user: str = "analyst") -> str:
        """Return a database's address, as a book writes it."""
        return f"postgresql://{user}@/{database}?host={self.socket}&port={_PORT}"

    def owner(self, database: str = "shop") -> Any:  # noqa: ANN401 (a connection of psycopg)
        """Connect as the one who may change things."""
        import psycopg

        return psycopg.connect(self.url(database, "owner"), autocommit=True)


def program(name: str) -> str:
    """Return a program of PostgreSQL, on the path or where Debian puts it.

    Raises
    ------
    NoServerError
        If it is nowhere.
    """
    found = sorted(Path("/").glob(f"{_PLACES[1:]}/{name}"), reverse=True)
    path = str(found[0]) if found else shutil.which(name)
    if path is None:
        message = f"PostgreSQL is not installed: no {name} (on Debian: apt install postgresql)"
        raise NoServerError(message)
    return path


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop it and remove its files at the end.

    Raises
    ------
    NoServerError
        If PostgreSQL is not installed, or may not run as the user of the tests.
    """
    initdb, control = program("initdb"), program("pg_ctl")
    as_user, user = _other_user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path may have 107 letters
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        made = [initdb, "-D", str(data), "-U", "owner", "-A", "trust", "-E", "UTF8"]
        _run(as_user, [*made, "--no-sync", "--locale=C.UTF-8"], folder)

        def controlled(*words: str) -> None:
            _run(as_user, [control, "-D", str(data), *words], folder)

        server = Server(folder, controlled)
        server.start()
        try:
            with server.owner("postgres") as database:
                database.execute("CREATE ROLE analyst LOGIN")
                database.execute("CREATE DATABASE shop")
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> tuple[list[str], pwd.struct_passwd | None]:
    """Return how a program is run by somebody else than root, whom the server refuses."""
    if os.geteuid() != 0:
        return [], None
    change = shutil.which("setpriv")
    if change is None:
        message = "PostgreSQL refuses to run as root, and setpriv is not installed"
        raise NoServerError(message)
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return [change, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"], user
    message = "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    raise NoServerError(message)


def _run(as_user: list[str], command: list[str], folder: Path) -> None:
    done = subprocess.run(
        [*as_user, *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C.UTF-8"},
        text=True,
        check=False,
    )
    if done.returncode:
        last = " ".join(done.stderr.split())[-300:]
        message = f"{Path(command[0]).name} failed: {last}"
        raise NoServerError(message)
