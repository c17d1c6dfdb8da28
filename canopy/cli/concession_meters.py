"""Meters of an agreement, for commands: read from a file, or from what the catalogue stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import typer

from canopy.cli.context import database_for, settings_for
from canopy.errors import Refused

if TYPE_CHECKING:
    from canopy.concessions.schedule.figures import Meters
    from canopy.concessions.terms.agreement import Agreement


def read(
    agreement: Agreement,
    readings: Path | None,
    time_zone: str | None,
    *,
    stored: bool,
    db: str | None,
) -> Meters:
    """The energy of its meters; none where neither a file nor the catalogue is to be read."""
    if stored and readings is not None:
        raise typer.BadParameter("give either --stored-readings or --meter-readings")
    return _from_catalogue(agreement, db) if stored else _from_file(agreement, readings, time_zone)


def _from_file(agreement: Agreement, readings: Path | None, time_zone: str | None) -> Meters:
    from canopy.concessions.exchange.meter_readings import meters_of, read_meter_file

    if readings is None:
        return {}
    if time_zone is not None and time_zone not in available_timezones():
        raise typer.BadParameter(f"--meter-time-zone {time_zone!r}: write one as Europe/London")
    return meters_of(agreement, read_meter_file(readings, time_zone))


def _from_catalogue(agreement: Agreement, db: str | None) -> Meters:
    from canopy.concessions.register.valuing import Schedules
    from canopy.plan.metering.stored import opened_meters

    settings = settings_for(db)
    with (
        database_for(settings) as database,
        opened_meters(database, settings.db_lock_timeout_s) as meters,
    ):
        found = Schedules(None, meters).meters(agreement)
    if not found:
        raise Refused(f"{agreement.ref} has no metered-power charge that names a datastream")
    return found
