"""Which members an entity that is sent may have, so that none is passed over in silence.

Source: OGC 18-088, sections 8.2 and 10.2. Annotations (names with ``@``) are the service's own and
are left aside, as are the properties of a Datastream that follow from its Observations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from canopy.iot.sensorthings.model import EntitySet

_TAKEN: Mapping[str, tuple[str, ...]] = {
    "Things": ("Locations", "Datastreams"),
    "Datastreams": ("Thing", "Sensor", "ObservedProperty"),
}
"""Links that are registered with an entity."""
_FOLLOWING = {"Datastreams": frozenset({"observedArea", "phenomenonTime", "resultTime"})}


def unfit(of: EntitySet, given: Mapping[str, Any], *, is_new: bool) -> tuple[str, str] | None:
    """The first member that an entity of a set does not take, and why; None where all fit.

    is_new: whether the entity is registered now; one that is changed passes over links that it
    shows itself, since clients send back what they read. Observations are taken by neither.
    """
    for name, value in given.items():
        if "@" in name or name in _FOLLOWING.get(of.name, ()):
            continue
        if name not in of.names:
            known = sorted({*of.names} - {"id", *of.links} | {*_TAKEN.get(of.name, ())})
            return name[:40], f"{of.name} have no such member; they take {', '.join(known)}"
        if not value or name not in of.links or name in _TAKEN.get(of.name, ()):
            continue
        if name == "Observations":
            return name, (
                "Observations are not stored with a Datastream; register it without them, then "
                "send them to its Observations or to CreateObservations"
            )
        if is_new:
            return name, (
                f"{name} are not registered with {of.name}; send this without them, and them "
                "to their own set"
            )
    return None
