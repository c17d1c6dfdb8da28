"""A run computed while its caller waits, stored as a job would store it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from coverage_town import ASKED, write_inputs
from databases import GeoPackages

from canopy.access.rules import Principal, Role
from canopy.plan.coverage import queries
from canopy.plan.coverage.asking import Limits
from canopy.plan.coverage.at_once import Wanted, computed

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def test_a_run_is_stored_once(geopackages: GeoPackages, tmp_path: Path) -> None:
    """The same question is answered by the run that there is; not for another audience."""
    database = geopackages.new()
    inputs, runs = write_inputs(tmp_path / "in"), tmp_path / "runs"

    def run_id() -> str:
        wanted = Wanted({**ASKED, "resolution_m": 100.0}, inputs, runs, Role.public)
        return computed(database, wanted, Principal(Role.admin, "t"), NOW, Limits(10_000, 10, 1))

    first = run_id()
    assert run_id() == first
    with database.reading() as session:
        run, job = queries.run_and_job(session, first)
        assert (job, run.audience, run.finished_at) == (None, "public", NOW)
        assert {row.area_id for row in queries.figures(session, run)} == {"W1", "W2", "all"}
        folder = queries.run_folder(session, first, runs)
        like = queries.finished_like(session, run.request, "estates", str(run.canopy_version))
        assert like is None
    assert (folder / "operators_above.tif").is_file()
