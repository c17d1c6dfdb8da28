"""Releases of a file: alone, one after the other, in arrays, release packages or records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.json_stream import JsonCursor
from canopy.errors import LimitExceeded

MAX_BYTES = 200_000_000
MAX_RELEASES = 100_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Release:
    """A release and its 1-based place in the file; `at` None where its date cannot be used."""

    number: int
    ocid: str
    at: datetime | None
    document: Json


@dataclass(frozen=True, slots=True)
class Chosen:
    """The latest release of each process, in the order of the file; those that it stands for;
    and what has no ocid or no date with offset.
    """

    latest: tuple[Release, ...]
    superseded: int
    unusable: tuple[Release, ...]


def read_releases(path: Path) -> Iterator[Release]:
    """Every release of a JSON or JSON lines file.

    Raises BadSource for anything else and where it is damaged, LimitExceeded beyond 200 MB or
    100,000 releases.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        with path.open(encoding="utf-8-sig") as stream:
            documents = _documents(JsonCursor(stream, path), path)
            for number, document in enumerate(documents, start=1):
                if number > MAX_RELEASES:
                    raise LimitExceeded(f"{path.name} has more than {MAX_RELEASES:,} releases")
                yield _release(number, document)
    except OSError as error:
        raise bad_source(path, "not-found", f"cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise bad_source(path, "wrong-encoding", "is not UTF-8, as JSON is.") from error


def _documents(cursor: JsonCursor, path: Path) -> Iterator[Json]:
    found = False
    while cursor.peek():
        found = True
        if cursor.peek() == "[":
            for _ in cursor.items():
                yield from _of(cursor.value(), path)
        else:
            yield from _of(cursor.value(), path)
    if not found:
        raise bad_source(path, "empty-file", "is empty; was the download finished?")


def _of(value: object, path: Path) -> Iterator[Json]:
    """The releases of a release, a package or a record."""
    if not isinstance(value, dict):
        raise bad_source(path, "wrong-kind", "holds JSON that is no OCDS release or package.")
    if isinstance(value.get("releases"), list) and "ocid" not in value:
        for each in value["releases"]:
            yield from _of(each, path)
    elif isinstance(value.get("records"), list):
        for record in value["records"]:
            yield from _of_record(record, path)
    elif "ocid" in value or "tag" in value:
        yield value
    else:
        keys = ", ".join(map(str, list(value)[:8])) or "none"
        raise bad_source(
            path, "wrong-kind", f"holds an object with the members {keys}, no OCDS release."
        )


def _of_record(record: object, path: Path) -> Iterator[Json]:
    """The compiled release, or else those that the record holds whole."""
    if not isinstance(record, dict):
        raise bad_source(path, "wrong-kind", "has a record that is no object.")
    compiled = record.get("compiledRelease")
    if isinstance(compiled, dict):
        yield compiled
        return
    releases = record.get("releases")
    whole = [each for each in releases if isinstance(each, dict) and "tag" in each] if isinstance(
        releases, list) else []  # fmt: skip
    if not whole:
        raise bad_source(
            path,
            "linked-releases",
            f"has the record {record.get('ocid')} without its releases; they are only linked. "
            "Get the release package.",
        )
    yield from whole


def _release(number: int, document: Json) -> Release:
    ocid = document.get("ocid")
    at = moment(document.get("date"))
    return Release(number, ocid if isinstance(ocid, str) else "", at, document)


def moment(value: object) -> datetime | None:
    """A time with its offset; None for anything else, one without an offset too."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if read is None or read.utcoffset() is None else read


def latest(releases: Iterator[Release]) -> Chosen:
    """The latest release of each process by its date; of equal dates, the later in the file."""
    best: dict[str, Release] = {}
    unusable: list[Release] = []
    superseded = 0
    for release in releases:
        if not release.ocid or release.at is None:
            unusable.append(release)
            continue
        held = best.get(release.ocid)
        superseded += held is not None
        if held is None or held.at is None or release.at >= held.at:
            best[release.ocid] = release
    ordered = sorted(best.values(), key=lambda each: each.number)
    return Chosen(tuple(ordered), superseded, tuple(unusable))
