"""What of Things, streams and places a principal may see.

The catalogue's policy decides about assets; a datastream's class about the datastream, by the
gate in `canopy.iot.privacy`: ``open`` is everybody's, ``council`` for planners and above; of
``personal-risk`` no single reading leaves, so such a datastream is not here at all, and a Thing
with no others is here for its keepers alone, with its place and what is its own alone. A Thing on
an asset whose position the principal sees coarsely or not at all has its words withheld too,
since a name may tell the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from canopy.access.rules import READING_ROLES, Principal, Role
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.iot.privacy import CLASSES, named_classes, raw_classes


@dataclass(frozen=True, slots=True)
class Audience:
    """`cells_m`: kinds whose positions are shown as cells of that size [m]. `levels`: the
    sensitivities of assets that are seen. `classes`: of datastreams. `named`: classes of
    datastreams whose Things are told of."""

    classes: tuple[str, ...]
    named: tuple[str, ...]
    cells_m: Mapping[str, float]
    levels: tuple[str, ...]
    sees_all: bool

    @property
    def keeps_things(self) -> bool:
        """Whether Things are told of whatever the class of their streams."""
        return set(self.named) == set(CLASSES)


def audience_of(principal: Principal, policy: SensitivityPolicy) -> Audience:
    """What a principal sees."""
    cells = {str(kind): policy.generalisation_m(kind, principal) for kind in KINDS}
    return Audience(
        raw_classes(principal.role),
        named_classes(principal.role),
        MappingProxyType({kind: cell for kind, cell in cells.items() if cell is not None}),
        tuple(str(role) for role in READING_ROLES if policy.sees_asset(str(role), principal)),
        principal.role is Role.admin,
    )
