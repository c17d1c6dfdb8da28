"""An editor's desk: a service over a catalogue that tests may change, and what it sends."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from ogc_catalogue import EPSG

from canopy.access.rules import Role
from canopy.db.engine import Database

GEOJSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
GRID = {"Content-Crs": f"<{EPSG}27700>"}
E0, N0 = 430_000.0, 280_000.0

Json = dict[str, Any]


def point(east: float = E0, north: float = N0) -> Json:
    """A point of the National Grid [m]."""
    return {"type": "Point", "coordinates": [east, north]}


def feature(geometry: Json | None = None, **properties: Any) -> Json:
    """A feature as it is sent, on the National Grid."""
    return {"type": "Feature", "geometry": geometry or point(), "properties": properties}


def a_ref() -> str:
    """A ref that no other test has."""
    return f"T-{uuid.uuid4().hex[:10]}"


@dataclass(frozen=True)
class Desk:
    """Sends as an estates officer unless told otherwise."""

    client: TestClient
    database: Database
    keys: dict[Role, dict[str, str]]

    def send(
        self,
        method: str,
        path: str,
        content: object = None,
        *,
        role: Role = Role.estates,
        etag: str | None = None,
        **headers: str,
    ) -> Any:
        """A request with a body on the National Grid."""
        media_type = MERGE_PATCH if method == "PATCH" else GEOJSON
        sent = {**self.keys[role], **GRID, "Content-Type": media_type}
        if etag is not None:
            sent["If-Match"] = etag
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = content if isinstance(content, (bytes, type(None))) else json.dumps(content).encode()
        return self.client.request(method, path, content=body, headers=sent)

    def made(self, kind: str = "lamppost", role: Role = Role.admin, **properties: Any) -> str:
        """The address of a new asset."""
        answer = self.send("POST", f"/collections/{kind}/items", feature(**properties), role=role)
        assert answer.status_code == 201, answer.text
        return answer.headers["location"].removeprefix("http://testserver")

    def read(self, path: str, role: Role = Role.estates, **query: str) -> Any:
        """A feature as a role sees it now."""
        answer = self.client.get(path, headers=self.keys[role], params=query)
        assert answer.status_code == 200, answer.text
        return answer

    def etag(self, path: str) -> str:
        """What an estates officer read it with."""
        return self.read(path).headers["etag"]

    def history(self, path: str) -> list[Json]:
        """Its revisions, as an admin sees them."""
        asset_id = path.rpartition("/")[2]
        answer = self.client.get(f"/assets/{asset_id}/history", headers=self.keys[Role.admin])
        assert answer.status_code == 200, answer.text
        entries: list[Json] = answer.json()["entries"]
        return entries
