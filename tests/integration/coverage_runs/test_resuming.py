"""A run solved part by part equals one solved at once, however often it was broken off."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from coverage_town import ASKED, assert_same_layers

from canopy.coverage.engine.parts import Part, PartAnswer
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.solve import solve, solve_part
from canopy.plan.coverage import resuming
from canopy.plan.coverage.gathering import gather
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.resuming import fingerprint, kept_below, solve_resumably
from canopy.plan.coverage.running import run

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SIDE = 16
PARTS = 6
"""Of `SIDE` cells: the town is 46 by 23 cells of 25 m."""


class Broken(Exception):
    """Something stopped the run."""


@pytest.fixture
def asked(inputs: Path) -> RunRequest:
    return from_json(ASKED, inputs)


@pytest.fixture
def prepared(asked: RunRequest) -> Prepared:
    return prepare(gather(asked).problem)


def quiet(_: float) -> None:
    """Nobody asked."""


def breaking_at(part: int) -> Any:
    """Progress that breaks the run off before its part of that number."""
    calls = iter(range(1_000))

    def say(_: float) -> None:
        if next(calls) == part:
            raise Broken

    return say


@pytest.mark.parametrize("side", [16, 32, 256])
def test_parts_kept_on_disk_make_the_same_layers(
    prepared: Prepared, tmp_path: Path, side: int
) -> None:
    """Whatever the size of the parts, and also when all of them are read back."""
    whole = solve(prepared)
    assert_same_layers(solve_resumably(prepared, tmp_path / "work", quiet, side), whole)
    assert_same_layers(solve_resumably(prepared, tmp_path / "work", quiet, side), whole)


def test_only_what_is_missing_is_computed_again(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run broken off before its fourth part computes the last three."""
    with pytest.raises(Broken):
        solve_resumably(prepared, tmp_path, breaking_at(3), SIDE)
    computed: list[Part] = []

    def counted(given: Prepared, part: Part) -> PartAnswer:
        computed.append(part)
        return solve_part(given, part)

    monkeypatch.setattr(resuming, "solve_part", counted)
    assert_same_layers(solve_resumably(prepared, tmp_path, quiet, SIDE), solve(prepared))
    assert len(computed) == PARTS - 3


@pytest.mark.parametrize("harm", ["cut", "emptied", "flipped", "another part's"])
def test_a_damaged_part_is_computed_again(prepared: Prepared, tmp_path: Path, harm: str) -> None:
    """A file that is cut, changed, or of another shape is not believed."""
    solve_resumably(prepared, tmp_path, quiet, SIDE)
    path = tmp_path / "part-0-0.npz"
    content = bytearray(path.read_bytes())
    if harm == "another part's":
        shutil.copy(tmp_path / "part-16-32.npz", path)
    else:
        content[len(content) // 2] ^= 0xFF
        cut = {"cut": content[: len(content) // 2], "emptied": bytearray(), "flipped": content}
        path.write_bytes(cut[harm])
    assert_same_layers(solve_resumably(prepared, tmp_path, quiet, SIDE), solve(prepared))


def test_parts_are_kept_for_one_request_and_the_bytes_of_its_inputs(
    asked: RunRequest, inputs: Path
) -> None:
    """Another number of people, or another load, is another fingerprint; the same is the same."""
    before = fingerprint(gather(asked), ASKED)
    assert fingerprint(gather(asked), ASKED) == before
    assert fingerprint(gather(asked), {**ASKED, "load": 0.5}) != before
    (inputs / "people.csv").write_text("code,people\nW1,1000\nW2,501\n")
    assert fingerprint(gather(asked), ASKED) != before


@pytest.mark.parametrize("indoor", [None, "traditional"])
def test_a_job_finds_what_the_command_finds(asked: RunRequest, tmp_path: Path, indoor: Any) -> None:
    """Layers, not-spots, figures, assumptions and provenance are the same by either way."""
    wanted = replace(asked, indoor=indoor)
    one = run(wanted, AT, solver=kept_below(tmp_path / "work", ASKED))
    other = run(wanted, AT)
    assert_same_layers(one.result, other.result)
    assert repr(one.figures) == repr(other.figures)
    assert repr(one.polygons) == repr(other.polygons)
    assert (one.explanation, one.provenance) == (other.explanation, other.provenance)
