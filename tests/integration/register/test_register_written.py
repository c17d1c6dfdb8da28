"""The register keeps agreements, every change of them, and who holds which asset."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from threading import Barrier

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from canopy.assets.queries import ChangeNote
from canopy.concessions.register import queries, writing
from canopy.concessions.register.asset_checks import assets_told
from canopy.concessions.register.holding import queries as holding
from canopy.concessions.register.queries import Wanted
from canopy.concessions.register.tables import AgreementAsset
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, LetAsset, Party
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.duration import Extension, Term
from canopy.concessions.terms.payment import Payment
from canopy.db.engine import Database
from canopy.errors import BadTerms, NotFound, Refused, StaleVersion

AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
START = date(2026, 4, 1)
NOTE = ChangeNote("ann", "as signed", "edit")


def lease(
    ref: str = "L-1", roof: str = "ROOF-1", *, sole: bool = False, **more: object
) -> Agreement:
    """Ten years of a roof from 1 April 2026."""
    made = Agreement(
        ref=ref,
        title=f"Lease of {roof}",
        kind="lease",
        term=Term(start=START, months=120),
        parties=(
            Party(name="Camford Council", role="council"),
            Party(name="Example Mast Ltd", role="operator"),
        ),
        valuation_basis="code-no-network",
        vat="exempt",
        payment=Payment(frequency="yearly", timing="advance"),
        assets=(LetAsset(ref=roof, exclusive=sole),),
        charges=(Rent(name="rent", type="rent", amount=Decimal("2551.77")),),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def add(session: Session, agreement: Agreement, status: Status = Status.active) -> writing.Held:
    return writing.add(session, agreement, status, START, NOTE, AT)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session on an empty register, on either database."""
    with database.writing() as opened:
        yield opened


def test_an_agreement_is_read_back_as_it_was_given(session: Session) -> None:
    """Terms to the last digit, how it stands, and version 1."""
    add(session, lease())
    found = writing.find(session, "L-1")
    assert found.agreement == lease()
    assert (found.status, found.status_on, found.version) == (Status.active, START, 1)


def test_a_change_keeps_what_was_before_who_and_why(session: Session) -> None:
    """Only the parts that differ are in the revision."""
    add(session, lease())
    dearer = lease(charges=(Rent(name="rent", type="rent", amount=Decimal(3000)),))
    changed = writing.change(session, dearer, 1, ChangeNote("bob", "rent review", "edit"), AT)
    assert changed.version == 2
    first, second = queries.history(session, "L-1")
    assert (first.action, first.author, first.reason) == ("added", "ann", "as signed")
    assert (second.action, second.author, second.reason) == ("changed", "bob", "rent review")
    assert second.delta.fields == {"charges"}
    assert [each["amount"] for each in second.delta.before["charges"]] == ["2551.77"]  # type: ignore[attr-defined]
    assert [each["amount"] for each in second.delta.after["charges"]] == ["3000"]  # type: ignore[attr-defined]


def test_terms_that_do_not_differ_make_no_revision(session: Session) -> None:
    """The version stays, so nobody else's change becomes stale."""
    add(session, lease())
    assert writing.change(session, lease(), 1, NOTE, AT).version == 1
    assert len(queries.history(session, "L-1")) == 1


def test_a_change_of_an_older_version_is_refused(session: Session) -> None:
    """Who read version 1 does not overwrite what version 2 says."""
    add(session, lease())
    writing.change(session, lease(title="Roof of the depot"), 1, NOTE, AT)
    with pytest.raises(StaleVersion, match="L-1 is at version 2 now, and you began from 1"):
        writing.change(session, lease(title="Another"), 1, NOTE, AT)
    assert writing.find(session, "L-1").agreement.title == "Roof of the depot"


def test_a_reference_is_given_once(session: Session) -> None:
    """The way out is told; one that is not there is not found."""
    add(session, lease())
    with pytest.raises(Refused, match="in the register already; change that agreement"):
        add(session, lease())
    with pytest.raises(NotFound, match="no agreement L-9"):
        writing.change(session, lease("L-9"), 1, NOTE, AT)


