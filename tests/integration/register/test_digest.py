"""The digest of alerts reaches people once, through a real mail server."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from mail_server import PASSWORD, Box, certificate, mail_server
from pydantic import SecretStr

from canopy.concessions.alerts.alert import Alert
from canopy.concessions.register.told.addressing import Manager, Reader, addressed, readers
from canopy.concessions.register.told.sending import Outcome, tell
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.mail import MailNotSent, MailServer

ON = date(2030, 9, 1)
ANNA, BEN, CARA = "anna@camford.example", "ben@camford.example", "cara@camford.example"
PAGE = "https://canopy.example/explore/agreements.html"


def alert(ref: str, act_by: date = ON, text: str = "Say by then.") -> Alert:
    return Alert("break-notice", ref, f"Roof of {ref}", "breaks[0]", act_by, act_by, text)


@contextmanager
def served(**more: object) -> Iterator[tuple[Box, MailServer]]:
    with mail_server() as (box, port):
        yield box, to(port, **more)


def to(port: int, **more: object) -> MailServer:
    usual: dict[str, object] = {
        "host": "127.0.0.1", "port": port, "security": "none",
        "sender": "canopy@camford.example", "timeout_s": 5.0,
    }  # fmt: skip
    return MailServer(**usual | more)  # type: ignore[arg-type]


def told(
    database: Database, server: MailServer, *alerts: Alert, on: date = ON,
    people: tuple[str, ...] = (ANNA,), everything: bool = False,
) -> list[Outcome]:  # fmt: skip
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return tell(
        database,
        server,
        addressed([Reader(each) for each in people], alerts, {}),
        on,
        at,
        "Camford",
        PAGE,
        everything,
    )


def test_a_person_is_told_once_and_again_when_the_day_to_act_has_come(database: Database) -> None:
    """In text and in HTML, by how soon, with a link to each agreement."""
    later = alert("EST/2", date(2030, 12, 1), "Beware of <b> & co.")
    with served() as (box, server):
        assert told(database, server, alert("EST/1"), later) == [Outcome(ANNA, 2)]
        assert told(database, server, alert("EST/1"), later) == [Outcome(ANNA, 0)]
        on = date(2030, 12, 1)
        assert told(database, server, later, on=on) == [Outcome(ANNA, 1)]
        assert told(database, server, later, on=on, everything=True) == [Outcome(ANNA, 1)]
    (to_whom, first), *others = box.letters
    assert (to_whom, len(others)) == (ANNA, 2)
    assert first["Subject"] == "Camford: 2 things to do"
    text = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "WITHIN A WEEK" in text
    assert f"{PAGE}#/agreement/EST%2F1" in text
    html = first.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Beware of &lt;b&gt; &amp; co." in html
    assert html.index("Within a week") < html.index("Later")


def test_one_who_is_refused_does_not_stop_the_others_and_is_told_later(database: Database) -> None:
    with served() as (box, server):
        box.unknown = {ANNA}
        first = told(database, server, alert("L-1"), people=(ANNA, BEN))
        assert "no such person" in (first[0].problem or "")
        assert first[1] == Outcome(BEN, 1)
        box.unknown = set()
        assert told(database, server, alert("L-1"), people=(ANNA, BEN)) == [
            Outcome(ANNA, 1), Outcome(BEN, 0),
        ]  # fmt: skip
    assert [person for person, _ in box.letters] == [BEN, ANNA]


def test_what_a_server_does_not_take_is_not_counted_as_told(database: Database) -> None:
    """A server that puts off, and one that is not there: nothing is lost."""
    with served() as (box, server):
        box.broken = True
        assert "451" in (told(database, server, alert("L-1"))[0].problem or "")
        box.broken = False
        assert told(database, server, alert("L-1")) == [Outcome(ANNA, 1)]
    with pytest.raises(MailNotSent, match=r"127\.0\.0\.1:\d+ cannot be used"):
        told(database, server, alert("L-2"))
    with served() as (box, server):
        assert told(database, server, alert("L-2")) == [Outcome(ANNA, 1)]


def test_a_server_that_dies_midway_loses_nothing_and_repeats_nothing(database: Database) -> None:
    """Whom it took a letter for is not told again; the others are the next time."""
    both = (ANNA, BEN)
    with served() as (box, server):
        box.takes = 1
        with pytest.raises(MailNotSent, match="cannot be used"):
            told(database, server, alert("L-1"), people=both)
        box.takes = None
        assert told(database, server, alert("L-1"), people=both) == [
            Outcome(ANNA, 0), Outcome(BEN, 1),
        ]  # fmt: skip
    assert [person for person, _ in box.letters] == [ANNA, BEN]


def test_a_password_is_not_sent_in_the_clear() -> None:
    """Except on the same machine; the refusal does not hold it."""
    secret = SecretStr("x9-secret")
    with pytest.raises(Refused, match="unencrypted") as refused:
        to(25, host="mail.example.org", user="canopy", password=secret)
    assert "x9-secret" not in refused.value.detail
    assert to(25, user="canopy", password=secret).host == "127.0.0.1"


def test_a_person_can_be_told_of_some_kinds_alone(database: Database) -> None:
    legal = readers(f" {ANNA} , {BEN}=expiry+index-review,")
    at = datetime(2030, 9, 1, 9, tzinfo=UTC)
    with served() as (box, server):
        whose = addressed(legal, [alert("L-1")], {})
        outcomes = tell(database, server, whose, ON, at, "Camford", None)
    assert outcomes == [Outcome(ANNA, 1), Outcome(BEN, 0)]
    assert [person for person, _ in box.letters] == [ANNA]


@pytest.mark.parametrize(
    ("text", "why"),
    [(f"{ANNA}=brake", "'brake', which is no kind"), (f"{ANNA}=", "'', which is no kind"),
     (f"{ANNA},{ANNA}=expiry", "twice"), ("anna", "no address")],
)  # fmt: skip
def test_a_list_of_people_that_cannot_be_meant_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        readers(text)


def test_manager_is_told_of_own_agreements_and_others_go_to_the_setting(database: Database) -> None:
    """In one letter to each address, however it is written, and each alert in it once."""
    ours, bens, nobodys = alert("L-1"), alert("L-2"), alert("L-3")
    managers = {
        "L-1": Manager("Anna", ANNA.upper()), "L-2": Manager("Ben", BEN), "L-3": Manager("X", None)
    }  # fmt: skip
    whose = addressed(readers(f"{ANNA}=break-notice, {CARA}"), [ours, bens, nobodys], managers)
    assert whose.letters == {ANNA: (ours, bens, nobodys), CARA: (nobodys,), BEN: (bens,)}
    at = datetime(2030, 9, 1, 9, tzinfo=UTC)
    names = {ref: each.name for ref, each in managers.items()}
    with served() as (box, server):
        told = tell(database, server, whose, ON, at, "Camford", None, managers=names)
    assert told == [Outcome(ANNA, 3), Outcome(CARA, 1), Outcome(BEN, 1)]
    letters = {
        person: letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for person, letter in box.letters
    }
    assert letters[ANNA].count("* L-1,") == 1
    assert "Roof of L-2 (looked after by Ben)" in letters[BEN]
    assert "L-1" not in letters[BEN]


def test_alert_that_nobody_is_told_of_is_named() -> None:
    """No manager has an address, and the setting asks for other kinds."""
    whose = addressed(readers(f"{ANNA}=expiry"), [alert("L-1")], {})
    assert (whose.letters, whose.nobodys) == ({ANNA: ()}, (alert("L-1"),))


def test_nothing_new_needs_no_server(database: Database) -> None:
    assert told(database, to(1)) == [Outcome(ANNA, 0)]


@pytest.mark.parametrize(
    "address", ["anna", "anna@camford", "a@b.example\r\nBcc: c@d.example", "A <a@b.example>", ""]
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(
    database: Database, address: str
) -> None:
    with served() as (box, server), pytest.raises(Refused, match="no address"):
        told(database, server, alert("L-1"), people=(ANNA, address))
    assert box.letters == []


def test_mail_is_encrypted_and_signed_in_for(database: Database, tmp_path: Path) -> None:
    """By STARTTLS and a password; a certificate that nobody vouches for, and a wrong password,
    end it, and neither message holds the password."""
    keys = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(keys[1]))
    with mail_server(keys, login=True) as (box, port):
        mine = {"security": "starttls", "user": "canopy", "trusted": trusted}
        right = to(port, password=SecretStr(PASSWORD), **mine)
        assert told(database, right, alert("L-1")) == [Outcome(ANNA, 1)]
        with pytest.raises(MailNotSent, match="user name and password") as wrong:
            told(database, to(port, password=SecretStr("x9-secret"), **mine), alert("L-2"))
        assert "x9-secret" not in wrong.value.detail
        with pytest.raises(MailNotSent, match="certificate"):
            told(
                database,
                to(port, password=SecretStr(PASSWORD), security="starttls", user="canopy"),
                alert("L-2"),
            )
    assert len(box.letters) == 1
