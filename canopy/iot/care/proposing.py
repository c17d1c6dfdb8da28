"""Condition grades that tilt and vibration of lampposts suggest, looked for day by day."""

from __future__ import annotations

from datetime import datetime

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.iot.care import queries as care
from canopy.iot.lighting.condition import propose
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow

KIND = "condition-proposed"


def propose_grades(
    database: Database, readings: Readings, principal: Principal, now: datetime
) -> int:
    """Propose what the last week's readings suggest, and tell people; how many are new.

    Nothing changes in the catalogue until an officer decides. Raises StorageUnavailable, and
    Refused where there are more readings than can be looked at.
    """
    proposed = propose(database, readings, principal, now).proposed
    if proposed:
        detail = (
            f"{proposed:,} condition grades are proposed from tilt and vibration; "
            "`canopy iot lighting proposals` lists them"
        )
        with readings.writing() as session:
            care.tell(session, [HappeningRow(KIND, "lampposts", detail, proposed)], now)
    return proposed