def test_an_agreement_passes_through_its_life(session: Session) -> None:
    """Active, continuing after its term, ended; each from a day, and no step is skipped."""
    add(session, lease(), Status.draft)
    with pytest.raises(Refused, match="that is draft cannot become ended"):
        writing.set_status(session, "L-1", 1, Status.ended, START, NOTE, AT)
    after = date(2036, 4, 1)
    writing.set_status(session, "L-1", 1, Status.active, START, NOTE, AT)
    writing.set_status(session, "L-1", 2, Status.continuing, after, NOTE, AT)
    found = writing.set_status(session, "L-1", 3, Status.ended, date(2037, 1, 5), NOTE, AT)
    assert (found.status, found.status_on) == (Status.ended, date(2037, 1, 5))
    last = queries.history(session, "L-1")[-1]
    assert last.delta.before == {"status": "continuing", "status_on": "2036-04-01"}


def test_a_withdrawn_agreement_keeps_its_history_and_leaves_lists(session: Session) -> None:
    """It needs a reason, is for good, and is listed only where it is asked for."""
    add(session, lease())
    with pytest.raises(Refused, match="say why"):
        writing.withdraw(session, "L-1", 1, START, ChangeNote("ann", " ", "edit"), AT)
    writing.withdraw(session, "L-1", 1, START, ChangeNote("ann", "entered twice", "edit"), AT)
    assert queries.listed(session, Wanted(), 10) == []
    (row,) = queries.listed(session, Wanted(statuses=(Status.withdrawn,)), 10)
    assert (row.ref, row.version) == ("L-1", 2)
    assert [each.action for each in queries.history(session, "L-1")] == ["added", "withdrawn"]
    with pytest.raises(Refused, match="L-1 is withdrawn"):
        writing.change(session, lease(title="Back"), 2, NOTE, AT)


@pytest.mark.parametrize(
    ("wanted", "refs"),
    [
        (Wanted(), ["L-1", "L-2", "L-3"]),
        (Wanted(kind="wayleave"), ["L-2"]),
        (Wanted(statuses=(Status.draft,)), ["L-3"]),
        (Wanted(party="Fibre Ltd"), ["L-2"]),
        (Wanted(party="fibre"), []),
        (Wanted(asset_ref="ROOF-1"), ["L-1", "L-2"]),
        (Wanted(on=date(2036, 3, 31)), ["L-1", "L-2"]),
        (Wanted(on=date(2036, 4, 1)), ["L-2"]),
        (Wanted(kind="lease", asset_ref="ROOF-3"), ["L-3"]),
    ],
)
def test_agreements_are_listed_by_what_they_are(
    session: Session, wanted: Wanted, refs: list[str]
) -> None:
    """Kind, status, party, asset and a day in the term narrow together."""
    fibre = (
        Party(name="Camford Council", role="council"),
        Party(name="Fibre Ltd", role="operator"),
    )
    add(session, lease())
    add(session, lease("L-2", kind="wayleave", parties=fibre, term=Term(start=START, months=240)))
    later = Term(start=date(2040, 4, 1), months=12)
    add(session, lease("L-3", "ROOF-3", term=later), Status.draft)
    assert [row.ref for row in queries.listed(session, wanted, 10)] == refs


def test_two_agreements_on_one_asset_are_an_overlap(session: Session) -> None:
    """Told with the days they share; a draft holds nothing, and neither does one that ended."""
    add(session, lease())
    later = Term(start=date(2035, 4, 1), months=120)
    add(session, lease("L-2", term=later))
    add(session, lease("L-3"), Status.draft)
    (found,) = queries.overlaps_on(session, "ROOF-1")
    assert (found.first, found.second) == ("L-1", "L-2")
    assert (found.from_day, found.last_day) == (date(2035, 4, 1), date(2036, 3, 31))
    assert not found.refused
    writing.set_status(session, "L-1", 1, Status.ended, date(2030, 1, 1), NOTE, AT)
    assert queries.overlaps_on(session, "ROOF-1") == []


def test_letting_an_asset_inside_an_option_to_extend_is_told(session: Session) -> None:
    """It is not refused: nobody has to use the option. Who shares the asset is not told."""
    option = (Extension(months=60, by="operator", notice=6),)
    later = Term(start=date(2038, 4, 1), months=120)
    held = add(session, lease(sole=True, extensions=option)).agreement
    assert assets_told(session, held) == ["the catalogue has no asset ROOF-1"]
    after = add(session, lease("L-2", term=later)).agreement
    told = (
        "L-2 and L-1 both hold ROOF-1 from 2038-04-01 to 2041-03-31 if L-1 is extended, and one of "
        "them exclusively"
    )
    assert told in assets_told(session, after)[1]
    (found,) = holding.on_asset(session, "ROOF-1")
    assert (found.first, found.second, found.if_extended) == ("L-1", "L-2", ("L-1",))
    writing.change(session, replace(held, assets=(LetAsset(ref="ROOF-1"),)), 1, NOTE, AT)
    assert holding.on_asset(session, "ROOF-1") == []


