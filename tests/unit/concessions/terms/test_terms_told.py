"""What the reference page tells of fields of terms."""

from __future__ import annotations

from canopy.concessions.terms.describing import FieldTold, attributes_told, records


def told(record: str, field: str) -> FieldTold:
    (found,) = (each for each in records() if each.name == record)
    return next(each for each in found.fields if each.name == field)


def test_field_is_told_with_unit_range_and_default() -> None:
    """The unit comes from the docstring or the name, the range from the type."""
    assert told("Rent", "amount") == FieldTold(
        "amount", "number", "GBP/yr", "≥ 0, ≤ 100000000, 2 decimals", None,
        "a year, before indexation.",
    )  # fmt: skip
    assert told("IndexRule", "lag_months").unit == "month"
    assert told("IndexRule", "lag_months").range == "≥ 0, ≤ 36"
    assert told("IndexRule", "base_month").type == "month"
    assert told("Payment", "proration").default == "actual/365"
    assert told("LetAsset", "exclusive").default == "false"
    assert told("Agreement", "exclusivity").default == "none"
    assert told("Agreement", "signed").default == "nothing"


def test_list_names_the_records_it_holds_and_how_many() -> None:
    """A reader is led to the section of the record."""
    spans = told("DuctRent", "spans")
    assert (spans.type, spans.range) == (
        "list of [DuctSpan](#ductspan)",
        "≥ 1 listed, ≤ 10000 listed",
    )


def test_inherited_field_has_the_meaning_of_its_own_record() -> None:
    """What all charges have is explained once."""
    assert told("Power", "note") == told("Charge", "note")
    assert told("Guarantee", "index").meaning == "the rule that the minimum follows."


def test_paragraph_after_the_attributes_is_no_attribute() -> None:
    """Rules that follow the list are not read as its last field."""
    assert attributes_told("a, b: first\n    and on.\nc: third.\n\nRules: none of theirs.") == {
        "a": "first and on.", "b": "first and on.", "c": "third."
    }  # fmt: skip
