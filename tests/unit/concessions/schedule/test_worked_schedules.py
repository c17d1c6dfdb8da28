"""The worked agreements come out to the penny."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from made_agreements import agreement, rates
from terms_files import CONCESSION, DUCTS

from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.schedule.lines import Line, YearTotal, by_financial_year, net_by_charge
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.charges import OneOff, Rent, RevenueShare, Tier
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.reading import loads
from canopy.concessions.terms.volumes import Volume

# CPI into years 2 to 17 of worked example A.
CPI = (*"3.1 2.4 6.8 0.9 2.1 2 2 3.5 5.6 1.8".split(), *["2.0"] * 6)
INCOME = ("premium", "node-fee", "share", "guarantee", "power")


@pytest.fixture(scope="module")
def concession() -> list[Line]:
    """The lines of example A over 17 years."""
    return schedule(loads(CONCESSION), {"cpi": rates(CPI, date(2027, 2, 1))})


def of_year(lines: list[Line], year: int) -> dict[str, str]:
    """Pounds by charge in a contract year, and what is left after costs."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.first.year == 2025 + year:
            sums[line.charge] += line.net_pence
            sums["cost" if line.side == "cost" else "income"] += line.net_pence
    sums["net"] = sums["income"] - sums["cost"]
    return {name: f"{pence / 100:.2f}" for name, pence in sums.items()}


# Year: node fees, share, top-up, recharge, cost, net.
TABLE = [
    (1, "6000.00", "3000.00", "21000.00", "4599.00", "23280.00", "36319.00"),
    (2, "18558.00", "9279.00", "3093.00", "14224.71", "34889.04", "10265.67"),
    (3, "31672.00", "18475.52", None, "24276.83", "46875.03", "27549.32"),
    (4, "46558.40", "29376.08", None, "35686.95", "60924.88", "50696.55"),
    (5, "53740.80", "34708.11", None, "41192.93", "67445.70", "62196.14"),
    (12, "64419.20", "41603.96", None, "49377.20", "80845.90", "74554.46"),
    (17, "71123.20", "45934.13", None, "54516.41", "89260.39", "82313.35"),
]


@pytest.mark.parametrize(("year", "fees", "share", "top_up", "recharge", "cost", "net"), TABLE)
def test_concession_is_as_worked(
    concession: list[Line],
    year: int,
    fees: str,
    share: str,
    top_up: str | None,
    recharge: str,
    cost: str,
    net: str,
) -> None:
    """Seven years of example A, the cap biting in year 4 and the collar in year 5."""
    found = of_year(concession, year)
    assert found["node-fee"] == fees
    assert found["share"] == share
    assert found.get("guarantee") == top_up
    assert found["power"] == recharge
    assert found["cost"] == cost
    assert found["net"] == net


def test_concession_totals_are_as_worked(concession: list[Line]) -> None:
    """Twelve and seventeen years of net cash."""
    signed = [
        (line.first.year, line.net_pence * (1 - 2 * (line.side == "cost"))) for line in concession
    ]
    assert sum(pence for year, pence in signed if year < 2038) == 66_919_949
    assert sum(pence for _, pence in signed) == 106_494_110


def test_rooftop_lease_is_as_worked() -> None:
    """Example B: reviews of 2 % compounded every third year, and two flat rents."""
    review = IndexRule(
        name="two", index="fixed", rate=Decimal("0.02"), method="annual", review_every_years=3
    )
    made = agreement(
        index_rules=(review,),
        payment=Payment(frequency="yearly", timing="advance"),
        charges=(
            Rent(name="legacy", type="rent", amount=Decimal(11346), index="two"),
            Rent(name="code", type="rent", amount=Decimal("2551.77")),
            Rent(name="low", type="rent", amount=Decimal(1000)),
        ),
    )
    lines = schedule(made, {})
    assert net_by_charge(lines) == {"legacy": 12_205_125, "code": 2_551_770, "low": 1_000_000}
    assert [line.net_pence for line in lines if line.charge == "legacy"] == [
        *[1_134_600] * 3, *[1_204_047] * 3, *[1_277_744] * 3, 1_355_952,
    ]  # fmt: skip


def test_duct_rental_is_as_worked() -> None:
    """Example C: a first part-year of 304 days, the cap, and a negative RPI that is held."""
    lines = schedule(loads(DUCTS), {"rpi": rates(["3.2", "4.1", "-0.4", "5.2"], date(2027, 2, 1))})
    sums: dict[date, int] = defaultdict(int)
    for line in lines:
        sums[line.due] += line.net_pence
    assert list(sums.values()) == [389_793, 482_813, 502_487, 502_487, 522_211]
    assert [lines[0].first, lines[0].last, lines[0].due] == [
        date(2026, 6, 1), date(2027, 3, 31), date(2026, 6, 1),
    ]  # fmt: skip


def test_whole_first_year_of_ducts_is_as_worked() -> None:
    """Each span is rounded: 4,055.08 for ducts and 625.00 for chambers."""
    whole = DUCTS.replace("start = 2026-06-01", "start = 2026-04-01")
    lines = schedule(loads(whole), {"rpi": rates(["3.2", "4.1", "-0.4", "5.2"], date(2027, 2, 1))})
    first = {line.charge: line.net_pence for line in lines if line.due == date(2026, 4, 1)}
    assert first == {"ducts": 405_508, "chambers": 62_500}


def test_upfront_and_share_are_as_worked() -> None:
    """Example F: 250,000 at the start and 20 % of gross."""
    gross = [0, 150, 400, 600, 800, 900]
    made = agreement(
        volumes=(
            Volume(name="gross", unit="gbp", by_year=tuple(Decimal(each * 1000) for each in gross)),
        ),
        charges=(
            OneOff(
                name="upfront", type="premium", amount=Decimal(250_000), due=date(2026, 4, 1),
                account="capital",
            ),
            RevenueShare(
                name="share", type="share", of="gross", basis="gross",
                tiers=(Tier(above=Decimal(0), rate=Decimal("0.20")),),
            ),
        ),
    )  # fmt: skip
    lines = schedule(made, {})
    assert net_by_charge(lines) == {"upfront": 25_000_000, "share": 129_000_000}
    capital = by_financial_year(lines, "capital")
    assert {str(year): total for year, total in capital.items()} == {
        "2026/27": YearTotal(25_000_000, 0)
    }
    revenue = by_financial_year(lines, "revenue")
    assert [total.income_pence // 100 for total in revenue.values()] == [
        0, 30_000, 80_000, 120_000, 160_000, *[180_000] * 5,
    ]  # fmt: skip
