"""Index figures, the changes of years, and the reviews that they make: three sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from math import prod

from canopy.concessions.appraisal.book.live import Live
from canopy.concessions.appraisal.book.table import Cell, Formula, Kind, Table
from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import month_of
from canopy.concessions.indexation.factors import FACTOR_PLACES, Indices, base_month
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.series import IndexName, IndexSeries, Reading

MOST_INDEXES = 3
Known = tuple[str, float]
"""A cell, or a number, and what it is."""
NOTHING_BEFORE: Known = ("1", 1.0)
FIGURES: Sequence[tuple[str, Kind]] = (
    ("index", "text"), ("series", "text"), ("base", "text"), ("month", "day"),
    ("figure", "plain"), ("published or scenario", "text"), ("source", "text"),
)  # fmt: skip
CHANGES: Sequence[tuple[str, Kind]] = (
    ("rule", "text"), ("year of the rule", "plain"), ("up to", "day"), ("index 1", "text"),
    ("change 1", "part"), ("index 2", "text"), ("change 2", "part"), ("index 3", "text"),
    ("change 3", "part"), ("chosen", "part"), ("collar", "part"), ("cap", "part"),
    ("change that counts", "part"),
)  # fmt: skip
REVIEWS: Sequence[tuple[str, Kind]] = (
    ("rule", "text"), ("from", "day"), ("years", "plain"), ("method", "text"),
    ("base month", "day"), ("compared month", "day"), ("publication lag, months", "plain"),
    ("all years together", "part"), ("least", "part"), ("most", "part"),
    ("upward only", "text"), ("factor of review", "part"), ("before rounding", "part"),
    ("factor", "part"),
)  # fmt: skip


def figures_sheet(table: Table, live: Live, indices: Indices, prices: Iterable[Reading]) -> None:
    """Every figure that a rule or the level of prices looks at, once."""
    found: dict[tuple[IndexName, date], IndexSeries] = {}
    names = {series.series_id: name for name, series in indices.items()}
    readings = [*prices, *_readings_of_rules(live, indices)]
    for each in sorted(readings, key=lambda one: (names[one.series_id], one.month)):
        found.setdefault((names[each.series_id], each.month), indices[names[each.series_id]])
    for (name, month), series in found.items():
        reading = series.at(month)
        row = table.add(
            name, series.series_id, series.base or "12-month rate, %", month, reading.value,
            "published" if reading.scenario is None else f"scenario {reading.scenario}",
            series.source,
        )  # fmt: skip
        live.readings[series.series_id, month] = table.ref("figure", row)


def change_formula(live: Live, series: IndexSeries, month: date) -> Formula:
    """The change over the 12 months that end in a month."""
    now = series.at(month).value
    cell = live.readings[series.series_id, month]
    if series.measure == "annual-rate":
        return Formula(f"={cell}/100", float(now) / 100)
    before = add_months(month, -12)
    then = series.at(before).value
    return Formula(f"={cell}/{live.readings[series.series_id, before]}-1", float(now / then - 1))


def months_of_change(series: IndexSeries, month: date) -> list[Reading]:
    """The readings that `change_formula` looks at."""
    if series.measure == "annual-rate":
        return [series.at(month)]
    return [series.at(add_months(month, -12)), series.at(month)]


def rules_sheets(changes: Table, reviews: Table, live: Live, indices: Indices) -> None:
    """The changes of each year of a rule, and its reviews, up to the end of the term."""
    for rule in live.figures.agreement.index_rules:
        _rule(changes, reviews, live, indices, rule)


def _readings_of_rules(live: Live, indices: Indices) -> Iterator[Reading]:
    for rule in live.figures.agreement.index_rules:
        for number, _ in _years(rule, live):
            for name in rule.follows:
                yield from months_of_change(indices[name], _month(rule, live, number))


def _counted_from(rule: IndexRule, live: Live) -> date:
    return rule.reviews_from or live.figures.agreement.term.start


def _month(rule: IndexRule, live: Live, year: int) -> date:
    return add_months(base_month(rule, _counted_from(rule, live)), 12 * year)


def _years(rule: IndexRule, live: Live) -> Iterator[tuple[int, date]]:
    """Years of a rule that a review up to the end of the term looks at, each with its last day."""
    start, every = _counted_from(rule, live), rule.review_every_years
    at = 1
    while add_months(start, 12 * -(-at // every) * every) <= live.figures.agreement.term.end:
        yield at, add_months(start, 12 * at)
        at += 1


def _rule(changes: Table, reviews: Table, live: Live, indices: Indices, rule: IndexRule) -> None:
    start, every = _counted_from(rule, live), rule.review_every_years
    years = [_year(changes, live, indices, rule, *each) for each in _years(rule, live)]
    live.factors[rule.name] = []
    before = NOTHING_BEFORE
    for at in range(every, len(years) + 1, every):
        day = add_months(start, 12 * at)
        before = _review(reviews, live, rule, years[at - every : at], at, day, before)


def _year(
    changes: Table, live: Live, indices: Indices, rule: IndexRule, number: int, day: date
) -> list[Known]:
    """Adds a year; what reviews take of it: the change of each index, or the one that counts."""
    found: list[Cell] = []
    values: list[float] = []
    for name in rule.follows:
        formula = change_formula(live, indices[name], _month(rule, live, number))
        found += [name, formula]
        values.append(formula.value)
    if rule.rate is not None:
        found, values = ["fixed", rule.rate], [float(rule.rate)]
    row = changes.next_row
    letters = "EGI"[: len(values)]
    found += [None] * (2 * MOST_INDEXES - len(found))
    if rule.method != "annual":
        changes.add(rule.name, number, day, *found, None, rule.collar, rule.cap)
        return [(changes.ref(f"change {at + 1}", row), each) for at, each in enumerate(values)]
    chosen = _chosen(rule, [f"{letter}{row}" for letter in letters], values)
    counted = _bounded(
        f"J{row}", chosen.value,
        None if rule.collar is None else (f"K{row}", float(rule.collar)),
        None if rule.cap is None else (f"L{row}", float(rule.cap)),
    )  # fmt: skip
    changes.add(rule.name, number, day, *found, chosen, rule.collar, rule.cap, counted)
    return [(changes.ref("change that counts", row), counted.value)]


def _chosen(rule: IndexRule, cells: Sequence[str], values: Sequence[float]) -> Formula:
    if len(cells) == 1:
        return Formula(f"={cells[0]}", values[0])
    least = rule.index == "lower-of"
    return Formula(
        f"={'MIN' if least else 'MAX'}({','.join(cells)})", min(values) if least else max(values)
    )


def _bounded(
    cell: str, value: float, least: tuple[str, float] | None, most: tuple[str, float] | None
) -> Formula:
    """A value between two others, of which either may be missing."""
    text = cell
    if most is not None:
        text, value = f"MIN({most[0]},{text})", min(most[1], value)
    if least is not None:
        text, value = f"MAX({least[0]},{text})", max(least[1], value)
    return Formula(f"={text}", value)


def _review(
    reviews: Table,
    live: Live,
    rule: IndexRule,
    years: Sequence[Sequence[Known]],
    at: int,
    day: date,
    before: Known,
) -> Known:
    """Adds a review; what it and those before it compound to, not rounded."""
    row = reviews.next_row
    together = _together(rule, years)
    least, most = (_bound(rule, each, len(years)) for each in (rule.collar, rule.cap))
    factor = _bounded(
        f"H{row}", together.value,
        None if least is None else (f"I{row}", least.value),
        None if most is None else (f"J{row}", most.value),
    )  # fmt: skip
    if rule.upward_only:
        factor = Formula(f"=MAX(1,{factor.text[1:]})", max(1.0, factor.value))
    cumulative = factor.value * before[1]
    follows = rule.rate is None
    reviews.add(
        rule.name, day, len(years), rule.method,
        _month(rule, live, at - len(years)) if follows else None,
        _month(rule, live, at) if follows else None, _lag(rule, live),
        together, least, most, "yes" if rule.upward_only else "no", factor,
        Formula(f"=L{row}*{before[0]}", cumulative),
        Formula(f"=ROUND(M{row},{FACTOR_PLACES})", round(cumulative, FACTOR_PLACES)),
    )  # fmt: skip
    live.factors[rule.name].append((day, reviews.ref("factor", row)))
    return reviews.ref("before rounding", row), cumulative


def _together(rule: IndexRule, years: Sequence[Sequence[Known]]) -> Formula:
    """Of the chosen index, all years' growth."""
    grown = [
        Formula(
            "*".join(f"(1+{year[which][0]})" for year in years),
            prod(1 + year[which][1] for year in years),
        )
        for which in range(len(years[0]))
    ]
    if len(grown) == 1:
        return Formula(f"={grown[0].text}", grown[0].value)
    return _chosen(rule, [each.text for each in grown], [each.value for each in grown])


def _bound(rule: IndexRule, yearly: Decimal | None, years: int) -> Formula | None:
    """Of all years together; the method `annual` bounds each year instead."""
    if yearly is None or rule.method == "annual":
        return None
    if rule.method == "simple":
        return Formula(f"=1+{years}*{yearly}", 1 + years * float(yearly))
    return Formula(f"=(1+{yearly})^{years}", (1 + float(yearly)) ** years)


def _lag(rule: IndexRule, live: Live) -> int | None:
    """Months from that of a review back to the figure that it looks at."""
    if rule.rate is not None:
        return None
    month = month_of(_counted_from(rule, live))
    base = base_month(rule, month)
    return (month.year - base.year) * 12 + month.month - base.month
