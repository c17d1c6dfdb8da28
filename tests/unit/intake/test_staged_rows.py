"""Batches on their way to the stage: documents, COPY text, and the second process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.batches import CANDIDATE_COLUMNS, CandidateBatch
from canopy.assets.intake import copy_text, helping
from canopy.assets.intake.helping import USE_FROM_BATCH, StagingLine
from canopy.assets.intake.staging import RowStager, StagedRows
from canopy.assets.kinds import KINDS
from canopy.assets.places import Places
from canopy.assets.record import documents_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "ref": st.none() | TEXTS,
            "height_m": st.none() | st.sampled_from([8.0, 8.5, 0.0]),
            "observed_on": st.none() | st.dates(date(1900, 1, 1), date(2099, 1, 1)),
            "attributes": st.dictionaries(st.sampled_from(["wattage_w", "material"]), TEXTS),
        }
    ),
    min_size=1,
    max_size=8,
)


def batch_of(rows: list[dict[str, object]], first: int = 1) -> CandidateBatch:
    """Lampposts a metre apart, with these values."""
    columns: dict[str, list[object]] = {name: [None] * len(rows) for name in CANDIDATE_COLUMNS}
    for name in ("ref", "height_m", "observed_on"):
        columns[name] = [row.get(name) for row in rows]
    return CandidateBatch(
        row_numbers=list(range(first, first + len(rows))),
        kinds=["lamppost"] * len(rows),
        columns=columns,
        attributes=[dict(row.get("attributes") or {}) for row in rows],  # type: ignore[call-overload]
        geometries=shapely.points(430_000.0 + np.arange(first, first + len(rows)), 280_000.0),
    )


def stager(*, gpkg: bool) -> RowStager:
    return RowStager(srid=27700, gpkg=gpkg, authority="anytown", places=Places([]))


@given(ROWS)
def test_documents_are_what_a_json_library_writes(rows: list[dict[str, object]]) -> None:
    """Joined from fragments, a record is the same text as the sorted dict encoded whole."""
    batch = batch_of(rows)
    attributes = [
        orjson.dumps(each, option=orjson.OPT_SORT_KEYS).decode() for each in batch.attributes
    ]
    expected = []
    for row in rows:
        record = {"kind": "lamppost", "authority": "anytown", **row}
        known = {name: value for name, value in record.items() if value not in (None, {})}
        expected.append(orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode())
    assert documents_of(batch, "anytown", attributes) == expected


@given(st.lists(st.tuples(st.none() | TEXTS, st.none() | st.integers(), TEXTS), min_size=1))
def test_copy_text_can_be_read_back(rows: list[tuple[object, ...]]) -> None:
    """Unescaped by the rules of the manual, the text holds the values, null and all."""
    written = copy_text.lines([list(column) for column in zip(*rows, strict=True)]).decode()
    assert written.endswith("\n")
    read = [tuple(map(_unescaped, line.split("\t"))) for line in written[:-1].split("\n")]
    assert read == [tuple(None if v is None else str(v) for v in row) for row in rows]


def _unescaped(text: str) -> str | None:
    if text == "\\N":
        return None
    marks = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    read, index = "", 0
    while index < len(text):
        if text[index] == "\\":
            read += marks[text[index + 1]]
            index += 2
        else:
            read += text[index]
            index += 1
    return read


def test_no_attribute_depends_on_another() -> None:
    """Attributes are validated value by value, so no model may look at two of them."""
    for spec in KINDS.values():
        decorators = spec.attributes.__pydantic_decorators__
        assert not decorators.model_validators
        assert not decorators.root_validators


BATCHES = [batch_of([{"ref": f"R{n}-{i}"} for i in range(5)], 1 + 5 * n) for n in range(14)]


def without_ids(staged: StagedRows) -> object:
    """The rows without their random identities."""
    at = staged.columns.index("asset_id")
    if isinstance(staged.rows, bytes):
        lines = [line.split("\t") for line in staged.rows.decode().splitlines()]
    else:
        lines = [list(row) for row in staged.rows]
    return staged.columns, [[v for i, v in enumerate(line) if i != at] for line in lines]


@pytest.mark.parametrize("gpkg", [True, False])
def test_second_process_stages_the_same_rows_in_the_same_order(gpkg: bool) -> None:
    """What a helper stages is what would have been staged here."""
    staged: dict[bool, list[object]] = {}
    for parallel in (False, True):
        with StagingLine(stager(gpkg=gpkg), parallel=parallel) as line:
            ready = [rows for batch in BATCHES for rows in line.put(batch)] + line.finish()
            assert (line._helper is not None) is parallel
        staged[parallel] = [without_ids(rows) for rows in ready]
    assert len(staged[True]) == len(BATCHES)
    assert staged[True] == staged[False]


def test_import_goes_on_when_the_second_process_is_killed_between_two_batches() -> None:
    """The process is done without from then on, and no row is lost or doubled."""
    with StagingLine(stager(gpkg=True), parallel=True) as line:
        ready = [rows for batch in BATCHES[:USE_FROM_BATCH] for rows in line.put(batch)]
        assert line._helper is not None
        assert line._helper._pipe.poll(60)
        line._helper._process.kill()
        line._helper._process.join()
        ready += [rows for batch in BATCHES[USE_FROM_BATCH:] for rows in line.put(batch)]
        ready += line.finish()
        assert line._helper is None
    ordinals = [row[0] for rows in ready for row in rows.rows]
    assert ordinals == list(range(1, 5 * len(BATCHES) + 1))


@pytest.mark.skipif(sys.platform == "win32", reason="a Windows process has no SIGSTOP")
def test_import_goes_on_when_the_second_process_is_killed_at_work() -> None:
    """Its batch is staged here, and no row is lost or doubled."""
    with StagingLine(stager(gpkg=True), parallel=True) as line:
        ready = [rows for batch in BATCHES[: USE_FROM_BATCH - 1] for rows in line.put(batch)]
        assert line._helper is not None
        os.kill(line._helper._process.pid, signal.SIGSTOP)
        ready += line.put(BATCHES[USE_FROM_BATCH - 1])
        line._helper._process.kill()
        line._helper._process.join()
        ready += [rows for batch in BATCHES[USE_FROM_BATCH:] for rows in line.put(batch)]
        ready += line.finish()
        assert line._helper is None
    ordinals = [row[0] for rows in ready for row in rows.rows]
    assert ordinals == list(range(1, 5 * len(BATCHES) + 1))


IMPORTER = """
import sys, time
from test_staged_rows import BATCHES, StagingLine, helping, stager
if __name__ == "__main__":
    with StagingLine(stager(gpkg=True), parallel=True) as line:
        for batch in BATCHES[: helping.USE_FROM_BATCH]:
            line.put(batch)
        print(line._helper._process.pid, flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a Windows process has no SIGKILL")
def test_second_process_does_not_outlive_a_killed_import(tmp_path: Path) -> None:
    """It sees that its pipe has no other end, and goes."""
    script = tmp_path / "importer.py"
    script.write_text(IMPORTER, encoding="utf-8")
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[3])])
    importer = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert importer.stdout is not None
    pid = int(importer.stdout.readline())
    os.kill(pid, 0)
    importer.kill()
    importer.wait()
    importer.stdout.close()
    until = time.monotonic() + 10
    while _runs(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # an orphan that nobody has waited for yet runs no more
    return not (
        stat.exists() and stat.read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] == "Z"
    )


def test_second_process_ends_with_the_import() -> None:
    """Leaving the line leaves no process behind."""
    with StagingLine(stager(gpkg=True), parallel=True) as line:
        for batch in BATCHES[: helping.START_AT_BATCH]:
            line.put(batch)
        assert line._helper is not None
        process = line._helper._process
        assert process.is_alive()
    assert process.exitcode is not None
