"""Who may have which unique key, where several rows were given new ones at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Key = tuple[object, ...]
"""("asset_id", id), or ("ref", source, ref)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The keys a row wants, those it is due by its revisions, and why it is refused if it is."""

    wanted: frozenset[Key]
    due: frozenset[Key]
    refused: str | None


def keys_of(asset_id: object, source: object, ref: object) -> frozenset[Key]:
    """The unique keys in a row; a null is none."""
    keys: list[Key] = []
    if asset_id is not None:
        keys.append(("asset_id", asset_id))
    if ref is not None:
        keys.append(("ref", source, ref))
    return frozenset(keys)


def conflicts(claims: Mapping[int, Claim]) -> dict[int, str]:
    """Rows that may not have what they want, each with the reason.

    A row that is put back has its keys back, so one that was given them is refused too; and
    that goes on until nothing more changes.
    """
    refused = {fid: claim.refused for fid, claim in claims.items() if claim.refused is not None}
    owners: dict[Key, int] = {}
    for fid, claim in claims.items():
        if fid in refused or claim.wanted == claim.due:
            owners.update(dict.fromkeys(claim.due, fid))
    settled = False
    while not settled:
        settled = True
        for fid, claim in claims.items():
            taken = [key for key in claim.wanted if owners.get(key, fid) != fid]
            if fid not in refused and taken:
                name, value = str(taken[0][0]), taken[0][-1]
                refused[fid] = f"{name} {value!r} belongs to row {owners[taken[0]]}."
                owners.update(dict.fromkeys(claim.due, fid))
                settled = False
    return refused
