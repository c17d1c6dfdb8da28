"""All or nothing: what is refused leaves the catalogue as it was, and says why."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from catalogue import all_assets
from registers import ROWS, counts, import_register, outcome, write_register

from canopy.assets.intake.pipeline import Progress, run_import
from canopy.assets.intake.report_files import write_report
from canopy.db.engine import Database
from canopy.errors import BadSource, LimitExceeded

BAD = ("LC-5", 0, 0, "Nowhere", 35, 8)


def test_one_bad_row_refuses_the_file(database: Database, tmp_path: Path) -> None:
    """Without accept_valid, one rejected row means that nothing is written."""
    path = write_register(tmp_path / "a.csv", [*ROWS, BAD])
    report = import_register(database, path)
    assert outcome(report) == counts(state="refused", read=5, rejected=1)
    assert report.rejects[0].row == 6
    assert all_assets(database) == []


def test_accept_valid_imports_the_others(database: Database, tmp_path: Path) -> None:
    """With accept_valid the good rows are imported and the bad one is named."""
    path = write_register(tmp_path / "a.csv", [*ROWS, BAD])
    report = import_register(database, path, accept_valid=True)
    assert outcome(report) == counts(read=5, created=4, rejected=1)


def test_corrected_file_loads_after_a_refusal(database: Database, tmp_path: Path) -> None:
    """The same file, corrected, goes in."""
    import_register(database, write_register(tmp_path / "a.csv", [*ROWS, BAD]))
    good = ("LC-5", 430220, 280220, "Mill Lane", 35, 8)
    report = import_register(database, write_register(tmp_path / "a.csv", [*ROWS, good]))
    assert outcome(report) == counts(read=5, created=5)


def test_rows_that_share_a_ref_are_all_rejected(database: Database, tmp_path: Path) -> None:
    """Two different rows with one ref: neither is taken for the right one."""
    rows = [*ROWS, ("LC-1", 430500, 280500, "Elsewhere", 20, 5)]
    path = write_register(tmp_path / "a.csv", rows)
    report = import_register(database, path, accept_valid=True)
    assert outcome(report) == counts(read=5, created=3, rejected=2)
    assert report.reject_codes == {"duplicate-ref": 2}
    assert [issue.row for issue in report.rejects] == [2, 6]


def test_a_repeated_row_is_imported_once(database: Database, tmp_path: Path) -> None:
    """The same row twice, ref and all, is one asset; the repetition is named."""
    path = write_register(tmp_path / "a.csv", [*ROWS, ROWS[1]])
    report = import_register(database, path, accept_valid=True)
    assert outcome(report) == counts(read=5, created=4, rejected=1)
    assert report.reject_codes == {"duplicate-row": 1}


def test_nothing_is_withdrawn_while_rows_are_rejected(database: Database, tmp_path: Path) -> None:
    """A rejected row may be the one that seems missing, so nothing is withdrawn."""
    import_register(database, write_register(tmp_path / "a.csv"))
    broken = [("LC-1", 0, 0, "High Street", 35, 8), *ROWS[1:]]
    report = import_register(
        database, write_register(tmp_path / "b.csv", broken), accept_valid=True,
        withdraw_missing=True,
    )  # fmt: skip
    assert outcome(report) == counts(read=4, unchanged=3, rejected=1)
    assert "withdrawal-skipped" in [warned.code for warned in report.warnings]


def test_stopping_an_import_leaves_nothing(database: Database, tmp_path: Path) -> None:
    """A cancelled import writes nothing, and the next one goes through."""
    path = write_register(tmp_path / "a.csv")

    def stop(step: Progress) -> None:
        if step.phase == "writing":
            raise KeyboardInterrupt

    from canopy.assets.intake.pipeline import ImportRequest

    request = ImportRequest(path=path, source="lighting", author="officer", kind="lamppost")
    with pytest.raises(KeyboardInterrupt):
        run_import(database, request, stop)
    assert all_assets(database) == []
    assert outcome(import_register(database, path)) == counts(read=4, created=4)


_KILLED = """
import os, signal, sys
from pathlib import Path
from canopy.assets.intake import merging
from canopy.assets.intake import queries as stage
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.db.engine import open_database
from canopy.settings import load_settings
insert = stage.insert_created
def insert_and_die(*args):
    insert(*args)
    os.kill(os.getpid(), signal.SIGKILL)
