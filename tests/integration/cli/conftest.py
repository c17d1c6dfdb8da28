"""The command line, called in this process as the installed script calls it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from addresses import url_of
from command_outcome import Canopy, Outcome

from canopy.cli import main
from canopy.db.engine import Database


@pytest.fixture
def canopy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Canopy:
    """Call it with the words of a command, in a working folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CANOPY_DB_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["canopy", *(str(word) for word in words)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run


@pytest.fixture
def town(database: Database, monkeypatch: pytest.MonkeyPatch, canopy: Canopy) -> Canopy:
    """Commands on an empty catalogue, on either database."""
    monkeypatch.setenv("CANOPY_DB_URL", url_of(database))
    monkeypatch.setenv("CANOPY_DB_LOCK_TIMEOUT_S", "2")
    return canopy
