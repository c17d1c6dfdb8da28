"""What a file for one audience may hold, as policy says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from canopy.access.rules import Principal, Role
from canopy.assets.exporters.layout import attribute_columns
from canopy.assets.exporters.spool import KindView
from canopy.assets.kinds import KINDS, Kind, attribute_fields
from canopy.assets.policy import SensitivityPolicy
from canopy.errors import Refused


def kind_order() -> tuple[str, ...]:
    """Kinds in the order in which they are shown."""
    return tuple(str(kind) for kind in KINDS)


def view_of(audience: str) -> Callable[[str], KindView]:
    """What `audience` (a role's name) may see of each kind.

    Raises Refused when there is no such role.
    """
    if audience not in [str(role) for role in Role]:
        raise Refused(f"There is no audience {audience!r}; choose public, operator or admin.")
    principal = Principal(Role(audience), audience)
    policy = SensitivityPolicy()

    @cache
    def view(kind: str) -> KindView:
        visible = policy.visible_attributes(Kind(kind), principal)
        every = attribute_columns(attribute_fields(Kind(kind)))
        return KindView(
            columns=frozenset(policy.visible_columns(Kind(kind), principal)),
            attributes=tuple(field for field in every if field.key in visible),
            every_attribute=tuple(field.label for field in every),
        )

    return view