merging.stage.insert_created = insert_and_die
database = open_database(load_settings(db_url=sys.argv[1]))
request = ImportRequest(
    path=Path(sys.argv[2]), source="lighting", author="x", kind="lamppost"
)
run_import(database, request)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_killed_import_leaves_the_catalogue_as_it_was(database: Database, tmp_path: Path) -> None:
    """kill -9 between writing and commit: nothing is there, and the file imports again."""
    path = write_register(tmp_path / "a.csv")
    url = (
        database.address
        if database.is_gpkg
        else database.engine.url.render_as_string(hide_password=False)
    )
    died = subprocess.run(
        [sys.executable, "-c", _KILLED, url, str(path)], capture_output=True, timeout=120
    )
    assert died.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10  # PostgreSQL notices the dead client in its own time
    while not database.is_gpkg and time.monotonic() < deadline and _locked(database):
        time.sleep(0.1)
    assert all_assets(database) == []
    assert outcome(import_register(database, path)) == counts(read=4, created=4)


def _locked(database: Database) -> bool:
    from sqlalchemy import text

    with database.reading() as session:
        found = session.scalar(
            text("SELECT count(*) FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted")
        )
    return bool(found)


def test_too_large_a_file_is_refused_before_it_is_read(database: Database, tmp_path: Path) -> None:
    """The limit on a file's size is stated in the refusal."""
    path = write_register(tmp_path / "a.csv")
    with pytest.raises(LimitExceeded, match="the limit is 10"):
        import_register(database, path, max_bytes=10)


def test_a_missing_file_is_named(database: Database, tmp_path: Path) -> None:
    """A name that is no file is refused by name."""
    with pytest.raises(BadSource, match=r"gone\.csv is not there"):
        import_register(database, tmp_path / "gone.csv")


def test_report_file_has_the_stable_keys(database: Database, tmp_path: Path) -> None:
    """The JSON report carries the documented keys, with rows and messages of warnings."""
    report = import_register(database, write_register(tmp_path / "a.csv"))
    write_report(tmp_path / "r.json", [report])
    document = json.loads((tmp_path / "r.json").read_text())
    documented = {
        "read", "created", "updated", "unchanged", "withdrawn", "rejected", "warnings", "crs",
        "mapping", "transformation", "duration_s",
    }  # fmt: skip
    assert documented <= document.keys()
    assert document["crs"] == "EPSG:27700"


def test_html_report_escapes_what_the_file_says(database: Database, tmp_path: Path) -> None:
    """A cell with markup in it shows as text in the HTML report."""
    bad = ("<script>alert(1)</script>", 0, 0, "x", 35, 8)
    report = import_register(database, write_register(tmp_path / "<b>.csv", [*ROWS, bad]))
    write_report(tmp_path / "r.html", [report])
    page = (tmp_path / "r.html").read_text()
    assert "<script>" not in page
    assert "&lt;b&gt;.csv" in page


def test_every_rejected_row_is_in_the_rejects_file(database: Database, tmp_path: Path) -> None:
    """All rejected rows go to the rejects file, though the report shows a part."""
    bad = [(f"LC-{i}", 0, 0, "x", 35, 8) for i in range(10, 1510)]
    path = write_register(tmp_path / "a.csv", [*ROWS, *bad])
    rejects = tmp_path / "rejects.csv"
    report = import_register(database, path, rejects_path=rejects)
    assert (report.rejected, len(report.rejects)) == (1500, 1000)
    assert len(rejects.read_text(encoding="utf-8-sig").splitlines()) == 1501
