"""Coverage runs as the wire has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from canopy.access.rules import Principal, Role
from canopy.jobs.tables import Job
from canopy.plan.coverage.tables import CoverageRun

RUNS = "/coverage/runs"
SERVER_ERROR = 500


class LinkOut(BaseModel):
    """A link of RFC 8288, relative to the service's root."""

    rel: str
    href: str
    type: str = "application/json"


class RunLine(BaseModel):
    """A run in a list: what it is, and how it stands."""

    run_id: str
    name: str
    technology: str
    audience: str
    state: str
    progress: float
    """Share that is done, 0 to 1."""
    doing: str | None
    job_id: int | None
    asked_by: str | None
    """Told to who asked, and from estates on."""
    created_at: datetime
    finished_at: datetime | None
    indicative: bool | None
    """Whether sites were estimates: such a run shows no target as met."""
    bounds: list[float]
    """West, south, east and north of its cells [degrees, CRS84]."""
    links: list[LinkOut]


class RunOut(RunLine):
    """A run with all that is said of it; what it found is None until it is done."""

    request: dict[str, Any]
    grid: dict[str, Any]
    threshold_dbm: float | None
    operators: list[str] | None
    layers: list[dict[str, Any]] | None
    explanation: list[str] | None
    attribution: list[str]
    provenance: dict[str, Any] | None
    canopy_version: str | None
    manifest_sha256: str | None
    error: dict[str, Any] | None


class RunsOut(BaseModel):
    """A page of runs, newest first."""

    runs: list[RunLine]
    links: list[LinkOut]


class FileOut(BaseModel):
    """One file of a run."""

    name: str
    size_bytes: int
    sha256: str
    href: str


class FilesOut(BaseModel):
    """The files of a run, as its manifest names them."""

    run_id: str
    manifest_sha256: str
    files: list[FileOut]


class FigureOut(BaseModel):
    """How much of one area has one status; amounts that are not known are null."""

    model_config = ConfigDict(from_attributes=True)

    area_id: str
    area_name: str
    technology: str
    place: str
    operator: str
    status: str
    area_m2: float
    residents: float | None
    premises: float | None
    road_m: float | None
    footfall: float | None
    demand_unknown_m2: float
    area_share: float | None
    residents_share: float | None
    premises_share: float | None
    road_share: float | None


class FiguresOut(BaseModel):
    """All figures of a run."""

    run_id: str
    indicative: bool
    attribution: list[str]
    figures: list[FigureOut]


def run_line(run: CoverageRun, job: Job | None, principal: Principal) -> RunLine:
    """A run for a list."""
    return RunLine(**_line(run, job, principal), links=[_link("self", run)])


def run_out(run: CoverageRun, job: Job | None, principal: Principal) -> RunOut:
    """A run with all that is said of it."""
    line = _line(run, job, principal)
    error = None if job is None or line["state"] == "done" else job.error
    if error and error.get("status", 0) >= SERVER_ERROR:
        error = {"detail": "The reason is for whoever keeps the service; see its log."}
    return RunOut(
        **line,
        links=_links(run, line["state"], principal),
        request=run.request,
        grid=run.grid,
        threshold_dbm=run.threshold_dbm,
        operators=run.operators,
        layers=run.layers,
        explanation=run.explanation,
        attribution=attribution(run),
        provenance=run.provenance,
        canopy_version=run.canopy_version,
        manifest_sha256=run.manifest_sha256,
        error=error,
    )


def attribution(run: CoverageRun) -> list[str]:
    """What must be named where anything of a run is shown."""
    return list((run.provenance or {}).get("attribution", ()))


def state_of(run: CoverageRun, job: Job | None) -> str:
    """``queued``, ``running``, ``done``, ``failed`` or ``cancelled``."""
    if run.finished_at is not None:
        return "done"
    return "failed" if job is None else job.state


def _line(run: CoverageRun, job: Job | None, principal: Principal) -> dict[str, Any]:
    state = state_of(run, job)
    share = job.done / job.total if job is not None and job.total else 0.0
    told = principal.name == run.created_by or principal.role.reaches(Role.estates)
    ended = None if job is None else job.ended_at
    return {
        "run_id": run.run_id,
        "name": run.name,
        "technology": run.technology,
        "audience": run.audience,
        "state": state,
        "progress": 1.0 if state == "done" else min(share, 1.0),
        "doing": _doing(job) if state == "running" else None,
        "job_id": run.job_id,
        "asked_by": run.created_by if told else None,
        "created_at": run.created_at,
        "finished_at": run.finished_at or ended,
        "indicative": None if run.is_indicative is None else bool(run.is_indicative),
        "bounds": run.bounds_lonlat,
    }


def _doing(job: Job | None) -> str | None:
    if job is not None and job.cancel_requested_at is not None:
        return "stopping: it was cancelled"
    return None if job is None else job.message


def _link(rel: str, run: CoverageRun, end: str = "", type_: str = "application/json") -> LinkOut:
    return LinkOut(rel=rel, href=f"{RUNS}/{run.run_id}{end}", type=type_)


def _links(run: CoverageRun, state: str, principal: Principal) -> list[LinkOut]:
    found = [_link("self", run)]
    if run.job_id is not None and principal.role.reaches(Role.estates):
        found.append(LinkOut(rel="job", href=f"/jobs/{run.job_id}"))
    if state in ("queued", "running"):
        found.append(_link("cancel", run, "/cancel"))
    if state == "done":
        found += [
            _link("figures", run, "/figures"),
            _link("figures", run, "/figures?f=csv", "text/csv"),
            _link("not-spots", run, "/not-spots", "application/geo+json"),
            _link("cells", run, "/cells", "application/geo+json"),
            _link("files", run, "/files"),
        ]
    return found


def next_link(href: str, type_: str = "application/json") -> Sequence[LinkOut]:
    """The link to the page after this one."""
    return [LinkOut(rel="next", href=href, type=type_)]
