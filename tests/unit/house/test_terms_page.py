"""No field of terms is left without a meaning."""

from __future__ import annotations

import pytest

from canopy.concessions.terms.describing import RecordTold, records
from canopy.concessions.terms.reading import json_schema

TOLD = records()


@pytest.mark.parametrize("record", TOLD, ids=lambda record: record.name)
def test_every_field_of_terms_has_a_meaning(record: RecordTold) -> None:
    """A record that gets a field gets a line under `Attributes:` as well."""
    assert [field.name for field in record.fields if not field.meaning] == []


def test_every_record_of_the_schema_is_told_and_its_fields_are_too() -> None:
    """The page and the JSON Schema know the same records and fields, with the same words."""
    schema = json_schema()
    parts = {"Agreement": schema} | schema["$defs"]
    told = {each.name: {field.name: field.described for field in each.fields} for each in TOLD}
    assert {
        name: {field: each["description"] for field, each in part["properties"].items()}
        for name, part in parts.items()
    } == {name: fields for name, fields in told.items() if name in parts}
    assert set(told) - set(parts) == {"Charge", "Recurring"}
