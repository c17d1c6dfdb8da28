"""Roles and principals: who is asking, and how far that reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a principal is trusted with.

    The five reading roles are ordered: each sees what those before it see. A gateway
    publishes readings to its own topics and reads what the public reads.
    """

    public = "public"
    operator = "operator"
    planner = "planner"
    estates = "estates"
    admin = "admin"
    gateway = "gateway"

    @property
    def rank(self) -> int:
        """Place in the order of reading roles, 0 (public) to 4 (admin)."""
        return _RANKS.get(self, _RANKS["public"])

    def reaches(self, level: str) -> bool:
        """Whether this role sees what is kept for `level`.

        A level that is no reading role is reached by admin only: deny by default.
        """
        return self.rank >= _RANKS.get(level, _RANKS["admin"])


READING_ROLES: tuple[Role, ...] = (
    Role.public,
    Role.operator,
    Role.planner,
    Role.estates,
    Role.admin,
)
"""The roles that data is kept for, in order: these, and no others, are levels."""
_RANKS: Mapping[str, int] = {str(role): rank for rank, role in enumerate(READING_ROLES)}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role, and the name that revisions and logs carry."""

    role: Role
    name: str


PUBLIC = Principal(Role.public, "public")
