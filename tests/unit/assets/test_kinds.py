"""The kinds of asset, their attributes, and what may be stored in them."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.access.rules import Role
from canopy.assets.batches import CANDIDATE_COLUMNS, COMMON_COLUMNS
from canopy.assets.kinds import (
    COMMON_FIELDS,
    KINDS,
    AttributeField,
    Kind,
    attribute_fields,
    validate_attributes,
    validate_column,
)
from canopy.assets.kinds.shared import CommonAttributes
from canopy.errors import BadAttribute
from canopy.render.labels import UNIT_SUFFIXES

FIELDS = [
    pytest.param(kind, field, id=f"{kind}-{field.name}")
    for kind in KINDS
    for field in attribute_fields(kind).values()
    if kind is Kind.lamppost or field.name not in CommonAttributes.model_fields
]
RANGED = [each for each in FIELDS if each.values[1].minimum is not None]
LEVELS = {str(role) for role in Role} - {"gateway"}
UNITS_WITHOUT_SUFFIX = {"ground_m_aod": "m", "capacity_gbit_s": "Gbit/s"}


def step_beyond(field: AttributeField, edge: float, direction: int) -> float:
    """The next value outside: a whole one for an integer."""
    if field.type == "integer":
        return int(edge) + direction
    return edge + direction * max(1e-6, abs(edge) * 1e-9)


def at_edge(field: AttributeField, edge: float) -> float:
    return int(edge) if field.type == "integer" else edge


def test_every_kind_of_the_design_is_there() -> None:
    """The thirteen kinds, each described, keyed by itself."""
    assert {str(kind) for kind in KINDS} == {
        "rooftop", "building", "lamppost", "duct", "chamber", "cctv", "small_cell_site", "mast",
        "open_space", "street_furniture", "cabinet", "fibre", "wifi_ap",
    }  # fmt: skip
    assert [spec.kind for spec in KINDS.values()] == list(KINDS)
    assert all(spec.description.endswith(".") for spec in KINDS.values())


def test_labels_tell_kinds_apart() -> None:
    """No two kinds are called the same, in the singular or the plural."""
    labels = [spec.label for spec in KINDS.values()]
    plurals = [spec.label_plural for spec in KINDS.values()]
    assert (len(set(labels)), len(set(plurals))) == (len(KINDS), len(KINDS))


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [
        (Kind.lamppost, {"Point"}),
        (Kind.duct, {"LineString", "MultiLineString"}),
        (Kind.open_space, {"Point", "Polygon", "MultiPolygon"}),
    ],
)
def test_a_kind_lies_as_a_point_a_line_or_an_area(kind: Kind, geometry: set[str]) -> None:
    """A duct is a line; a park may be given as an area or as a point inside."""
    assert KINDS[kind].geometry == geometry


def test_common_columns_are_described_each_once() -> None:
    """What a batch carries and what is described are the same list, in the same order."""
    assert tuple(COMMON_FIELDS) == COMMON_COLUMNS


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_attribute_has_the_name_of_a_column(kind: Kind) -> None:
    """A name means one thing, so that a filter cannot be read two ways."""
    assert not set(attribute_fields(kind)) & set(COMMON_COLUMNS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_own_attributes_come_before_those_of_any_asset(kind: Kind) -> None:
    """What is particular to a kind is read first."""
    names = list(attribute_fields(kind))
    general = list(CommonAttributes.model_fields)
    assert names[-len(general) :] == general


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_every_attribute_has_a_meaning_and_a_level(kind: Kind, field: AttributeField) -> None:
    """Nobody has to guess what a field is, nor who may see it."""
    assert field.description
    assert field.level in LEVELS


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_unit_stands_in_the_name(kind: Kind, field: AttributeField) -> None:
    """A quantity's name ends with its unit: `lamp_w`, never `lamp` in watts or kilowatts."""
    suffix = UNIT_SUFFIXES.get(field.name.rpartition("_")[2])
    in_words = {"yr": "years"}
    expected = UNITS_WITHOUT_SUFFIX.get(field.name, suffix)
    if field.name == "free_minutes":
        expected = "min"
    if field.unit is not None:
        assert in_words.get(field.unit, field.unit) == expected


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_dates_say_so_in_their_name(kind: Kind, field: AttributeField) -> None:
    """A day ends with `_on`, and what ends with `_on` is a day."""
    assert (field.type == "date") == field.name.endswith("_on")


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_headings_are_lower_case_words(kind: Kind, field: AttributeField) -> None:
    """Headings are compared in lower case, without underscores, each listed once."""
    assert [each for each in field.headings if each != each.lower() or "_" in each] == []
    assert len(set(field.headings)) == len(field.headings)


