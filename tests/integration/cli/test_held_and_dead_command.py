"""`canopy iot held`, `dead` and `happenings`: what an operator types, and what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_outcome import Canopy
from quarantined import Town, opened, reading
from registers import import_register, write_register

from canopy.db.engine import Database
from canopy.iot.store.rows import Batch, HappeningRow
from canopy.iot.tending import withholding
from canopy.iot.things.queries import RiskyStream


@pytest.fixture
def heard(town: Canopy, database: Database, tmp_path: Path) -> Iterator[tuple[Canopy, Town]]:
    """Commands on a catalogue in which three readings wait and a message is dead."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    with opened(database) as found:
        found.hear(
            reading("air", 20.5, unit="Cel"),
            reading("air", 900.0, unit="Cel", after_s=60),
            reading("door", True),
        )
        found.take(b'{"probe": 1}', topic="odd/topic")
        yield town, found


def test_a_device_is_listed_and_approved(heard: tuple[Canopy, Town]) -> None:
    """Its readings are stored; what cannot be is a dead letter."""
    canopy, found = heard
    said = canopy("iot", "held", "list")
    assert re.search(r"probe/air: 2 from .* by yard, newest 900.0 Cel \(unknown-stream\)", said.out)
    assert re.search(r"probe/door: 1 from .* newest True \(unknown-stream\)", said.out)
    approve = ("iot", "held", "approve", "probe", "--asset", "LC-1", "--high", "air=60")
    assert canopy(*approve).code == 2
    said = canopy(*approve, "--data-class", "council", "--dry-run")
    assert "by yard, 20.5 to 900, newest 900.0 Cel; 1 would become dead letters" in said.out
    assert "Nothing was written." in said.out
    said = canopy(*approve, "--data-class", "council")
    assert (said.code, said.err) == (0, "")
    assert "Things added 1, moved 0; datastreams added 2" in said.out
    assert "Readings stored 2, known before 0, dead letters 1." in said.out
    assert "Nothing waits." in canopy("iot", "held", "list").out
    assert len(found.observed()) == 2


def test_a_wrong_option_is_named(heard: tuple[Canopy, Town]) -> None:
    """And nothing is done."""
    canopy, found = heard
    approve = ("iot", "held", "approve", "probe", "--asset", "LC-1", "--data-class", "open")
    assert canopy(*approve, "--low", "air").code == 2
    assert canopy(*approve, "--low", "air=cold").code == 2
    said = canopy(*approve, "--low", "aire=1")
    assert said.code == 1
    assert "what waits is air, door" in said.err.replace("\n", " ")
    assert len(found.held()) == 3


def test_a_device_is_refused(heard: tuple[Canopy, Town]) -> None:
    """With who refused it and why."""
    canopy, found = heard
    said = canopy("iot", "held", "refuse", "probe", "--stream", "air", "--reason", "not ours")
    assert "2 readings are dead letters now." in said.out
    refused = [each for each in found.dead() if each.kind == "refused"]
    assert len(refused) == 2
    assert re.fullmatch(r"refused by cli:\S+: not ours", refused[0].reason)
    assert "Readings stored 0" in canopy("iot", "held", "release").out
    assert [each.stream for each in found.held()] == ["door"]


def test_dead_letters_are_listed_shown_and_replayed(
    heard: tuple[Canopy, Town], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a route that was added the message is read."""
    canopy, found = heard
    assert "odd/topic" in canopy("iot", "dead", "list", "--search", "probe").out
    assert "odd/topic" not in canopy("iot", "dead", "list", "--kind", "malformed").out
    number = found.dead()[0].id
    shown = canopy("iot", "dead", "show", number, "--out", tmp_path / "body.bin").out
    assert "unknown-topic: no route takes" in shown
    assert "mqtt, gateway yard, topic odd/topic" in shown
    assert (tmp_path / "body.bin").read_bytes() == b'{"probe": 1}'
    assert '{"probe": 1}' in canopy("iot", "dead", "show", number).out
    assert "Replayed 0, failed again 1" in canopy("iot", "dead", "replay").out
    with monkeypatch.context() as risky:
        risky.setattr(
            withholding, "risky_streams", lambda _: [RiskyStream(9, "probe", "bed", "yard")]
        )
        shown = canopy("iot", "dead", "show", number).out
        assert ("withheld" in shown, "1}" in shown) == (True, False)
        assert canopy("iot", "dead", "show", number, "--out", tmp_path / "other.bin").code == 1
        assert not (tmp_path / "other.bin").exists()
        assert "newest value withheld" in canopy("iot", "held", "list").out
    (tmp_path / "routes.toml").write_text(
        '[[mapping]]\nname = "odd"\nsource_level = 1\n'
        '[[mapping.streams]]\nstream = "n"\nvalue = "$.probe"\n'
        '[[route]]\ntopic = "odd/topic"\ndecoder = "mapped"\nmapping = "odd"\n'
    )
    monkeypatch.setenv("CANOPY_IOT_ROUTES", str(tmp_path / "routes.toml"))
    said = canopy("iot", "dead", "replay", "--topic", "odd/topic").out
    assert "Replayed 1, failed again 0; readings stored or held 1." in said
    assert "odd/topic" not in canopy("iot", "dead", "list").out
    assert "odd/topic" in canopy("iot", "dead", "list", "--replayed").out
    assert "There is no dead letter 99" in canopy("iot", "dead", "show", 99).err


def test_happenings_are_listed_and_acknowledged(heard: tuple[Canopy, Town]) -> None:
    """By whoever runs the command."""
    canopy, found = heard
    assert "Nothing was noticed." in canopy("iot", "happenings").out
    found.store.write(Batch(happenings=[HappeningRow("clock", "probe", "it is an hour ahead")]))
    assert "clock probe: it is an hour ahead (1 times" in canopy("iot", "happenings").out
    assert "clock probe: seen by cli:" in canopy("iot", "acknowledge", "clock", "probe").out
    assert "Nothing was noticed." in canopy("iot", "happenings").out
    assert "seen by cli:" in canopy("iot", "happenings", "--acknowledged").out
    assert canopy("iot", "acknowledge", "clock", "nobody").code == 1
