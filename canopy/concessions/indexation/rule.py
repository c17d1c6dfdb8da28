"""What an agreement says about indexation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.fields import CLOSED, Change, Day, Month, Name, Years
from canopy.concessions.indexation.series import IndexName
from canopy.errors import BadTerms

Method = Literal["annual", "at-review", "simple"]
_PAIRED = ("higher-of", "lower-of")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRule:
    """One rule, which charges name.

    Attributes:
        name: by which charges and volumes name it.
        index: what is followed; `higher-of` and `lower-of` compare those in `of`.
        of: two or more indexes, of which the higher or the lower change counts.
        method: how bounds act. `annual` bounds each year's change and compounds them.
            `at-review` compounds all years since the last review and bounds the result by the
            compounded bounds. `simple` bounds it by 1 + years x bound. The three differ, and the
            agreement decides.
        rate: of `fixed`, each year.
        base_month: of the index figure that the first review is compared with; reviews use the
            same month of later years. Or `lag_months` says it. One of the two is needed to follow
            a published index.
        lag_months: how long before the day reviews are counted from the base month lies.
        reviews_from: the day years are counted from; the start of the term if not given.
        review_every_years: the charge changes each so many years.
        collar: the least change a year: 0.01 is 1 %.
        cap: the greatest change a year.
        upward_only: a review never lowers a charge.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    index: Literal["cpi", "cpih", "rpi", "fixed", "higher-of", "lower-of"]
    method: Method
    of: tuple[IndexName, ...] = ()
    rate: Change | None = None
    base_month: Month | None = None
    lag_months: Annotated[int, Field(ge=0, le=36)] | None = None
    reviews_from: Day | None = None
    review_every_years: Years = 1
    collar: Change | None = None
    cap: Change | None = None
    upward_only: bool = False

    def __post_init__(self) -> None:
        if (self.index == "fixed") != (self.rate is not None):
            raise BadTerms("rate is given with the index fixed, and with no other", field="rate")
        paired = self.index in _PAIRED
        if paired != bool(self.of) or (paired and len(set(self.of)) < 2):
            raise BadTerms(
                "of names two or more indexes for higher-of or lower-of, and none otherwise",
                field="of",
            )
        if self.index != "fixed" and (self.base_month is None) == (self.lag_months is None):
            raise BadTerms(
                "a published index needs either base_month or lag_months", field="base_month"
            )
        if self.collar is not None and self.cap is not None and self.collar > self.cap:
            raise BadTerms("collar is above cap", field="collar")

    @property
    def follows(self) -> tuple[IndexName, ...]:
        """The published indexes that are needed; none for a fixed rate."""
        if self.index in ("cpi", "cpih", "rpi"):
            return (self.index,)
        return self.of
