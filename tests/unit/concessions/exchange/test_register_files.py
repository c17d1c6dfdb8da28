"""Registers of councils: proposed mappings, and rows that are agreements or say why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canopy.concessions.exchange import mapping as mappings
from canopy.concessions.exchange.incoming import Incoming, merged
from canopy.concessions.exchange.proposing import propose
from canopy.concessions.exchange.reading import fitted, open_register, read_register
from canopy.concessions.exchange.receipts import read_ledger
from canopy.concessions.exchange.report import Rejected
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Rent
from canopy.errors import BadMapping, BadSource, BadTerms, CanopyError

HEADINGS = (
    "Lease Ref", "Description", "Type", "Landlord", "Tenant", "Commencement Date", "Term (years)",
    "Rent pa", "Payment terms", "Rent review", "Index base month", "Break date", "Break by",
    "Notice period", "Asset refs", "VAT", "Valuation basis", "Status",
)  # fmt: skip
ROOF = (
    "L-001", "Rooftop lease", "Lease", "Camford Council", "Example Mast Ltd", "15/04/2026", "10",
    "£2,551.77", "Quarterly in advance", "CPI capped 5 %", "Jan 2026", "01/04/2031", "Tenant",
    "6 months", "ROOF-1; ROOF-2", "exempt", "code-no-network", "Live",
)  # fmt: skip


def row(**changes: str) -> tuple[str, ...]:
    """The roof's row with other cells, by words of their headings."""
    cells = list(ROOF)
    for name, value in changes.items():
        cells[next(at for at, head in enumerate(HEADINGS) if head.lower().startswith(name))] = value
    return tuple(cells)


def write(path: Path, *rows: Sequence[str]) -> Path:
    lines = [",".join(f'"{cell}"' for cell in each) for each in (HEADINGS, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, mapping: str | None = None) -> list[Incoming | list[Rejected]]:
    table = open_register(path)
    chosen = propose(table).mapping if mapping is None else mappings.loads(mapping)
    return list(read_register(fitted(table, chosen)))


def one(path: Path, **changes: str) -> Agreement:
    (found,) = read(write(path, row(**changes)))
    assert isinstance(found, Incoming), found
    return merged(found.document, None)


def refused(path: Path, **changes: str) -> list[tuple[str, str]]:
    (found,) = read(write(path, row(**changes)))
    assert isinstance(found, list), found
    assert all(each.row == 2 for each in found)
    return [(each.column, each.rule) for each in found]


def test_a_row_is_an_agreement(tmp_path: Path) -> None:
    """Parties, term, rent, index, break and assets, as the cells say."""
    made = one(tmp_path / "a.csv")
    assert (made.ref, made.title, made.kind) == ("L-001", "Rooftop lease", "lease")
    assert made.term.start == date(2026, 4, 15)
    assert made.term.end == date(2036, 4, 14)
    assert [(p.name, p.role) for p in made.parties] == [
        ("Camford Council", "council"), ("Example Mast Ltd", "operator"),
    ]  # fmt: skip
    (rent,) = made.charges
    assert isinstance(rent, Rent)
    assert (str(rent.amount), rent.index) == ("2551.77", "index")
    assert (made.payment.frequency, made.payment.timing) == ("quarterly", "advance")
    assert [asset.ref for asset in made.assets] == ["ROOF-1", "ROOF-2"]
    (option,) = made.breaks
    assert (option.by, option.on, option.notice, option.notice_unit) == (
        "operator", date(2031, 4, 1), 6, "months",
    )  # fmt: skip


def test_reviews_of_a_passing_rent_are_counted_from_the_last_one(tmp_path: Path) -> None:
    """A base month of the seventh year says nothing of the first review."""
    path, old = tmp_path / "a.csv", row(comm="15/04/2019", term="20", index="Jan 2026")
    (found,) = read(write(path, old))
    assert isinstance(found, Incoming), found
    with pytest.raises(BadTerms, match=r"index_rules\[0\]\.base_month: .*or in reviews_from"):
        merged(found.document, None)
    lines = path.read_text("utf-8").splitlines()
    path.write_text(f'{lines[0]},"Last review"\n{lines[1]},"15/04/2026"\n', "utf-8")
    (found,) = read(path)
    assert isinstance(found, Incoming), found
    (rule,) = merged(found.document, None).index_rules
    assert rule.reviews_from == date(2026, 4, 15)


def test_a_timing_for_all_is_that_of_cells_that_do_not_say(tmp_path: Path) -> None:
    """What a cell says itself comes first."""
    for payment, timing in (("Quarterly", "arrears"), ("Quarterly in advance", "advance")):
        path = write(tmp_path / "a.csv", row(payment=payment))
        chosen = propose(open_register(path)).mapping.model_copy(
            update={"constants": {"timing": "arrears"}}
        )
        (found,) = read_register(fitted(open_register(path), chosen))
        assert isinstance(found, Incoming), found
        assert merged(found.document, None).payment.timing == timing


def test_a_register_as_estates_keep_it_is_read(tmp_path: Path) -> None:
    """With its own headings for payment, basis and sides, and totals at the foot."""
    path = tmp_path / "estates.csv"
    path.write_text(
        "Lease No,Premises,Type,Landlord,Tenant,Commencement,Expiry,Annual Rent,Payment,Basis,"
        "Break date,Break,Notice,VAT\n"
        'L-1,Roof,Lease,Camford,Mast Ltd,13/04/2019,12/04/2034,"£12,500 + VAT",'
        "By equal quarterly instalments in advance,Code,13/04/2029,Tenant,six months clear,Std\n"
        'TOTAL,,,,,,,"£12,500",,,,,,\n',
        encoding="utf-8",
    )
    found, totals = read(path)
    assert isinstance(found, Incoming), found
    made = merged(found.document, None)
    assert (made.title, made.payment.frequency, made.payment.timing, made.vat) == (
        "Roof", "quarterly", "advance", "standard",
    )  # fmt: skip
    assert made.valuation_basis == "code-no-network"
    (option,) = made.breaks
    assert (option.by, option.notice, option.notice_unit) == ("operator", 6, "clear-months")
    assert isinstance(totals, list)
    assert [(each.row, each.harmless) for each in totals] == [(3, True)]


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"comm": "31/02/2026"}, "Commencement Date", "is no calendar date"),
        ({"term": "soon"}, "Term (years)", "is no length"),
        ({"rent pa": "ask Bob"}, "Rent pa", "is no amount"),
        ({"rent pa": "£1,200 + VAT"}, "Rent pa", "the VAT treatment is exempt"),
        ({"tenant": ""}, "Tenant", "is needed"),
        ({"type": "handshake"}, "Type", "not understood; it is one of lease"),
        ({"break by": ""}, "Break by", "is needed beside a break"),
        ({"notice": ""}, "Notice period", "is needed beside a break"),
        ({"index": ""}, "Rent review", "give either its base month"),
        ({"payment": "now and then"}, "Payment terms", "is not understood"),
        ({"payment": "quarterly"}, "timing", "advance or arrears"),
        ({"status": "expired"}, "Status", "is not understood"),
        ({"vat": ""}, "VAT", "is needed, one of standard"),
    ],
)
def test_a_row_that_is_none_says_column_and_rule(
    tmp_path: Path, changes: dict[str, str], column: str, rule: str
) -> None:
    """One cell wrong, one reason, at its column."""
    ((where, why),) = refused(tmp_path / "a.csv", **changes)
    assert where == column
    assert rule in why


