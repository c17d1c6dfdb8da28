"""`canopy iot rule`, `alarm` and `watch`: what an operator types, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_outcome import Canopy

from canopy.db.engine import Database
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, HappeningRow

RULES = """
[[rule]]
name = "odd"
title = "Something is odd"
when = { kind = "ingestion", happenings = ["clock"] }
tell = { mqtt = false, mail = ["anna@example.org"] }

[[rule]]
name = "pm10-high"
title = "PM10 is high"
select = { property = "PM10" }
when = { kind = "threshold", above = 40 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    return path


def test_rules_are_added_shown_and_removed(town: Canopy, file: Path) -> None:
    """A dry run first; the same file again changes nothing."""
    tried = town("iot", "rule", "add", str(file), "--dry-run")
    assert (tried.code, tried.err) == (0, "")
    assert "2 rules can be kept; nothing was written." in tried.out
    assert "Warning: odd: tell.mail: no mail is sent" in tried.out
    assert "Warning: pm10-high: select: no datastream fits now." in tried.out
    assert "odd" not in town("iot", "rule", "list").out
    assert "pm10-high: added, revision 1" in town("iot", "rule", "add", str(file)).out
    assert "pm10-high: unchanged, revision 1" in town("iot", "rule", "add", str(file)).out
    assert "threshold" in town("iot", "rule", "list").out
    shown = town("iot", "rule", "show", "odd").out
    assert json.loads(shown.rpartition("}")[0] + "}")["when"]["happenings"] == ["clock"]
    assert "pm10-high: 0 streams, 0 readings." in town("iot", "rule", "test", str(file)).out
    assert town("iot", "rule", "remove", "odd").out == "odd is removed.\n"
    assert town("iot", "rule", "show", "odd").code == 1
    history = town("iot", "rule", "show", "odd", "--history").out
    assert history.startswith("revision 2,")
    assert "removed" in history.splitlines()[0]


def test_a_wrong_rule_names_its_field(town: Canopy, file: Path) -> None:
    """And no rule of the file is kept."""
    file.write_text(RULES.replace("above = 40", "above = 40, clears_at = 50"))
    said = town("iot", "rule", "add", str(file))
    assert (said.code, "rule.1.when: clears_at" in said.err) == (1, True)
    assert "odd" not in town("iot", "rule", "list").out


def test_an_alarm_is_raised_listed_and_acknowledged(
    town: Canopy, database: Database, file: Path
) -> None:
    """And who could not be told stands in the outbox."""
    town("iot", "rule", "add", str(file))
    town("iot", "watch")
    store = store_of(database, 5)
    store.write(Batch(happenings=[HappeningRow("clock", "yard", "it is fast")]))
    store.close()
    said = town("iot", "watch").out
    assert said == (
        "2 rules looked at 0 readings: 1 changes. Messages sent 0, to be tried again 1.\n"
    )
    assert "raised" in town("iot", "alarm", "list").out
    done = town("iot", "alarm", "acknowledge", "1", "--note", "NTP is set")
    assert done.out.startswith("Alarm 1: seen to by cli:")
    shown = town("iot", "alarm", "show", "1").out
    assert "acknowledged by cli:" in shown
    assert ": NTP is set" in shown
    assert "mail to anna@example.org: waits; no mail server: CANOPY_MAIL_HOST" in shown
    assert "anna" in town("iot", "alarm", "outbox").out
    refused = town("iot", "alarm", "acknowledge", "1")
    assert (refused.code, "is acknowledged by cli:" in refused.err) == (1, True)


def test_the_schema_is_printed(town: Canopy) -> None:
    """For editors that check TOML by one."""
    schema = json.loads(town("iot", "rule", "schema").out)
    assert "Threshold" in schema["$defs"]
