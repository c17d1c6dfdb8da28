"""The files of a run: those that its manifest names, and the manifest."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import FileResponse

from canopy.api.coverage.deps import ReadableRun, ReadableRunOf, SeenRun
from canopy.api.coverage.documents import RUNS, FileOut, FilesOut
from canopy.errors import NotFound

router = APIRouter(prefix=RUNS, tags=["coverage"])

MANIFEST = "manifest.json"
_TYPES = {
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".pmtiles": "application/vnd.pmtiles",
    ".kmz": "application/vnd.google-earth.kmz",
}


@router.get("/{run_id}/files")
def list_files(seen: SeenRun, readable: ReadableRunOf) -> FilesOut:
    """The files of a run with their sizes and SHA-256."""
    digest = seen[0].manifest_sha256 or ""
    entries = _manifest(readable, digest)["files"]
    files = [
        FileOut(**entry, href=f"{RUNS}/{readable.run_id}/files/{quote(entry['name'])}")
        for entry in entries
    ]
    return FilesOut(run_id=readable.run_id, manifest_sha256=digest, files=files)


@router.get("/{run_id}/files/{name}", response_class=FileResponse)
def one_file(name: str, seen: SeenRun, readable: ReadableRunOf) -> FileResponse:
    """One file of a run, by the name that the manifest gives it; ranges are answered."""
    digest = seen[0].manifest_sha256 or ""
    known = {entry["name"]: entry["sha256"] for entry in _manifest(readable, digest)["files"]}
    sha256 = {**known, MANIFEST: digest}.get(name)
    path = readable.folder / name
    if sha256 is None or Path(name).name != name or not path.is_file():
        raise NotFound(f"The coverage run {readable.run_id} has no file {name[:100]!r}.")
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"ETag": f'"{sha256}"', "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, headers=headers, media_type=kind, filename=name)


def _manifest(readable: ReadableRun, digest: str) -> dict[str, Any]:
    """A run's manifest. Raises NotFound where it is not the one that the run wrote."""
    try:
        content = (readable.folder / MANIFEST).read_bytes()
    except OSError as error:
        raise NotFound(f"The manifest of the coverage run {readable.run_id} is gone.") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise NotFound(
            f"The manifest of the coverage run {readable.run_id} was changed since it was "
            "written: its files are not given out. Compute the run again."
        )
    found: dict[str, Any] = json.loads(content)
    return found
