"""Registers and releases come into the register: all of a file, or nothing of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import shapely

from canopy.assets.editing.edits import Editor
from canopy.assets.queries import ChangeNote
from canopy.concessions.exchange import mapping as mappings
from canopy.concessions.exchange.incoming import Incoming
from canopy.concessions.exchange.ocds.agreements import Assumed
from canopy.concessions.exchange.ocds.intake import read_file
from canopy.concessions.exchange.reading import fitted, open_register, read_register
from canopy.concessions.exchange.report import RegisterReport, Rejected
from canopy.concessions.register import published, queries, writing
from canopy.concessions.register.intake import import_all
from canopy.concessions.register.queries import Wanted
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.reading import from_document, to_document
from canopy.db.engine import Database
from canopy.errors import BadSource, NotFound

AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ON = date(2026, 11, 29)
POSITION = shapely.to_wkb(shapely.Point(530_000, 180_000), hex=True)
NOTE = ChangeNote("ann", "estates' list", "import", file_name="r.csv")
HEAD = "Ref,Title,Start,End,Rent,Assets,Exclusive,Status,Break,Notice months"
ROOF = "L-1,Roof,01/04/2026,31/03/2036,1200,ROOF-1,yes,active,,"
COLUMN = "L-2,Column,15/06/2025,14/06/2035,99.50,LC-1; LC-2,no,active,15/06/2030,6"
MAPPING = """
[columns]
ref = "Ref"
title = "Title"
start = "Start"
last_day = "End"
rent = "Rent"
assets = "Assets"
exclusive = "Exclusive"
status = "Status"
break = "Break"
notice = "Notice months"
[formats]
start = "dd/mm/yyyy"
last_day = "dd/mm/yyyy"
break = "dd/mm/yyyy"
[constants]
kind = "lease"
council = "Camford Council"
operator = "Example Mast Ltd"
frequency = "yearly"
timing = "advance"
vat = "exempt"
valuation_basis = "code-no-network"
break_by = "operator"
"""
Import = Callable[..., RegisterReport]


@pytest.fixture
def bring(database: Database, tmp_path: Path) -> Import:
    """Import rows of a register, with the mapping above."""

    def run(*rows: str, mapping: str = MAPPING, **how: bool) -> RegisterReport:
        path = tmp_path / "r.csv"
        path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
        report = RegisterReport(path.name, "", on=ON.isoformat())
        file = fitted(open_register(path), mappings.loads(mapping))
        import_all(database, read_register(file), NOTE, AT, report, **how)
        return report

    return run


def counts(report: RegisterReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.rejected


def refs(database: Database) -> list[str]:
    with database.reading() as session:
        return [row.ref for row in queries.listed(session, Wanted(), None)]


def found(database: Database, ref: str) -> writing.Held:
    with database.reading() as session:
        return writing.find(session, ref)


def test_the_same_file_again_changes_nothing(bring: Import, database: Database) -> None:
    """No version, no revision, no change of the register."""
    assert counts(bring(ROOF, COLUMN)) == (2, 0, 0, 0)
    assert counts(bring(ROOF, COLUMN)) == (0, 0, 2, 0)
    with database.reading() as session:
        assert [each.action for each in queries.history(session, "L-1")] == ["added"]


def test_a_changed_row_is_a_new_version(bring: Import, database: Database) -> None:
    """With what differs, who imported it, and why."""
    bring(ROOF, COLUMN)
    report = bring(ROOF.replace("1200", "1300"), COLUMN)
    assert counts(report) == (0, 1, 1, 0)
    (changed,) = [each for each in report.changes if each.action == "updated"]
    assert (changed.ref, changed.version, changed.fields) == ("L-1", 2, ("charges",))
    with database.reading() as session:
        last = queries.history(session, "L-1")[-1]
    assert (last.author, last.reason) == ("ann", "estates' list")
    assert last.delta.fields == {"charges"}


def test_what_the_file_is_silent_on_stays(bring: Import, database: Database) -> None:
    """What was entered by hand outlives the next import: of other parts, and of the same."""
    bring(ROOF)
    held = found(database, "L-1")
    document = to_document(held.agreement)
    document["obligations"] = ["Keep the roof dry"]
    document["charges"][0]["rent_free_months"] = 3
    document["assets"][0]["area_m2"] = "12.5"
    document["parties"].append({"name": "Parent plc", "role": "guarantor"})
    document["payment"]["due_days"] = 28
    document["charges"].append({"name": "wayleave", "type": "wayleave", "amount": "5"})
    with database.writing() as session:
        writing.change(session, from_document(document), 1, NOTE, AT)
    assert counts(bring(ROOF)) == (0, 0, 1, 0)
    bring(ROOF.replace("1200", "1300"))
    now: Agreement = found(database, "L-1").agreement
    assert now.obligations == ("Keep the roof dry",)
    rent, wayleave = now.charges
    assert isinstance(rent, Rent)
    assert (rent.amount, rent.rent_free_months, wayleave.name) == (1300, 3, "wayleave")
    assert now.assets[0].area_m2 == Decimal("12.5")
    assert now.parties[-1].name == "Parent plc"
    assert now.payment.due_days == 28


def test_one_bad_row_refuses_the_file(bring: Import, database: Database) -> None:
    """Row, column, value and rule are told, and nothing is written."""
    bad = COLUMN.replace("15/06/2025", "31/02/2025")
    report = bring(ROOF, bad)
    assert (report.state, counts(report)) == ("refused", (1, 0, 0, 1))
    (told,) = report.rejects
    assert (told.row, told.column, told.value, told.rule, told.ref) == (
        3, "Start", "31/02/2025", "is no calendar date", "L-2",
    )  # fmt: skip
    assert refs(database) == []
    assert bring(ROOF, bad, accept_valid=True).state == "done"
    assert refs(database) == ["L-1"]


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        (COLUMN.replace("LC-1; LC-2", "ROOF-1"), "Assets", "exclusively"),
        (COLUMN.replace("15/06/2030", "15/06/2024"), "Break", "is before the start"),
        (COLUMN.replace("15/06/2025", "15/06/2036"), "End", "is before the start"),
        ("L-3,Old,01/04/2010,31/03/2020,5,,no,,,", "Status", "ended or is continuing"),
    ],
)
def test_rules_of_the_whole_agreement_are_told_at_their_column(
    bring: Import, database: Database, row: str, column: str, rule: str
) -> None:
    """Double letting, a break before the start, a term that is over with no word of it."""
    report = bring(ROOF, row, accept_valid=True)
    assert {(told.row, told.column) for told in report.rejects} == {(3, column)}
    assert rule in report.rejects[0].rule
    assert refs(database) == ["L-1"]


def test_a_dry_run_writes_nothing(bring: Import, database: Database) -> None:
    """And counts as the import would."""
    report = bring(ROOF, COLUMN, dry_run=True)
    assert (report.state, counts(report)) == ("dry-run", (2, 0, 0, 0))
    assert refs(database) == []


def test_a_status_that_moved_on_is_recorded(bring: Import, database: Database) -> None:
    """A draft that has ended was active between; an ended one does not come back."""
    bring(ROOF.replace("active", "draft"))
    bring(ROOF.replace("active", "terminated"))
    held = found(database, "L-1")
    assert (held.status, held.version) == (Status.ended, 3)
    report = bring(ROOF)
    assert report.state == "refused"
    assert "cannot become active" in report.rejects[0].rule


def test_damage_further_down_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    """Whatever reading raises, what was read before it is not kept."""

    def rows() -> Iterator[Incoming | list[Rejected]]:
        yield from read_register(file)
        raise BadSource("r.csv was cut short")

    path = tmp_path / "r.csv"
    path.write_text("\n".join((HEAD, ROOF)) + "\n", encoding="utf-8")
    file = fitted(open_register(path), mappings.loads(MAPPING))
    with pytest.raises(BadSource):
        import_all(database, rows(), NOTE, AT, RegisterReport("r", "", on="2026-11-29"))
    assert refs(database) == []


@pytest.mark.real_data
def test_releases_come_in_once(database: Database, real_data: Path) -> None:
    """Contracts Finder's: thirteen agreements, and the same file again changes nothing."""
    path = real_data / "data" / "contracts" / "contracts_finder_releases.jsonl"
    for expected in ((13, 0, 0, 3), (0, 0, 13, 3)):
        report = RegisterReport(path.name, "", on=ON.isoformat())
        import_all(database, read_file(path, Assumed(), ON, report), NOTE, AT, report)
        assert (report.state, counts(report)) == ("done", expected)


