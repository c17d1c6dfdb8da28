"""Savings from sensing over HTTP, for those who keep the register of Things."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from canopy.api.deps import DatabaseOf
from canopy.api.iot.deps import MOST, KeeperOf
from canopy.assets.queries import now_utc
from canopy.iot.savings import recording
from canopy.iot.savings.recording import SavingLine

router = APIRouter(prefix="/iot/savings", tags=["savings"])


class InputIn(BaseModel):
    """A number of a formula, and where it comes from."""

    model_config = ConfigDict(extra="forbid")

    value: Decimal
    source: str


class SavingIn(BaseModel):
    """A saving; docs/how-to/data-products.md has the formulas. Both days are in the period."""

    model_config = ConfigDict(extra="forbid")

    datastream: Annotated[int, Field(ge=1, le=2**31 - 1)]
    formula: str
    inputs: Annotated[dict[str, InputIn], Field(max_length=10)]
    first_on: date
    last_on: date


class InputOut(BaseModel):
    """A number of a formula, exact, and where it comes from."""

    value: str
    source: str


class SavingOut(BaseModel):
    """A saving with all that it rests on [GBP, exact]."""

    number: int
    datastream: int
    formula: str
    reckoned_as: str
    inputs: dict[str, InputOut]
    first_on: date
    last_on: date
    result_gbp: str


class SavingsOut(BaseModel):
    """A page of savings; `next` is the `after` of the next one."""

    savings: list[SavingOut]
    next: int | None


@router.get("")
def list_savings(
    database: DatabaseOf, _: KeeperOf, after: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> SavingsOut:
    """What sensing saved: those lines alone whose every input has a source."""
    with database.reading() as session:
        found, last = recording.savings(session, after, MOST)
    return SavingsOut(savings=[_shown(each) for each in found], next=last)


@router.post("")
def add_saving(database: DatabaseOf, principal: KeeperOf, body: SavingIn) -> SavingOut:
    """Reckon and store a saving of a datastream in a period."""
    inputs = {
        name: recording.input_of(name, each.value, each.source)
        for name, each in body.inputs.items()
    }
    with database.writing() as session:
        made = recording.add_saving(
            session, body.datastream, body.formula, inputs, (body.first_on, body.last_on),
            principal.name, now_utc(),
        )  # fmt: skip
        return _shown(made)


@router.post("/{number}/withdraw")
def withdraw_saving(
    database: DatabaseOf, _: KeeperOf, number: Annotated[int, Path(ge=1, le=2**53)]
) -> dict[str, int]:
    """Take a saving back: it counts no more."""
    with database.writing() as session:
        recording.withdraw_saving(session, number, now_utc())
    return {"number": number}


def _shown(line: SavingLine) -> SavingOut:
    return SavingOut(
        number=line.number, datastream=line.datastream, formula=line.formula,
        reckoned_as=line.words, first_on=line.first_on, last_on=line.last_on,
        result_gbp=str(line.result_gbp),
        inputs={
            name: InputOut(value=str(each.value), source=each.source)
            for name, each in line.inputs.items()
        },
    )  # fmt: skip
