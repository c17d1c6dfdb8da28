"""What changes between two records of an asset, and who may have the last word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely

from canopy.assets.record import SAME_POSITION_M, Record


@dataclass(frozen=True, slots=True)
class Delta:
    """The fields that differ, as they were and as they are; a key absent is a value unknown.

    Attributes are named ``attributes.<name>``, so that a change of one is not a change of all.
    """

    before: Record
    after: Record

    def __bool__(self) -> bool:
        return bool(self.before or self.after)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.before) | frozenset(self.after)


def flatten(record: Mapping[str, object]) -> Record:
    """A record with its attributes as ``attributes.<name>`` keys."""
    flat: Record = {}
    for name, value in record.items():
        if name == "attributes" and isinstance(value, Mapping):
            flat.update({f"attributes.{key}": each for key, each in value.items()})
        elif value is not None:
            flat[name] = value
    return flat


def unflatten(flat: Mapping[str, object]) -> Record:
    """The inverse of `flatten`."""
    record: Record = {}
    attributes: Record = {}
    for name, value in flat.items():
        group, _, key = name.partition(".")
        if group == "attributes" and key:
            attributes[key] = value
        else:
            record[name] = value
    if attributes:
        record["attributes"] = attributes
    return record


def difference(old: Mapping[str, object], new: Mapping[str, object]) -> Delta:
    """What turns flat record `old` into flat record `new`."""
    before: Record = {}
    after: Record = {}
    for name in old.keys() | new.keys():
        was, now = old.get(name), new.get(name)
        if _same(name, was, now):
            continue
        if was is not None:
            before[name] = was
        if now is not None:
            after[name] = now
    return Delta(dict(sorted(before.items())), dict(sorted(after.items())))


def _same(name: str, was: object, now: object) -> bool:
    if was == now:
        return True
    if name != "geom" or was is None or now is None:
        return False
    old, new = shapely.from_wkb(str(was)), shapely.from_wkb(str(now))
    return bool(shapely.equals_exact(old, new, tolerance=SAME_POSITION_M))


def undo(flat: Mapping[str, object], delta: Delta) -> Record:
    """The flat record as it was before `delta`."""
    earlier = {name: value for name, value in flat.items() if name not in delta.after}
    earlier.update(delta.before)
    return earlier


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source last said of an asset, and which fields somebody has changed since."""

    said: Record
    corrected: frozenset[str]


def replay(revisions: Iterable[tuple[str, Delta]]) -> Stated:
    """Fold an asset's revisions, oldest first, as (origin, delta) with flat deltas.

    A field last changed by anything but an import is a correction.
    """
    said: Record = {}
    corrected: set[str] = set()
    for origin, delta in revisions:
        if origin == "import":
            for name in delta.before:
                said.pop(name, None)
            said.update(delta.after)
            corrected -= delta.fields
        else:
            corrected |= delta.fields
    return Stated(said, frozenset(corrected))


@dataclass(frozen=True, slots=True)
class Merge:
    """The record to keep, and the fields where the source's new word was not taken."""

    record: Record
    kept_corrections: tuple[str, ...]


def merge(
    current: Mapping[str, object], incoming: Mapping[str, object], stated: Stated | None,
    mapped: frozenset[str],
) -> Merge:  # fmt: skip
    """The source's new record over the current one, all flat.

    Fields the mapping does not carry are left as they are. A field an officer corrected
    stays corrected; where the source has changed its mind since, that is reported.
    """
    record: Record = {name: value for name, value in current.items() if name not in mapped}
    kept: list[str] = []
    for name in mapped:
        value = incoming.get(name)
        if stated is not None and name in stated.corrected:
            if not _same(name, stated.said.get(name), value):
                kept.append(name)
            value = current.get(name)
        if value is not None:
            record[name] = value
    return Merge(record, tuple(sorted(kept)))
