"""How unsure the money is: percentiles, probability of loss, and what matters most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.deps import DatabaseOf
from canopy.api.register.deps import BodyOf, KeeperOf, SeenAgreement
from canopy.api.register.documents import body_schema, read_in
from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.concessions.appraisal.breakdown import parts_of
from canopy.concessions.appraisal.hanging import has_guarantee, simplified
from canopy.concessions.appraisal.withholding import FEWEST, Withholding
from canopy.concessions.calendar.financial_years import FinancialYear, years_between
from canopy.concessions.calendar.months import add_months
from canopy.concessions.register.valuing import Schedules, counted
from canopy.concessions.register.writing import Held
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import LIVE
from canopy.concessions.terms.agreement import Agreement
from canopy.errors import LimitExceeded, NotAllowed, Refused

if TYPE_CHECKING:
    from canopy.concessions.appraisal.uncertainty import Planned

MOST_WORK = 500_000_000
"""Draws times agreements times years: about a second for each hundred million."""
SEED = 20260401
MOST_YEARS = 60

router = APIRouter()


class SimulationIn(BaseModel):
    """What is drawn; ranges as in a file of them, the usual ones where absent."""

    model_config = ConfigDict(extra="forbid")

    draws: Annotated[int, Field(ge=100, le=100_000)] = 10_000
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = SEED
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)] = 25
    from_day: date | None = None
    price_lag_months: Annotated[int, Field(ge=0, le=12)] = 2
    """Prices of a year are those of the index figure of so many months before it begins."""
    ranges: dict[str, Any] | None = None


class PercentilesOut(BaseModel):
    """P10, P50 and P90 [p, real]: one in ten is below P10."""

    p10_pence: int
    p50_pence: int
    p90_pence: int


class YearPercentiles(PercentilesOut):
    """Of one year from the first day on."""

    number: int
    first: date


class AgreementPercentiles(PercentilesOut):
    """Of an agreement's present value."""

    ref: str
    mean_pence: int
    probability_of_loss: float


class SwingOut(BaseModel):
    """Present value with one factor at its tenth and at its ninetieth percentile [p]."""

    factor: str
    low_pence: int
    high_pence: int


class ConvergenceOut(BaseModel):
    """The median after so many draws, and bounds that hold the true one in 95 of 100 runs [p]."""

    draws: int
    p50_pence: int
    low_pence: int
    high_pence: int


class SimulatedOut(BaseModel):
    """A simulation: real money in prices of the first year."""

    from_day: date
    draws: int
    seed: int
    npv: PercentilesOut
    base_npv_pence: int
    """With nothing drawn: neither the mean nor the median."""
    probability_of_loss: float
    years: list[YearPercentiles]
    agreements: list[AgreementPercentiles]
    tornado: list[SwingOut]
    convergence: list[ConvergenceOut]
    left_out: dict[str, str]
    """Agreements without a schedule, with the reason."""
    counted_by: str
    """By which day amounts count in years, in a sentence."""
    simplified: list[str]
    """Where guarantees are taken otherwise than the terms do; nothing is told to planners."""
    sources: list[str]


@router.get("/agreements/{ref:path}/tornado")
def agreement_tornado(
    found: SeenAgreement, principal: KeeperOf, schedules: SchedulesOf
) -> SimulatedOut:
    """An agreement simulated over the contract years that are left, by the usual ranges."""
    first = _year_of(found, now_utc().date())
    lines, _ = schedules.of(found)
    last = max([found.agreement.term.end, *(line.first for line in lines)])
    years = sum(add_months(first, 12 * at) <= last for at in range(MOST_YEARS))
    wanted = SimulationIn(from_day=first, years=max(years, 1))
    return _simulated([found], wanted, schedules, whole=True)


@router.post("/simulation", openapi_extra=body_schema(SimulationIn))
def simulate_portfolio(
    body: BodyOf, database: DatabaseOf, principal: PlannerOf, schedules: SchedulesOf
) -> SimulatedOut:
    """All live agreements, drawn together. Planners are told sums alone, by financial years, of
    the agreements of which the portfolio tells them; as many years from the first as it tells of,
    and by the usual ranges.
    """
    wanted = read_in(SimulationIn, body or b"{}")
    whole = sees_all(principal)
    with database.reading() as session:
        held = [each for each in counted(session) if each.status in LIVE]
        refs = (asset.ref for each in held for asset in each.agreement.assets)
        kinds = {} if whole else kinds_by_ref(session, refs)
    if whole:
        return _simulated(held, wanted, schedules, whole=True)
    if wanted.ranges is not None:
        raise NotAllowed("Planners simulate by the usual ranges: others would tell parts of sums.")
    earners = schedules.earners(held)
    year = FinancialYear.of(wanted.from_day or now_utc().date())
    shown = Withholding(earners, parts_of(earners, kinds)).shown(
        {each.agreement.ref: each.lines for each in earners},
        {
            each.agreement.ref: _within_term(each.agreement, year, wanted.years)
            for each in earners
            if has_guarantee(each.agreement)
        },
    )
    yearly = wanted.model_copy(update={"from_day": year.start})
    return _simulated(held, yearly, schedules, whole=False, shown=shown)


