"""The workbook's formulas, computed by another program, give the valuation's figures."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from programs import find_program

from canopy.concessions.appraisal.indices import indices_for
from canopy.concessions.appraisal.value import Basis, Valuation, value
from canopy.concessions.appraisal.workbook import write_workbook
from canopy.concessions.indexation.scenarios import Scenario
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.reading import loads
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


@pytest.fixture
def recalculated(tmp_path: Path) -> Callable[..., Recalculated]:
    """Opens a workbook in LibreOffice, which computes it, and reads what it then holds.

    Figures that Canopy left in the cells are dropped first; `changed` sets cells of the schedule.
    """
    program = find_program("soffice")

    def run(valuation: Valuation, changed: dict[str, float] | None = None) -> Recalculated:
        file, profile, out = tmp_path / "value.xlsx", tmp_path / "profile", tmp_path / "out"
        write_workbook(valuation, file, CREATED)
        book = openpyxl.load_workbook(file)
        for cell, number in (changed or {}).items():
            book["Schedule"][cell] = number
        book.save(file)
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE)
        subprocess.run(
            [
                program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to",
                "xlsx", "--outdir", out, file,
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return Recalculated(openpyxl.load_workbook(out / "value.xlsx", data_only=True))

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
