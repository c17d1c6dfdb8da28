"""Column types with one Python face on PostgreSQL and GeoPackage.

The declared SQLite types are those GeoPackage knows (TEXT, INTEGER, DOUBLE, DATE,
DATETIME, BLOB, GEOMETRY): GDAL drops columns of other types, VARCHAR among them.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Date, DateTime, Double, Integer, Text
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from canopy.db import gpkg_geometry

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit row number; on SQLite the INTEGER PRIMARY KEY that GeoPackage asks for."""

Number: Double[float] = Double()


class _SqliteDeclared(UserDefinedType[Any]):
    """A type that SQLite only has to be told the name of."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: object) -> str:
        return self.declared


def _sqlite(dialect: Dialect | None) -> bool:
    return dialect is not None and dialect.name == "sqlite"


class AssetUuid(TypeDecorator[str]):
    """A UUID, spoken as canonical lower-case text; native on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text() if _sqlite(dialect) else UUID(as_uuid=False)

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(uuid.UUID(str(value)))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class Json(TypeDecorator[Any]):
    """JSON: JSONB on PostgreSQL (`searched`), or JSON as it was written; TEXT in a GeoPackage."""

    impl = Text
    cache_ok = True

    def __init__(self, *, searched: bool = True) -> None:
        super().__init__()
        self.searched = searched

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if _sqlite(dialect):
            return Text()
        return JSONB(none_as_null=True) if self.searched else JSON(none_as_null=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or not _sqlite(dialect):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return json.loads(value) if isinstance(value, str) else value


def utc_text(value: datetime) -> str:
    """An aware time as GeoPackage's DATETIME text: UTC, to the millisecond."""
    if value.tzinfo is None:
        raise ValueError("a time without a UTC offset cannot be stored")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, to the millisecond; naive times are refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _SqliteDeclared("DATETIME") if _sqlite(dialect) else DateTime(timezone=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = utc_text(value)
        return text if _sqlite(dialect) else datetime.fromisoformat(text)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


class IsoDate(TypeDecorator[date]):
    """A calendar date; GeoPackage's DATE text."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _SqliteDeclared("DATE") if _sqlite(dialect) else Date()

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        return value.isoformat() if _sqlite(dialect) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else value


class StoredGeometry(TypeDecorator[BaseGeometry]):
    """A shapely geometry in the storage CRS: PostGIS geometry, or a GeoPackage blob.

    `srid` is the deployment's, known when the table is created; on PostgreSQL the
    column enforces it, and values are sent as hex EWKB.
    """

    impl = Text
    cache_ok = True

    def __init__(self, srid: int = -1) -> None:
        super().__init__()
        self.srid = srid

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if _sqlite(dialect):
            return _SqliteDeclared("GEOMETRY")
        return PostgisGeometry(self.srid)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if _sqlite(dialect):
            return gpkg_geometry.encode_one(value, shapely.get_srid(value) or self.srid)
        return shapely.to_wkb(value, hex=True, include_srid=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        if value is None:
            return None
        if isinstance(value, bytes):
            return gpkg_geometry.readable(value)
        return shapely.from_wkb(value)


class PostgisGeometry(UserDefinedType[Any]):
    """The PostGIS column type as GeoAlchemy2 spells it, without its function wrapping."""

    cache_ok = True

    def __init__(self, srid: int) -> None:
        self.srid = srid

    def get_col_spec(self, **_: object) -> str:
        from geoalchemy2 import Geometry  # slow to load, and for PostgreSQL's DDL only

        spec: str = Geometry("GEOMETRY", srid=self.srid).get_col_spec()  # type: ignore[no-untyped-call]
        return spec


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware time in UTC, to the microsecond: timestamptz, or microseconds since 1970.

    For what is stored by the million: the number takes a third of the text, and sorts as fast
    as it is compared.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return BigInteger() if _sqlite(dialect) else DateTime(timezone=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a UTC offset cannot be stored")
        return (value - EPOCH) // _MICROSECOND if _sqlite(dialect) else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, int):
            return EPOCH + timedelta(microseconds=value)
        at: datetime = value
        return at.astimezone(UTC)