def _within_term(
    agreement: Agreement, first: FinancialYear, years: int
) -> frozenset[FinancialYear]:
    """The financial years, of so many from one on, that a term reaches into."""
    term = years_between(agreement.term.start, agreement.term.end)
    return frozenset(each for each in term if first.begins <= each.begins < first.begins + years)


def _year_of(found: Held, on: date) -> date:
    """The first day of the contract year that a day lies in, or of the first one.

    Years are counted on after the term, for an agreement that continues.
    """
    start = found.agreement.term.start
    number = max(0, on.year - start.year)
    first = add_months(start, 12 * number)
    return first if first <= on or number == 0 else add_months(start, 12 * (number - 1))


def _simulated(
    held: list[Held],
    wanted: SimulationIn,
    schedules: Schedules,
    *,
    whole: bool,
    shown: Mapping[str, tuple[Line, ...]] | None = None,
) -> SimulatedOut:
    """`shown`: the lines that count, by agreement; all of them where it is not given."""
    from canopy.concessions.appraisal.uncertainty import COUNTED_BY, Planned, portfolio_of
    from canopy.concessions.montecarlo.assumed import USUAL, assumed_of
    from canopy.concessions.montecarlo.sensitivity import convergence, tornado
    from canopy.concessions.montecarlo.simulation import simulated

    work = wanted.draws * len(held) * wanted.years
    if work > MOST_WORK:
        raise LimitExceeded(
            f"{wanted.draws:,} draws of {len(held):,} agreements over {wanted.years} years are "
            f"more than {MOST_WORK:,}: take fewer draws",
            limit=MOST_WORK,
        )
    inputs = schedules.inputs()
    ranges = USUAL if wanted.ranges is None else assumed_of(wanted.ranges)
    first_day = wanted.from_day or now_utc().date().replace(day=1)
    planned, left_out = [], {}
    for each in held:
        lines, reason = schedules.of(each)
        if reason is not None:
            left_out[each.agreement.ref] = reason
        elif shown is None or each.agreement.ref in shown:
            kept = lines if shown is None else shown[each.agreement.ref]
            planned.append(Planned(each.agreement, kept, schedules.indices(each)))
    if not planned and shown is not None:
        raise Refused(_TOO_FEW)
    if not planned:
        why = f"; {next(iter(left_out.values()))}" if left_out and whole else ""
        raise Refused(f"no agreement has a schedule to simulate{why}")
    years = wanted.years
    if not whole:
        years = _years_told(planned, first_day, wanted.years)
        if years == 0:
            raise Refused(_TOO_FEW)
    drawn = portfolio_of(
        planned, first_day, years, ranges, price_lag_months=wanted.price_lag_months
    )
    found = simulated(drawn, wanted.draws, wanted.seed)
    settled = convergence(found.npv)
    return SimulatedOut(
        from_day=first_day,
        draws=wanted.draws,
        seed=wanted.seed,
        npv=PercentilesOut(**_percentiles(found.percentiles)),
        base_npv_pence=_pence(found.base_npv),
        probability_of_loss=found.probability_of_loss,
        years=[
            YearPercentiles(
                number=at + 1, first=add_months(first_day, 12 * at), **_percentiles(row)
            )
            for at, row in enumerate(found.by_year)
        ],
        agreements=[
            AgreementPercentiles(
                ref=each.agreement.ref, mean_pence=_pence(mean), probability_of_loss=float(loss),
                **_percentiles(row),
            )
            for each, row, mean, loss in zip(
                planned, found.agreement_npv, found.agreement_mean, found.agreement_loss,
                strict=True,
            )
        ]
        if whole
        else [],
        tornado=[
            SwingOut(
                factor=_FACTOR_NAMES.get(swing.factor, swing.factor),
                low_pence=_pence(swing.low_gbp), high_pence=_pence(swing.high_gbp),
            )
            for swing in tornado(drawn)
        ],
        convergence=[
            ConvergenceOut(
                draws=int(count), p50_pence=_pence(row[1]), low_pence=_pence(low[1]),
                high_pence=_pence(high[1]),
            )
            for count, row, low, high in zip(
                settled.draws, settled.estimates, settled.low, settled.high, strict=True
            )
        ],
        left_out=left_out if whole else {},
        counted_by=COUNTED_BY,
        simplified=[told for each in planned for told in simplified(each.agreement)]
        if whole
        else [],
        sources=[*inputs.sources, *ranges.sources()],
    )  # fmt: skip


def _years_told(planned: Sequence[Planned], first_day: date, most: int) -> int:
    """How many years in a row, from the first, have money of agreements that are told of."""
    for year in range(most):
        begin, end = add_months(first_day, 12 * year), add_months(first_day, 12 * (year + 1))
        if not any(begin <= line.first < end for each in planned for line in each.lines):
            return year
    return most


_TOO_FEW = f"fewer than {FEWEST} agreements have money in the first year: it is not told"


_FACTOR_NAMES = {"fee": "price"}


def _percentiles(row: Any) -> dict[str, int]:
    low, middle, high = row
    return {"p10_pence": _pence(low), "p50_pence": _pence(middle), "p90_pence": _pence(high)}


def _pence(pounds: float) -> int:
    return round(100 * float(pounds))
