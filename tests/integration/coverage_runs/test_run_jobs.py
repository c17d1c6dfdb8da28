"""Coverage runs as jobs: stored, cancelled, and taken up again after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rasterio
from addresses import url_of
from coverage_town import ASKED
from sqlalchemy import func, select, text

from canopy.access.rules import Principal, Role
from canopy.coverage.notspots.classes import Spot
from canopy.db.engine import Database
from canopy.errors import BadSource, LimitExceeded, NotFound, NotReadyYet
from canopy.jobs import queries as jobs
from canopy.jobs.runner import JobRunner
from canopy.plan.coverage import queries
from canopy.plan.coverage.asking import Limits, check, submit
from canopy.plan.coverage.jobs import TASKS
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.running import run, write
from canopy.plan.coverage.storing import found_by
from canopy.plan.coverage.tables import CoverageFigure, NotSpot, RadioCell

LIMITS = Limits(cells=1_000_000, area_km2=100.0, unended=3)
WORKER = Path(__file__).with_name("worker_process.py")
FINE = {**ASKED, "resolution_m": 2.0}
"""In six parts."""

Ask = Callable[..., str]


@pytest.fixture
def ask(database: Database, inputs: Path, runs: Path) -> Ask:
    """Call it, with a request, to have a run stored; its id."""

    def submitted(document: dict[str, Any] = ASKED) -> str:
        asked = check(document, inputs, LIMITS)
        with database.writing() as session:
            return submit(
                session, database, asked, principal=Principal(Role.planner, "pat"),
                audience="planner", inputs=inputs, runs=runs, limits=LIMITS,
                now=datetime.now(UTC),
            ).run_id  # fmt: skip

    return submitted


def work(database: Database) -> None:
    """Run one job to its end; a worker that says nothing counts as dead at once."""
    JobRunner(database, TASKS, stale_after=timedelta(0), beat_every_s=0.05).run_one()


def state_of(database: Database, run_id: str) -> tuple[str, Any]:
    with database.reading() as session:
        _, job = queries.run_and_job(session, run_id)
        assert job is not None
        return job.state, job.error


def test_a_run_is_stored_with_all_that_it_found(
    database: Database, ask: Ask, inputs: Path, runs: Path
) -> None:
    """Sites, not-spots of three kinds and figures are those of the same run by the command."""
    run_id = ask()
    work(database)
    assert state_of(database, run_id) == ("done", None)
    expected = run(from_json(ASKED, inputs), datetime.now(UTC))
    with database.reading() as session:
        stored, _ = queries.run_and_job(session, run_id)
        figures = queries.figures(session, stored)
        spots = queries.page_of_spots(session, stored, 1_000)
        cells = queries.page_of_cells(session, stored, 10)
        assert [row.area_m2 for row in figures] == [row.area_m2 for row in expected.figures]
        assert [row.residents for row in figures] == [row.residents for row in expected.figures]
        found = [(spot.spot_id, spot.residents) for spot in spots if spot.status != "unknown"]
        assert found == [(each.spot_id, each.demand["residents"]) for each in expected.polygons]
        assert spots[0].geom.equals(expected.polygons[0].polygon)
        assert [(cell.site_id, cell.operator) for cell in cells] == [
            ("lamp-a", "a"), ("lamp-b", "b"),
        ]  # fmt: skip
        assert (cells[0].geom.x, cells[0].geom.y) == (528_000.0, 184_150.0)
        assert not stored.is_indicative
        assert stored.operators == ["a", "b"]
        assert stored.explanation == list(expected.explanation)
        assert stored.layers is not None
        assert stored.provenance is not None
        assert {layer["name"] for layer in stored.layers} >= {"rsrp_dbm", "sinr_db"}
        assert {each["name"] for each in stored.provenance["inputs"]} == {
            "wards.geojson", "people.csv", "sites.csv",
        }  # fmt: skip
        folder = queries.run_folder(session, run_id, runs)
    assert (folder / "rsrp_dbm.tif").is_file()
    assert (folder / "request.json").is_file()
    assert sorted(path.name for path in runs.iterdir()) == sorted([folder.name, "work"])
    assert list((runs / "work").iterdir()) == []


@pytest.mark.parametrize("kills", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_killed_run_is_taken_up_where_it_was(
    database: Database, ask: Ask, inputs: Path, runs: Path, tmp_path: Path, kills: int
) -> None:
    """The parts that were done before SIGKILL stay as they are; the layers are those of a run
    that nobody killed."""
    run_id = ask(FINE)
    for kill in range(1, kills + 1):
        kept = killed_after(database, runs / "work" / run_id, parts=2 * kill)
    assert len(kept) < 6
    database.dispose()
    work(database)
    assert state_of(database, run_id) == ("done", None)
    write(run(from_json(FINE, inputs), datetime.now(UTC)), tmp_path / "whole")
    with database.reading() as session:
        folder = queries.run_folder(session, run_id, runs)
    layers = sorted(path.name for path in folder.glob("*.tif"))
    assert len(layers) >= 10
    for name in layers:
        with rasterio.open(folder / name) as one, rasterio.open(tmp_path / "whole" / name) as two:
            assert one.read().tobytes() == two.read().tobytes(), name
    assert (folder / "figures.csv").read_bytes() == (tmp_path / "whole/figures.csv").read_bytes()


def killed_after(database: Database, folder: Path, parts: int) -> list[Path]:
    """Start a worker and kill it when so many parts are on disk; those that are."""
    command = [sys.executable, str(WORKER), url_of(database), "0.7"]
    worker = subprocess.Popen(command, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*/part-*.npz"))) < parts:
        assert worker.poll() is None, worker.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    with database.writing() as session:  # a minute of silence has passed
        session.execute(
            text("UPDATE job SET heartbeat_at = :long_ago WHERE state = 'running'"),
            {"long_ago": "2026-01-01T00:00:00.000Z"},
        )
    return list(folder.glob("*/part-*.npz"))


def test_a_killed_worker_s_half_written_folder_goes(
    database: Database, ask: Ask, runs: Path
) -> None:
    """Files that an attempt left without saying that they count are thrown away."""
    run_id = ask()
    left = runs / f"{run_id}.0badcafe"
    left.mkdir(parents=True)
    (left / "rsrp_dbm.tif").write_text("half")
    work(database)
    assert state_of(database, run_id)[0] == "done"
    assert not left.exists()


def test_a_run_that_waits_is_cancelled_and_has_no_result(database: Database, ask: Ask) -> None:
    """It is not computed, and nothing of it is stored."""
    run_id = ask()
    with database.reading() as session, pytest.raises(NotReadyYet, match="is queued"):
        queries.run_folder(session, run_id)
    with database.writing() as session:
        stored, _ = queries.run_and_job(session, run_id)
        assert stored.job_id is not None
        jobs.request_cancel(session, stored.job_id, datetime.now(UTC))
    work(database)
    assert state_of(database, run_id)[0] == "cancelled"
    with database.reading() as session, pytest.raises(NotFound, match="it is cancelled"):
        queries.run_folder(session, run_id)


def test_a_running_job_stops_when_it_is_cancelled(
    database: Database, ask: Ask, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its next part; its parts, its files and its rows are gone."""
    from canopy.coverage.engine.solve import solve_part
    from canopy.plan.coverage import resuming

    run_id = ask(FINE)

    def cancelling(*given: Any) -> Any:
        with database.writing() as session:
            stored, _ = queries.run_and_job(session, run_id)
            assert stored.job_id is not None
            jobs.request_cancel(session, stored.job_id, datetime.now(UTC))
        time.sleep(0.3)
        return solve_part(*given)

    monkeypatch.setattr(resuming, "solve_part", cancelling)
    work(database)
    assert state_of(database, run_id)[0] == "cancelled"
    assert [path.name for path in runs.iterdir()] == ["work"]
    assert list((runs / "work").iterdir()) == []


