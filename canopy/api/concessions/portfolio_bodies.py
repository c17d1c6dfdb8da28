"""What is told of all agreements, as it goes out."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class PortfolioYear(BaseModel):
    """What falls due in a financial year; revenue and capital apart."""

    year: str
    income_pence: int | None
    cost_pence: int | None
    capital_income_pence: int | None
    capital_cost_pence: int | None
    """Each None where nothing of it may be told, or none that has a schedule is in it."""
    uncounted: int
    """Live agreements of the year that are in no sum, since they have no schedule."""
    paying: int
    """How many agreements anything falls due of; to planners, revenue income."""
    told: int
    """Of how many of them the income is."""
    is_part: bool
    """Whether one of the sums leaves agreements out."""


class GroupYear(BaseModel):
    """Revenue income of a financial year; None where nothing of it may be told or is known."""

    year: str
    income_pence: int | None
    is_part: bool
    """Whether agreements that pay are left out."""


class GroupYears(BaseModel):
    """Revenue income of each financial year that is told of."""

    name: str
    agreements: int
    uncounted: int
    """Of the agreements, those in no sum, since they have no schedule."""
    years: list[GroupYear]


class GroupOut(BaseModel):
    """Revenue income of the financial year of `on`; None where nothing of it may be told or is
    known."""

    name: str
    agreements: int
    uncounted: int
    """Of the agreements, those in no sum, since they have no schedule."""
    income_pence: int | None
    is_part: bool
    """Whether agreements that pay are left out."""


class ExpiringOut(BaseModel):
    """Terms that end, or may be ended, in a financial year; income is that of the year of `on`."""

    year: str
    count: int
    refs: list[str]
    uncounted: int
    """Of them, those in no sum, since they have no schedule."""
    income_pence: int | None
    is_part: bool
    """Whether agreements that pay are left out."""


class PortfolioOut(BaseModel):
    """The live agreements on a day."""

    on: date
    year: str
    statuses: dict[str, int]
    income_pence: int | None
    years: list[PortfolioYear]
    kinds: list[GroupOut]
    operators: list[GroupOut]
    asset_kinds: list[GroupYears]
    """An agreement's income is shared over its assets."""
    operators_by_year: list[GroupYears]
    expiring: list[ExpiringOut]
    breaking: list[ExpiringOut]
    """By the first year in which another party than the council may end them early."""
    uncounted: int
    """Live agreements that have no schedule: they are in no sum."""
    without_schedule: dict[str, str]
    sources: list[str]
