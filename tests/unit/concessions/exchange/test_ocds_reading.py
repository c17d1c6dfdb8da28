"""OCDS releases become agreements; what was decided and what is left is told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from releases import Json, award_release

from canopy.concessions.exchange.incoming import Incoming, merged
from canopy.concessions.exchange.ocds.agreements import Assumed
from canopy.concessions.exchange.ocds.files import latest, read_releases
from canopy.concessions.exchange.ocds.intake import read_file
from canopy.concessions.exchange.ocds.repairing import line_breaks
from canopy.concessions.exchange.report import RegisterReport, Rejected
from canopy.concessions.standing import Status
from canopy.concessions.terms.charges import OneOff
from canopy.errors import BadSource, CanopyError

ON = date(2025, 6, 1)


def read(
    path: Path, *releases: Json, on: date = ON
) -> tuple[list[Incoming], list[Rejected], RegisterReport]:
    path.write_text("\n".join(json.dumps(each) for each in releases), encoding="utf-8")
    report = RegisterReport(path.name, "", on=on.isoformat())
    found = list(read_file(path, Assumed(), on, report))
    agreements = [each for each in found if isinstance(each, Incoming)]
    return agreements, [bad for each in found if isinstance(each, list) for bad in each], report


def test_an_award_is_an_agreement(tmp_path: Path) -> None:
    """Its parties, term, procurement and value; the name is repaired."""
    (found,), rejects, report = read(tmp_path / "r.json", award_release())
    assert rejects == []
    made = merged(found.document, None)
    assert (made.ref, made.kind, made.title) == (
        "ocds-b5fd17-1", "call-off", "Maintenance of charge points",
    )  # fmt: skip
    assert [(p.name, p.role) for p in made.parties] == [
        ("Camford Council", "council"), ("Café Chargers Ltd", "contractor"),
    ]  # fmt: skip
    assert (made.term.start, made.term.end) == (date(2025, 3, 17), date(2026, 3, 16))
    assert made.procured == date(2024, 12, 1)
    (cost,) = made.costs
    assert isinstance(cost, OneOff)
    assert str(cost.amount) == "230000.5"
    assert (found.status, found.status_on) == (Status.active, date(2025, 3, 17))
    assert any("its status is active" in each.what for each in report.stated)
    assert any("OCDS does not tell VAT" in each.what for each in report.stated)


def test_what_has_no_place_is_kept(tmp_path: Path) -> None:
    """Every value that is in no agreement, repaired, and none that is."""
    _, _, report = read(tmp_path / "r.json", award_release())
    kept = report.kept["ocds-b5fd17-1"]
    assert kept["tender.description"] == "Nine sites.\n\nInstalled 2021."
    assert kept["parties[1].address.streetAddress"] == "1 Road\nLondon\nN1"
    assert kept["tender.status"] == "complete"
    assert "buyer.name" not in kept
    assert "awards[0].value.amount" not in kept


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("124 City RoadrnLondonrnEC1V", "124 City Road\nLondon\nEC1V"),
        ("capacity.rnrnThis", "capacity.\n\nThis"),
        ("NorthernPowergrid", "NorthernPowergrid"),
        ("a modern barn in Thornton", "a modern barn in Thornton"),
        ("Return to the concern", "Return to the concern"),
    ],
)
def test_line_breaks_are_put_back_where_they_are_certain(text: str, meant: str) -> None:
    """English words keep their rn."""
    assert line_breaks(text) == meant


def test_the_latest_release_of_a_process_stands_for_it(tmp_path: Path) -> None:
    """By its date, whatever the order and the offsets in the file."""
    newer = award_release(id="n-2", date="2025-03-11T12:00:00+00:00")
    newer["tender"]["title"] = "As corrected"
    older = award_release(date="2025-03-11T12:30:00+01:00")
    (found,), _, report = read(tmp_path / "r.json", newer, older)
    assert found.document["title"] == "As corrected"
    assert report.superseded == 1


@pytest.mark.parametrize(
    ("said", "start", "end", "on", "status"),
    [
        ("active", "2025-03-17", "2026-03-16", "2025-03-16", Status.draft),
        ("active", "2025-03-17", "2026-03-16", "2025-03-17", Status.active),
        ("active", "2025-03-17", "2026-03-16", "2026-03-16", Status.active),
        ("active", "2025-03-17", "2026-03-16", "2026-03-17", Status.ended),
        ("pending", "2025-03-17", "2026-03-16", "2025-06-01", Status.draft),
        ("terminated", "2025-03-17", "2026-03-16", "2025-06-01", Status.ended),
    ],
)
def test_how_it_stands_follows_from_status_and_dates(
    tmp_path: Path, said: str, start: str, end: str, on: str, status: Status
) -> None:
    """Both days of the term are counted."""
    contract = {"id": "c1", "awardID": "a1", "status": said,
                "period": {"startDate": start, "endDate": end}}  # fmt: skip
    release = award_release(contracts=[contract])
    (found,), rejects, _ = read(tmp_path / "r.json", release, on=date.fromisoformat(on))
    assert rejects == []
    assert found.status is status


def _without(member: str) -> Json:
    release = award_release()
    del release[member]
    return release


def _award(**changes: object) -> Json:
    release = award_release()
    release["awards"][0] |= changes
    return release


@pytest.mark.parametrize(
    ("release", "column", "rule"),
    [
        (award_release(ocid=""), "ocid", "needs an ocid"),
        (award_release(date="2025-03-11T11:39:58"), "date", "a time with its offset"),
        (_without("awards"), "awards", "nobody is bound"),
        (_without("buyer"), "parties", "a buyer and a supplier"),
        (_award(status="cancelled"), "awards.0.status", "never came to be"),
        (_award(contractPeriod={"startDate": "2025-02-31", "endDate": "2026-01-01"}),
         "awards.0.contractPeriod", "no first and last day"),
        (_award(contractPeriod={"startDate": "2026-02-01", "endDate": "2026-01-01"}),
         "awards.0.contractPeriod", "ends before it starts"),
    ],
)  # fmt: skip
def test_what_is_no_agreement_is_rejected(
    tmp_path: Path, release: Json, column: str, rule: str
) -> None:
    """With the place in the file, the member and the rule."""
    agreements, (bad,), _ = read(tmp_path / "r.json", release)
    assert agreements == []
    assert (bad.row, bad.column) == (1, column)
    assert rule in bad.rule


def test_a_concession_has_no_cost_of_its_value(tmp_path: Path) -> None:
    """The value of a concession is not what the council pays."""
    release = award_release()
    release["tender"]["description"] = "A concession contract for charge points."
    (found,), _, report = read(tmp_path / "r.json", release)
    assert (found.document["kind"], found.document["costs"]) == ("concession", [])
    assert report.kept["ocds-b5fd17-1"]["awards[0].value.amount"] == 230000.5


def test_amendments_are_events_and_milestones_obligations(tmp_path: Path) -> None:
    """A milestone lies ahead; an amendment has happened."""
    contract = {
        "id": "c1", "awardID": "a1", "status": "active",
        "amendments": [{"id": "x", "date": "2025-05-01T00:00:00Z", "rationale": "More sites"}],
        "milestones": [{"id": "m", "title": "All live", "dueDate": "2025-09-01T00:00:00Z"}],
    }  # fmt: skip
    (found,), _, _ = read(tmp_path / "r.json", award_release(contracts=[contract]))
    assert found.document["obligations"] == ["By 2025-09-01: All live"]
    assert [(e.on, e.kind, e.text) for e in found.events] == [
        (date(2025, 5, 1), "amendment", "More sites")
    ]


def test_a_tender_dated_after_the_signature_tells_no_procurement(tmp_path: Path) -> None:
    """Publishers send notices late; such terms would be refused elsewhere, and here it is told."""
    contract = {
        "id": "c1", "awardID": "a1", "status": "active", "dateSigned": "2024-11-30T00:00:00Z",
        "period": {"startDate": "2025-03-17T00:00:00Z", "endDate": "2026-03-16T00:00:00Z"},
    }  # fmt: skip
    (found,), _, report = read(tmp_path / "r.json", award_release(contracts=[contract]))
    made = merged(found.document, None)
    assert (made.procured, made.signed) == (None, date(2024, 11, 30))
    assert any("tender began on 2024-12-01, after it was signed" in each.what
               for each in report.stated)  # fmt: skip


def test_several_contracts_are_several_agreements(tmp_path: Path) -> None:
    """Each under the process's identifier and its own."""
    release = award_release()
    release["awards"].append({**release["awards"][0], "id": "a2"})
    found, _, _ = read(tmp_path / "r.json", release)
    assert [each.ref for each in found] == ["ocds-b5fd17-1/a1", "ocds-b5fd17-1/a2"]


