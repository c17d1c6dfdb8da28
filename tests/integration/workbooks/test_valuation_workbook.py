"""The workbook's formulas, computed by another program, give the valuation's figures."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from drawn_agreements import drawn
from programs import find_program

from canopy.concessions.appraisal.indices import indices_for
from canopy.concessions.appraisal.value import Basis, Valuation, value
from canopy.concessions.appraisal.workbook import write_workbook
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.scenarios import Scenario
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import (
    DuctRent,
    DuctSpan,
    Guarantee,
    OneOff,
    PerUnit,
    Rent,
    RevenueShare,
    Tier,
)
from canopy.concessions.terms.checking import checked
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.reading import loads
from canopy.concessions.terms.volumes import Volume
from canopy.concessions.valuation.discounting import GREEN_BOOK, flat_nominal, flat_real
from canopy.errors import Refused

DOCS = Path(__file__).parents[3] / "docs"
CREATED = datetime(2026, 4, 1, tzinfo=UTC)
# 12-month changes of February of worked example A, then 2 %.
CPI = dict(
    zip(
        range(2027, 2037),
        map(Decimal, "0.031 0.024 0.068 0.009 0.021 0.02 0.02 0.035 0.056 0.018".split()),
        strict=True,
    )
)
PRICES = Scenario("worked", "made up", CPI, Decimal("0.02"))
# The setting by which the program computes every formula of a file that it opens.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@dataclass(frozen=True)
class Recalculated:
    """Sheets of cells, by name."""

    book: openpyxl.Workbook

    def summary(self) -> dict[str, object]:
        return {row[0]: row[1] for row in self.book["Summary"].iter_rows(values_only=True)}

    def column(self, sheet: str, heading: str) -> list[object]:
        headings, *rows = self.book[sheet].iter_rows(values_only=True)
        return [row[headings.index(heading)] for row in rows]


def computed(folder: Path, files: Sequence[Path]) -> dict[str, Recalculated]:
    """Workbooks as LibreOffice computes them, all in one start of it, by name.

    Figures that Canopy left in the cells are dropped first.
    """
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
    subprocess.run(
        [
            find_program("soffice"), f"-env:UserInstallation={profile.as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", out, *files,
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return {
        file.stem: Recalculated(openpyxl.load_workbook(out / file.name, data_only=True))
        for file in files
    }


def without_figures(
    valuation: Valuation, file: Path, changed: dict[str, float] | None = None, sheet: str = ""
) -> None:
    """Write the workbook with formulas alone; `changed` sets cells of a sheet."""
    write_workbook(valuation, file, CREATED)
    book = openpyxl.load_workbook(file)  # drops the figures, keeps the formulas
    for cell, number in (changed or {}).items():
        book[sheet][cell] = number
    book.save(file)


@pytest.fixture
def recalculated(tmp_path: Path) -> Callable[..., Recalculated]:
    """Opens a workbook in LibreOffice, which computes it, and reads what it then holds.

    `changed` sets cells of a sheet, the schedule unless named.
    """

    def run(
        valuation: Valuation, changed: dict[str, float] | None = None, sheet: str = "Schedule"
    ) -> Recalculated:
        file = tmp_path / "value.xlsx"
        without_figures(valuation, file, changed, sheet)
        return computed(tmp_path, [file])["value"]

    return run


def concession(basis: Basis) -> Valuation:
    """Worked example A, as the how-to shows it."""
    guide = (DOCS / "how-to" / "concessions.md").read_text(encoding="utf-8")
    (terms,) = re.findall(r'```toml title="small-cells.toml"\n(.*?)```', guide, flags=re.DOTALL)
    made = loads(terms)
    return value(made, indices_for(made, [], PRICES, "cpi"), basis)


def century() -> Agreement:
    """Works, then 1,000 a year for 120 years: longer than the second band of the Green Book."""
    works = OneOff(
        name="works", type="one-off", amount=Decimal(9000), due=date(2026, 4, 1), account="capital"
    )
    return rented(Term(start=date(2026, 4, 1), months=1440), works)


def rented(term: Term, *costs: OneOff) -> Agreement:
    """1,000 pounds a year."""
    return Agreement(
        ref="AG-1",
        title="A rooftop",
        kind="lease",
        term=term,
        parties=(
            Party(name="Camford Council", role="council"),
            Party(name="Example Ltd", role="operator"),
        ),
        valuation_basis="legacy-market",
        vat="standard",
        payment=Payment(frequency="yearly", timing="arrears"),
        charges=(Rent(name="rent", type="rent", amount=Decimal(1000)),),
        costs=costs,
    )


def test_formulas_give_the_worked_totals(recalculated: Callable[..., Recalculated]) -> None:
    """Example A to the penny: totals, real and nominal value, and the reason of no return."""
    basis = Basis(real=flat_real(0.035, "check"), nominal=flat_nominal(0.035, "check"))
    found = recalculated(concession(basis)).summary()
    assert found["net"] == 1_064_941.10
    assert found["present value, real"] == 606_721.99
    assert found["present value, nominal"] == 768_568.63
    assert str(found["rate of return, real"]).startswith("none: the amounts never change sign")


def test_formulas_give_the_totals_of_financial_years(
    recalculated: Callable[..., Recalculated],
) -> None:
    """Each year's income and cost, and the cover of the guarantee."""
    valuation = concession(Basis())
    book = recalculated(valuation)
    totals = valuation.financial_years["revenue"].values()
    assert book.column("Financial years", "income") == pytest.approx(
        [each.income_pence / 100 for each in totals], abs=1e-6
    )
    assert book.column("Financial years", "cost") == pytest.approx(
        [each.cost_pence / 100 for each in totals], abs=1e-6
    )
    assert book.column("Cover", "cover") == pytest.approx([y.ratio for y in valuation.cover])


