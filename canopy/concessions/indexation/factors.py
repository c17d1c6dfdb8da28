"""The factors that a rule gives over a term, with the figures they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import month_of
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.series import IndexName, IndexSeries, Reading
from canopy.concessions.rounding import EXACT
from canopy.errors import Refused

FACTOR_PLACES = 12
"""Factors are stated to twelve decimals, half up; what compounds is not rounded."""
_STATED = Decimal(1).scaleb(-FACTOR_PLACES)
_ONE = Decimal(1)

Indices = Mapping[IndexName, IndexSeries]


@dataclass(frozen=True, slots=True)
class FactorStep:
    """What base amounts are multiplied by from a day on, until the next step.

    Attributes:
        readings: the figures that this review looked at; none for the first step and for a
            fixed rate.
    """

    from_day: date
    factor: Decimal
    readings: tuple[Reading, ...]

    @property
    def rests_on(self) -> frozenset[str]:
        """Names of the scenarios among its readings."""
        return frozenset(each.scenario for each in self.readings if each.scenario is not None)


def factor_path(rule: IndexRule, start: date, end: date, indices: Indices) -> list[FactorStep]:
    """The factors from `start` to `end`, one step for each review, oldest first.

    The first step is the factor at `start`: 1, or that of reviews before it where the rule
    counts from an earlier day. Raises Refused where a series is missing or does not reach.
    """
    counted_from = rule.reviews_from or start
    if counted_from > start:
        steps = [FactorStep(start, _ONE, ())]
    else:
        steps = [FactorStep(counted_from, _ONE, ())]
    cumulative = _ONE
    years = rule.review_every_years
    at = years
    while (day := add_months(counted_from, 12 * at)) <= end:
        changes, readings = _changes(rule, counted_from, range(at - years + 1, at + 1), indices)
        review = _review(rule, changes)
        if rule.upward_only:
            review = max(review, _ONE)
        cumulative = EXACT.multiply(cumulative, review)
        steps.append(FactorStep(day, stated(cumulative), readings))
        at += years
    while len(steps) > 1 and steps[1].from_day <= start:
        steps.pop(0)
    return steps


def stated(factor: Decimal) -> Decimal:
    """To the decimals that factors are stated to."""
    return factor.quantize(_STATED, context=EXACT)


def factor_at(steps: Sequence[FactorStep], day: date) -> Decimal:
    """The factor in force on a day; 1 before the first step."""
    in_force = _ONE
    for step in steps:
        if step.from_day > day:
            break
        in_force = step.factor
    return in_force


def _review(rule: IndexRule, by_index: list[list[Decimal]]) -> Decimal:
    """The factor of one review from each index's yearly changes."""
    if rule.method == "annual":
        yearly = [_chosen(rule, same_year) for same_year in zip(*by_index, strict=True)]
        return _product([_clamped(each, rule.collar, rule.cap) for each in yearly])
    grown = _chosen(rule, [_product(changes) for changes in by_index])
    years = len(by_index[0])
    return _clamped(grown, _bound(rule, rule.collar, years), _bound(rule, rule.cap, years))


def _bound(rule: IndexRule, yearly: Decimal | None, years: int) -> Decimal | None:
    if yearly is None:
        return None
    if rule.method == "simple":
        return _ONE + EXACT.multiply(Decimal(years), yearly)
    return EXACT.power(_ONE + yearly, Decimal(years))


def _chosen(rule: IndexRule, values: Sequence[Decimal]) -> Decimal:
    return min(values) if rule.index == "lower-of" else max(values)


def _clamped(value: Decimal, lowest: Decimal | None, highest: Decimal | None) -> Decimal:
    if lowest is not None and value < lowest:
        return lowest
    if highest is not None and value > highest:
        return highest
    return value


def _product(changes: Sequence[Decimal]) -> Decimal:
    grown = _ONE
    for change in changes:
        grown = EXACT.multiply(grown, _ONE + change)
    return grown


def _changes(
    rule: IndexRule, counted_from: date, years: range, indices: Indices
) -> tuple[list[list[Decimal]], tuple[Reading, ...]]:
    """The changes in `years` (1 is the first) of each index, and the figures looked at."""
    if rule.rate is not None:
        return [[rule.rate] * len(years)], ()
    found, looked_at = [], []
    for name in rule.follows:
        if name not in indices:
            raise Refused(f"the rule {rule.name} follows {name}, of which no series was given")
        series = indices[name]
        before = series.measure == "index"
        ends = range(years.start - before, years.stop)
        base = base_month(rule, counted_from)
        readings = [series.at(add_months(base, 12 * at)) for at in ends]
        if before:
            found.append(
                [EXACT.divide(now.value, then.value) - _ONE for then, now in pairwise(readings)]
            )
        else:
            found.append([EXACT.divide(each.value, Decimal(100)) for each in readings])
        looked_at += readings
    return found, tuple(looked_at)


def base_month(rule: IndexRule, counted_from: date) -> date:
    """Of the figure that the first review is compared with."""
    if rule.base_month is not None:
        return rule.base_month
    return add_months(month_of(counted_from), -(rule.lag_months or 0))
