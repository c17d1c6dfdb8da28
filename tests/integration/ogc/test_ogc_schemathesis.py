"""Schemathesis tries the API by its own description, and finds no server error in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ogc_service import running

from canopy.db.engine import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)
ONE_OF_EACH = r"^(?!/imports|/jobs)(?!/collections/(?!assets|cctv|duct|offers))"
"""Reading, for all kinds together, one that is coarse for the public, one of lines, and offers."""
RUN = "import schemathesis.cli as cli; cli.schemathesis()"


@pytest.fixture(scope="module")
def address(mixed: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a `canopy serve` of its own over the mixed catalogue."""
    with running(mixed, tmp_path_factory.mktemp("serve")) as found:
        yield found


def tried(address: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, "run", f"{address}/api", "--checks", CHECKS, *options]
    command += ["--phases", "coverage,fuzzing", "--no-color", "--seed", "20261123"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_no_server_error_and_no_surprise_is_found(address: str, tmp_path: Path) -> None:
    """In some seconds of trying: statuses, content types and documents are as described."""
    done = tried(address, tmp_path, "--include-path-regex", ONE_OF_EACH, "--max-time", "8")
    assert done.returncode == 0, done.stdout[-6_000:]
    assert "Test cases:" in done.stdout


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_nothing_is_found_in_ten_minutes_either(address: str, tmp_path: Path) -> None:
    """Every collection, more examples of each."""
    done = tried(address, tmp_path, "-n", "200", "--max-time", "600")
    assert done.returncode == 0, done.stdout[-6_000:]
