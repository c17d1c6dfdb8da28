"""`canopy register`: documents, changes of contracts and entries, as commands tell them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_outcome import Canopy
from test_register_command import register  # noqa: F401  # a fixture

on_a_file = pytest.mark.parametrize("new_database", ["gpkg"], indirect=True)
DOCS = Path(__file__).parents[3] / "docs"
PDF = b"%PDF-1.7 lease"
SPEND = """
kind = "spend"
supplier = "Mast Ltd"
first = 2026-04-01
last = 2026-06-30
amount_pence = {pence}
"""
CAP = """
kind = "cap"
supplier = "Mast Ltd"
of = "supplier"
limit_pence = 2500000
source = "cabinet, May 2026"
"""
# Domain facts, section 3.3: the small-cell concession that comes to 58.83 points.
SEGMENTATION = """
kind = "segmentation"
[answers]
impact = "medium"
statutory = "no"
reputation = "medium"
data = "no"
correction = "considerable"
complexity = "specialist"
alternatives = "1-to-4"
strategy = "essential"
spend = "500k-to-1m"
"""
ROUTE = (
    "register", "route", "CON-A", "--option", "concession", "--chosen", "concession",
    "--reason", "it has obligations", "--procured", "2024-03-01", "--subject", "goods-services",
    "--initial", "1200000", "--inside-law",
)  # fmt: skip


@pytest.fixture
def desk(
    register: Canopy,  # noqa: F811  # the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Canopy:
    """Commands on a register that keeps documents, with a PDF and entries to send."""
    monkeypatch.setenv("CANOPY_REGISTER_DOCUMENTS", str(tmp_path / "kept"))
    (tmp_path / "lease.pdf").write_bytes(PDF)
    (tmp_path / "paid.toml").write_text(SPEND.format(pence=3_000_000))
    (tmp_path / "paid-less.toml").write_text(SPEND.format(pence=2_000_000))
    (tmp_path / "cap.toml").write_text(CAP)
    (tmp_path / "answers.toml").write_text(SEGMENTATION)
    return register


def test_a_document_is_got_back_and_never_over_a_file(desk: Canopy, tmp_path: Path) -> None:
    """The same bytes; a file that is there already is left alone."""
    assert desk("register", "document", "add", "CON-A", "lease.pdf", "--title", "Lease").code == 0
    got = desk("register", "document", "get", "CON-A", "1", "--out", "back.pdf")
    assert (got.code, (tmp_path / "back.pdf").read_bytes()) == (0, PDF)
    (tmp_path / "back.pdf").write_bytes(b"mine")
    refused = desk("register", "document", "get", "CON-A", "1", "--out", "back.pdf")
    assert (refused.code, "back.pdf cannot be written" in refused.err) == (1, True)
    assert (tmp_path / "back.pdf").read_bytes() == b"mine"
    missing = desk("register", "document", "get", "CON-A", "7", "--out", "seven.pdf")
    assert (missing.code, "CON-A has no document 7" in missing.err) == (1, True)


def test_a_document_is_withdrawn_once_and_for_a_reason(desk: Canopy) -> None:
    """It stays in the list with the reason, and its file can still be had."""
    desk("register", "document", "add", "CON-A", "lease.pdf", "--title", "Lease")
    withdraw = ("register", "document", "withdraw", "CON-A", "1", "--reason")
    assert desk(*withdraw, " ").code == 1
    assert "Document 1 of CON-A is withdrawn." in desk(*withdraw, "signed anew").out
    assert desk(*withdraw, "again").code == 1
    assert "anew" in desk("register", "document", "list", "CON-A").out
    assert desk("register", "document", "get", "CON-A", "1", "--out", "old.pdf").code == 0
    mark = ("register", "document", "mark", "CON-A", "--reason", "r", "--sensitivity", "public")
    assert desk(*mark, "1").code == 1


def test_changes_are_recorded_advised_on_and_reversed(desk: Canopy) -> None:
    """£70,000 and £55,000 of £1.2 million are 10.42 %: the second fails until one is reversed."""
    assert desk(*ROUTE).code == 0
    modify = ("register", "modify", "CON-A", "--ground", "minor", "--on")
    first = desk(*modify, "2025-01-01", "--value", "70000", "--note", "more columns")
    assert "Modification 1 of CON-A is on record." in first.out
    assert desk(*modify, "2025-06-01", "--value", "55000").code == 0
    told = desk("register", "changes", "CON-A").out
    assert "2025-06-01 minor £55,000.00: does not stand" in told
    assert "10.42% against 10.00%" in told
    reverse = ("register", "reverse", "CON-A", "1", "--reason")
    assert desk(*reverse, " ").code == 1
    assert "Modification 1 of CON-A is reversed." in desk(*reverse, "never signed").out
    assert desk(*reverse, "again").code == 1
    told = desk("register", "changes", "CON-A").out
    assert "does not stand" not in told
    assert "2025-01-01" not in told


@pytest.mark.parametrize("value", ["much", "0.001", "NaN", "99999999999999"])
def test_a_change_has_whole_pence(desk: Canopy, value: str) -> None:
    desk(*ROUTE)
    refused = desk(
        "register", "modify", "CON-A", "--ground", "minor", "--on", "2025-01-01", "--value", value
    )
    assert (refused.code, "--value" in refused.err) == (1, True)
    assert "No change is on record." in desk("register", "changes", "CON-A").out


def test_the_class_of_a_contract_is_told_with_what_it_lacks(desk: Canopy) -> None:
    none = desk("register", "segment", "CON-A")
    assert (none.code, "no answers to the segmentation" in none.err) == (1, True)
    desk("register", "note", "CON-A", "answers.toml")
    told = desk("register", "segment", "CON-A").out
    assert "CON-A is operational: 58.83 of 100 points" in told
    assert "missing: who looks after it" in told


@on_a_file
def test_every_command_and_example_of_the_reference_page_is_taken(
    desk: Canopy, tmp_path: Path
) -> None:
    """On a fresh catalogue, each entry as it stands; then the page's lines in their order."""
    page = (DOCS / "reference" / "register-entries.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL)).replace("\\\n", "")
    ran = []
    for line in re.findall(r"^\$ canopy (.+)$", lines, flags=re.MULTILINE):
        words = shlex.split(line)
        out = words.pop() if ">" in words else None
        made = desk(*(word for word in words if word != ">"))
        assert (made.code, made.err) == (0, ""), line
        if out is not None:
            (tmp_path / out).write_text(made.out)
            assert made.out in page
        ran.append(words[1])
    assert (ran.count("note"), ran.count("event"), ran.count("modify")) == (8, 1, 1)


@on_a_file
def test_the_checklist_is_told_in_the_words_of_the_council(
    desk: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Item by item; what was not seen is said to be so, until the council sets its wording."""
    (tmp_path / "checklist.toml").write_text(desk("register", "example", "checklist").out)
    assert desk("register", "note", "CON-A", "checklist.toml").code == 0
    told = desk("register", "checklist", "CON-A").out
    assert " 2. plans ahead: yes; evidence: pipeline of 2026/27" in told
    assert " 6. (number known, wording not seen; read it in LGA" in told
    assert "17 of 21 items are unanswered." in told
    (tmp_path / "wording.toml").write_text('source = "our copy"\n[items]\n6 = "Is it small?"\n')
    monkeypatch.setenv("CANOPY_REGISTER_CHECKLIST", "wording.toml")
    assert " 6. Is it small?: not answered" in desk("register", "checklist", "CON-A").out
    (tmp_path / "wording.toml").write_text('source = "our copy"\n[items]\n22 = "More?"\n')
    refused = desk("register", "checklist", "CON-A")
    assert (refused.code, "items.22" in refused.err) == (1, True)


def test_spend_over_a_limit_is_told_by_supplier(desk: Canopy) -> None:
    """£30,000 against £25,000 is over; a correction to £20,000 is not."""
    made = desk("register", "note", "CON-A", "paid.toml")
    assert "Entry 1 of CON-A is on record." in made.out
    desk("register", "note", "CON-A", "cap.toml")
    told = desk("register", "suppliers").out
    assert "30,000.00" in told
    assert "over its limit" in told
    desk("register", "note", "CON-A", "paid-less.toml", "--replaces", "1", "--reason", "a slip")
    told = desk("register", "suppliers").out
    assert "20,000.00" in told
    assert "over its limit" not in told


def test_notes_are_told_with_those_that_were_replaced(desk: Canopy) -> None:
    """By kind where one is asked for."""
    desk("register", "note", "CON-A", "paid.toml")
    desk("register", "note", "CON-A", "cap.toml")
    desk("register", "note", "CON-A", "paid-less.toml", "--replaces", "1", "--reason", "a slip")
    told = desk("register", "notes", "CON-A", "--kind", "spend").out.splitlines()
    assert ["(no longer holds)" in each for each in told] == [True, False]
    assert "3 (replaces 1: a slip) " in told[1]
    assert '"amount_pence": 2000000' in told[1]
    assert len(desk("register", "notes", "CON-A").out.splitlines()) == 3


def test_a_note_is_withdrawn_for_a_reason(desk: Canopy) -> None:
    """It stays on record and counts no more; a correction without a reason is refused."""
    desk("register", "note", "CON-A", "paid.toml")
    refused = desk("register", "note", "CON-A", "paid-less.toml", "--replaces", "1")
    assert (refused.code, "say why entry 1 is replaced" in refused.err) == (1, True)
    done = desk("register", "withdraw-note", "CON-A", "1", "--reason", "another council's")
    assert "Entry 1 of CON-A is withdrawn by entry 2." in done.out
    told = desk("register", "notes", "CON-A").out.splitlines()
    assert "1 (no longer holds) " in told[0]
    assert "2 (withdraws 1: another council's) " in told[1]
    assert "30,000.00" not in desk("register", "suppliers").out


def test_notices_of_a_route_are_told_until_they_are_published(desk: Canopy, tmp_path: Path) -> None:
    """Exit code 1 while one is overdue; an entry with its number and day settles it."""
    desk(*ROUTE)
    told = desk("register", "notices", "CON-A", "--on", "2026-12-01")
    assert told.code == 1
    assert "F02 contract notice: overdue, due 2024-03-01" in told.out
    assert "F03 contract award notice: overdue" in told.out
    alerts = desk("register", "alerts", "--on", "2026-12-01").out
    assert alerts.count("notice-due") == 2
    for number in ("F02", "F03"):
        entry = f'kind = "notice"\nnotice = "{number}"\ndue = 2024-03-01\n'
        (tmp_path / "notice.toml").write_text(
            entry + 'published_on = 2024-03-01\npublished_id = "2024/S 000-1"\n'
        )
        assert desk("register", "note", "CON-A", "notice.toml").code == 0
    told = desk("register", "notices", "CON-A", "--on", "2026-12-01")
    assert told.code == 0
    assert "published on 2024-03-01 as 2024/S 000-1" in told.out
    assert "notice-due" not in desk("register", "alerts", "--on", "2026-12-01").out