def test_inputs_are_named_without_the_machine_s_paths(
    database: Database, ask: Ask, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that names a whole path is told with the name that was asked for."""
    from canopy.plan.coverage import running

    def unreadable(request: RunRequest, *_: object) -> None:
        raise BadSource(f"{request.sites[0]}: line 3 is cut off")

    monkeypatch.setattr(running, "run", unreadable)
    run_id = ask()
    work(database)
    state, error = state_of(database, run_id)
    assert (state, error["detail"]) == ("failed", "radio/sites.csv: line 3 is cut off")


def test_inputs_that_are_gone_are_named(database: Database, ask: Ask, inputs: Path) -> None:
    """A file that was taken away after the run was asked for."""
    run_id = ask()
    (inputs / "radio" / "sites.csv").unlink()
    work(database)
    state, error = state_of(database, run_id)
    assert (state, "'radio/sites.csv'" in error["detail"]) == ("failed", True)


def test_a_run_is_removed_with_its_rows(database: Database, ask: Ask) -> None:
    """Another run's rows stay."""
    first, second = ask(), ask()
    work(database)
    work(database)
    with database.writing() as session:
        queries.remove(session, queries.run_and_job(session, first)[0])
    with database.reading() as session:
        with pytest.raises(NotFound):
            queries.run_and_job(session, first)
        stored, _ = queries.run_and_job(session, second)
        for table in (CoverageFigure, NotSpot, RadioCell):
            owners = session.scalars(select(table.run_id).distinct()).all()
            assert owners == [stored.id]
        assert session.scalar(select(func.count()).select_from(RadioCell)) == 2


def test_no_more_runs_wait_than_may(database: Database, ask: Ask) -> None:
    """The one too many is refused, and nothing of it is stored."""
    for _ in range(LIMITS.unended):
        ask()
    with pytest.raises(LimitExceeded, match="3 coverage runs wait already"):
        ask()
    with database.reading() as session:
        assert queries.unended(session) == LIMITS.unended


def test_a_folder_that_another_program_wrote_is_not_followed(
    database: Database, ask: Ask, runs: Path
) -> None:
    """A row of a GeoPackage changed by hand leads to no other folder."""
    run_id = ask()
    work(database)
    with database.writing() as session:
        session.execute(text("UPDATE coverage_run SET folder = '../elsewhere'"))
    with database.reading() as session, pytest.raises(NotFound, match=r"names '\.\./elsewhere'"):
        queries.run_folder(session, run_id, runs)


@pytest.mark.parametrize("storage_crs", ["EPSG:32630"])
def test_shapes_are_stored_in_the_catalogue_s_own_crs(
    new_database: Callable[[str], Database], inputs: Path, runs: Path, storage_crs: str
) -> None:
    """Sites computed on the National Grid lie where they are in UTM 30N."""
    database = new_database(storage_crs)
    asked = check(ASKED, inputs, LIMITS)
    with database.writing() as session:
        run_id = submit(
            session, database, asked, principal=Principal(Role.admin, "ann"), audience="estates",
            inputs=inputs, runs=runs, limits=LIMITS, now=datetime.now(UTC),
        ).run_id  # fmt: skip
    work(database)
    with database.reading() as session:
        stored, _ = queries.run_and_job(session, run_id)
        place = queries.page_of_cells(session, stored, 1)[0].geom
    # TQ 28000 84150 is 51.5423 N 0.1556 W by Ordnance Survey's transformation; in UTM 30N
    # (central meridian 3 W) that is 697.3 km E, 5713.7 km N.
    assert (place.x, place.y) == pytest.approx((697_300, 5_713_700), abs=500)


def test_where_it_is_not_known_is_a_kind_of_its_own(gpkg_database: Database, inputs: Path) -> None:
    """Cells of which nothing is known are stored as unknown, never as a not-spot."""
    outcome = run(from_json(ASKED, inputs), datetime.now(UTC))
    spots = outcome.spots.copy()
    spots[:4, :8] = Spot.UNKNOWN
    mask = outcome.gathered.problem.mask
    assert mask is not None
    rows = found_by(replace(outcome, spots=spots), gpkg_database).spots
    unknown = [row for row in rows if row["status"] == "unknown"]
    assert sum(float(str(row["area_m2"])) for row in unknown) == mask[:4, :8].sum() * 25.0**2 > 0
    assert [row["number"] for row in rows] == list(range(len(rows)))
