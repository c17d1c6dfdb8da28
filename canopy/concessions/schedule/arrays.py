"""Schedules of many agreements at once, in arrays of whole pence.

They equal `reference.schedule` line by line. What is settled once, or once a contract year, is
the same code in both; what recurs is computed here by other arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.calendar.working_days import rolled_ordinals
from canopy.concessions.indexation.factors import Indices
from canopy.concessions.schedule.columns import NATIONS, ROLLS, Columns, columns_of
from canopy.concessions.schedule.figures import NO_METERS, Figures, Meters
from canopy.concessions.schedule.kernel import count_lines, fill_lines
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.settled import settled_lines
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Recurring
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class ScheduleArrays:
    """Lines of recurring charges, agreement by agreement and charge by charge.

    Attributes:
        agreement, charge: positions in the lists of agreements and of their charges or costs.
        first, last, due: days, as ordinals of `date`.
        net_pence, vat_pence: [p].
    """

    agreement: NDArray[np.int32]
    charge: NDArray[np.int32]
    is_cost: NDArray[np.bool_]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    due: NDArray[np.int32]
    net_pence: NDArray[np.int64]
    vat_pence: NDArray[np.int64]
    assumed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.net_pence)


def schedule_arrays(
    agreements: Sequence[Agreement], indices: Indices, meters: Meters = NO_METERS
) -> tuple[ScheduleArrays, list[Line]]:
    """Lines of recurring charges as arrays, and those that are settled once or yearly.

    Agreements are taken as `terms.checking.checked` left them. Raises Refused where they are in
    more than one currency, and as `reference.schedule` does for indices; LimitExceeded for a
    yearly amount beyond `columns.MAX_YEAR_PENCE`.
    """
    currencies = sorted({each.currency for each in agreements})
    if len(currencies) > 1:
        raise Refused(f"agreements in {' and '.join(currencies)} are not summed in one schedule")
    recurring = expanded(columns_of(agreements, indices))
    settled = [
        line
        for agreement in agreements
        if not all(isinstance(each, Recurring) for each in (*agreement.charges, *agreement.costs))
        for line in settled_lines(Figures(agreement, indices, meters))
    ]
    return recurring, settled


def expanded(columns: Columns) -> ScheduleArrays:
    """Every instalment of the charges."""
    anchors = np.array(
        [(day.year, day.month, day.day) for day in map(date.fromordinal, columns.anchor.tolist())],
        np.int64,
    ).reshape(len(columns.anchor), 3)
    counts = np.zeros(len(columns.first), np.int64)
    where = (columns.first, columns.last, anchors, columns.months, columns.number)
    count_lines(*where, counts)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    size = int(offsets[-1])
    row, first, last = (np.empty(size, np.int32) for _ in range(3))
    net, vat = (np.empty(size, np.int64) for _ in range(2))
    fill_lines(
        *where, columns.proration, columns.vat_percent, columns.begins, columns.changes,
        columns.amounts, offsets, row, first, last, net, vat,
    )  # fmt: skip
    if (row < 0).any():
        kept = row >= 0
        row, first, last = row[kept], first[kept], last[kept]
        net, vat = net[kept], vat[kept]
    due = np.where(columns.in_advance[row], first, last) + columns.due_days[row].astype(np.int32)
    _roll(due, columns.roll[row], columns.nation[row])
    return ScheduleArrays(
        columns.agreement[row], columns.charge[row], columns.is_cost[row], first, last, due, net,
        vat, last >= columns.assumed_from[row],
    )  # fmt: skip


def _roll(due: NDArray[np.int32], roll: NDArray[np.int64], nation: NDArray[np.int64]) -> None:
    """Moves due days that are no working days, where payment says so."""
    for each in np.unique(roll):
        if ROLLS[each] != "as-is":
            for where in np.unique(nation[roll == each]):
                moved = (roll == each) & (nation == where)
                due[moved] = rolled_ordinals(due[moved], ROLLS[each], NATIONS[where])


def lines_of(
    arrays: ScheduleArrays, settled: Sequence[Line], agreements: Sequence[Agreement]
) -> list[Line]:
    """Arrays and settled lines as records, in the order of `reference.schedule`."""
    lines = list(settled)
    for at in range(len(arrays)):
        agreement = agreements[arrays.agreement[at]]
        is_cost = bool(arrays.is_cost[at])
        charge = (agreement.costs if is_cost else agreement.charges)[arrays.charge[at]]
        lines.append(
            Line(
                agreement=agreement.ref,
                charge=charge.name,
                side="cost" if is_cost else "income",
                what="charge",
                account="revenue",
                first=date.fromordinal(int(arrays.first[at])),
                last=date.fromordinal(int(arrays.last[at])),
                due=date.fromordinal(int(arrays.due[at])),
                net_pence=int(arrays.net_pence[at]),
                vat_pence=int(arrays.vat_pence[at]),
                scenario=bool(arrays.assumed[at]),
            )
        )
    return sorted(lines, key=lambda line: (line.due, line.charge, line.first, line.what))
