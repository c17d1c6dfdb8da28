"""PostgreSQL's own ``pg_dump`` and ``pg_restore``: found, asked for their version, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from canopy.db.backup.archive import CHUNK_BYTES
from canopy.db.engine import Database
from canopy.errors import Refused, StorageUnavailable

VERSION_TIMEOUT_S = 20
_TOLD_CHARACTERS = 500
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class MissingTool(Refused):
    """A PostgreSQL client program is not installed, or is too old."""

    kind, status, title = "missing-tool", 422, "A program that is needed is not installed"


@dataclass(frozen=True, slots=True)
class Tool:
    """A client program: where it is, and its major version."""

    path: str
    major: int


def tool(name: str, at_least: int) -> Tool:
    """A client program of PostgreSQL, of `at_least` that major version, from PATH.

    An older ``pg_dump`` refuses a newer server, and an older ``pg_restore`` a newer file.
    Raises MissingTool, saying what to install.
    """
    way_out = (
        f"Install PostgreSQL's client programs of version {at_least} or newer (Debian, Ubuntu: "
        f"the package postgresql-client-{at_least}) and have {name} on PATH."
    )
    found = shutil.which(name)
    if found is None:
        raise MissingTool(f"{name} was not found. {way_out}")
    version = _major_version(found)
    if version is None or version < at_least:
        raise MissingTool(f"{found} is of version {version or 'unknown'}. {way_out}")
    return Tool(found, version)


def _major_version(path: str) -> int | None:
    try:
        done = subprocess.run(
            [path, "--version"],
            capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else None


def connection_of(database: Database) -> tuple[str, dict[str, str]]:
    """The connection string for a client program, without its password, and the environment
    that carries it: a command line is there for everybody on the machine to read.

    Without a password in the URL libpq looks for it itself: PGPASSWORD, PGPASSFILE, ~/.pgpass.
    """
    dialect, url = database.engine.dialect, database.engine.url
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = dialect.create_connect_args(url)[1].items()
    arguments = {name: value for name, value in given if name in known}
    password = arguments.pop("password", None)
    environment = dict(os.environ)
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo("", **arguments), environment


@contextmanager
def output_of(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> Iterator[IO[bytes]]:
    """What a client program writes, while it runs; it is ended with the context.

    Raises StorageUnavailable with the program's own last words where it fails.
    """
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
            env=environment, bufsize=CHUNK_BYTES,
        ) as process:  # fmt: skip
            try:
                if process.stdout is None:
                    raise AssertionError("its output was asked for")
                yield process.stdout
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()[-_TOLD_CHARACTERS:]
            raise StorageUnavailable(f"{command[0]} failed: {words}")
