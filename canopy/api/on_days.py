"""The day that a question is about."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query

from canopy.concessions.fields import FIRST_DAY, LAST_DAY

OnDay = Annotated[
    date | None, Query(ge=FIRST_DAY, le=LAST_DAY, description="The day; today if not given")
]
