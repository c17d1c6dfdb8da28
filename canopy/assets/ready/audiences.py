"""For whom features are made ready, and by which recipe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

import orjson

from canopy.access.rules import READING_ROLES, Principal, Role
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging.views import View, view_of

FORMAT = 1
"""To be raised when features are written otherwise than before."""


class Audience(StrEnum):
    """Whose view is kept. `staff` holds only the assets that operators do not see."""

    public = "public"
    operator = "operator"
    staff = "staff"

    @property
    def principal(self) -> Principal:
        """Through whose eyes it is seen."""
        role = {"public": Role.public, "operator": Role.operator, "staff": Role.admin}[self]
        return Principal(role, str(self))


def whole_view(audience: Audience, policy: SensitivityPolicy) -> View:
    """What the audience sees of every kind."""
    return view_of(tuple(KINDS), audience.principal, policy)


def text_audience(principal: Principal) -> Audience | None:
    """Whose ready text a principal is answered with; None where there is none for them."""
    if principal.role in (Role.public, Role.gateway):
        return Audience.public
    return Audience.operator if principal.role is Role.operator else None


@dataclass(frozen=True, slots=True)
class PlacesSeen:
    """Whose positions a principal sees: of `audiences`, and of those rows with a level of
    their own only the `levels` (None: all)."""

    audiences: tuple[Audience, ...]
    levels: tuple[str, ...] | None


def places_seen(principal: Principal, policy: SensitivityPolicy) -> PlacesSeen:
    """The rows whose positions, kinds and states this principal sees."""
    audience = text_audience(principal)
    if audience is not None:
        return PlacesSeen((audience,), None)
    levels = None
    if not policy.sees_asset("", principal):
        levels = tuple(str(role) for role in READING_ROLES if policy.sees_asset(role, principal))
    return PlacesSeen((Audience.operator, Audience.staff), levels)


@lru_cache(maxsize=16)
def recipe(audience: Audience, storage_crs: str, policy: SensitivityPolicy) -> str:
    """A fingerprint of all that decides what is kept, apart from the assets themselves.

    Another release, policy or CRS gives another one, and what was made by the old is not used.
    """
    view = whole_view(audience, policy)
    decided = {
        str(kind): [
            each.names,
            None if each.attributes is None else sorted(each.attributes),
            policy.generalisation_m(kind, audience.principal),
        ]
        for kind, each in zip(KINDS, view.kinds.values(), strict=True)
    }
    told = orjson.dumps([FORMAT, storage_crs, view.levels, decided])
    return blake2b(told, digest_size=12).hexdigest()
