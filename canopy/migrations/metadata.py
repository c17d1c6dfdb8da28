"""All mapped classes together, so that Alembic sees every table."""

from __future__ import annotations

from sqlalchemy import MetaData

import canopy.access.tables
import canopy.assets.offers.tables
import canopy.assets.tables
import canopy.concessions.register.records.tables
import canopy.concessions.register.tables
import canopy.concessions.register.told.tables
import canopy.iot.lighting.tables
import canopy.iot.products.tables
import canopy.iot.rules.tables
import canopy.iot.savings.tables
import canopy.iot.things.tables
import canopy.jobs.tables
import canopy.plan.coverage.tables
import canopy.plan.scenarios.tables  # noqa: F401  (imported for the tables it declares)
from canopy.db.base import Base

metadata: MetaData = Base.metadata
