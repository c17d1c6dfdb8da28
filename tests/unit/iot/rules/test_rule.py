"""A rule that is wrong is refused with the field that is."""

from __future__ import annotations

from contextlib import suppress

import jsonschema
import pytest
from heard import rule
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.rules.rule import BadRule, RuleFile, loads, rule_of

GOOD = """
[[rule]]
name = "pm10-high"
title = "PM10 is high"
severity = "critical"
select = { property = "PM10", asset_kinds = ["lamppost"] }
when = { kind = "threshold", above = 40, clears_at = 35, for_min = 10, unit = "ug/m3" }
hours = { days = ["mon", "tue"], from = "07:00", until = "19:00" }
tell = { mail = ["air@example.org"], webhooks = ["depot"] }
"""


def test_a_file_is_read_and_written_again() -> None:
    """What is stored is read as the same rule, and the schema takes it."""
    (found,) = loads(GOOD)
    assert found.hours is not None
    assert (found.hours.from_, found.hours.time_zone) == ("07:00", "Europe/London")
    assert rule_of(found.document()) == found
    jsonschema.validate({"rule": [found.document()]}, RuleFile.model_json_schema())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("above = 40", "above = 'x'", "rule.0.when.above: Input should be a valid number"),
        ("above = 40, ", "", "rule.0.when: give one of above and below"),
        ("clears_at = 35", "clears_at = 45", "rule.0.when: clears_at: must be at or below above"),
        ("for_min = 10", "for = 10", "rule.0.when.for: Extra inputs are not permitted"),
        ("above = 40", "above = nan", "rule.0.when.above: Input should be a finite number"),
        ('kind = "threshold"', 'kind = "odd"', "rule.0.when: Input tag 'odd'"),
        ('name = "pm10-high"', 'name = "PM 10"', "rule.0.name: String should match pattern"),
        ('"mon", ', '"monday", ', "rule.0.hours.days.0: Input should be 'mon'"),
        ('"07:00"', '"7:00"', "rule.0.hours.from: String should match pattern"),
        ('until = "19:00"', 'time_zone = "Mars"', "rule.0.hours.time_zone: no time zone"),
        ('"air@example.org"', '"air"', "rule.0.tell.mail: 'air' is no address"),
        ('property = "PM10", ', "", "rule.0: select.property: say of which property"),
        ("title =", "titel =", "rule.0.title: Field required; rule.0.titel: Extra inputs"),
        ("severity =", "with_flagged = ['gap']\nseverity =", "rule.0.with_flagged: 'gap' is none"),
        ("[[rule]]", "[[rule]", "The file is not TOML"),
    ],
)
def test_the_field_that_is_wrong_is_named(old: str, new: str, told: str) -> None:
    """With where it stands in the file."""
    assert old in GOOD
    with pytest.raises(BadRule) as refused:
        loads(GOOD.replace(old, new))
    assert told in refused.value.detail


def test_two_rules_of_one_name_are_refused() -> None:
    """The second one is named."""
    with pytest.raises(BadRule, match=r"rule\.1\.name: 'pm10-high' is the name of another"):
        loads(GOOD + GOOD)


def test_a_rule_about_ingestion_selects_no_streams() -> None:
    """It is about what was noticed, wherever it came from."""
    with pytest.raises(BadRule, match="select: a rule about ingestion"):
        rule({"kind": "ingestion", "happenings": ["clock"]}, select={"property": "PM10"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "title", "when", "kind", "select", "hours", "x"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_is_sent_is_taken_or_refused(document: object) -> None:
    """No other error comes out."""
    with suppress(BadRule):
        rule_of(document)
