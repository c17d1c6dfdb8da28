"""The financial and the economic account of an agreement, over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from canopy.api.concessions.deps import SchedulesOf
from canopy.api.concessions.documents import ValueIn
from canopy.api.register.deps import BodyOf, KeeperOf, SeenAgreement
from canopy.api.register.documents import body_schema, read_in
from canopy.assets.queries import now_utc
from canopy.concessions.terms.agreement import Agreement

if TYPE_CHECKING:
    from canopy.concessions.appraisal.accounts.made import Accounts

Upfront = Literal["first-year", "at-start"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Words = Annotated[str, Field(max_length=200)]

router = APIRouter()


class AccountsIn(ValueIn):
    """Terms whose accounts are asked for, and on which basis."""

    rate: _Words | None = None
    """Instead of `real_rate_percent`: `green-book`, `green-book-sensitivity`, a percent, or bands
    as `3.5:30,3:75,2.5`."""
    upfront: Upfront = "first-year"
    """Whether one-off amounts that are due up to the first day are of the first year, or at its
    start and not discounted."""
    optimism: _Words | None = None
    """Added to capital in the economic account: a kind of project, or a percent."""


_Timing = Literal["start", "middle", "end"]
RateAsked = Annotated[str, Query(max_length=200)]
OptimismAsked = Annotated[str | None, Query(max_length=200)]


@router.post("/accounts", openapi_extra=body_schema(AccountsIn))
def accounts_of_terms(body: BodyOf, principal: KeeperOf, schedules: SchedulesOf) -> dict[str, Any]:
    """Both accounts of terms that need not be in the register: the document of the command
    `canopy concession accounts`.
    """
    wanted = read_in(AccountsIn, body)
    return _document(_made(wanted.agreement(), wanted, schedules))


@router.get("/agreements/{ref:path}/accounts")
def agreement_accounts(
    found: SeenAgreement,
    principal: KeeperOf,
    schedules: SchedulesOf,
    rate: RateAsked = "green-book",
    timing: _Timing = "middle",
    upfront: Upfront = "first-year",
    optimism: OptimismAsked = None,
) -> dict[str, Any]:
    """The council's cash by financial year, and society's benefits and costs: never summed."""
    wanted = AccountsIn(rate=rate, timing=timing, upfront=upfront, optimism=optimism)
    return _document(_made(found.agreement, wanted, schedules))


@router.get(
    "/agreements/{ref:path}/accounts.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
def accounts_workbook(
    found: SeenAgreement,
    principal: KeeperOf,
    schedules: SchedulesOf,
    rate: RateAsked = "green-book",
    timing: _Timing = "middle",
    upfront: Upfront = "first-year",
    optimism: OptimismAsked = None,
) -> Response:
    """Both accounts as a workbook, each on its own sheet."""
    from canopy.concessions.appraisal.accounts.book import write_accounts

    wanted = AccountsIn(rate=rate, timing=timing, upfront=upfront, optimism=optimism)
    accounts = _made(found.agreement, wanted, schedules)
    with tempfile.TemporaryDirectory(prefix="canopy-accounts-") as folder:
        path = Path(folder) / "accounts.xlsx"
        write_accounts(accounts, path, now_utc())
        content = path.read_bytes()
    return Response(
        content, media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="accounts.xlsx"'},
    )  # fmt: skip


def _made(agreement: Agreement, wanted: AccountsIn, schedules: SchedulesOf) -> Accounts:
    from canopy.concessions.appraisal.accounts.asked import (
        NO_OPTIMISM,
        Asked,
        optimism,
        real_rate,
    )
    from canopy.concessions.appraisal.accounts.made import accounts_of
    from canopy.concessions.appraisal.value import Basis
    from canopy.concessions.valuation.discounting import flat_nominal

    percent, nominal = wanted.real_rate_percent, wanted.nominal_rate_percent
    rate = wanted.rate or ("green-book" if percent is None else f"{percent:g}")
    basis = Basis(
        real_rate(rate),
        None if nominal is None else flat_nominal(nominal / 100, f"nominal, {nominal:g} %"),
        wanted.deflator, wanted.timing, wanted.from_day, wanted.last_day,
        wanted.price_lag_months,
    )  # fmt: skip
    allowance = NO_OPTIMISM if wanted.optimism is None else optimism(wanted.optimism)
    indices = schedules.inputs().indices(agreement, wanted.deflator)
    asked = Asked(basis, wanted.upfront, allowance)
    return accounts_of(agreement, indices, asked, schedules.meters(agreement))


def _document(found: Accounts) -> dict[str, Any]:
    from canopy.concessions.appraisal.accounts.documents import as_document

    return as_document(found)
