"""Assets and capacity that could earn and do not, over HTTP."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.deps import DatabaseOf, PolicyOf
from canopy.api.on_days import OnDay
from canopy.assets.offers.queries import offered_assets
from canopy.assets.offers.viewing import offer_view
from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.concessions.appraisal.benchmarks import benchmarks
from canopy.concessions.appraisal.voids import on_offer, voids
from canopy.concessions.appraisal.withholding import FEWEST
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted
from canopy.concessions.standing import LIVE

router = APIRouter()


class VoidOut(BaseModel):
    """Assets of a kind that are on offer: void, or let with room for another letting.

    The range is what one letting of each would bring in a year [p]; None where neither the
    register nor anything published says.
    """

    model_config = ConfigDict(from_attributes=True)

    asset_kind: str
    is_let: bool
    assets: int
    spare_mounts: int
    spare_duct_bores: int
    spare_fibres: int
    low_pence: int | None
    high_pence: int | None
    valued_by: str | None


class VoidsOut(BaseModel):
    """What could earn on a day and does not."""

    on: date
    voids: list[VoidOut]


@router.get("/voids")
def show_voids(
    database: DatabaseOf,
    principal: PlannerOf,
    schedules: SchedulesOf,
    policy: PolicyOf,
    on: OnDay = None,
) -> VoidsOut:
    """Assets and capacity that are on offer and let to nobody, by kind, with what they may bring.

    Rents that planners are not told value nothing for them.
    """
    day = on or now_utc().date()
    seen = offer_view(principal, policy).assets
    with database.reading() as session:
        held = counted(session)
        refs = (asset.ref for each in held for asset in each.agreement.assets)
        kinds = kinds_by_ref(session, refs)
        let = {asset.ref for each in held if each.status in LIVE for asset in each.agreement.assets}
        offered = on_offer(offered_assets(session, tuple(seen.kinds), seen.levels, day), let)
    found = benchmarks(schedules.earners(held), kinds, FinancialYear.of(day))
    fewest = 1 if sees_all(principal) else FEWEST
    told = voids(offered, found, fewest)
    return VoidsOut(on=day, voids=[VoidOut.model_validate(each) for each in told])