def test_a_changed_line_moves_every_total(recalculated: Callable[..., Recalculated]) -> None:
    """1,000 more of premium on the first day: half a year of discount, in both terms."""
    basis = Basis(real=flat_real(0.035, "check"), nominal=flat_nominal(0.05, "check"))
    valuation = concession(basis)
    assert valuation.lines[0].charge == "premium"
    found = recalculated(valuation, {"H2": 26_000.0}).summary()
    assert found["net"] == 1_065_941.10
    assert valuation.real.pence is not None
    assert found["present value, real"] == pytest.approx(
        valuation.real.pence / 100 + 1000 / 1.035**0.5, abs=0.011
    )


def test_formulas_follow_the_declining_rates(recalculated: Callable[..., Recalculated]) -> None:
    """Three bands of the Green Book, real and nominal returns, and capital in its own row."""
    made = century()
    valuation = value(made, indices_for(made, [], PRICES, "cpi"), Basis(real=GREEN_BOOK))
    book = recalculated(valuation)
    found = book.summary()
    assert valuation.real.pence is not None
    assert found["present value, real"] == valuation.real.pence / 100
    assert found["rate of return, real"] == pytest.approx(valuation.real_irr.rate, abs=1e-9)
    assert found["rate of return, nominal"] == pytest.approx(valuation.nominal_irr.rate, abs=1e-9)
    assert book.column("Financial years", "account")[-1] == "capital"
    assert book.column("Financial years", "cost")[-1] == 9000


def test_totals_are_formulas_that_carry_their_figures(tmp_path: Path) -> None:
    """A program that computes nothing still shows Canopy's own figures."""
    basis = Basis(real=flat_real(0.035, "check"))
    write_workbook(concession(basis), tmp_path / "value.xlsx", CREATED)
    written = openpyxl.load_workbook(tmp_path / "value.xlsx")["Summary"]
    shown = openpyxl.load_workbook(tmp_path / "value.xlsx", data_only=True)["Summary"]
    assert [written[cell].value for cell in ("B7", "B8")] == [
        "=ROUND(SUM('Years'!F2:F18),2)",
        "=ROUND(SUM('Years'!L2:L18),2)",
    ]
    assert [shown[cell].value for cell in ("B7", "B8")] == [1_064_941.10, 606_721.99]


