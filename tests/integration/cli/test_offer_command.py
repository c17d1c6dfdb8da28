"""`canopy offer`: one at a time and from a file, all of it or nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_outcome import Canopy
from ogc_catalogue import add, lamppost, point, record, withdraw

from canopy.db.engine import Database

CREATE = ("offer", "create", "LC-001", "--technology", "wifi", "--from", "2026-01-01")
HEAD = "asset,status,technologies,available_from,available_until,spare_power_w,constraints\n"


@pytest.fixture
def street(town: Canopy, database: Database) -> Canopy:
    """Commands on a catalogue with a few lampposts and a camera."""
    add(database, [lamppost(1), lamppost(2), lamppost(3), record("cctv", point(9, 9), ref="CAM")])
    return town


def offer_id(said: str) -> str:
    """The id that a command told."""
    found = re.search("[0-9a-f]{8}-[0-9a-f-]{27}", said)
    assert found is not None
    return found[0]


def test_an_offer_is_made_listed_and_withdrawn(street: Canopy) -> None:
    """Each command says what it did, and the history keeps who and why."""
    made = street(*CREATE, "--technology", "small_cell_5g", "--status", "open",
                  "--set", "spare_power_w=300", "--set", "constraints=10 kg; not at night",
                  "--reason", "asked by ACME")  # fmt: skip
    assert (made.code, made.err) == (0, "")
    found = offer_id(made.out)
    listed = street("offer", "list", "--cql2", "spare_power_w = 300")
    assert found in listed.out
    assert "small_cell_5g, wifi" in listed.out
    gone = street("offer", "withdraw", found, "--reason", "let")
    assert gone.out.strip() == f"Offer {found} is withdrawn."
    assert found not in street("offer", "list").out
    past = street("offer", "history", found).out
    assert "version 1, created" in past
    assert "asked by ACME" in past
    assert "['10 kg', 'not at night']" in past
    assert "  status: open -> withdrawn" in past


def test_a_draft_is_listed_for_its_audience_only(street: Canopy) -> None:
    """The list is what the audience would read."""
    found = offer_id(street(*CREATE).out)
    assert found in street("offer", "list", "--audience", "estates").out
    assert found not in street("offer", "list", "--audience", "operator").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("offer", "create", "LC-999", *CREATE[3:]), "There is no asset 'LC-999'"),
        ((*CREATE, "--technology", "6g"), "technologies"),
        ((*CREATE, "--until", "2025-01-01"), "is before available_from"),
        ((*CREATE, "--set", "spare_mounts=two"), "must be a number"),
        ((*CREATE, "--set", "colour=red"), "no field of an offer"),
        ((*CREATE, "--status", "withdrawn"), "by deleting it"),
        (("offer", "withdraw", "x"), "There is no offer x"),
        (("offer", "history", "x"), "There is no offer x"),
        (("offer", "list", "--cql2", "mpan = '1'"), "no field"),
    ],
)
def test_what_cannot_be_is_refused(street: Canopy, words: tuple[str, ...], told: str) -> None:
    """With exit code 1, the reason, and nothing written."""
    refused = street(*words)
    assert refused.code == 1
    assert told in refused.err
    assert "wifi" not in street("offer", "list").out


def test_a_file_is_imported_once(street: Canopy, tmp_path: Path) -> None:
    """Created, then unchanged, then updated where the file says something else."""
    file = tmp_path / "offers.csv"
    first = 'LC-001,open,wifi; small_cell_5g,2026-01-01,,300,"10 kg; by day"\n'
    second = "\nregister/LC-002,,wifi,2026-02-01,2026-12-31,,\n"
    file.write_text(HEAD + first + second, encoding="utf-8-sig")
    tried = street("offer", "import", file, "--dry-run")
    assert tried.out.strip() == (
        "Would be: 2 created, 0 updated, 0 unchanged, of 2 rows of offers.csv."
    )
    assert "wifi" not in street("offer", "list").out
    done = street("offer", "import", file)
    assert done.out.strip() == "Offers: 2 created, 0 updated, 0 unchanged, of 2 rows of offers.csv."
    again = street("offer", "import", file)
    assert "0 created, 0 updated, 2 unchanged" in again.out
    file.write_text(HEAD + "LC-001,open,small_cell_5g;wifi,2026-01-01,,500,\n", encoding="utf-8")
    assert "0 created, 1 updated, 0 unchanged" in street("offer", "import", file).out
    listed = street("offer", "list", "--cql2", "spare_power_w = 500 AND constraints IS NULL")
    assert "LC-001" in listed.out
    past = street("offer", "history", offer_id(listed.out)).out
    assert "spare_power_w: 300.0 -> 500.0" in past


def test_a_file_with_wrong_rows_is_refused_whole(
    street: Canopy, database: Database, tmp_path: Path
) -> None:
    """Every wrong row is told with its line, and the good ones are not written either."""
    withdraw(database, "LC-003")
    file = tmp_path / "offers.csv"
    rows = ["LC-001,open,wifi,2026-01-01,,,", "LC-001,open,wifi,2026-03-01,,,",
            "LC-404,open,wifi,2026-01-01,,,", "LC-002,open,tea,soon,,,",
            "LC-003,open,wifi,2026-01-01,,,", "LC-001,draft,wifi,2026-01-01,,,"]  # fmt: skip
    file.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    refused = street("offer", "import", file)
    assert refused.code == 1
    assert "5 of 6 rows are wrong" in refused.err
    for told in ("line 3, asset 'LC-001': Offer", "line 4, asset 'LC-404': There is no asset",
                 "line 5, asset 'LC-002': technologies", "line 6, asset 'LC-003': The asset is",
                 "line 7, asset 'LC-001': line 2 says the same"):  # fmt: skip
        assert told in refused.err
    assert "wifi" not in street("offer", "list").out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "missing in the first line: asset"),
        (b"asset,technologies,available_from,rent\n", "unknown in the first line: rent"),
        (b"asset,asset,technologies,available_from\n", "twice in the first line: asset"),
        (b"asset;technologies;available_from\n", "separated by commas"),
        (b"asset,technologies,available_from\nLC-001,wifi\n", "line 2: 2 values"),
        (b'asset,technologies,available_from\nLC-001,"wifi\n', "line 2"),
        (b"asset,technologies,available_from\nLC-\xe9,wifi,2026-01-01\n", "not UTF-8"),
        (b"asset,technologies,available_from\nLC-\x00,wifi,2026-01-01\n", "null characters"),
    ],
)
def test_a_file_that_is_no_list_of_offers_is_refused(
    street: Canopy, tmp_path: Path, content: bytes, told: str
) -> None:
    """It says what is wrong and where."""
    file = tmp_path / "offers.csv"
    file.write_bytes(content)
    refused = street("offer", "import", file)
    assert refused.code == 1
    assert told in refused.err


def test_a_file_that_is_not_there_is_refused(street: Canopy, tmp_path: Path) -> None:
    """And named."""
    refused = street("offer", "import", tmp_path / "none.csv")
    assert refused.code == 1
    assert "none.csv cannot be read" in refused.err
