"""Old lettings beside what is published under the Code: an unknown rent is no rent of nought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from made_agreements import agreement

from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.renewals import renewals
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import LetAsset
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.registered import Registered

KINDS = {"R1": {"estates": "rooftop"}}


def test_a_letting_of_unknown_rent_is_left_out_with_the_reason() -> None:
    """One of £9,200 is summed; one whose rent follows an index that is not known is named."""
    made = agreement(
        kind="lease", valuation_basis="legacy-market", assets=(LetAsset(ref="R1"),),
        charges=(Rent(name="rent", type="rent", amount=Decimal("9200")),),
    )  # fmt: skip
    told = Earner(Registered(made, Status.active, date(2026, 4, 1)), tuple(schedule(made, {})))
    unknown = Registered(replace(made, ref="U"), Status.active, date(2026, 4, 1))
    effect, left_out = renewals(
        [told, Earner(unknown, (), "cpi is needed")], KINDS, FinancialYear(2026)
    )
    assert [(each.ref, each.passing_gbp) for each in effect.renewals] == [(made.ref, 9200.0)]
    assert (effect.summed, left_out) == (1, {"U": "cpi is needed"})
    effect, _ = renewals([Earner(unknown, (), "cpi is needed")], KINDS, FinancialYear(2026))
    assert effect.summed == 0
