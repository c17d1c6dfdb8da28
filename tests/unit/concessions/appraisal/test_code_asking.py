"""Sites under the Code: consideration beside its own published range, and let ones summed."""

from __future__ import annotations

import pytest

from canopy.concessions.appraisal.code_asking import as_document, asked_of, effect_of, told
from canopy.errors import BadTerms

ROOF = {
    "name": "roof", "site": "rooftop", "other_use_gbp": 50, "benefits_gbp": 950, "burdens_gbp": 0,
    "compensation_gbp": 300, "passing_gbp": 9200, "source": "made up",
}  # fmt: skip


@pytest.mark.parametrize(
    ("benefits", "placed"),
    [(950, "below"), (2_501.77, "within"), (4_950, "within"), (9_000, "above")],
)
def test_consideration_is_placed_by_decisions_under_the_code_alone(
    benefits: float, placed: str
) -> None:
    """Rooftops from £2,551.77 to £5,000; market rents up to £21,000 are beside it."""
    (found,) = told(asked_of({"sites": [{**ROOF, "benefits_gbp": benefits}]}))
    assert found.placed == f"{placed} the published range"
    assert {each.basis for each in found.market} == {"legacy-market"}
    assert found.value.compensation_gbp == 300


def test_sites_that_are_let_are_summed_and_others_only_told() -> None:
    free = {key: value for key, value in ROOF.items() if key != "passing_gbp"}
    found = told(asked_of({"sites": [ROOF, {**ROOF, "name": "b"}, {**free, "name": "c"}]}))
    effect = effect_of(found)
    assert (effect.passing_gbp, effect.low_gbp, effect.high_gbp) == (18_400, 2_000, 2_000)
    assert as_document(found)["let_sites"] == 2
    assert as_document(found[2:])["passing_gbp"] is None


@pytest.mark.parametrize(
    "sites",
    [[], [ROOF, ROOF], [{**ROOF, "site": "roof"}], [{**ROOF, "burdens_gbp": -1}],
     [{**ROOF, "rent": 1}]],
)  # fmt: skip
def test_wrong_sites_are_refused(sites: list[dict[str, object]]) -> None:
    with pytest.raises(BadTerms, match="site"):
        asked_of({"sites": sites})
