"""`canopy register`: an agreement is added, changed, listed, shown, and warned of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_outcome import Canopy
from ogc_catalogue import add, point, record

from canopy.db.engine import Database

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "concessions.md"


@pytest.fixture
def register(town: Canopy, tmp_path: Path) -> Canopy:
    """Commands on a register with the agreement of the guide in it."""
    text = GUIDE.read_text(encoding="utf-8")
    (terms,) = re.findall(r'```toml title="small-cells.toml"\n(.*?)```', text, flags=re.DOTALL)
    (tmp_path / "small-cells.toml").write_text(terms)
    (tmp_path / "dearer.toml").write_text(terms.replace("amount = 30000", "amount = 35000"))
    made = town(
        "register", "add", "small-cells.toml", "--since", "2026-04-01", "--reason", "signed"
    )
    assert (made.code, made.err) == (0, "")
    return town


def test_an_agreement_is_listed_and_shown(register: Canopy) -> None:
    """With how it stands, its parties and who added it."""
    assert "CON-A" in register("register", "list", "--kind", "concession").out
    assert "CON-A" not in register("register", "list", "--party", "Nobody").out
    assert "CON-A" not in register("register", "list", "--handover-clause").out
    assert "CON-A" in register("register", "list", "--no-handover-clause").out
    said = register("register", "show", "CON-A").out
    assert "concession, active since 2026-04-01, version 1" in said
    assert "neutral-host: Example Neutral Host Ltd" in said
    assert re.search(r"version 1, added .* UTC by cli:\S+: signed", said)


def test_a_change_needs_the_version_that_was_read(register: Canopy) -> None:
    """An older one is refused and nothing is written; what changed is told."""
    said = register(
        "register", "change", "dearer.toml", "--version", "1", "--reason", "deed of 2027"
    )
    assert "CON-A is changed; version 2." in said.out
    said = register("register", "change", "small-cells.toml", "--version", "1")
    assert said.code == 1
    assert "CON-A is at version 2 now, and you began from 1" in said.err
    assert "deed of 2027 (charges)" in register("register", "show", "CON-A").out


def test_alerts_are_told_and_written_as_a_calendar(register: Canopy, tmp_path: Path) -> None:
    """The break of the guide's agreement, a year before a decision on it has to be begun."""
    said = register("register", "alerts", "--on", "2029-08-02", "--ics", "alerts.ics")
    assert (said.code, said.err) == (0, "")
    assert "2030-08-02" in said.out
    feed = (tmp_path / "alerts.ics").read_bytes().decode()
    assert "DTSTART;VALUE=DATE:20300802\r\n" in feed
    assert "There is nothing to do." in register("register", "alerts", "--on", "2029-08-01").out


def test_lead_times_are_settings(register: Canopy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A council that decides faster is told later."""
    monkeypatch.setenv("CANOPY_ALERT_DECISION_DAYS", "0")
    monkeypatch.setenv("CANOPY_ALERT_BREAK_NOTICE_MONTHS", "1")
    assert "nothing to do" in register("register", "alerts", "--on", "2030-08-26").out
    assert "2030-09-27" in register("register", "alerts", "--on", "2030-08-27").out


def test_what_happened_and_how_it_stands_are_recorded(register: Canopy) -> None:
    """An event is kept; an agreement that continues is told of until it ends."""
    said = register("register", "event", "CON-A", "meeting", "Yearly review.", "--on", "2027-05-04")
    assert said.code == 0
    assert "2027-05-04 meeting: Yearly review." in register("register", "show", "CON-A").out
    words = ("register", "status", "CON-A")
    assert register(*words, "draft", "--version", "1").code == 1
    said = register(*words, "continuing", "--version", "1", "--since", "2043-04-01")
    assert "CON-A is continuing since 2043-04-01; version 2." in said.out
    assert "holding-over" in register("register", "alerts", "--on", "2043-05-01").out
    register(*words, "ended", "--version", "2", "--since", "2043-06-01")
    assert "nothing to do" in register("register", "alerts", "--on", "2043-06-02").out


def test_two_agreements_on_one_asset_are_told_with_their_days(
    register: Canopy, tmp_path: Path
) -> None:
    """The list of an asset's agreements says which of them hold it at the same time."""
    terms = (tmp_path / "small-cells.toml").read_text()
    asset = '\n[[assets]]\nref = "LC-1"\n'
    for ref in ("CON-B", "CON-C"):
        (tmp_path / f"{ref}.toml").write_text(terms.replace("CON-A", ref) + asset)
        refused = register("register", "add", f"{ref}.toml")
        assert "the catalogue has no asset LC-1" in refused.err
        assert register("register", "add", f"{ref}.toml", "--allow-unknown-assets").code == 0
    said = register("register", "list", "--asset", "LC-1").out
    assert "CON-B and CON-C both hold LC-1 from 2026-04-01 to 2043-03-31." in said


LEASE = """
ref = "{ref}"
title = "A rooftop"
kind = "lease"
valuation_basis = "legacy-market"
vat = "exempt"
term = {{ start = 2026-04-01, months = 120 }}
payment = {{ frequency = "yearly", timing = "advance" }}
parties = [{{ name = "Camford", role = "council" }}, {{ name = "Mast Ltd", role = "operator" }}]
charges = [{{ name = "rent", type = "rent", amount = {pounds} }}]
assets = [{{ ref = "{asset}" }}]
"""


def test_rents_are_compared_like_with_like(
    town: Canopy, database: Database, tmp_path: Path
) -> None:
    """£9,000 and £12,000 stand £1,500 about their median, beside what is published of rooftops."""
    add(database, [record("rooftop", point(10.0, 10.0), ref="ROOF-1")])
    for ref, pounds, asset in (("A", 9000, "ROOF-1"), ("B", 12000, "ROOF-1"), ("C", 1, "GONE")):
        (tmp_path / "lease.toml").write_text(LEASE.format(ref=ref, pounds=pounds, asset=asset))
        assert town("register", "add", "lease.toml", "--allow-unknown-assets").code == 0
    said = town("register", "benchmarks", "--on", "2026-06-01")
    assert (said.code, said.err) == (0, "")
    assert "rooftop, rent, legacy-market:" in said.out
    assert "A: £9,000.00, -1,500.00 from the median, -14.3%" in said.out
    assert "B: £12,000.00, +1,500.00 from the median, +14.3%" in said.out
    assert "published: £11,346.00 of 2016, Councils, urban, mean: survey of" in said.out
    assert "UKUT 282" not in said.out
    assert "left out, the catalogue has no asset GONE: C" in said.out
