"""Where the rendered map lies that the service shows."""

from __future__ import annotations

from pathlib import Path

from canopy.db.engine import Database
from canopy.settings import Settings


def map_path(database: Database, settings: Settings) -> Path:
    """The setting's file, else one beside the GeoPackage, else ``var/map.html``."""
    if settings.map_path is not None:
        return settings.map_path
    return database.path.with_suffix(".map.html") if database.path else Path("var/map.html")
