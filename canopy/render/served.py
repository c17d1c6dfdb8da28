"""Where the rendered map and the plan lie that the service shows."""

from __future__ import annotations

from pathlib import Path

from canopy.db.engine import Database
from canopy.settings import Settings


def map_path(database: Database, settings: Settings) -> Path:
    """The setting's file, else one beside the GeoPackage, else ``var/map.html``."""
    if settings.map_path is not None:
        return settings.map_path
    return database.path.with_suffix(".map.html") if database.path else Path("var/map.html")


def plan_folder(database: Database, settings: Settings) -> Path:
    """The folder of the plan's public edition: beside the map, and with nothing else in it."""
    if settings.plan_folder is not None:
        return settings.plan_folder
    return database.path.with_suffix(".plan") if database.path else Path("var/plan")
