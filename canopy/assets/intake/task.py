"""An import as a job: the file received, the result recorded with the assets."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.assets.intake.audience import cut_for
from canopy.assets.intake.pipeline import ImportRequest, Progress, run_import
from canopy.assets.intake.report import ImportReport
from canopy.errors import ImportRefused
from canopy.jobs.runner import JobContext, Task

IMPORT = "import"
UPLOAD_PREFIX = "canopy-import-"
"""Folders so named hold one uploaded file, and go when its job has ended."""


def run_import_job(context: JobContext, wanted: Mapping[str, object]) -> dict[str, object]:
    """Import the file that `wanted` describes, in the fields of `ImportRequest`.

    The result is for who asked: cut to what the role in `wanted`'s ``audience`` may see,
    estates where it does not say, the least role that may import.
    Raises ImportRefused, with the whole report as its member `report`, where rows were
    rejected and nothing was written.
    """
    fields = {name: value for name, value in wanted.items() if name not in ("path", "audience")}
    audience = Role(str(wanted.get("audience", Role.estates)))
    path = Path(str(wanted["path"]))
    request = ImportRequest(path=path, job_id=context.job_id, **fields)  # type: ignore[arg-type]

    def report_progress(step: Progress) -> None:
        context.progress(step.done, step.total, step.phase)

    def record(session: Session, report: ImportReport) -> None:
        context.finish_in(session, cut_for(report, audience).as_json())

    report = cut_for(run_import(context.database, request, report_progress, record), audience)
    if report.state == "refused":
        raise ImportRefused(" ".join(report.refusals), report=report.as_json())
    return report.as_json()


def discard_upload(wanted: Mapping[str, object]) -> None:
    """Throw away the file that was uploaded for an import; other files are left alone."""
    folder = Path(str(wanted["path"])).parent
    if folder.name.startswith(UPLOAD_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


TASKS = {IMPORT: Task(run_import_job, discard_upload)}
"""What a worker of this release can do."""