def test_assets_let_alone_before_the_flag_was_kept_are_held_alone(session: Session) -> None:
    """As the next change of the agreement would have written it; of others nothing changes."""
    add(session, lease(exclusivity="full"))
    add(session, lease("L-2", "ROOF-2"))
    session.execute(update(AgreementAsset).values(is_exclusive=False))
    migration = import_module("canopy.migrations.versions.2026_12_16_exclusive")
    with Operations.context(MigrationContext.configure(session.connection())):
        migration.upgrade()
    flags = session.execute(select(AgreementAsset.asset_ref, AgreementAsset.is_exclusive)).all()
    assert sorted(map(tuple, flags)) == [("ROOF-1", True), ("ROOF-2", False)]


def test_an_asset_that_is_held_alone_is_not_let_again(session: Session) -> None:
    """Whichever of the two is exclusive; the asset, the other agreement and the days are told."""
    add(session, lease(sole=True))
    with pytest.raises(BadTerms, match="ROOF-1: L-1 holds it from 2026-04-01 to 2036-03-31 too"):
        add(session, lease("L-2"))


def test_one_that_continues_after_its_term_still_holds_its_asset(session: Session) -> None:
    """An occupier that holds over is not gone on the last day of the term."""
    add(session, lease(sole=True))
    writing.set_status(session, "L-1", 1, Status.continuing, date(2036, 4, 1), NOTE, AT)
    writing.set_status(session, "L-1", 2, Status.active, date(2036, 4, 1), NOTE, AT)
    add(session, lease("L-2", term=Term(start=date(2040, 4, 1), months=12)))
    writing.set_status(session, "L-2", 1, Status.continuing, date(2041, 4, 1), NOTE, AT)
    with pytest.raises(BadTerms, match="ROOF-1: L-2 holds it from 2040-04-01 on too"):
        writing.set_status(session, "L-1", 3, Status.continuing, date(2041, 4, 1), NOTE, AT)


def test_a_draft_that_becomes_active_is_checked_then(session: Session) -> None:
    """A draft may say anything of an asset; it takes it only when it is active."""
    add(session, lease(sole=True))
    add(session, lease("L-2"), Status.draft)
    with pytest.raises(BadTerms, match="ROOF-1"):
        writing.set_status(session, "L-2", 1, Status.active, START, NOTE, AT)


def test_assets_follow_a_change_of_terms(session: Session) -> None:
    """The asset that was given up is free, the new one is held."""
    add(session, lease())
    writing.change(session, lease(roof="ROOF-2"), 1, NOTE, AT)
    assert queries.listed(session, Wanted(asset_ref="ROOF-1"), 10) == []
    assert [row.ref for row in queries.listed(session, Wanted(asset_ref="ROOF-2"), 10)] == ["L-1"]


def test_events_are_kept_in_the_order_of_their_days(session: Session) -> None:
    """A meeting and a letter, with who recorded them; an empty note is refused."""
    add(session, lease())
    writing.record_event(session, "L-1", date(2027, 5, 2), "letter", "Notice given.", "ann", AT)
    writing.record_event(session, "L-1", date(2027, 1, 9), "meeting", "Yearly review.", "bob", AT)
    found = [
        (each.happened_on.month, each.kind, each.author) for each in queries.events(session, "L-1")
    ]
    assert found == [(1, "meeting", "bob"), (5, "letter", "ann")]
    with pytest.raises(Refused, match="a note of 1 to 4,000"):
        writing.record_event(session, "L-1", START, "meeting", " ", "ann", AT)


def test_a_refused_agreement_leaves_nothing_behind(database: Database) -> None:
    """The transaction is rolled back: no agreement, no revision, no change."""
    with database.writing() as session:
        add(session, lease(sole=True))
    with pytest.raises(BadTerms), database.writing() as session:
        add(session, lease("L-2"))
    with database.reading() as session:
        assert [row.ref for row in queries.listed(session, Wanted(), 10)] == ["L-1"]
        assert queries.history(session, "L-2") == []


def test_of_two_lettings_at_once_only_one_gets_the_asset(database: Database) -> None:
    """Neither sees the other's before it is written, so they are let in one after the other."""
    at_once = Barrier(2)

    def let(ref: str) -> str:
        at_once.wait()
        try:
            with database.writing() as session:
                add(session, lease(ref, sole=True))
        except BadTerms:
            return "refused"
        return "let"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(let, ["L-1", "L-2"])) == ["let", "refused"]
