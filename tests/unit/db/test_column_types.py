"""Column types give the same Python values on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from canopy.db.types import AssetUuid, IsoDate, Json, UtcDateTime, utc_text

SQLITE: Dialect = sqlite.dialect()
POSTGRES: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
AT = datetime(2026, 3, 29, 1, 30, 0, 123_999, tzinfo=UTC)


def test_times_are_written_as_geopackage_spells_them() -> None:
    """UTC with a Z and three decimals, cut and not rounded into the next second."""
    summer = AT.astimezone(timezone(timedelta(hours=1)))
    assert utc_text(summer) == "2026-03-29T01:30:00.123Z"
    assert utc_text(AT.replace(microsecond=999_999)) == "2026-03-29T01:30:00.999Z"


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES], ids=["sqlite", "postgresql"])
def test_a_time_without_an_offset_is_refused(dialect: Dialect) -> None:
    """Nobody knows which hour it was."""
    with pytest.raises(ValueError, match="without a UTC offset"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001


def test_times_come_back_aware_whatever_wrote_them() -> None:
    """GDAL writes no offset and means UTC; PostgreSQL gives the session's zone."""
    read = UtcDateTime().process_result_value
    assert read("2026-03-29T01:30:00Z", SQLITE) == AT.replace(microsecond=0)
    assert read("2026-03-29T01:30:00", SQLITE) == AT.replace(microsecond=0)
    assert read(AT.astimezone(timezone(timedelta(hours=1))), POSTGRES) == AT
    assert read(None, SQLITE) is None


def test_dates_are_dates() -> None:
    """ISO text in a GeoPackage, also where another program wrote a time behind it."""
    assert IsoDate().process_bind_param(date(2026, 2, 3), SQLITE) == "2026-02-03"
    assert IsoDate().process_result_value("2026-02-03T00:00:00Z", SQLITE) == date(2026, 2, 3)
    assert IsoDate().process_result_value(date(2026, 2, 3), POSTGRES) == date(2026, 2, 3)


def test_uuids_are_lower_case_text() -> None:
    """However they were written; what is no UUID is an error."""
    upper = "{0B0C1D2E-0000-4000-8000-00000000000A}"
    assert AssetUuid().process_bind_param(upper, SQLITE) == "0b0c1d2e-0000-4000-8000-00000000000a"
    with pytest.raises(ValueError, match="badly formed"):
        AssetUuid().process_bind_param("lamp 7", POSTGRES)


def test_json_is_compact_text_in_a_geopackage() -> None:
    """With letters as they are, so that QGIS shows them."""
    stored = Json().process_bind_param({"name": "Käfer", "n": 1}, SQLITE)
    assert stored == '{"name":"Käfer","n":1}'
    assert Json().process_result_value(stored, SQLITE) == {"name": "Käfer", "n": 1}
    assert Json().process_bind_param(None, SQLITE) is None
