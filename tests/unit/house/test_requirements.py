"""The requirement files that `run.py` installs are what the lock file says."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXPORT = runpy.run_path(str(ROOT / "requirements" / "export.py"))


@pytest.mark.parametrize("name", sorted(EXPORT["GROUPS"]))
def test_requirement_file_equals_the_lock(name: str) -> None:
    """Each requirements/*.txt is, byte for byte, what uv exports from the current uv.lock.

    It fails too when uv.lock is older than pyproject.toml: run `uv lock`, then
    `python requirements/export.py`.
    """
    written = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert written == EXPORT["export"](name)


def test_no_other_requirement_file_lies_about() -> None:
    """Every file in requirements/ is one that is exported, so none goes stale unseen."""
    present = {path.stem for path in (ROOT / "requirements").glob("*.txt")}
    assert present == set(EXPORT["GROUPS"])


@pytest.mark.parametrize("name", sorted(EXPORT["GROUPS"]))
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    """Each requirement names one version and at least one SHA-256: pip checks what it fetches."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()
    loose = [
        entry
        for entry in entries
        if not entry.startswith("#")
        and not re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)
    ]
    assert loose == []
