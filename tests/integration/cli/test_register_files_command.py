"""`canopy register import`, `import-ocds`, `export-ocds` and `reconcile`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_outcome import Canopy

REGISTER = """\
Lease Ref,Description,Type,Tenant,Commencement Date,Expiry Date,Rent pa,Payment terms,Status
L-001,Rooftop lease,Lease,"Mast Co, Ltd",15/04/2026,14/04/2036,"£2,500.00",Yearly in advance,Live
L-002,Columns,Licence,Cell Ltd,13/06/2025,12/06/2035,1200,Yearly in arrears,Live
"""
CONSTANTS = '\ncouncil = "Camford Council"\nvat = "exempt"\nvaluation_basis = "code-no-network"\n'


@pytest.fixture
def register(town: Canopy, tmp_path: Path) -> Canopy:
    """Commands beside a register and the mapping that was proposed for it, filled in."""
    (tmp_path / "leases.csv").write_text(REGISTER, encoding="utf-8")
    said = town("register", "import", "leases.csv", "--explain")
    assert (said.code, said.err) == (0, "")
    assert "Still needed, as columns or constants: council, vat, valuation_basis" in said.out
    mapping = tmp_path / "leases.mapping.toml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + CONSTANTS, encoding="utf-8")
    return town


def take_in(canopy: Canopy, *more: str) -> str:
    said = canopy("register", "import", "leases.csv", "--mapping", "leases.mapping.toml", *more)
    assert (said.code, said.err) == (0, "")
    return said.out


def test_a_register_is_imported_by_its_mapping(register: Canopy, tmp_path: Path) -> None:
    """Dry first, then for good; again it changes nothing; the report says what was done."""
    assert "Dry run of leases.csv: read 2, created 2" in take_in(register, "--dry-run")
    assert "created 2" in take_in(register, "--report", "in.json")
    assert "unchanged 2" in take_in(register)
    report = json.loads((tmp_path / "in.json").read_text(encoding="utf-8"))
    assert (report["state"], report["read"], report["created"]) == ("done", 2, 2)
    assert report["mapping"]["constants"]["vat"] == "exempt"
    assert "operator: Mast Co, Ltd" in register("register", "show", "L-001").out


def test_a_mapping_is_written_beside_its_register(town: Canopy, tmp_path: Path) -> None:
    """Wherever the command is called; the message names the command that reads it."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "leases.csv").write_text(f"Notes,{REGISTER}", encoding="utf-8")
    said = town("register", "import", "lists/leases.csv", "--explain")
    assert "Mapping written to lists/leases.mapping.toml" in said.out
    assert (tmp_path / "lists" / "leases.mapping.toml").is_file()
    assert not (tmp_path / "leases.mapping.toml").exists()
    assert "`canopy import --explain`" not in said.out


def test_a_register_without_what_is_needed_is_refused(register: Canopy) -> None:
    """The fields that no column gives, and the way out."""
    said = register("register", "import", "leases.csv")
    assert said.code == 1
    assert "every agreement needs council, vat, valuation_basis" in said.err


def test_bad_rows_are_told_and_nothing_is_written(register: Canopy, tmp_path: Path) -> None:
    """On the terminal and in a CSV report, each with row, column, value and rule."""
    path = tmp_path / "leases.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("13/06/2025", "31/02/2025"))
    said = register(
        "register", "import", "leases.csv", "--mapping", "leases.mapping.toml", "--report", "r.csv"
    )
    assert said.code == 1
    assert "row 3: Commencement Date '31/02/2025': is no calendar date" in said.err
    assert "Nothing was written." in said.err
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "rejected"]
    assert [(r["row"], r["column"], r["value"]) for r in rows] == [
        ("3", "Commencement Date", "31/02/2025")
    ]
    assert register("register", "show", "L-001").code == 1


def test_a_ledger_is_reconciled(register: Canopy, tmp_path: Path) -> None:
    """Paid, short, missing, late and unmatched, for people and as JSON."""
    take_in(register)
    (tmp_path / "ledger.csv").write_text(
        "Date,Agreement,Invoice,Amount\n15/04/2026,L-001,,2500\n20/06/2026,L-002,,1000\n"
        "21/06/2026,X-9,,5\n"
    )
    said = register(
        "register", "reconcile", "L-001", "L-002", "--ledger", "ledger.csv", "--on", "2026-07-01",
        "--json", "out.json",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    assert "Row 4: 5.00 of 2026-06-21 names X-9: unmatched." in said.out
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["counts"] == {"paid": 1, "underpaid": 1, "late": 1, "unmatched": 1}
    short = told["invoices"][1]
    assert (short["invoice"], short["difference_pence"], short["days_late"]) == (
        "L-002/2026-06-12", -20_000, 19,
    )  # fmt: skip


def test_releases_go_out_and_come_back(register: Canopy, tmp_path: Path) -> None:
    """What is published is a package with an identifier; of the ledger, the receipts."""
    take_in(register)
    (tmp_path / "ledger.csv").write_text("Date,Agreement,Amount\n15/04/2026,L-001,2500\n")
    said = register(
        "register", "export-ocds", "--ref", "L-001", "--ledger", "ledger.csv", "--out", "o.json"
    )
    assert (said.code, said.err) == (0, "")
    (release,) = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))["releases"]
    assert release["ocid"] == "ocds-unregistered-L-001"
    (paid,) = release["contracts"][0]["implementation"]["transactions"]
    assert paid["value"] == {"amount": 2500.0, "currency": "GBP"}
    back = register(
        "register", "import-ocds", "o.json", "--kind", "lease", "--vat", "exempt",
        "--on", "2026-11-28", "--report", "back.json",
    )  # fmt: skip
    assert (back.code, back.err) == (0, "")
    shown = register("register", "show", "ocds-unregistered-L-001").out
    assert "lease, active since 2026-04-15" in shown
    assert "term 2026-04-15 to 2036-04-14" in shown


def test_what_may_not_be_published_is_not_found(register: Canopy) -> None:
    """A draft is as one that is not there."""
    take_in(register)
    said = register("register", "export-ocds", "--ref", "L-404", "--out", "o.json")
    assert said.code == 1
    assert "no agreement L-404 that may be published" in said.err
