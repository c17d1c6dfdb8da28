"""Where selected assets come from: what an export or a map must name."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.queries import origins
from canopy.assets.reading.selection import Selection


@dataclass(frozen=True, slots=True)
class Provenance:
    """Sources, licences and credits, each in order and once."""

    sources: tuple[str, ...]
    licences: tuple[str, ...]
    attributions: tuple[str, ...]


def provenance(
    session: Session, selection: Selection, principal: Principal, policy: SensitivityPolicy
) -> Provenance:
    """Of the visible assets of the selected kinds and sources, as far as each may be told.

    Area, conditions and past are not looked at: a credit too many is no fault, and one too
    few may be.
    """
    sources: set[str] = set()
    licences: set[str] = set()
    attributions: set[str] = set()
    for each in origins(session):
        kind = Kind(each.kind)
        if selection.kinds and each.kind not in selection.kinds:
            continue
        if selection.sources and each.source not in selection.sources:
            continue
        if not policy.sees_kind(kind, principal):
            continue
        if not policy.sees_asset(each.sensitivity, principal):
            continue
        columns = policy.visible_columns(kind, principal)
        if "source" in columns:
            sources.add(each.source)
        if each.licence is not None and "licence" in columns:
            licences.add(each.licence)
        told = policy.visible_attributes(kind, principal)
        if each.attribution is not None and "attribution" in told:
            attributions.add(each.attribution)
    return Provenance(tuple(sorted(sources)), tuple(sorted(licences)), tuple(sorted(attributions)))