def test_all_reasons_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    """Nobody imports a file ten times to find ten mistakes."""
    told = refused(tmp_path / "a.csv", comm="31/02/2026", type="handshake", status="expired")
    assert {column for column, _ in told} == {"Commencement Date", "Type", "Status"}


def test_rows_with_one_reference_are_all_refused(tmp_path: Path) -> None:
    """Which is meant is not guessed, until a correction drops the others."""
    path = write(tmp_path / "a.csv", ROOF, row(desc="Another roof"))
    for found in read(path):
        assert isinstance(found, list)
        assert found[0].rule == "is the reference of rows 2, 3: which is meant?"
    drop = '\n[[corrections]]\nrow = 3\ndrop = true\nreason = "typed twice"\n'
    (found,) = read(path, propose(open_register(path)).toml() + drop)
    assert isinstance(found, Incoming)


def test_dates_that_nothing_tells_the_order_of_are_asked_for(tmp_path: Path) -> None:
    """1 April or 4 January: the mapping says."""
    path = write(tmp_path / "a.csv", row(comm="01/04/2026", **{"break date": ""}))
    proposal = propose(open_register(path))
    assert [each.code for each in proposal.problems] == ["ambiguous-dates"]
    (found,) = read(path)
    assert isinstance(found, list)
    assert "say which in [formats]" in found[0].rule
    said = proposal.toml().replace("[values.", '[formats]\nstart = "mm/dd/yyyy"\n\n[values.', 1)
    (found,) = read(path, said)
    assert isinstance(found, Incoming)
    assert found.document["term"] == {"start": "2026-01-04", "months": 120}


def test_another_column_can_tell_the_order(tmp_path: Path) -> None:
    """The break on 31/03 shows that days come first."""
    path = write(tmp_path / "a.csv", row(comm="01/04/2026", **{"break date": "31/03/2031"}))
    assert propose(open_register(path)).mapping.columns["start"].format == "dd/mm/yyyy"


def test_a_proposal_is_saved_edited_and_read_back(tmp_path: Path) -> None:
    """The TOML gives the same mapping, and every line its reason."""
    proposal = propose(open_register(write(tmp_path / "a.csv", ROOF)))
    text = proposal.toml()
    assert mappings.loads(text) == proposal.mapping
    assert "ref = \"Lease Ref\"  # 0.95: heading 'Lease Ref'" in text


