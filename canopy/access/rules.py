"""Roles and principals: who is asking, and how far that reaches."""

from __future__ import annotations

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
        return 0 if self is Role.gateway else list(Role).index(self)

    def reaches(self, level: str) -> bool:
        """Whether this role sees what is kept for `level`.

        A level that is no reading role is reached by admin only: deny by default.
        """
        reading = {str(role): role.rank for role in Role if role is not Role.gateway}
        return self.rank >= reading.get(str(level), Role.admin.rank)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role, and the name that revisions and logs carry."""

    role: Role
    name: str


PUBLIC = Principal(Role.public, "public")
