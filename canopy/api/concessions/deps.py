"""What routes of concessions are given: schedules, and who may read which money.

Estates and admin read all; an operator the schedule of its own agreements; a planner sums of
the portfolio and bands of assets' income, where enough agreements are in them.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from canopy.access.rules import Principal, Role
from canopy.api.deps import principal_of
from canopy.concessions.register.valuing import Schedules
from canopy.errors import NotAllowed


def schedules_of(request: Request) -> Schedules:
    """The schedules that the service keeps."""
    kept: Schedules = request.app.state.schedules
    return kept


def planner_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may see the portfolio. Raises NotAllowed."""
    if not principal.role.reaches(Role.planner):
        raise NotAllowed("The portfolio needs a token with the role planner, estates or admin.")
    return principal


SchedulesOf = Annotated[Schedules, Depends(schedules_of)]
PlannerOf = Annotated[Principal, Depends(planner_of)]


def sees_all(principal: Principal) -> bool:
    """Whether single agreements and small sums are told."""
    return principal.role.reaches(Role.estates)