@pytest.mark.parametrize(("kind", "field"), RANGED)
def test_the_ends_of_a_range_are_allowed(kind: Kind, field: AttributeField) -> None:
    """Smallest and largest value are stored as given."""
    low, high = at_edge(field, field.minimum or 0), at_edge(field, field.maximum or 0)
    assert validate_attributes(kind, {field.name: low}) == {field.name: low}
    assert validate_attributes(kind, {field.name: high}) == {field.name: high}


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize(("kind", "field"), RANGED)
def test_beyond_a_range_the_attribute_value_and_range_are_named(
    kind: Kind, field: AttributeField, direction: int
) -> None:
    """A value outside is refused in words that say what would do."""
    edge = field.minimum if direction < 0 else field.maximum
    value = step_beyond(field, edge or 0, direction)
    with pytest.raises(BadAttribute) as refusal:
        validate_attributes(kind, {field.name: value})
    unit = f" {field.unit}" if field.unit else ""
    allowed = f"{field.name} {value!r}: must be {field.minimum:.10g} to {field.maximum:.10g}{unit}."
    assert refusal.value.detail == allowed
    assert refusal.value.members == {"fields": [field.name]}


@pytest.mark.parametrize(
    ("kind", "name", "value", "told"),
    [
        (Kind.lamppost, "material", "cheese", "must be one of steel, aluminium, concrete"),
        (Kind.lamppost, "colour", "red", "colour is no attribute of a lamppost"),
        (Kind.duct, "lamp_w", 60, "lamp_w is no attribute of a duct"),
        (Kind.lamppost, "lamp_w", "bright", "lamp_w 'bright': must be 0 to 2000 W"),
        (Kind.lamppost, "lamp_w", float("nan"), "lamp_w nan: must be 0 to 2000 W"),
        (Kind.lamppost, "lamp_w", float("inf"), "lamp_w inf: must be 0 to 2000 W"),
        (Kind.lamppost, "lamp_w", True, "lamp_w True: must be 0 to 2000 W"),
        (Kind.building, "storeys", True, "storeys True: must be 0 to 120"),
        (Kind.building, "storeys", 2.5, "storeys 2.5: must be 0 to 120"),
        (Kind.lamppost, "heritage", "maybe", "heritage 'maybe': must be true or false"),
        (Kind.lamppost, "installed_on", "31/01/2020", "must be a date, as 2026-01-31"),
        (Kind.lamppost, "installed_on", 0, "installed_on 0: must be a date, as 2026-01-31"),
        (Kind.lamppost, "installed_on", datetime(2020, 1, 31, 9), "must be a date"),  # noqa: DTZ001
        (Kind.lamppost, "lantern", "x" * 2_001, "lantern 'xxx"),
        (Kind.lamppost, "lantern", "LED\x00", "a null character"),
        (Kind.rooftop, "existing_operators", ["EE\x00"], "a null character"),
        (Kind.rooftop, "existing_operators", ["EE"] * 201, "existing_operators"),
        (Kind.lamppost, "attachments", [{"mass_kg": -1}], "attachments.0.mass_kg -1: "),
        (Kind.lamppost, "attachments", [{"colour": "red"}], "attachments.0.colour 'red': "),
    ],
)
def test_what_an_attribute_cannot_be_is_named(
    kind: Kind, name: str, value: object, told: str
) -> None:
    """The message names the attribute, its value and what is allowed."""
    with pytest.raises(BadAttribute, match=re.escape(told)):
        validate_attributes(kind, {name: value})


def test_all_wrong_attributes_are_named_at_once() -> None:
    """A person corrects a row once, not once for each mistake."""
    with pytest.raises(BadAttribute) as refusal:
        validate_attributes(Kind.lamppost, {"lamp_w": 3_000, "cutout_a": 0, "lantern": "Arc"})
    assert refusal.value.members == {"fields": ["cutout_a", "lamp_w"]}
    assert (
        refusal.value.detail == "cutout_a 0: must be 1 to 100 A; lamp_w 3000: must be 0 to 2000 W."
    )


def test_attributes_come_out_ready_for_json() -> None:
    """Days are ISO text, tuples lists, and what is unknown is absent."""
    given_values = {
        "lamp_w": 65,
        "installed_on": date(2012, 3, 4),
        "material": "steel",
        "heritage": False,
        "lantern": None,
        "attachments": ({"owner": "Ontix", "expires_on": "2030-01-31", "mass_kg": None},),
    }
    assert validate_attributes(Kind.lamppost, given_values) == {
        "lamp_w": 65.0,
        "installed_on": "2012-03-04",
        "material": "steel",
        "heritage": False,
        "attachments": [{"owner": "Ontix", "expires_on": "2030-01-31"}],
    }


