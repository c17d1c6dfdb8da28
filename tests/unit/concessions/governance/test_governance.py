"""Segmentation, changes without buying anew, and the checklist of value for money."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from canopy.concessions.governance.changes import (
    Advice,
    Change,
    Test,
    advice_on_changes,
    regime_of,
    threshold_on,
)
from canopy.concessions.governance.checklist import ITEMS, Answer, filled_in
from canopy.concessions.governance.segmentation import (
    QUESTIONS,
    Scheme,
    segmented,
    spend_band,
)
from canopy.errors import Refused

SMALL_CELLS = {
    "impact": "medium", "statutory": "no", "reputation": "medium", "data": "no",
    "correction": "considerable", "complexity": "specialist", "alternatives": "1-to-4",
    "strategy": "essential", "spend": "500k-to-1m",
}  # fmt: skip


def test_small_cell_concession_is_operational() -> None:
    """The worked example: 58.83 points, each question's part shown."""
    found = segmented(SMALL_CELLS)
    assert (found.segment, float(round(found.points, 2))) == ("operational", 58.83)
    assert found.contributions["correction"] == 12
    assert sum(found.contributions.values()) == found.points
    assert (found.override, found.governance.monitoring) == (None, "quarterly")


def test_weights_are_a_hundred() -> None:
    """Points are of 100."""
    assert sum(question.weight for question in QUESTIONS) == 100


def test_all_answers_fall_into_the_classes_as_worked() -> None:
    """Of 25,920 sets of answers 7,651 are major, 16,646 operational, 1,623 transactional."""
    names = [question.name for question in QUESTIONS]
    every = product(*(question.scores for question in QUESTIONS))
    counts = Counter(segmented(dict(zip(names, each, strict=True))).segment for each in every)
    assert counts == {"major": 7_651, "operational": 16_646, "transactional": 1_623}


LEAST = {question.name: next(iter(question.scores)) for question in QUESTIONS}


@pytest.mark.parametrize(
    ("changed", "segment"),
    [
        ({}, "transactional"),
        ({"statutory": "yes", "impact": "high"}, "major"),
        ({"data": "yes"}, "operational"),
        ({"spend": "1m-or-more"}, "operational"),
    ],
)
def test_overrides_raise_the_class_and_say_why(changed: dict[str, str], segment: str) -> None:
    """Whatever the points."""
    found = segmented({**LEAST, **changed})
    assert found.segment == segment
    assert (found.override is None) == (not changed)


@pytest.mark.parametrize(
    ("gbp", "band"),
    [
        ("49500", "under-50k"),
        ("50000", "50k-to-100k"),
        ("999999.99", "500k-to-1m"),
        ("1000000", "1m-or-more"),
    ],
)
def test_bands_of_spend_meet(gbp: str, band: str) -> None:
    """No amount lies between two."""
    assert spend_band(Decimal(gbp)) == band


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"impact": "huge"}, "impact: 'huge' is none of"), ({"colour": "red"}, "no question colour")],
)
def test_other_answers_are_refused(changed: dict[str, str], said: str) -> None:
    """The question is named."""
    with pytest.raises(Refused, match=said):
        segmented({**LEAST, **changed})


def test_unanswered_question_is_refused() -> None:
    """It has no score of its own."""
    with pytest.raises(Refused, match="impact is not answered"):
        segmented({})


def test_scheme_of_a_council_is_kept_with_the_result() -> None:
    """Other limits, other class, and the version says which."""
    found = segmented(SMALL_CELLS, Scheme(major_from=55, version="Camford 1"))
    assert (found.segment, found.version) == ("major", "Camford 1")
    assert found.points == Fraction(353, 6)


def change(day: str, pounds: int, ground: str = "minor", **more: Any) -> Change:
    return Change(date.fromisoformat(day), Decimal(pounds), ground, **more)  # type: ignore[arg-type]


