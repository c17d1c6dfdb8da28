"""The gate: what of readings leaves, to whom, and how it must be summed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.access.rules import Role
from canopy.iot import privacy
from canopy.iot.privacy import Summed

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_S = 3_600


def summed(thing: int, mean: float, count: int = 4, data_class: str = "personal-risk") -> Summed:
    """An hour of one stream of a Thing."""
    return Summed(data_class, thing * 10, thing, "energy [kW.h]", AT, count, 1.5, mean, 99.5)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reads_personal_risk_raw(role: Role) -> None:
    """Not even an admin: single readings of persons do not leave."""
    assert "personal-risk" not in privacy.raw_classes(role)
    assert not privacy.leaves_raw("personal-risk", role)


@pytest.mark.parametrize("unknown", [None, "", "Open", "secret", "personal"])
def test_a_class_that_is_not_known_leaves_nothing(unknown: str | None) -> None:
    """What nobody classed is shown to nobody, raw or summed up."""
    assert not privacy.leaves_raw(unknown, Role.admin)
    assert not privacy.is_single(unknown)
    assert privacy.why_not_billed(unknown) is not None
    many = [summed(thing, 1.0, data_class=unknown or "") for thing in range(50)]
    assert privacy.let_out(many, 86_400, Role.admin) == []


def test_open_is_for_all_and_council_for_planners() -> None:
    """As the catalogue's own levels are."""
    assert privacy.raw_classes(Role.public) == ("open",)
    assert privacy.raw_classes(Role.operator) == ("open",)
    assert privacy.raw_classes(Role.planner) == ("open", "council")


def test_nothing_of_personal_risk_is_judged_or_billed_by() -> None:
    """A council's own meter may be: its readings are the council's."""
    assert [privacy.is_single(each) for each in privacy.CLASSES] == [True, True, False]
    assert [privacy.why_not_billed(each) is None for each in privacy.CLASSES] == [True, True, False]
    assert "carry a price" in (privacy.why_not_billed("personal-risk") or "")


def test_five_things_over_an_hour_are_combined_without_extremes() -> None:
    """Each Thing counts once, however often it reports; lowest and highest are withheld."""
    means = [1.0, 2.0, 3.0, 4.0, 10.0]
    sums = [summed(thing, mean, 4 if thing else 400) for thing, mean in enumerate(means)]
    (found,) = privacy.let_out(sums, HOUR_S, Role.public)
    assert (found.mean, found.readings, found.things) == (4.0, 416, 5)
    assert (found.low, found.high, found.stream, found.thing) == (None, None, None, None)


def test_several_streams_of_one_thing_are_one_thing() -> None:
    """Five meters in one home are one home."""
    sums = [summed(7, 1.0)._replace(stream=stream) for stream in range(5)]
    assert privacy.let_out(sums, HOUR_S, Role.public) == []


@pytest.mark.parametrize(
    ("things", "count", "seconds"), [(4, 100, 86_400), (5, 1, 86_400), (50, 100, 900)]
)
def test_too_few_things_readings_or_seconds_are_withheld(
    things: int, count: int, seconds: int
) -> None:
    """Below any of the three bounds nothing goes out."""
    sums = [summed(thing, 1.0, count) for thing in range(things)]
    assert privacy.let_out(sums, seconds, Role.admin) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(0, 20), st.floats(0, 1e6)),
        max_size=60,
    )
)
def test_nothing_of_personal_risk_is_let_out_alone(rows: list[tuple[int, int, int, float]]) -> None:
    """Whatever comes together: what goes out keeps every bound."""
    sums = [
        summed(thing, mean, count)._replace(start=AT + timedelta(hours=hour), kind=str(hour))
        for thing, hour, count, mean in rows
    ]
    for each in privacy.let_out(sums, HOUR_S, Role.admin):
        assert each.things >= privacy.LEAST_THINGS
        assert each.readings >= privacy.LEAST_READINGS
        assert (each.stream, each.low, each.high) == (None, None, None)


def test_what_is_open_passes_unchanged() -> None:
    """Beside what is withheld, in order."""
    rows = [summed(2, 5.0, data_class="open"), summed(1, 5.0), summed(1, 4.0, data_class="open")]
    assert privacy.let_out(rows, 900, Role.public) == [rows[2], rows[0]]


@pytest.mark.parametrize(
    ("data_class", "said"),
    [("open", None), ("council", "is not open"), ("personal-risk", "may carry a price"),
     (None, "is not open")],
)  # fmt: skip
def test_a_price_is_for_open_streams_alone(data_class: str | None, said: str | None) -> None:
    """Never on personal risk, whatever was done to it."""
    told = privacy.why_no_price(data_class)
    assert told is None if said is None else said in (told or "")


@pytest.mark.parametrize(
    ("given_values", "fields"),
    [
        (("open", None, None, None, None), []),
        (("open", None, "because", None, None), ["lawful_basis"]),
        (("", "why", "public-task", 30, "Air"), ["data_class"]),
        (("personal-risk", "why", "public-task", 30, "Air"), []),
        (("personal-risk", None, None, None, ""),
         ["purpose", "lawful_basis", "retention_days", "owner"]),
        (("personal-risk", "why", "not-personal-data", 30, "Air"), ["lawful_basis"]),
    ],
)  # fmt: skip
def test_what_must_be_said_of_a_stream(
    given_values: tuple[str, str | None, str | None, int | None, str | None], fields: list[str]
) -> None:
    """A known basis for any; purpose, basis, retention and owner for personal risk."""
    assert [field for field, _ in privacy.faults(*given_values)] == fields
