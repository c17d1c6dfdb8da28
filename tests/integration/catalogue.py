"""Looking into a catalogue from a test, as an admin sees it."""

from __future__ import annotations

import shapely
from sqlalchemy import select

from canopy.access.rules import Principal, Role
from canopy.assets import queries
from canopy.assets.editing.edits import Editor, record_of
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.history import HistoryEntry, history
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.assets.tables import Asset
from canopy.db.engine import Database

ADMIN = Principal(Role.admin, "test-admin")


def all_assets(
    database: Database, selection: Selection | None = None, principal: Principal = ADMIN
) -> list[dict[str, object]]:
    """The selected assets as flat dicts, in the order in which they were added."""
    found: list[dict[str, object]] = []
    with database.reading() as session:
        for batch in stream(
            session, selection or Selection(), principal, SensitivityPolicy(), database.srid
        ):
            for i in range(len(batch)):
                asset: dict[str, object] = {name: v[i] for name, v in batch.columns.items()}
                geometry = batch.geometries[i]
                asset["attributes"] = batch.attributes[i]
                asset["geometry"] = geometry
                if geometry is not None and geometry.geom_type == "Point":
                    asset["x"], asset["y"] = shapely.get_x(geometry), shapely.get_y(geometry)
                found.append(asset)
    return found


def changes_of(
    database: Database, reference: str, principal: Principal = ADMIN
) -> list[HistoryEntry]:
    """An asset's history."""
    with database.reading() as session:
        return history(session, reference, principal, SensitivityPolicy()).entries


def edit(database: Database, ref: str, **changed: object) -> None:
    """Correct common columns of an asset by hand."""
    with database.writing() as session:
        note = queries.ChangeNote(author="corrector", reason="seen on site", origin="edit")
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        asset = session.scalars(select(Asset).where(Asset.ref == ref)).one()
        editor.change(asset, {**record_of(asset), **changed}, asset.version)
