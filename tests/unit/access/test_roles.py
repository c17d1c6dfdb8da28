"""How far each role reaches."""

from __future__ import annotations

import pytest

from canopy.access.rules import PUBLIC, READING_ROLES, Role
from canopy.assets.kinds import COMMON_FIELDS, KINDS, attribute_fields


@pytest.mark.parametrize("role", READING_ROLES)
def test_a_role_reaches_its_own_level_and_those_below(role: Role) -> None:
    """Public, operator, planner, estates, admin: each sees what those before it see."""
    order = ["public", "operator", "planner", "estates", "admin"]
    assert [level for level in order if role.reaches(level)] == order[: order.index(role) + 1]


@pytest.mark.parametrize("level", ["gateway", "secret", "", "PUBLIC"])
def test_only_an_admin_reaches_a_level_that_is_no_reading_role(level: str) -> None:
    """What nobody can place is kept for admins."""
    assert [role for role in Role if role.reaches(level)] == [Role.admin]


def test_a_gateway_reaches_what_the_public_reaches() -> None:
    """A gateway's token opens no data."""
    assert Role.gateway.rank == Role.public.rank
    assert not Role.gateway.reaches("operator")


def test_without_a_token_one_is_the_public() -> None:
    """The principal of a request that names nobody."""
    assert (PUBLIC.role, PUBLIC.name) == (Role.public, "public")


def test_every_level_in_use_is_a_reading_role() -> None:
    """No field is kept for a level that does not exist."""
    fields = [*COMMON_FIELDS.values(), *(f for k in KINDS for f in attribute_fields(k).values())]
    assert {field.level for field in fields} <= {str(role) for role in READING_ROLES}