def test_days_that_a_spreadsheet_lacks_are_refused(tmp_path: Path) -> None:
    """Before March 1900 its calendar is not ours; nothing is written."""
    made = rented(Term(start=date(1890, 4, 1), months=24))
    with pytest.raises(Refused, match="no day before 1900-03-01"):
        write_workbook(value(made, {}, Basis()), tmp_path / "value.xlsx", CREATED)
    assert not (tmp_path / "value.xlsx").exists()


STEADY = Scenario("steady", "made up", {2024: Decimal(0)}, Decimal(0))
RPI = {2027: "0.032", 2028: "0.041", 2029: "-0.004", 2030: "0.052"}
YEARLY_ADVANCE = Payment(frequency="yearly", timing="advance")


def written(**changed: Any) -> Agreement:
    """Ten years from 1 April 2026, with the charges given."""
    return replace(rented(Term(start=date(2026, 4, 1), months=120)), **{"charges": ()} | changed)


def yearly(name: str, amount: str, **more: Any) -> Rent:
    return Rent(name=name, type="rent", amount=Decimal(amount), **more)


def works(name: str, amount: int, year: int) -> OneOff:
    due = date(year, 4, 1)
    return OneOff(name=name, type="one-off", amount=Decimal(amount), due=due, account="capital")


def example_b() -> Agreement:
    """A rooftop: 2 % compounded every third year, and two flat rents."""
    rule = IndexRule(
        name="two", index="fixed", rate=Decimal("0.02"), method="annual", review_every_years=3
    )
    rents = (yearly("legacy", "11346", index="two"), yearly("code", "2551.77"))
    return written(
        payment=YEARLY_ADVANCE, index_rules=(rule,), charges=(*rents, yearly("low", "1000"))
    )


def example_c() -> Agreement:
    """Ducts and chambers by RPI between 0 and 4 %, with a first part-year."""
    rule = IndexRule(
        name="rpi", index="rpi", method="annual", lag_months=2, reviews_from=date(2026, 4, 1),
        collar=Decimal(0), cap=Decimal("0.04"),
    )  # fmt: skip
    spans = (("412.6", 1), ("1880.25", 2), ("95.4", 1))
    ducts = DuctRent(
        name="ducts", type="duct", rate=Decimal("0.95"), index="rpi",
        spans=tuple(DuctSpan(length_m=Decimal(metres), ducts=n) for metres, n in spans),
    )  # fmt: skip
    chambers = PerUnit(
        name="chambers", type="per-unit", rate=Decimal("12.50"), unit="chamber",
        quantity=Decimal(50), index="rpi",
    )  # fmt: skip
    return written(
        term=Term(start=date(2026, 6, 1), last_day=date(2031, 3, 31)), index_rules=(rule,),
        payment=replace(YEARLY_ADVANCE, counted_from=date(2026, 4, 1)), charges=(ducts, chambers),
    )  # fmt: skip


def example_d() -> Agreement:
    """A portfolio's financial account: year 0 of works, then forty of rent, savings and costs."""
    second = date(2027, 4, 1)
    return written(
        term=Term(start=date(2026, 4, 1), months=492),
        charges=(yearly("rent", "96500", first_day=second), yearly("led", "38000",
                 first_day=second)),
        costs=(
            Rent(name="opex", type="yearly", amount=Decimal(61000), first_day=second),
            works("works", 420_000, 2026), works("first", 150_000, 2041),
            works("second", 150_000, 2056),
        ),
    )  # fmt: skip


def example_e() -> Agreement:
    """Costs alone: 20 nodes a year are made ready for four years, at 264 a year each."""
    nodes = Volume(name="nodes", unit="node", by_year=tuple(map(Decimal, (20, 40, 60, 80))))
    upkeep = PerUnit(name="upkeep", type="per-unit", rate=Decimal(264), unit="node", volume="nodes")
    ready = (works(f"ready-{year}", 37_000, year) for year in range(2026, 2030))
    return written(volumes=(nodes,), costs=(upkeep, *ready))


