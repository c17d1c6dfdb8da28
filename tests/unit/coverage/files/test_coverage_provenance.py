"""Provenance names everything once, in one order, and the licences' own words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from coverage_runs import provenance

from canopy.coverage.files.provenance import (
    INDICATIVE,
    OPENCELLID_ATTRIBUTION,
    SHARE_ALIKE,
    Input,
    height_inputs,
    os_attribution,
    os_open_input,
)
from canopy.coverage.terrain.heights import HeightSource
from canopy.errors import Refused


def test_ordnance_survey_is_named_as_its_licence_asks() -> None:
    """The words of the Open Government Licence, with the year of publication."""
    words = "Contains OS data © Crown copyright and database right 2024"
    assert words == os_attribution(2024)


def test_attributions_are_those_of_the_inputs_each_once() -> None:
    """Two tiles of one product are named in one line."""
    twice = (*provenance().inputs, os_open_input("tq38.zip", "c" * 64, 2024))
    expected = (os_attribution(2024), OPENCELLID_ATTRIBUTION)
    assert provenance(inputs=twice).attributions == expected


def test_estimates_and_share_alike_are_told() -> None:
    """Both warnings go with the files."""
    assert provenance(indicative=True).notes() == (INDICATIVE, SHARE_ALIKE)


def test_flat_facts_hold_inputs_methods_and_parameters() -> None:
    """Every fact has a name of its own and none is empty."""
    flat = provenance().flat()
    assert flat["generated_at"] == "2026-11-24T09:30:00Z"
    assert flat["input_1"] == f"tq28.zip, sha256 {'a' * 64}, Open Government Licence v3.0"
    assert flat["method_1"] == "ITU-R P.1812, P.1812-7 (08/2023)"
    assert flat["parameter_reach_m"] == "500"
    assert "" not in flat.values()


def test_time_is_written_in_utc() -> None:
    """A summer time of the caller becomes UTC."""
    summer = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    assert provenance(generated_at=summer).time_utc == "2026-07-01T11:00:00Z"


def test_json_text_is_the_document() -> None:
    """What is written can be read back."""
    assert json.loads(provenance().json_text()) == provenance().document()


def test_naive_time_is_refused() -> None:
    """A time without a zone could be any."""
    with pytest.raises(Refused, match="time zone"):
        provenance(generated_at=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))


def test_hash_that_is_none_is_refused() -> None:
    """A SHA-256 has 64 hexadecimal digits."""
    with pytest.raises(Refused, match="SHA-256"):
        Input("a.csv", "abc")


def test_parameter_of_two_values_is_refused() -> None:
    """A figure must not be traceable to either."""
    with pytest.raises(Refused, match="reach_m"):
        provenance().with_parameters({"reach_m": "900"})


def test_terrain_files_become_inputs() -> None:
    """An Ordnance Survey tile gets its words, another source its own licence."""
    ours = HeightSource("tq28.asc", "d" * 64, "OS Terrain 50", "")
    other = HeightSource("n51.hgt", "e" * 64, "SRTM", "public domain")
    found = height_inputs([ours, other, ours], 2024)
    assert [each.attribution for each in found] == [os_attribution(2024), "public domain"]