def test_contracts_of_one_award_have_its_suppliers(tmp_path: Path) -> None:
    """A framework's award may have several; without ids of their own they are refused."""
    release = award_release(
        contracts=[{"id": "c1", "awardID": "a1"}, {"id": "c2", "awardID": "a1"}]
    )
    del release["parties"]
    found, rejects, _ = read(tmp_path / "r.json", release)
    assert rejects == []
    assert [each.document["parties"][1]["name"] for each in found] == ["Café Chargers Ltd"] * 2
    release["contracts"][1]["id"] = "c1"
    found, rejects, _ = read(tmp_path / "r.json", release)
    assert (found, {bad.column for bad in rejects}) == ([], {"contracts.0.id", "contracts.1.id"})


@pytest.mark.parametrize(
    "document",
    [
        award_release(),
        [award_release()],
        {"uri": "x", "version": "1.1", "releases": [award_release()]},
        {"records": [{"ocid": "ocds-b5fd17-1", "compiledRelease": award_release()}]},
        {"records": [{"ocid": "ocds-b5fd17-1", "releases": [award_release(tag=["tender"]),
                                                            award_release()]}]},
    ],
    ids=["release", "array", "release package", "compiled record", "record"],
)  # fmt: skip
def test_every_layout_is_read(tmp_path: Path, document: object) -> None:
    """Releases, packages and records give the same agreement."""
    path = tmp_path / "r.json"
    path.write_text(json.dumps(document))
    (release,) = latest(read_releases(path)).latest
    assert release.ocid == "ocds-b5fd17-1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"), ("[1]", "no OCDS release"), ('{"a": 1}', "members a"),
        ('{"ocid": "x"', "cut short"), ("<html>", "not valid JSON"),
        ('{"records": [{"ocid": "x", "releases": [{"url": "u"}]}]}', "only linked"),
    ],
)  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    """With what they are."""
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(BadSource, match=reason):
        list(read_releases(path))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(["awards", "tender", "parties", "buyer", "contracts", "date", "ocid"]),
       value=JSON)  # fmt: skip
