"""A PostgreSQL server with PostGIS for the tests: one that is given, or a temporary one."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

GIVEN_URL = "CANOPY_TEST_POSTGIS_URL"
START_TIMEOUT_S = 60


class NoPostgis(Exception):
    """There is no PostGIS to test on, and this is why."""


@contextlib.contextmanager
def postgis_server() -> Iterator[URL]:
    """The URL of a role that may create databases; NoPostgis where there is none."""
    given = os.environ.get(GIVEN_URL)
    if given:
        url = make_url(given)
        _check(url)
        yield url
        return
    with _temporary_server(_binaries()) as url:
        _check(url)
        yield url


def _binaries() -> Path:
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: float(p.parts[4])
    )
    if versions:
        return versions[-1].parent
    on_path = shutil.which("pg_ctl")
    if on_path:
        return Path(on_path).parent
    raise NoPostgis(f"no PostgreSQL server is installed here, and {GIVEN_URL} is not set")


def _account() -> list[str]:
    """The command prefix under which the server may run: it refuses to run as root."""
    if sys.platform == "win32" or os.getuid() != 0:
        return []
    import pwd

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgis("run as root, and there is no user 'postgres' to run it as") from None
    return ["runuser", "-u", "postgres", "--"]


@contextlib.contextmanager
def _temporary_server(binaries: Path) -> Iterator[URL]:
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="canopy-postgis-"))
    if account:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", _free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c jit=off"
    ctl = [*account, str(binaries / "pg_ctl"), "-D", str(data)]
    try:
        initdb = [*account, str(binaries / "initdb"), "-D", str(data), "-U", "postgres"]
        _run([*initdb, "-N", "-A", "trust", "--encoding=UTF8", "--locale=C"], folder)
        _run([*ctl, "-w", "-o", options, "start"], folder)
        try:
            yield make_url(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
        finally:
            _run([*ctl, "-w", "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    log = folder / "commands.log"
    with log.open("a") as output:  # a file: the server inherits it, and a pipe would never end
        done = subprocess.run(
            command,
            cwd="/",
            timeout=START_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode:
        said = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise NoPostgis(f"{' '.join(command[:6])} … failed: {' '.join(said)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check(url: URL) -> None:
    engine = create_engine(url, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            there = connection.scalar(
                text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
            )
    except OperationalError as error:
        raise NoPostgis(f"{url.render_as_string()} cannot be reached: {error.orig}") from error
    finally:
        engine.dispose()
    if not there:
        raise NoPostgis(f"{url.render_as_string()} has no PostGIS extension installed")