def advise(*changes: Change, **changed: Any) -> list[Advice]:
    """Of a contract of 1.2 million over ten years, for services, unless changed."""
    usual: dict[str, Any] = {
        "initial_gbp": Decimal(1_200_000),
        "months": 120,
        "procurement_began": date(2020, 1, 1),
        "subject": "goods-services",
    }
    return advice_on_changes(changes, **usual | changed)


UNDER_THE_ACT = date(2025, 3, 1)


def test_minor_changes_are_counted_together() -> None:
    """70,000 and then 55,000 of 1.2 million are 10.42 %: the second fails, with its text. Their sum
    is to be below a tenth, not a tenth.
    """
    (tenth,) = advise(change("2024-06-01", 120_000))
    assert not tenth.holds
    first, second = advise(change("2024-06-01", 70_000), change("2024-09-01", 55_000))
    assert (first.holds, second.holds) == (True, False)
    failed = next(test for test in second.tests if not test.holds)
    assert (round(failed.value or 0, 4), failed.limit) == (Decimal("0.1042"), Decimal("0.10"))
    assert failed.reference == "PCR 2015 reg. 72(1)(f), (5), (6)"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0.15", "15.00%, which is at the limit"),
        ("-0.15", "-15.00%, which is at the limit"),
        ("0.1041667", "10.42% against 15.00%"),
        ("0.15000005", "15.000005% against 15.000000%"),
        ("0.1499999999999", "15.00000000%, hardly below the limit"),
    ],
)
def test_what_is_compared_with_a_limit_is_told_apart_from_it(value: str, told: str) -> None:
    """15.00% against 15.00% would not say why one of two such changes does not stand."""
    test = Test("stays within the limit", "a text", True, Decimal(value), Decimal("0.15"))
    assert test.compared == told
    assert Test("is a ground", "a text", True).compared is None


def test_works_have_fifteen_percent() -> None:
    """The same two changes of works stand."""
    changes = change("2024-06-01", 70_000), change("2024-09-01", 55_000)
    assert [each.holds for each in advise(*changes, subject="works")] == [True, True]


@pytest.mark.parametrize(
    ("ground", "pounds", "holds"),
    [
        ("additional-needs", 600_000, True),
        ("additional-needs", 600_001, False),
        ("unforeseen", 600_000, True),
        ("provided-for", 5_000_000, True),
        ("takeover", 0, True),
        ("known-risk", 1, False),
    ],
)
def test_grounds_of_2015_have_their_limits(ground: str, pounds: int, holds: bool) -> None:
    """Half of the value for two of them; a known risk is no ground then."""
    (advice,) = advise(change("2024-06-01", pounds, ground))
    assert (advice.regime, advice.holds) == ("pcr-2015", holds)
    published = ground in ("additional-needs", "unforeseen")
    assert (advice.notice is not None) == published


def test_change_that_alters_the_nature_never_holds() -> None:
    """Whatever its size, and whatever the ground."""
    grounds = ["minor", "provided-for", "additional-needs", "unforeseen", "takeover"]
    made = [change("2024-06-01", 1, ground, alters_nature=True) for ground in grounds]
    assert not any(each.holds for each in advise(*made))


def test_regime_follows_the_start_of_the_procurement() -> None:
    """24 February 2025 is the first day of the new one, whenever it is signed."""
    assert [regime_of(date(2025, 2, day)) for day in (23, 24)] == ["pcr-2015", "pa-2023"]


def test_known_risk_and_term_are_tested_under_the_act() -> None:
    """A known risk within half; ten years that grow by thirteen months are a substantial change."""
    risk, longer = advise(
        change("2026-06-01", 500_000, "known-risk"),
        change("2026-07-01", 1_000, "not-substantial", months=13),
        procurement_began=UNDER_THE_ACT,
    )
    assert (risk.holds, risk.tests[0].reference) == (True, "PA 2023 Sch. 8 paras. 5 to 7")
    assert [test.reference for test in longer.tests if not test.holds] == ["PA 2023 s. 74(3)(a)"]
    assert "contract change notice" in (longer.notice or "")


