"""What a valuation takes for granted and where its figures come from, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee
from canopy.concessions.valuation.discounting import Discount, Timing
from canopy.concessions.valuation.returns import COVER_WARNING

_WHEN: dict[Timing, str] = {
    "start": "on its first day",
    "middle": "in its middle",
    "end": "on its last day",
}


def assumptions(
    agreement: Agreement,
    lines: Sequence[Line],
    first_day: date,
    timing: Timing,
    prices: str | None,
) -> Iterator[str]:
    """Sentences for those who read the figures."""
    yield "Amounts are the council's cash without VAT, in the year that they fall due."
    yield (
        f"Years are counted from {first_day}; for present values each year's cash is taken to "
        f"fall {_WHEN[timing]}."
    )
    if prices is not None:
        yield prices
    if any(line.due < first_day for line in lines):
        yield f"What falls due before {first_day} counts in the first year."
    yield f"The term ends on {agreement.term.end}. Extensions and breaks are not used."
    assumed = sum(line.assumed for line in lines)
    if assumed:
        yield f"{assumed} of {len(lines)} lines rest on a scenario of prices, not published ones."
    if any(isinstance(each, Guarantee) for each in agreement.charges):
        yield (
            "Cover is the guaranteed minimum of a contract year over its costs of revenue, energy "
            f"included; it is flagged below {COVER_WARNING:g}."
        )
    if not agreement.costs:
        yield "The terms state no costs of the council, so value is that of income alone."


def sources(
    agreement: Agreement, indices: Mapping[IndexName, IndexSeries], rates: Sequence[Discount]
) -> Iterator[str]:
    """Where indexes, volumes and discount rates come from."""
    for name, series in sorted(indices.items()):
        yield f"{name}: {series.source}"
    for volume in agreement.volumes:
        if volume.of is None:
            yield f"volume {volume.name}: {volume.source or 'no source is stated'}"
    for discount in rates:
        yield f"discount rate: {discount.source}"