def example_f() -> Agreement:
    """250,000 at the start and a fifth of what the operator takes."""
    gross = [0, 150, 400, 600, 800, 900]
    takings = Volume(
        name="gross", unit="gbp", by_year=tuple(Decimal(each * 1000) for each in gross)
    )
    share = RevenueShare(
        name="share", type="share", of="gross", basis="gross",
        tiers=(Tier(above=Decimal(0), rate=Decimal("0.20")),),
    )  # fmt: skip
    return written(volumes=(takings,), charges=(works("upfront", 250_000, 2026), share))


def example_g() -> Agreement:
    """The base case of the simulation: churn of 3 % after the fifth year, and a guarantee."""
    planned = [20, 60, 100, 140, *(160 * 0.97 ** max(0, year - 5) for year in range(5, 13))]
    nodes = Volume(
        name="nodes", unit="node", by_year=tuple(Decimal(f"{each:.3f}") for each in planned)
    )
    gross = Volume(name="gross", unit="gbp", of="nodes", rate=Decimal(1500))
    fee = PerUnit(name="fee", type="per-unit", rate=Decimal(300), unit="node", volume="nodes")
    share = RevenueShare(
        name="share", type="share", of="gross", basis="gross",
        tiers=(Tier(above=Decimal(0), rate=Decimal("0.15")),),
    )  # fmt: skip
    least = Guarantee(
        name="least", type="guarantee", amount=Decimal(30000), period="contract-year",
        counts=("fee", "share"), shortfall="kept",
    )  # fmt: skip
    upkeep = PerUnit(name="upkeep", type="per-unit", rate=Decimal(45), unit="node", volume="nodes")
    staff = Rent(name="staff", type="yearly", amount=Decimal(18000))
    return written(
        term=Term(start=date(2026, 4, 1), months=144), volumes=(nodes, gross),
        charges=(fee, share, least), costs=(upkeep, staff),
    )  # fmt: skip


# Timing of cash, net total and real present value, as worked by hand.
EXAMPLES = {
    "B": (
        example_b(),
        "start",
        122_051.25 + 25_517.70 + 10_000.00,
        104_479.86 + 21_964.84 + 8_607.69,
    ),
    "C": (example_c(), "end", 3_897.93 + 4_828.13 + 2 * 5_024.87 + 5_222.11, None),
    "D": (example_d(), "start", None, 1_012_215.83),
    "E": (example_e(), "end", None, -281_626.16),
    "F": (example_f(), "middle", 1_540_000.00, None),
    "G": (example_g(), "middle", None, 406_666.34),
}


def valued(name: str) -> Valuation:
    """A worked example, at the rates that it was worked at."""
    made, timing, _, _ = EXAMPLES[name]
    rates = {year: Decimal(each) for year, each in RPI.items()}
    prices = Scenario("rpi", "made up", rates, Decimal(0)) if name == "C" else STEADY
    real = GREEN_BOOK if name == "D" else flat_real(0.035, "check")
    basis = Basis(real=real, timing=timing)  # type: ignore[arg-type]
    return value(made, indices_for(made, [], prices, "cpi"), basis)


DRAWN = range(6)


