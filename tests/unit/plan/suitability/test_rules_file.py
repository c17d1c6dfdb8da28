"""Rule files: what is shipped can be read and edited, and every mistake is named."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from canopy.errors import BadRules, BadSource, NotFound
from canopy.plan.suitability.rules_file import default_text, json_schema, read_rules, rules_of

DEFAULT = tomllib.loads(default_text())


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped rules with one value changed; numbers in a path are places in a list."""
    document = copy.deepcopy(DEFAULT)
    *places, last = path.split("/")
    place: Any = document
    for each in places:
        place = place[int(each)] if each.isdigit() else place[each]
    place[last] = value
    return document


def test_the_shipped_rules_are_for_every_technology_of_the_plan() -> None:
    """Small cells, macro sites, Wi-Fi, LoRaWAN, fibre nodes and CCTV, each with its sources."""
    rules = read_rules(None).rules
    assert list(rules.technologies) == [
        "small_cell", "macro", "wifi", "lorawan", "fibre_node", "cctv_backhaul",
    ]  # fmt: skip
    every = [rule for each in rules.technologies.values() for rule in each.rules]
    assert all(rule.source and rule.text for rule in every)


def test_the_schema_is_of_the_rules_that_are_shipped() -> None:
    """An editor that checks by the schema accepts them, and refuses a slip."""
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.validate(DEFAULT, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed("technologies/wifi/reach_n", 3), schema)


@pytest.mark.parametrize(
    ("path", "value", "field", "rule"),
    [
        ("technologies/macro/factors/1/points", [[5, 1], [4, 2]],
         "technologies.macro.factors[2].points", "numbers must rise"),
        ("technologies/wifi/hard/0/any_of", ["operatoinal"],
         "technologies.wifi.hard[1].any_of", "'operatoinal' is no word of status"),
        ("technologies/wifi/hard/0/fact", "hieght",
         "technologies.wifi.hard[1].fact", "'hieght' is no fact"),
        ("technologies/wifi/factors/0/weight", 0,
         "technologies.wifi.factors[1].weight", "greater than 0"),
        ("technologies/wifi/factors/0/points", [[3, 100], [6, 101]],
         "technologies.wifi.factors[1].points[2][2]", "less than or equal to 100"),
        ("technologies/wifi/kinds", ["lampost"], "technologies.wifi.kinds[1]", "lamppost"),
        ("technologies/wifi/possible_from", 80,
         "technologies.wifi.possible_from", "below suitable_from"),
        ("network/snip_m", 2, "network.snip_m", "no such field"),
        ("none_here", ["aonb"], "none_here", "'aonb' is no designation"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_field(path: str, value: Any, field: str, rule: str) -> None:
    """Where it is, counted as people count, and what is allowed."""
    with pytest.raises(BadRules) as refusal:
        rules_of(changed(path, value), "ours.toml")
    (told,) = refusal.value.members["errors"]  # type: ignore[misc]
    assert told["field"] == field
    assert rule in told["rule"]
    assert "ours.toml" in refusal.value.detail


def test_several_mistakes_are_told_at_once() -> None:
    """So that a council corrects its file once."""
    document = changed("network/snap_m", -1)
    del document["title"]
    with pytest.raises(BadRules) as refusal:
        rules_of(document, "ours.toml")
    told = [each["field"] for each in refusal.value.members["errors"]]  # type: ignore[attr-defined]
    assert sorted(told) == ["network.snap_m", "title"]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Not there, not text, not TOML."""
    with pytest.raises(BadSource):
        read_rules(tmp_path / "none.toml")
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSource):
        read_rules(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("title = ")
    with pytest.raises(BadRules):
        read_rules(tmp_path / "b.toml")


def test_a_technology_without_rules_is_not_there() -> None:
    """And those that are are named."""
    with pytest.raises(NotFound, match="small_cell, macro"):
        read_rules(None).rules.technology("5g")


def test_a_zone_is_a_constraint_of_the_technologies_it_names() -> None:
    """And of no other."""
    zone = {"name": "view", "file": "v.geojson", "text": "Kept free", "source": "plan",
            "technologies": ["macro"]}  # fmt: skip
    rules = rules_of(changed("zones", [zone]), "ours.toml")
    assert rules.technology("macro").hard[-1].name == "view"
    assert all(each.name != "view" for each in rules.technology("wifi").hard)
