"""What a backup says of itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from canopy.errors import Refused

FORMAT_VERSION = 2
"""2 may hold files of documents, and readings; what holds neither is written as 1, which earlier
releases read."""
READINGS_MEMBER = "readings.sqlite"
PARTITION = "^observation_[0-9]{4}_(0[1-9]|1[0-2])$"
"""How a month of observations is called in PostgreSQL."""


class BadBackup(Refused):
    """A file is no backup, not a whole one, or not one for this deployment."""

    kind, status, title = "bad-backup", 422, "The backup cannot be used"


class Holding(StrEnum):
    """Which database a backup was made of."""

    geopackage = "geopackage"
    postgis = "postgis"

    @property
    def member(self) -> str:
        """Name of the archive's member with the catalogue."""
        return {"geopackage": "catalogue.gpkg", "postgis": "catalogue.pgdump"}[self]

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return {"geopackage": "a GeoPackage", "postgis": "PostGIS"}[self]


class ReadingsMember(BaseModel):
    """The archive's member with the file of readings beside a GeoPackage."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    size_bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    rows: dict[str, int]


class Manifest(BaseModel):
    """The archive's ``manifest.json``.

    `rows` counts the rows of every table at the moment the backup stands for; `size_bytes`
    and `sha256` are those of the catalogue's member, uncompressed. `dumped_by` is the major
    version of ``pg_dump``: an older ``pg_restore`` cannot read what it wrote. `documents` counts
    the files of documents that are in it. Readings are among the tables of PostGIS, with their
    `partitions`; of a GeoPackage they are a member of their own.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["canopy-backup"] = "canopy-backup"
    format_version: int = Field(default=1, ge=1)
    made_at: datetime
    release: str = Field(max_length=100)
    database: Holding
    database_version: str = Field(max_length=200)
    dumped_by: int | None = None
    migration: str = Field(max_length=200)
    storage_crs: str = Field(max_length=100)
    size_bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    rows: dict[str, int]
    documents: int = Field(default=0, ge=0)
    documents_bytes: int = Field(default=0, ge=0)
    partitions: tuple[Annotated[str, Field(pattern=PARTITION)], ...] = Field(
        default=(), max_length=2_400
    )
    readings: ReadingsMember | None = None

    @property
    def observations(self) -> int | None:
        """Observations in the backup; None where it holds no readings."""
        rows = self.rows if self.readings is None else self.readings.rows
        return rows.get("observation")

    @property
    def assets(self) -> int:
        """Assets in the backup, withdrawn ones included."""
        return self.rows.get("asset", 0)

    @property
    def revisions(self) -> int:
        """Revisions in the backup."""
        return self.rows.get("revision", 0)


def differing_rows(manifest: Manifest, found: dict[str, int]) -> str:
    """Which tables hold another number of rows than the manifest says; empty when none does."""
    return ", ".join(
        f"{table} has {found.get(table, 0):,} rows instead of {manifest.rows.get(table, 0):,}"
        for table in sorted(manifest.rows.keys() | found.keys())
        if manifest.rows.get(table, 0) != found.get(table, 0)
    )
