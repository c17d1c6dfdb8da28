"""Schedules of the agreements in the register, kept while nothing they rest on changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.assets.queries import now_utc
from canopy.concessions.appraisal.inputs import Inputs, Stamp, read_inputs, stamp_of
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.telling import meter_sources, metering_told
from canopy.concessions.appraisal.value import metered_of
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.metering.stored import MeterReader
from canopy.concessions.register import queries, writing
from canopy.concessions.register.queries import Wanted
from canopy.concessions.register.writing import Held
from canopy.concessions.schedule.continuing import continued_schedule, counted_until, going_on
from canopy.concessions.schedule.figures import NO_METERS, Meters
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import AnyCharge, MeteredPower
from canopy.concessions.terms.registered import Registered
from canopy.errors import LimitExceeded, Refused

POUNDS = "GBP"
MOST_KEPT = 20_000
MOST_AGREEMENTS = 20_000
_Key = tuple[str, int, date | None, tuple[object, ...]]


class Schedules:
    """Schedules by reference and version, for one folder of inputs.

    A schedule takes milliseconds, a portfolio seconds; so what was computed is kept until the
    agreement, a series or the scenario changes. An agreement that continues after its term is
    counted on, see `counted_until`. May be used by several threads.
    """

    def __init__(
        self, folder: Path | None, meters: MeterReader | None = None, given: Inputs | None = None
    ) -> None:
        """meters: what reads the meters that terms name; without it all energy is expected.
        given: series and scenario instead of the folder's.
        """
        self._folder = folder if given is None else None
        self._meters = meters
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None if given is None else ()
        self._inputs = given or Inputs()
        self._kept: OrderedDict[_Key, tuple[tuple[Line, ...], str | None]] = OrderedDict()

    def inputs(self) -> Inputs:
        """Series and scenario as the folder has them now."""
        stamp = stamp_of(self._folder)
        with self._lock:
            if stamp != self._stamp:
                self._inputs = read_inputs(self._folder)
                self._kept.clear()
                self._stamp = stamp
            return self._inputs

    def of(self, found: Held) -> tuple[tuple[Line, ...], str | None]:
        """The lines of an agreement, or none and the reason."""
        self.inputs()  # forgets what rested on others
        until = _until(found.status)
        try:
            key = (found.agreement.ref, found.version, until, self._stamp_of(found.agreement))
        except Refused as refusal:
            return (), refusal.detail
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        told = self.preview(found.agreement, found.status)
        with self._lock:
            self._kept[key] = told
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return told

    def preview(self, agreement: Agreement, status: Status) -> tuple[tuple[Line, ...], str | None]:
        """As `of`, for terms that need not be in the register; nothing is kept."""
        try:
            lines = _lines(agreement, self.inputs(), _until(status), self.meters(agreement))
        except Refused as refusal:
            return (), refusal.detail
        return tuple(lines), None

    def meters(self, agreement: Agreement) -> Meters:
        """The energy of the meters whose stored readings the terms name; as `MeterReader`."""
        if self._meters is None:
            return NO_METERS
        told = ((each.meter, self._meters.energy(each)) for each in _metered(agreement))
        return {meter: energy for meter, energy in told if energy is not None}

    def metering(self, agreement: Agreement, status: Status) -> list[str]:
        """How much of an agreement's schedule rests on readings of meters, in sentences."""
        if not any(isinstance(each, MeteredPower) for each in _all_charges(agreement)):
            return []
        longer = going_on(agreement, _until(status) or agreement.term.end)
        meters = self.meters(agreement)
        told = metering_told(metered_of(longer, self.inputs().indices(longer), meters), meters)
        return [*told, *meter_sources(meters)]

    def _stamp_of(self, agreement: Agreement) -> tuple[object, ...]:
        if self._meters is None:
            return ()
        return tuple(self._meters.stamp(each) for each in _metered(agreement))

    def indices(self, found: Held) -> dict[IndexName, IndexSeries]:
        """The series that an agreement is computed by, as far as it is counted."""
        until = _until(found.status) or found.agreement.term.end
        return self.inputs().indices(going_on(found.agreement, until))

    def earners(self, rows: Sequence[Held]) -> list[Earner]:
        """Agreements with their schedules; those in other money than pounds have none."""
        return [
            Earner(Registered(each.agreement, each.status, each.status_on), *self._in_pounds(each))
            for each in rows
        ]

    def _in_pounds(self, found: Held) -> tuple[tuple[Line, ...], str | None]:
        currency = found.agreement.currency
        if currency != POUNDS:
            return (), f"its money is in {currency}, and sums are in {POUNDS}"
        return self.of(found)


def _until(status: Status) -> date | None:
    """How far an agreement is counted on after its term; None where it is not."""
    is_over = status is Status.continuing
    return counted_until(now_utc().date()) if is_over else None


def _metered(agreement: Agreement) -> list[MeteredPower]:
    """Charges and costs whose readings are stored."""
    return [
        each
        for each in _all_charges(agreement)
        if isinstance(each, MeteredPower) and each.datastream
    ]


def _all_charges(agreement: Agreement) -> tuple[AnyCharge, ...]:
    return (*agreement.charges, *agreement.costs)


def _lines(agreement: Agreement, inputs: Inputs, until: date | None, meters: Meters) -> list[Line]:
    if until is None:
        return schedule(agreement, inputs.indices(agreement), meters)
    indices = inputs.indices(going_on(agreement, until))
    return continued_schedule(agreement, indices, until, meters)


def counted(session: Session) -> list[Held]:
    """The agreements that a portfolio is made of: all but withdrawn ones.

    Raises LimitExceeded for more than are computed at a time.
    """
    wanted = Wanted(statuses=tuple(each for each in Status if each is not Status.withdrawn))
    rows = queries.listed(session, wanted, MOST_AGREEMENTS + 1)
    if len(rows) > MOST_AGREEMENTS:
        raise LimitExceeded(f"the register has more than {MOST_AGREEMENTS:,} agreements")
    return [writing.held(row) for row in rows]
