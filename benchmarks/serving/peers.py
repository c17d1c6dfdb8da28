"""tipg and pygeoapi over Canopy's own table, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from sqlalchemy import make_url

from serving.catalogue import libpq
from serving.servers import WORKERS, Server, free_port, running

HERE = Path(__file__).parents[1]
REQUIREMENTS = HERE / "peers" / "requirements.txt"
ENVIRONMENT = HERE / ".peers" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
TIPG_MOST_PER_TILE = 10_000
"""tipg leaves out what a tile holds beyond this many features (its default)."""
_TOLD = ("tipg", "pygeoapi", "uvicorn", "uvloop", "asyncpg", "psycopg2-binary")
_VERSIONS = (
    "import importlib.metadata as m, json, sys;"
    "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"
)


def install() -> dict[str, str]:
    """Make the peers' environment where it is missing or old; the versions in it."""
    done = ENVIRONMENT / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing the peers into {ENVIRONMENT.relative_to(HERE.parent)}")
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(_python()), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
        subprocess.run(pip, check=True, stderr=subprocess.PIPE, text=True)
        done.write_text(wanted, encoding="utf-8")
    told = subprocess.run(
        [_python(), "-c", _VERSIONS, *_TOLD], check=True, capture_output=True, text=True
    )
    versions: dict[str, str] = json.loads(told.stdout)
    return versions


@contextmanager
def tipg(url: str) -> Iterator[Server]:
    """tipg over the table `asset`; it reads no extents of tables, which would take its time."""
    port = free_port()
    environment = {
        "DATABASE_URL": libpq(url),
        "TIPG_DB_TABLES": '["public.asset"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    with running(
        "tipg", _served("tipg.main:app", port), environment, port, "/collections/public.asset"
    ) as server:
        yield server


@contextmanager
def pygeoapi(url: str) -> Iterator[Server]:
    """pygeoapi with its PostgreSQL provider on the table `asset`."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings, openapi = Path(folder, "pygeoapi.yml"), Path(folder, "openapi.yml")
        settings.write_text(_pygeoapi_settings(url, port), encoding="utf-8")
        environment = {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(openapi)}
        described = [
            str(ENVIRONMENT / "bin" / "pygeoapi"), "openapi", "generate", str(settings),
            "--output-file", str(openapi),
        ]  # fmt: skip
        subprocess.run(
            described, env={**os.environ, **environment}, check=True, capture_output=True
        )
        command = _served("pygeoapi.starlette_app:APP", port)
        with running("pygeoapi", command, environment, port, "/collections/asset?f=json") as server:
            yield server


def _served(application: str, port: int) -> list[str]:
    return [
        str(_python()), "-m", "uvicorn", application, "--port", str(port), "--workers",
        str(WORKERS), "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip


def _pygeoapi_settings(url: str, port: int) -> str:
    address = make_url(url)
    template = (HERE / "peers" / "pygeoapi.yml").read_text(encoding="utf-8")
    return Template(template).substitute(
        port=port,
        host=address.host or "localhost",
        db_port=address.port or 5432,
        database=address.database or "",
        user=address.username or "",
        password=address.password or "",
    )


def _python() -> Path:
    return ENVIRONMENT / "bin" / "python"
