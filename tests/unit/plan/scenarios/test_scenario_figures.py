"""Figures of sites and phases, targets held against them, and scenarios as they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scored_assets import factor, facts, technology

from canopy.errors import BadRules, BadSource, Refused
from canopy.plan.scenarios.figures import Figure, chosen_places, held_against, site_figures
from canopy.plan.scenarios.scenario import (
    DO_MINIMUM,
    AssetChoice,
    Phase,
    Target,
    do_minimum,
    read_scenario,
    scenario_of,
)
from canopy.plan.suitability.explaining import lines
from canopy.plan.suitability.scoring import Scored, score

RULES = technology(factor("height", "height_m", 1, points=((0, 0), (10, 100))))
WRITTEN: dict[str, Any] = {
    "name": "first", "title": "First", "technology": "small_cell", "assets": {"most": 3},
}  # fmt: skip


def scored() -> Scored:
    """A1 to A5, each lower than the one before: two suitable, one possible, two not."""
    known = facts(
        height_m=[10, 8, 4, 2, 1], cost_gbp=[1_000, 2_000, None, 10, 10],
        lead_in_m=[1, 2, None, 4, 5], fibre_m=[11, 22, 40, 44, 55],
    )  # fmt: skip
    return score(known, RULES)


def refs(choice: AssetChoice) -> list[str | None]:
    found = scored()
    return [line.ref for line in lines(found, chosen_places(found, choice))]


def test_the_best_that_fit_are_chosen() -> None:
    """As many as there may be, and of the classes that are asked for."""
    assert refs(AssetChoice(most=2)) == ["A1", "A2"]
    assert refs(AssetChoice(most=9)) == ["A1", "A2", "A3"]
    assert refs(AssetChoice(most=9, classes=("possible",))) == ["A3"]  # type: ignore[arg-type]
    assert refs(AssetChoice(most=9, kinds=("building",))) == []  # type: ignore[arg-type]


def test_assets_that_are_named_need_not_fit() -> None:
    """By ref or source/ref; a name that no asset has is told."""
    assert refs(AssetChoice(most=9, refs=("A5", "town/A1"))) == ["A1", "A5"]
    with pytest.raises(Refused, match="no asset that is scored has the ref A9"):
        refs(AssetChoice(most=9, refs=("A9",)))


def test_sites_add_up_and_what_is_not_known_is_told() -> None:
    """Costs and metres over all sites, and by phase, the best first."""
    phases = (Phase(name="one", year=2027, sites=1), Phase(name="two", year=2028, sites=5))
    found = scored()
    figures = {f.name: f for f in site_figures(found, [0, 1, 2], phases)}
    values = {name: figure.value for name, figure in figures.items()}
    assert values == {
        "sites": 3, "sites_suitable": 2, "sites_possible": 1, "sites_unknown": 0,
        "mean_score": 73.33, "capital_gbp": 3_000, "lead_in_m": 3, "duct_m": 30,
        "sites_without_way": 1, "phase_one_sites": 1, "phase_one_capital_gbp": 1_000,
        "phase_two_sites": 2, "phase_two_capital_gbp": 2_000,
    }  # fmt: skip
    assert figures["capital_gbp"].note == "Of 1 sites the cost is not known."
    assert figures["phase_two_sites"].note == "5 were asked for."


def target(**bound: float) -> Target:
    return Target(name="t", figure="sites", by=2028, source="test", **bound)


@pytest.mark.parametrize(
    ("bound", "value", "met", "missed_by"),
    [
        ({"at_most": 10}, 10, True, 0), ({"at_most": 10}, 12.5, False, 2.5),
        ({"at_least": 10}, 10, True, 0), ({"at_least": 10}, 7, False, 3),
        ({"at_least": 10}, None, None, None),
    ],
)  # fmt: skip
def test_a_target_is_met_or_missed_by_how_much(
    bound: dict[str, float], value: Any, met: Any, missed_by: Any
) -> None:
    """The bound itself is met; what is not known is neither."""
    (told,) = held_against([target(**bound)], [Figure("sites", value, "sites")])
    assert (told.met, told.missed_by) == (met, missed_by)


def test_a_target_that_comes_too_late_is_not_met() -> None:
    """All is built by 2030, and it was to be by 2028."""
    phases = [Phase(name="p", year=2030, sites=1)]
    (told,) = held_against([target(at_least=1)], [Figure("sites", 5, "sites")], phases)
    assert (told.met, told.missed_by, told.is_late) == (False, 0, True)


def test_a_document_is_read_back_as_it_was() -> None:
    """And has the same hash, whatever the order of its keys."""
    made = scenario_of({**WRITTEN, "coverage_run": "01a22281-7f8b-747a-aeb0-08b9f87f191e"}, "f")
    again = scenario_of(dict(reversed(list(made.document().items()))), "f")
    assert (again, again.sha256) == (made, made.sha256)
    assert made.named("second").sha256 != made.sha256


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "First!"}, "name"),
        ({"assets": {"most": -1}}, "assets.most"),
        ({"phases": [{"name": "a", "year": 2030, "sites": 1},
                     {"name": "b", "year": 2029, "sites": 1}]}, "phases"),
        ({"targets": [{"name": "a", "figure": "sites", "by": 2030, "source": "s"}]},
         "targets[1].at_most"),
        ({"name": DO_MINIMUM}, "assets.most"),
        ({"coverage_run": "last"}, "coverage_run"),
        ({"technologie": "x"}, "technologie"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_its_field(changed: dict[str, Any], field: str) -> None:
    """As in a file of rules."""
    with pytest.raises(BadRules) as refusal:
        scenario_of({**WRITTEN, **changed}, "plan.toml")
    assert [each["field"] for each in refusal.value.members["errors"]] == [field]  # type: ignore[attr-defined]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Not there, or not TOML."""
    with pytest.raises(BadSource):
        read_scenario(tmp_path / "none.toml")
    (tmp_path / "a.toml").write_text("name = ")
    with pytest.raises(BadRules):
        read_scenario(tmp_path / "a.toml")


def test_doing_the_minimum_uses_nothing() -> None:
    """It is what others are held against."""
    assert do_minimum().assets.most == 0