@pytest.fixture(scope="module")
def together(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Valuation, Recalculated]]:
    """The worked examples and drawn agreements, computed by one start of the program."""
    folder = tmp_path_factory.mktemp("workbooks")
    valuations = {name: valued(name) for name in EXAMPLES}
    basis = Basis(real=flat_real(0.035, "check"), nominal=flat_nominal(0.05, "check"))
    prices = replace(PRICES, change_by_year={**dict.fromkeys(range(2022, 2027), Decimal(0)), **CPI})
    for seed in DRAWN:
        made = checked(drawn(seed))
        indices = indices_for(made, [], prices, "cpi")
        valuations[f"drawn-{seed}"] = value(made, indices, basis)
    files = [folder / f"{name}.xlsx" for name in valuations]
    for file, valuation in zip(files, valuations.values(), strict=True):
        without_figures(valuation, file)
    books = computed(folder, files)
    return {name: (valuation, books[name]) for name, valuation in valuations.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_examples_are_recomputed_to_the_penny(
    together: dict[str, tuple[Valuation, Recalculated]], name: str
) -> None:
    """Every line, and the total or present value that was worked out by hand."""
    _, _, net, worth = EXAMPLES[name]
    valuation, book = together[name]
    shown = [round(100 * each) for each in book.column("Schedule", "net") if each]  # type: ignore[operator]
    assert shown == [line.net_pence for line in valuation.lines if line.net_pence]
    found = book.summary()
    assert valuation.real.pence is not None
    assert found["present value, real"] == valuation.real.pence / 100
    if net is not None:
        assert found["net"] == pytest.approx(net, abs=0.001)
    if worth is not None:
        # Each of B's three values was rounded; thousandths of nodes are lost in writing G's.
        pennies = {"B": 0.015, "G": 0.5}.get(name, 0.005)
        assert found["present value, real"] == pytest.approx(worth, abs=pennies)


@pytest.mark.parametrize("seed", DRAWN)
def test_drawn_agreements_are_recomputed_to_the_penny(
    together: dict[str, tuple[Valuation, Recalculated]], seed: int
) -> None:
    """Each line, totals and present values of charges in mixtures that nobody wrote by hand."""
    valuation, book = together[f"drawn-{seed}"]
    shown = [round(100 * each) for each in book.column("Schedule", "net") if each]  # type: ignore[operator]
    assert shown == [line.net_pence for line in valuation.lines if line.net_pence]
    found = book.summary()
    assert {name: found[name] for name in ("income", "cost", "net")} == {
        "income": valuation.income_pence / 100,
        "cost": valuation.cost_pence / 100,
        "net": (valuation.income_pence - valuation.cost_pence) / 100,
    }
    assert (found["present value, real"], found["present value, nominal"]) == (
        (valuation.real.pence or 0) / 100,
        (valuation.nominal.pence or 0) / 100,
    )


def test_a_changed_index_figure_moves_the_totals_as_canopy_does(
    recalculated: Callable[..., Recalculated],
) -> None:
    """CPI of February 2028 is 4.6 instead of 2.4 %: fees, tiers, guarantee, energy and prices."""
    basis = Basis(real=flat_real(0.035, "check"), nominal=flat_nominal(0.05, "check"))
    before = concession(basis)
    dearer = replace(PRICES, change_by_year={**CPI, 2028: Decimal("0.046")})
    after = value(before.agreement, indices_for(before.agreement, [], dearer, "cpi"), basis)
    months = recalculated(before).column("Indexes", "month")
    row = 2 + months.index(datetime(2028, 2, 1))  # noqa: DTZ001 - a day of a sheet
    found = recalculated(before, {f"E{row}": 4.6}, "Indexes").summary()
    assert after.income_pence != before.income_pence
    assert found["income"] == after.income_pence / 100
    assert found["cost"] == after.cost_pence / 100
    assert (after.real.pence, after.nominal.pence) == (
        round(100 * float(str(found["present value, real"]))),
        round(100 * float(str(found["present value, nominal"]))),
    )


def test_a_changed_turnover_moves_shares_and_guarantees(
    recalculated: Callable[..., Recalculated],
) -> None:
    """Ten nodes instead of 100 in year 3, where the guarantee had nothing to top up."""
    before = concession(Basis())
    nodes, *others = before.agreement.volumes
    fewer = replace(nodes, by_year=(*nodes.by_year[:2], Decimal(10), *nodes.by_year[3:]))
    changed = replace(before.agreement, volumes=(fewer, *others))
    after = value(changed, before.indices, Basis())
    assert [line.what for line in after.lines].count("top-up") == 3
    found = recalculated(before, {"E4": 10}, "Volumes").summary()
    assert found["income"] == after.income_pence / 100
    assert found["cost"] == after.cost_pence / 100