def test_false_and_zero_are_known() -> None:
    """A lamp of 0 W was taken out, and an empty list says that nothing is attached."""
    known = {"lamp_w": 0.0, "heritage": False, "attachments": []}
    assert validate_attributes(Kind.lamppost, known) == known


@pytest.mark.parametrize("blank", [None, "", "   ", "\t"])
def test_nothing_stays_nothing(blank: str | None) -> None:
    """An empty cell makes no attribute: unknown is never a value."""
    assert validate_attributes(Kind.lamppost, {"lantern": blank}) == {}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "lamp_w": st.floats(0, 2_000),
            "material": st.sampled_from(["steel", "cast_iron"]),
            "installed_on": st.dates(),
            "installed_year": st.integers(1000, 2100),
            "comment": st.text(max_size=20).filter(lambda text: "\x00" not in text),
        },
    )
)
def test_what_was_validated_is_valid_and_unchanged(values: dict[str, object]) -> None:
    """Stored attributes can be read, edited and stored again without drifting."""
    stored = validate_attributes(Kind.lamppost, values)
    assert validate_attributes(Kind.lamppost, stored) == stored


def test_attributes_of_no_kind_are_a_mistake_of_the_caller() -> None:
    """There is no default kind."""
    with pytest.raises(ValueError, match="tree"):
        validate_attributes("tree", {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "height_m"),
    [(Kind.lamppost, 20.001), (Kind.lamppost, 800), (Kind.lamppost, 0), (Kind.cabinet, 0),
     (Kind.cabinet, 5.1), (Kind.mast, 401), (Kind.rooftop, True), (Kind.mast, float("nan"))],
)  # fmt: skip
def test_a_height_no_such_thing_has_is_refused(kind: Kind, height_m: float) -> None:
    """800 is centimetres, 0 is unknown, and no lighting column is above 20 m."""
    low, high = KINDS[kind].height_m_range
    with pytest.raises(BadAttribute) as refusal:
        validate_column(kind, "height_m", height_m)
    assert refusal.value.detail == (
        f"height_m {height_m!r}: must be {low:g} to {high:g} m for a {kind}."
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_ends_of_a_kinds_heights_are_allowed(kind: Kind) -> None:
    """The range is closed."""
    ends = list(KINDS[kind].height_m_range)
    assert [validate_column(kind, "height_m", end) for end in ends] == ends


@pytest.mark.parametrize("name", CANDIDATE_COLUMNS)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_column_left_blank_is_unknown(name: str, blank: str | None) -> None:
    """No column has a default, and none is required by itself."""
    assert validate_column(Kind.lamppost, name, blank) is None


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("uprn", 5012345, "000005012345"),
        ("usrn", "801234", "00801234"),
        ("postcode", "nw61aa", "NW6 1AA"),
        ("status", "underConstruction", "underConstruction"),
        ("backhaul_dist_m", 120, 120.0),
        ("observed_on", "2020-01-31", date(2020, 1, 31)),
        ("observed_on", datetime(2020, 1, 31, 9), date(2020, 1, 31)),  # noqa: DTZ001
        ("street", "Ferncroft Avenue", "Ferncroft Avenue"),
    ],
)
def test_a_column_is_stored_in_canonical_form(name: str, value: object, stored: object) -> None:
    """One way to write each value, so that equal things are equal."""
    assert validate_column(Kind.lamppost, name, value) == stored


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("uprn", "1234567890123", "has 13 digits and a UPRN at most 12"),
        ("status", "broken", "must be one of proposed, planned, underConstruction"),
        ("power", "battery", "must be one of none, unmetered, metered, private"),
        ("backhaul_dist_m", -1, "must be 0 to 50000 m for a lamppost"),
        ("backhaul_dist_m", "near", "must be 0 to 50000 m for a lamppost"),
        ("observed_on", "yesterday", "must be a date, as 2026-01-31"),
        ("sensitivity", "secret", "must be one of public, operator, planner, estates, admin"),
        ("street", "x" * 2_001, "street has more than 2,000 characters"),
        ("street", "High\x00Street", "a null character"),
    ],
)
def test_what_a_column_cannot_be_is_named(name: str, value: object, told: str) -> None:
    """The message names the column and what is allowed."""
    with pytest.raises(BadAttribute, match=re.escape(told)) as refusal:
        validate_column(Kind.lamppost, name, value)
    assert refusal.value.detail.startswith(name)
    assert refusal.value.members == {"field": name}