def test_corrections_change_or_drop_rows_with_a_reason(tmp_path: Path) -> None:
    """As in the catalogue's mappings: by column, by field, or left out."""
    path = write(tmp_path / "a.csv", row(comm="31/02/2026"), row(lease="TEST"))
    text = propose(open_register(path)).toml() + (
        '\n[[corrections]]\nrow = 2\nset = { "start" = "28/02/2026" }\nreason = "seen in deed"\n'
        '\n[[corrections]]\nwhere = { "Lease Ref" = "TEST" }\ndrop = true\nreason = "a test"\n'
    )
    (found,) = read(path, text)
    assert isinstance(found, Incoming)
    assert found.document["term"] == {"start": "2026-02-28", "months": 120}


def test_a_workbook_is_read_as_a_csv_file_is(tmp_path: Path) -> None:
    """Dates and numbers come typed."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    typed: list[object] = list(ROOF)
    typed[5], typed[6], typed[7] = date(2026, 4, 15), 10, 2551.77
    typed[11] = date(2031, 4, 1)
    sheet.append(typed)
    book.save(tmp_path / "a.xlsx")
    (found,) = read(tmp_path / "a.xlsx")
    assert isinstance(found, Incoming)
    assert merged(found.document, None) == one(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[columns]\nrente = "Rent"', "did you mean rent?"),
        ('[columns]\nrent = "Rent"\n[constants]\nrent = 5', "say it once"),
        ('[columns]\nrent = "Rent"\n[formats]\nrent = "dd/mm/yyyy"', "a format is one of dates"),
        ('geometry = "x"', "no key of a register's mapping"),
        ("columns = 5", "must be a table"),
        ("not toml", "not valid TOML"),
    ],
)
def test_a_wrong_mapping_says_where(text: str, reason: str) -> None:
    """The key, and the way out."""
    with pytest.raises(BadMapping, match=reason.replace("?", r"\?")):
        mappings.loads(text)


def test_a_mapping_for_another_file_is_refused(tmp_path: Path) -> None:
    """The column that is missing is named with those that are there."""
    table = open_register(write(tmp_path / "a.csv", ROOF))
    with pytest.raises(BadMapping, match=r"'Nummer', which a\.csv does not have"):
        fitted(table, mappings.loads('[columns]\nref = "Nummer"'))


def test_receipts_are_read_from_csv_and_workbooks(tmp_path: Path) -> None:
    """By the headings that ledgers have; a bad amount is refused with its row."""
    (tmp_path / "l.csv").write_text(
        'Date received,Agreement ref,Amount\n15/06/2026,L-1,"£1,000.50"\n2026-07-01,L-1,(2.50)\n'
    )
    assert [(r.row, r.received, r.agreement, r.amount_pence) for r in
            read_ledger(tmp_path / "l.csv").receipts] == [
        (2, date(2026, 6, 15), "L-1", 100_050), (3, date(2026, 7, 1), "L-1", -250),
    ]  # fmt: skip
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (("Date", "Invoice", "Amount"), (date(2026, 6, 15), "L-1/2026-06-14", 1000.5)):
        book.active.append(line)
    book.save(tmp_path / "l.xlsx")
    (receipt,) = read_ledger(tmp_path / "l.xlsx").receipts
    assert (receipt.invoice, receipt.amount_pence) == ("L-1/2026-06-14", 100_050)
    (tmp_path / "bad.csv").write_text("Date,Agreement,Amount\n2026-06-15,L-1,lots\n")
    with pytest.raises(BadSource, match="row 2: amount 'lots'"):
        read_ledger(tmp_path / "bad.csv")


@pytest.mark.parametrize("name", ["r.csv", "r.xlsx", "m.toml"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """A register, a ledger or a mapping of noise ends in rows or one clear refusal."""
    path = tmp_path / name
    path.write_bytes(content)
    for attempt in (read, read_ledger, mappings.load):
        with suppress(CanopyError):
            attempt(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.lists(st.text(max_size=30), min_size=len(ROOF), max_size=len(ROOF)))
def test_any_cells_make_an_agreement_or_reasons(tmp_path: Path, noise: list[str]) -> None:
    """A row of noise is rejected with reasons, and never half read."""
    path = write(tmp_path / "a.csv", ROOF, [cell.replace('"', "") for cell in noise])
    with suppress(CanopyError):
        for found in read(path):
            if isinstance(found, Incoming):
                merged(found.document, None)
            else:
                assert found
                assert all(each.rule for each in found)


def test_the_mapping_of_the_guide_is_one() -> None:
    """It loads as it stands, and gives all that an agreement needs."""
    guide = Path(__file__).parents[4] / "docs" / "how-to" / "import-register.md"
    (text,) = re.findall(
        r'```toml title="leases.mapping.toml"\n(.*?)```', guide.read_text("utf-8"), re.DOTALL
    )
    assert mappings.loads(text).missing() == []
