"""A running `canopy serve` over a made-up town, for the map app to talk to."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from made_towns import CENTRE_M, town, wards
from sqlalchemy import select

from canopy.access.rules import Role
from canopy.access.tokens import create_token
from canopy.assets import queries
from canopy.assets.editing.edits import Editor, record_of
from canopy.assets.places import NamedArea
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.ready.keeping import catch_up
from canopy.assets.record import Record
from canopy.assets.tables import Asset
from canopy.db.engine import Database

START_S = 60.0
ASK_S = 20.0
LAMPPOSTS = 600
_OWN = ("ref", "name", "status", "availability", "height_m", "street", "postcode",
        "sensitivity")  # fmt: skip


@dataclass(frozen=True)
class MapService:
    """A service and its catalogue. `token` is an admin's, `planner` one that may not write."""

    address: str
    database: Database
    token: str
    planner: str

    def add(self, kind: str, shape: shapely.Geometry, **columns: object) -> str:
        """Add an asset beside the running service; its id."""
        asset_id = str(uuid.uuid4())
        add_records(self.database, [(asset_id, record(kind, shape, **columns))])
        return asset_id

    def change(self, asset_id: str, **columns: object) -> None:
        """Change an asset beside the running service, as another officer would."""
        note = queries.ChangeNote(author="colleague", reason="seen on site", origin="edit")
        with self.database.writing() as session:
            editor = Editor.begin(session, self.database.storage_crs, self.database.srid, note)
            asset = session.scalars(select(Asset).where(Asset.asset_id == asset_id)).one()
            editor.change(asset, {**record_of(asset), **columns}, asset.version)
        catch_up(self.database, SensitivityPolicy())

    def get(self, path: str, token: str | None = None) -> dict[str, Any]:
        """A document of the service, as the public or with a token."""
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        asked = urllib.request.Request(f"{self.address}{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=ASK_S) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def history(self, asset_id: str) -> list[dict[str, Any]]:
        """The revisions of an asset as an admin sees them, oldest first."""
        found: list[dict[str, Any]] = self.get(f"/assets/{asset_id}/history", self.token)["entries"]
        return found

    def item(self, kind: str, asset_id: str) -> dict[str, Any]:
        """An asset as an admin sees it."""
        return self.get(f"/collections/{kind}/items/{asset_id}?f=json", self.token)

    def extent(self) -> list[float]:
        """West, south, east, north [degrees] of all that the public sees."""
        found = self.get("/collections/assets?f=json")["extent"]["spatial"]["bbox"][0]
        return [float(each) for each in found]

    def ids(self, path: str) -> list[str]:
        """The ids of the features of an address, page by page."""
        found: list[str] = []
        following: str | None = path
        while following is not None:
            page = self.get(following)
            found += [each["id"] for each in page["features"]]
            hrefs = [each["href"] for each in page["links"] if each["rel"] == "next"]
            following = hrefs[0].removeprefix(self.address) if hrefs else None
        return found


def record(kind: str, shape: shapely.Geometry, **columns: object) -> Record:
    """An asset's record; what is not given is unknown."""
    made: Record = {"kind": kind}
    made |= {name: value for name, value in columns.items() if value is not None}
    return {**made, "geom": shapely.to_wkb(shape, hex=True)}


def add_records(database: Database, found: Sequence[tuple[str, Record]]) -> None:
    """Put assets into a catalogue in one change."""
    note = queries.ChangeNote(author="surveyor", reason="made up", origin="edit")
    with database.writing() as session:
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        for asset_id, each in found:
            editor.create(each, asset_id, "register")
    catch_up(database, SensitivityPolicy())


def fill(database: Database) -> None:
    """The made-up town in its four wards."""
    fill_wards(database)
    add_records(database, list(_town()))


def fill_wards(database: Database) -> None:
    """The wards alone."""
    areas = [
        NamedArea("ward", f"E0500000{number}", each.name, each.geometry)
        for number, each in enumerate(wards())
    ]
    with database.writing() as session:
        queries.replace_areas(session, "ward", "made-up", None, areas, database.srid)


def _town() -> Iterator[tuple[str, Record]]:
    """All kinds but one: a collection may have nothing in it."""
    for batch in town(LAMPPOSTS):
        for row, shape in enumerate(batch.geometries):
            kind = str(batch.columns["kind"][row])
            if shape is None or kind == "small_cell_site":
                continue
            columns = {name: values[row] for name, values in batch.columns.items() if name in _OWN}
            made = record(kind, shape, **columns)
            yield str(batch.columns["asset_id"][row]), made


def spot(number: int) -> tuple[float, float]:
    """An empty place south of the town, for a test of its own [m]."""
    return CENTRE_M[0] + 100.0 + 250.0 * number, CENTRE_M[1] - 400.0


@contextmanager
def serving(database: Database, folder: Path, **settings: str) -> Iterator[MapService]:
    """A `canopy serve` of its own over a catalogue; `settings` by their environment's names."""
    url = database.address if database.is_gpkg else _url(database)
    said = folder / "out.txt"
    environment = {
        **os.environ, "CANOPY_DB_URL": url, "PYTHONUNBUFFERED": "1", "CANOPY_LOG_LEVEL": "warning",
        "CANOPY_CATALOGUE_TITLE": "Ashford Vale Borough Council",
        "CANOPY_ATTRIBUTION": "Contains made-up data", **settings,
    }  # fmt: skip
    with database.writing() as session:
        now = datetime.now(UTC)
        token = create_token(session, "officer", Role.admin, created_by="test", now=now)
        planner = create_token(session, "planner", Role.planner, created_by="test", now=now)
    with ExitStack() as stack:
        out = stack.enter_context(said.open("wb"))
        command = [sys.executable, "-m", "canopy", "serve", "--port", "0"]
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        stack.callback(server.wait, START_S)
        stack.callback(server.terminate)
        yield MapService(_wait(server, said), database, token, planner)


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _wait(server: subprocess.Popen[bytes], said: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, said.read_text()
        if found := re.search(r"http://[\d.:]+", said.read_text()):
            try:
                urllib.request.urlopen(f"{found[0]}/readyz", timeout=5).close()
            except urllib.error.URLError:
                pass
            else:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"not ready in {START_S} s: {said.read_text()}")
