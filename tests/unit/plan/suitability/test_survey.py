"""What to find out first is what moves the ranking most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scored_assets import factor, facts, hard, technology

from canopy.plan.suitability.explaining import lines
from canopy.plan.suitability.scoring import score
from canopy.plan.suitability.survey import fields_of, survey
from canopy.plan.suitability.survey_files import ABOUT, sheet

RULES = technology(
    hard("stands", "status", any_of=("operational",)),
    factor("height", "height_m", 80, points=((5, 0), (10, 100))),
    factor("power", "power", 20, points_of={"metered": 100, "none": 0}),
)
KNOWN: dict[str, Any] = {
    "status": ["operational"] * 4 + [None],
    "height_m": [10, 9, 8, None, 9.5],
    "power": ["metered", None, "metered", "none", "metered"],
}


def test_the_fact_that_moves_most_comes_first() -> None:
    """A constraint that is open can throw the second best to the end."""
    found = survey(score(facts(**KNOWN), RULES), 10)
    told = [(gap.line.ref, gap.fact, gap.fields, gap.moves) for gap in found.gaps]
    assert told == [
        ("A5", "status", ("status",), 3),
        ("A4", "height_m", ("height_m",), 2),
        ("A2", "power", ("power",), 1),
    ]


def test_moves_are_the_places_that_ranking_again_gives() -> None:
    """Each gap filled with its worst and best, and all ranked anew."""
    for gap in survey(score(facts(**KNOWN), RULES), 10).gaps:
        ranks = []
        for value in {"status": ["planned", "operational"], "height_m": [5, 10],
                      "power": ["none", "metered"]}[gap.fact]:  # fmt: skip
            row = int(gap.line.ref[1:]) - 1  # type: ignore[index]
            filled = {name: list(values) for name, values in KNOWN.items()}
            filled[gap.fact][row] = value
            again = score(facts(**filled), RULES)
            ranks.append(next(e.rank for e in lines(again, range(5)) if e.ref == gap.line.ref))
        assert abs(ranks[0] - ranks[1]) == pytest.approx(gap.moves, abs=1)


def test_what_cannot_matter_is_not_asked() -> None:
    """An asset that breaks a constraint stays out, whatever is found."""
    scored = score(facts(status=["planned"], height_m=[None], power=[None]), RULES)
    assert survey(scored, 10).gaps == ()


def test_facts_that_no_visit_tells_say_how_else() -> None:
    """Demand is a file of the rules; it is in the sums and in no list of visits."""
    asked = technology(factor("demand", "demand", 1, points=((0, 0), (1, 100))))
    found = survey(score(facts(height_m=[8.0]), asked), 10)
    assert found.gaps == ()
    assert [(each.fact, each.found_by) for each in found.facts] == [
        ("demand", "name a file of demand in the rules")
    ]


def test_a_field_is_asked_of_kinds_that_have_it() -> None:
    """A roof has no lantern."""
    assert fields_of("clear_height_m", "lamppost") == ("height_m", "lantern_height_m")
    assert fields_of("clear_height_m", "building") == ("height_m",)


def test_most_gaps_are_counted_and_the_rest_too() -> None:
    """A list that was cut says by how much."""
    found = survey(score(facts(**KNOWN), RULES), 1)
    assert (len(found.gaps), found.left_out) == (1, 2)


def test_a_sheet_has_what_is_known_and_blanks_for_what_is_not() -> None:
    """One row for each asset, and a day for the visit."""
    found = survey(score(facts(**KNOWN), RULES), 10)
    made = sheet(found, {"A5": {"height_m": 9.5}, "A2": {"height_m": 9.0}})
    assert [field.name for field in made.fields] == ["status", "height_m", "power", "observed_on"]
    first = made.rows[0]
    assert (first["source"], first["ref"], first["find_out"]) == ("town", "A5", "status")
    assert first["height_m"] == 9.5
    assert "status" not in first
    assert set(first) <= {*ABOUT, "height_m"}


def test_moves_never_exceed_the_others() -> None:
    """Ten thousand assets: no gap moves more places than there are."""
    rng = np.random.default_rng(5)
    heights = [None if rng.random() < 0.3 else float(rng.uniform(4, 12)) for _ in range(2_000)]
    known = facts(status=["operational"] * 2_000, height_m=heights, power=["metered"] * 2_000)
    found = survey(score(known, RULES), 5_000)
    assert max(gap.moves for gap in found.gaps) <= 1_999