def test_events_of_releases_are_recorded_once(database: Database, tmp_path: Path) -> None:
    """An amendment is an event; importing again does not repeat it."""
    release = {
        "ocid": "ocds-b5fd17-1", "id": "1", "date": "2025-03-11T11:39:58Z", "tag": ["contract"],
        "initiationType": "tender", "buyer": {"name": "Camford Council"},
        "tender": {"id": "t", "title": "Works"},
        "awards": [{"id": "a", "status": "active", "suppliers": [{"name": "Works Ltd"}]}],
        "contracts": [
            {"id": "c", "awardID": "a", "status": "active",
             "period": {"startDate": "2025-04-01", "endDate": "2030-03-31"},
             "amendments": [{"date": "2025-05-01", "description": "More sites"}]}
        ],
    }  # fmt: skip
    path = tmp_path / "r.json"
    path.write_text(json.dumps(release))
    for _ in range(2):
        report = RegisterReport(path.name, "", on=ON.isoformat())
        import_all(database, read_file(path, Assumed(), ON, report), NOTE, AT, report)
    with database.reading() as session:
        events = queries.events(session, "ocds-b5fd17-1")
        assert [(e.happened_on, e.kind, e.note) for e in events] == [
            (date(2025, 5, 1), "amendment", "More sites")
        ]


