"""What sensing saved: a line per datastream and period, by a stated formula from sourced inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from canopy.errors import NotFound, Refused
from canopy.iot.privacy import why_not_billed
from canopy.iot.savings import queries
from canopy.iot.savings.tables import Saving
from canopy.iot.things.tables import Datastream

MAX_SOURCE = 500
_MOST = Decimal(10**9)


@dataclass(frozen=True, slots=True)
class Formula:
    """How pounds come of inputs; `words` is what is shown."""

    words: str
    inputs: tuple[str, ...]

    def result_gbp(self, values: Mapping[str, Decimal]) -> Decimal:
        """The saving [GBP], to the penny; below zero where sensing cost."""
        first, *rest = (values[name] for name in self.inputs)
        saved = first * rest[0] if len(rest) == 1 else (first - rest[0]) * rest[1]
        return saved.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


FORMULAS: Mapping[str, Formula] = {
    "visits-avoided": Formula(
        "visits_avoided × cost_per_visit_gbp", ("visits_avoided", "cost_per_visit_gbp")
    ),
    "energy": Formula(
        "(kwh_before − kwh_after) × price_gbp_per_kwh",
        ("kwh_before", "kwh_after", "price_gbp_per_kwh"),
    ),
}


@dataclass(frozen=True, slots=True)
class Input:
    """A number of a formula, and where it comes from."""

    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class SavingLine:
    """A saving as it is shown. Both days are in the period."""

    number: int
    datastream: int
    formula: str
    words: str
    inputs: Mapping[str, Input]
    first_on: date
    last_on: date
    result_gbp: Decimal


def input_of(name: str, value: object, source: object) -> Input:
    """An input of a formula. Raises Refused for one without a source."""
    if not isinstance(source, str) or not source.strip() or len(source) > MAX_SOURCE:
        raise Refused(
            f"{name}: say where it comes from, in 1 to {MAX_SOURCE} characters; a saving whose "
            "inputs have no source is not shown."
        )
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused(f"{name}: {str(value)[:40]!r} is no number.") from None
    if not number.is_finite() or not 0 <= number <= _MOST:
        raise Refused(f"{name} is from 0 to {_MOST:,}.")
    return Input(number, source.strip())


def add_saving(
    session: Session,
    datastream: int,
    formula: str,
    inputs: Mapping[str, Input],
    period: tuple[date, date],
    created_by: str,
    now: datetime,
) -> SavingLine:
    """Reckon and store a line. Raises NotFound, and Refused for what is missing or too much."""
    known = FORMULAS.get(formula)
    if known is None:
        raise Refused(f"formula: {formula[:40]!r} is none of {', '.join(FORMULAS)}.")
    if set(inputs) != set(known.inputs):
        raise Refused(f"{formula} takes {', '.join(known.inputs)}, each with its source.")
    first_on, last_on = period
    if first_on > last_on or last_on > now.date():
        raise Refused("The period ends on or after the day it begins, and not in the future.")
    found = session.get(Datastream, datastream)
    if found is None:
        raise NotFound(f"There is no datastream {datastream}.")
    reason = why_not_billed(found.data_class)
    if reason is not None:
        raise Refused(f"datastream: {datastream} {reason}. Reckon savings by another.")
    for each in queries.of_stream(session, datastream, formula):
        if each.first_on <= last_on and each.last_on >= first_on:
            raise Refused(
                f"Saving {each.id} is the same formula for {each.first_on} to {each.last_on}: "
                "one day would count twice. Withdraw it first."
            )
    result = known.result_gbp({name: each.value for name, each in inputs.items()})
    saving = Saving(
        datastream_id=datastream, formula=formula, first_on=first_on, last_on=last_on,
        inputs={
            name: {"value": str(each.value), "source": each.source}
            for name, each in inputs.items()
        },
        result_pence=int(result.scaleb(2)), created_by=created_by, created_at=now,
    )  # fmt: skip
    queries.add(session, saving)
    return _line(saving, inputs)


def savings(session: Session, after: int, limit: int) -> tuple[Sequence[SavingLine], int | None]:
    """Lines by number, from after a number on, and where the next page begins.

    Those alone whose every input has a source, and whose datastream may have a price.
    """
    rows = queries.after(session, after, limit + 1)
    found = []
    for each in rows[:limit]:
        inputs = _sourced(each.inputs)
        stream = session.get(Datastream, each.datastream_id)
        if stream is None or why_not_billed(stream.data_class) is not None:
            continue
        if inputs is not None and each.formula in FORMULAS:
            found.append(_line(each, inputs))
    return found, rows[limit - 1].id if len(rows) > limit else None


def withdraw_saving(session: Session, number: int, now: datetime) -> None:
    """Take a line back; it stays stored and counts no more. Raises NotFound."""
    saving = session.get(Saving, number)
    if saving is None or saving.withdrawn_at is not None:
        raise NotFound(f"There is no saving {number}.")
    saving.withdrawn_at = now
    session.flush()


def _sourced(stored: Any) -> dict[str, Input] | None:
    try:
        return {
            name: input_of(name, each.get("value"), each.get("source"))
            for name, each in stored.items()
        }
    except (Refused, AttributeError):
        return None  # another program wrote it


def _line(saving: Saving, inputs: Mapping[str, Input]) -> SavingLine:
    return SavingLine(
        saving.id, saving.datastream_id, saving.formula, FORMULAS[saving.formula].words, inputs,
        saving.first_on, saving.last_on, Decimal(saving.result_pence).scaleb(-2),
    )  # fmt: skip
