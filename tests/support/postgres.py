"""A PostgreSQL server for the tests, in a folder of its own, and a line to it that breaks."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import TYPE_CHECKING, Any

import adbc_driver_postgresql.dbapi as driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

PASSWORD = "Tell-nobody.42"  # noqa: S105 - of a server that lives as long as the tests


@dataclass(frozen=True)
class Server:
    """A running server that listens on a socket file only; role ``coterie`` may do everything."""

    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql://coterie@/postgres?host={self.folder}"

    def run(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        with driver.connect(self.url, autocommit=True) as con:
            for statement in statements:
                with closing(con.cursor()) as cursor:
                    cursor.execute(statement)

    def put(self, table: str, rows: pa.Table) -> None:
        """Make a table of Arrow rows."""
        with driver.connect(self.url, autocommit=True) as con, closing(con.cursor()) as cursor:
            cursor.adbc_ingest(table, rows, mode="replace")

    def rows(self, query: str, *before: str) -> list[tuple[Any, ...]]:
        """The rows of a query, after other statements in the same transaction."""
        with driver.connect(self.url) as con, closing(con.cursor()) as cursor:
            for statement in before:
                cursor.execute(statement)
            cursor.execute(query)
            return list(cursor.fetchall())

    @contextmanager
    def line(self, cut: int) -> Iterator[str]:
        """An address behind a line that breaks once ``cut`` bytes have come back over it."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            host, port = door.getsockname()
            threading.Thread(target=_carry, args=(door, self.folder, cut), daemon=True).start()
            yield f"postgresql://coterie@{host}:{port}/postgres"
            # The thread waits in accept() until the door is shut.
            door.shutdown(socket.SHUT_RDWR)


def _carry(door: socket.socket, folder: Path, left: int) -> None:
    try:
        while left > 0:
            client, _ = door.accept()
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(str(folder / ".s.PGSQL.5432"))
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                while left > 0 and (data := server.recv(min(left, 65536))):
                    client.sendall(data)
                    left -= len(data)
                client.shutdown(socket.SHUT_RDWR)
                server.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # one side left, or the door was shut


def _pump(client: socket.socket, server: socket.socket) -> None:
    try:
        while data := client.recv(65536):
            server.sendall(data)
        server.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _binary(name: str) -> str:
    known = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(known[-1]) if known else None)
    assert found, f"no {name}: install PostgreSQL's server, or run pytest with --no-postgres"
    return found


def _other_user() -> dict[str, Any]:
    """PostgreSQL does not run as root: as whom, then."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


@contextmanager
def running() -> Iterator[Server]:
    """A server; gone, with all it holds, when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="coterie-pg-"))  # short: a socket's path has a limit
    user = _other_user()
    data = folder / "data"
    try:
        if user:
            os.chown(folder, user["user"], user["group"])
        subprocess.run(
            [_binary("initdb"), "-D", data, "-A", "trust", "-U", "coterie", "--no-sync",
             "-E", "UTF8", "--locale=C"],
            check=True, capture_output=True, cwd=folder, **user,
        )  # fmt: skip
        rules = data / "pg_hba.conf"
        rules.write_text(f"local all careful scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
        with (folder / "log").open("wb") as log, subprocess.Popen(
            [_binary("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c",
             "fsync=off", "-c", "shared_buffers=16MB"],
            stdout=log, stderr=log, cwd=folder, **user,
        ) as process:  # fmt: skip
            server = Server(folder)
            _wait(server, process)
            server.run(f"CREATE ROLE careful LOGIN PASSWORD '{PASSWORD}'")
            yield server
            process.send_signal(signal.SIGINT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            server.rows("SELECT 1")
        except driver.Error:
            log = (server.folder / "log").read_text("utf-8")
            assert process.poll() is None, f"the server ended: {log}"
            assert time.monotonic() < deadline, f"the server does not answer: {log}"
            time.sleep(0.05)
        else:
            return