def test_small_change_under_the_act_may_lengthen_the_term_and_is_published_then() -> None:
    """Section 74(4) limits value alone; the notice is left out where value and term are small."""
    longer, small = advise(
        change("2026-07-01", 1_000, months=13),
        change("2026-08-01", 1_000, months=12),
        procurement_began=UNDER_THE_ACT,
    )
    assert (longer.holds, small.holds) == (True, True)
    assert ("change notice" in (longer.notice or ""), small.notice) == (True, None)


@pytest.mark.parametrize("began", [UNDER_THE_ACT, date(2020, 1, 1)])
def test_change_of_scope_is_substantial_whatever_its_size(began: date) -> None:
    (advice,) = advise(
        change("2026-07-01", 0, "not-substantial", alters_nature=True), procurement_began=began
    )
    assert not advice.holds


def test_minor_changes_stay_below_the_threshold_too() -> None:
    """210,000 of 10 million is 2.1 %, but over the threshold of 2026."""
    (advice,) = advise(
        change("2026-06-01", 210_000),
        procurement_began=UNDER_THE_ACT,
        initial_gbp=Decimal(10_000_000),
    )
    assert [test.says for test in advice.tests if not test.holds] == [
        "minor changes together stay below the threshold"
    ]


def test_minor_changes_under_the_act_are_measured_one_by_one() -> None:
    """A tenth each; together they only stay below the threshold. Decreases count as well."""
    found = advise(
        change("2026-06-01", 100_000),
        change("2026-07-01", -100_000),
        change("2026-08-01", 7_719),
        change("2026-09-01", 1),
        procurement_began=UNDER_THE_ACT,
    )
    assert [each.holds for each in found] == [True, True, True, False]


def test_concessions_of_before_are_under_their_own_regulations() -> None:
    """The same limits, another text."""
    (advice,) = advise(change("2024-06-01", 700_000, "unforeseen"), subject="concession")
    assert (advice.holds, advice.tests[0].reference) == (False, "CCR 2016 reg. 43")
    assert advice.notice == "notice of modification (CCR 2016 reg. 43)"


@pytest.mark.parametrize(
    ("day", "expected"), [("2023-12-31", None), ("2025-12-31", 214_904), ("2026-01-01", 207_720)]
)
def test_threshold_is_that_of_the_day(day: str, expected: int | None) -> None:
    """One that is not on record is not made up."""
    assert threshold_on(date.fromisoformat(day), "goods-services") == expected


def test_contract_without_a_value_is_refused() -> None:
    """No part of nothing can be taken."""
    with pytest.raises(Refused, match="initial value"):
        advise(initial_gbp=Decimal(0))


def test_checklist_names_what_is_unanswered_and_unproven() -> None:
    """Two of 21 answered, one of them without evidence; there is no score."""
    found = filled_in({2: Answer("yes", "pipeline 2026"), 12: Answer("part")})
    assert len(found.unanswered) == 19
    assert [item.number for item in found.without_evidence] == [12]
    assert not hasattr(found, "score")


def test_checklist_has_its_21_items_in_order() -> None:
    """Six of them are answered in words."""
    assert [item.number for item in ITEMS] == list(range(1, 22))
    assert [item.number for item in ITEMS if item.about is None] == [1, 6, 7, 10, 11, 19]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({22: Answer("yes")}, "no item 22"),
        ({3: Answer("maybe")}, "'maybe' is none of"),  # type: ignore[arg-type]
        ({3: Answer("not-applicable")}, "say why"),
    ],
)
def test_bad_answers_to_the_checklist_are_refused(answers: dict[int, Answer], said: str) -> None:
    """Each names the item."""
    with pytest.raises(Refused, match=said):
        filled_in(answers)
