"""Files of documents go into a backup with the catalogue, and come back with it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from addresses import url_of
from command_outcome import Canopy
from databases import MAKERS

from canopy.concessions.register.records.files import FileStore

PDF = b"%PDF-1.7 lease"
TERMS = """
ref = "L-1"
title = "Roof"
kind = "lease"
valuation_basis = "legacy-market"
vat = "exempt"
term = { start = 2026-04-01, months = 12 }
payment = { frequency = "yearly", timing = "advance" }
parties = [{ name = "Council", role = "council" }, { name = "Mast Ltd", role = "operator" }]
"""


@pytest.fixture
def kept(town: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of documents: a lease that is recorded twice is one file there."""
    folder = tmp_path / "documents"
    monkeypatch.setenv("CANOPY_REGISTER_DOCUMENTS", str(folder))
    (tmp_path / "l.toml").write_text(TERMS)
    (tmp_path / "lease.pdf").write_bytes(PDF)
    assert town("register", "add", "l.toml").code == 0
    for title in ("Lease", "Again"):
        added = town("register", "document", "add", "L-1", "lease.pdf", "--title", title)
        assert added.code == 0, added.err
    return folder


def file_in(folder: Path) -> Path:
    (found,) = (each for each in folder.rglob("*") if each.is_file())
    return found


def test_documents_are_backed_up_and_restored(
    town: Canopy, kept: Path, tmp_path: Path, request: pytest.FixtureRequest,
    database: object, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Into another catalogue and folder; where no folder is named it is refused beforehand."""
    made = town("backup", "a.backup")
    assert (made.code, "1 files of documents" in made.out) == (0, True), made.err
    assert town("verify-backup", "a.backup").code == 0
    sort = "gpkg" if database.is_gpkg else "postgis"  # type: ignore[attr-defined]
    maker = request.getfixturevalue(MAKERS[sort])
    elsewhere = maker.new()
    elsewhere.dispose()
    try:
        to = ("--db", url_of(elsewhere))
        monkeypatch.delenv("CANOPY_REGISTER_DOCUMENTS")
        refused = town("restore", "a.backup", "--dry-run", *to)
        assert (refused.code, "CANOPY_REGISTER_DOCUMENTS" in refused.err) == (1, True)
        monkeypatch.setenv("CANOPY_REGISTER_DOCUMENTS", str(tmp_path / "other"))
        restored = town("restore", "a.backup", *to)
        assert restored.code == 0, restored.err
        verified = town("register", "document", "verify", "L-1", *to)
        assert "2 of 2 documents are as they were added" in verified.out
    finally:
        maker.drop(elsewhere)
    assert file_in(tmp_path / "other").read_bytes() == file_in(kept).read_bytes() == PDF


def test_backup_lacks_no_file_silently(town: Canopy, kept: Path) -> None:
    """One that was altered is named, the rest is there, and the exit code says so."""
    file_in(kept).write_bytes(b"%PDF-1.7 forged")
    made = town("backup", "a.backup")
    assert (made.code, "was altered" in made.out) == (1, True)
    assert town("verify-backup", "a.backup").code == 0
    assert town("backup", "b.backup", "--without-documents").code == 0


def test_damaged_document_in_a_backup_is_refused(town: Canopy, kept: Path, tmp_path: Path) -> None:
    """By verification, though the archive's own checksums are right."""
    assert town("backup", "a.backup").code == 0
    with (
        zipfile.ZipFile(tmp_path / "a.backup") as whole,
        zipfile.ZipFile(tmp_path / "b.backup", "w") as harmed,
    ):
        for name in whole.namelist():
            forged = b"%PDF-1.7 forged" if name.startswith("documents/") else whole.read(name)
            harmed.writestr(name, forged)
    told = town("verify-backup", "b.backup")
    assert (told.code, "is not what its name says" in told.err.replace("\n", " ")) == (1, True)
    assert FileStore(kept, 100).get(file_in(kept).name) == PDF