def test_any_member_of_a_release_is_read_or_rejected(
    tmp_path: Path, place: str, value: object
) -> None:
    """Schema or not, nothing else is raised."""
    found, rejects, _ = read(tmp_path / "r.json", award_release(**{place: value}))
    for each in found:
        try:
            merged(each.document, None)
        except CanopyError:
            continue
    assert found or rejects


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | JSON.map(json.dumps).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    """A file of noise ends in releases or one clear refusal."""
    path = tmp_path / "r.json"
    path.write_bytes(content)
    try:
        list(read_releases(path))
    except CanopyError:
        return


@pytest.mark.real_data
def test_releases_of_contracts_finder(real_data: Path) -> None:
    """Twenty releases of sixteen processes: thirteen awarded, three not yet."""
    path = real_data / "data" / "contracts" / "contracts_finder_releases.jsonl"
    report = RegisterReport(path.name, "")
    found = list(read_file(path, Assumed(), date(2026, 11, 28), report))
    agreements = [each for each in found if isinstance(each, Incoming)]
    rejects = [bad for each in found if isinstance(each, list) for bad in each]
    assert (len(agreements), len(rejects), report.superseded) == (13, 3, 4)
    assert all(bad.harmless for bad in rejects)
    for each in agreements:
        merged(each.document, None)
    kept = json.dumps(report.kept, ensure_ascii=False)
    assert "â€" not in kept
    assert "Â£" not in kept
    assert "124 City Road\\nLondon\\nEC1V 2NX" in kept
