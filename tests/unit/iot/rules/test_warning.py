"""A rule that can be kept is told to be odd where it selects nothing, or nobody can be told."""

from __future__ import annotations

import pytest

from canopy.iot.rules.rule import Rule, rule_of
from canopy.iot.rules.selecting import Selected, Subject
from canopy.iot.rules.warning import Channels, unselected, untold


def _rule(**tell: object) -> Rule:
    return rule_of({
        "name": "a", "title": "A", "select": {"property": "p"},
        "when": {"kind": "threshold", "above": 1}, "tell": tell,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("tell", "told"),
    [
        ({}, []),
        ({"mqtt": False}, ["tell: names nobody, and its alarms are only listed"]),
        ({"on": []}, ["tell: names nobody, and its alarms are only listed"]),
        ({"on": ["cleared"]}, ["tell.on: nobody is told when an alarm is raised"]),
        ({"mail": ["a@example.org"]},
         ["tell.mail: no mail is sent, since CANOPY_MAIL_HOST is not set"]),
        ({"webhooks": ["duty", "other"]}, ["tell.webhooks: other is told nothing: it is not in "
                                           "the file that CANOPY_ALARM_WEBHOOKS names"]),
    ],
)  # fmt: skip
def test_who_is_told_nothing_is_named(tell: dict[str, object], told: list[str]) -> None:
    """By the field, and by what is missing in the settings."""
    assert list(untold(_rule(**tell), Channels(False, {"duty"}))) == told


@pytest.mark.parametrize(
    ("personal", "tell", "told"),
    [
        ([], {}, "select: no datastream fits now"),
        ([False], {}, None),
        ([True, False], {}, "1 of 2 that it selects are of personal risk: nobody is told"),
        ([True, True], {}, "all 2 that it selects are of personal risk: nobody is told"),
        ([True], {"mqtt": False}, None),  # told already: it names nobody
    ],
)
def test_what_it_selects_may_be_for_nobody(
    personal: list[bool], tell: dict[str, object], told: str | None
) -> None:
    """Alarms of personal risk are told to nobody, whomever the rule names."""
    subjects = {
        str(at): Subject(str(at), is_personal=is_personal)
        for at, is_personal in enumerate(personal)
    }
    warnings = list(unselected(_rule(**tell), Selected(subjects)))
    assert len(warnings) == (0 if told is None else 1)
    assert all(told is not None and told in each for each in warnings)
