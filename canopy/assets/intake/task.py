"""An import as a job: the file received, the result recorded with the assets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.assets.intake.pipeline import ImportRequest, Progress, run_import
from canopy.assets.intake.report import ImportReport
from canopy.jobs.runner import JobContext

IMPORT = "import"
UPLOAD_PREFIX = "canopy-import-"
"""Folders so named hold one uploaded file, and go when it is imported."""


def run_import_job(context: JobContext, wanted: Mapping[str, object]) -> dict[str, object]:
    """Import the file that `wanted` describes, in the fields of `ImportRequest`."""
    fields = {name: value for name, value in wanted.items() if name != "path"}
    path = Path(str(wanted["path"]))
    request = ImportRequest(path=path, job_id=context.job_id, **fields)  # type: ignore[arg-type]

    def report_progress(step: Progress) -> None:
        if step.phase == "reading":
            context.progress(step.done, step.total, step.phase)

    def record(session: Session, report: ImportReport) -> None:
        context.finish_in(session, report.as_json())

    report = run_import(context.database, request, report_progress, record)
    if path.parent.name.startswith(UPLOAD_PREFIX):
        path.unlink(missing_ok=True)
        path.parent.rmdir()
    return report.as_json()
