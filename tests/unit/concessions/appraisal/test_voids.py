"""What is on offer and let to nobody is valued by rents of its like, or not at all."""

from __future__ import annotations

from decimal import Decimal

from canopy.concessions.appraisal.benchmarks import Benchmarks, GroupKey, RentGroup, RentOf
from canopy.concessions.appraisal.voids import OnOffer, voids
from canopy.concessions.calendar.financial_years import FinancialYear


def group(kind: str, count: int, basis: str = "concession-service") -> RentGroup:
    """Rents whose quartiles are £200 and £300."""
    rents = tuple(RentOf(f"A-{at}", 1, Decimal(250), Decimal(0), None) for at in range(count))
    key = GroupKey(kind, "rent", basis)  # type: ignore[arg-type]
    return RentGroup(key, Decimal(200), Decimal(250), Decimal(300), rents, ())


def on_offer(kind: str, assets: int = 10, *, is_let: bool = False) -> OnOffer:
    return OnOffer(kind, is_let, assets, 4, 0, 0)


def rents(*groups: RentGroup) -> Benchmarks:
    return Benchmarks(FinancialYear(2026), groups, {})


def test_voids_are_valued_between_the_quartiles_of_the_register_s_rents() -> None:
    """Ten of them from £2,000 to £3,000 a year; those that are let come last."""
    found = voids(
        [on_offer("lamppost", is_let=True), on_offer("lamppost")], rents(group("lamppost", 6)), 1
    )
    assert [each.is_let for each in found] == [False, True]
    assert (found[0].low_pence, found[0].high_pence) == (200_000, 300_000)
    assert "6 agreements in 2026/27 (rent, concession-service)" in (found[0].valued_by or "")
    assert found[0].spare_mounts == 4


def test_rents_of_too_few_agreements_and_of_before_the_code_value_nothing() -> None:
    """Lampposts have no published rent, so no range is told; how many there are is."""
    few, old = rents(group("lamppost", 4)), rents(group("lamppost", 9, "legacy-market"))
    for found in (voids([on_offer("lamppost")], few, 5), voids([on_offer("lamppost")], old, 1)):
        assert [(each.assets, each.low_pence, each.valued_by) for each in found] == [
            (10, None, None)
        ]
    assert voids([on_offer("lamppost")], few, 4)[0].low_pence == 200_000


def test_published_rents_stand_in_for_the_register_s() -> None:
    """Rooftops under the Code: £2,551.77 (Threadgold House) to £5,000 (Maple House)."""
    (found,) = voids([on_offer("rooftop", 2)], rents(), 5)
    assert (found.low_pence, found.high_pence) == (510_354, 1_000_000)
    assert "Threadgold House, 2019" in (found.valued_by or "")