def test_drafts_and_withdrawn_agreements_are_not_published(
    bring: Import, database: Database
) -> None:
    """Neither in a page nor by name; pages follow one another by reference."""
    bring(ROOF, COLUMN, "L-3,Plan,01/04/2030,31/03/2040,5,,no,draft,,")
    with database.writing() as session:
        writing.withdraw(session, "L-2", 1, ON, NOTE, AT)
    with database.reading() as session:
        assert [each.agreement.ref for each in published.page(session, "", 10)] == ["L-1"]
        assert published.page(session, "L-1", 10) == []
        for hidden in ("L-2", "L-3", "L-9"):
            with pytest.raises(NotFound):
                published.chosen(session, [hidden], {})


def _own(database: Database, *assets: tuple[str, str]) -> None:
    """Put lampposts into the catalogue, each by (source, ref)."""
    with database.writing() as session:
        editor = Editor.begin(session, database.storage_crs, database.srid, NOTE)
        for number, (source, ref) in enumerate(assets, 1):
            record = {"kind": "lamppost", "ref": ref, "geom": POSITION}
            editor.create(record, str(uuid.UUID(int=number)), source)


def test_assets_that_the_catalogue_lacks_or_has_twice_are_told(
    bring: Import, database: Database
) -> None:
    """By agreement and asset; the agreement is imported, and waits for them."""
    _own(database, ("lighting", "LC-1"), ("survey", "LC-1"), ("lighting", "ROOF-1"))
    report = bring(ROOF, COLUMN)
    assert counts(report) == (2, 0, 0, 0)
    told = [f"{each.ref}: {each.what}" for each in report.stated if "catalogue" in each.what]
    assert told == [
        "L-2: the catalogue has 2 assets LC-1, of lighting, survey: give them different "
        "references, or it cannot be told which is let",
        "L-2: the catalogue has no asset LC-2",
    ]


def test_unknown_assets_are_refused_where_that_is_asked(bring: Import, database: Database) -> None:
    """With the row and its column; a row whose assets are known is no part of it."""
    _own(database, ("lighting", "ROOF-1"))
    report = bring(ROOF, COLUMN, require_assets=True)
    assert report.state == "refused"
    assert [(each.row, each.column) for each in report.rejects] == [(3, "Assets"), (3, "Assets")]
    assert refs(database) == []
    kept = bring(ROOF, COLUMN, require_assets=True, accept_valid=True)
    assert counts(kept) == (1, 0, 0, 1)
