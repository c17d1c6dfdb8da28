"""What one principal sees of each kind, worked out once and kept.

The policy decides; this only remembers its answers in the form that rows are cut by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

from canopy.access.rules import READING_ROLES, Principal, Role
from canopy.assets.batches import COMMON_COLUMNS
from canopy.assets.filtering import FieldFinder, FilterField, filter_fields
from canopy.assets.kinds import Kind, attribute_fields
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging.queries import POSITION

LEFT_OUT = frozenset(("withdrawn_at",))
"""Columns that no feature carries: those that are withdrawn are not shown."""


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind as a principal sees it.

    `names` are the common columns, `take` picks their values from a row; `attributes` is
    None where all are seen; `is_exact` tells that positions are not generalised.
    """

    kind: Kind
    names: tuple[str, ...]
    take: Callable[[Any], tuple[Any, ...]]
    attributes: frozenset[str] | None
    is_exact: bool


@dataclass(frozen=True, slots=True)
class View:
    """Some kinds as a principal sees them.

    `levels` are the sensitivities of assets that are seen, None where all are; `margin_m`
    is how far a generalised position may lie from the stored one [m].
    """

    kinds: Mapping[str, KindView]
    levels: tuple[str, ...] | None
    margin_m: float
    fields: Mapping[str, FilterField]
    finder: FieldFinder

    @property
    def generalised(self) -> tuple[str, ...]:
        """The kinds whose positions are cells."""
        return tuple(name for name, view in self.kinds.items() if not view.is_exact)

    def sees(self, sensitivity: object) -> bool:
        """Whether an asset of that sensitivity is seen at all."""
        return sensitivity is None or self.levels is None or sensitivity in self.levels


def view_of(kinds: Sequence[Kind], principal: Principal, policy: SensitivityPolicy) -> View:
    """What `principal` sees of `kinds`. Kept by role: names do not matter to it."""
    return _view(tuple(kinds), principal.role, policy)


@lru_cache(maxsize=256)
def _view(kinds: tuple[Kind, ...], role: Role, policy: SensitivityPolicy) -> View:
    principal = Principal(role, str(role))
    seen = [kind for kind in kinds if policy.sees_kind(kind, principal)]
    levels = None
    if not policy.sees_asset("", principal):
        levels = tuple(str(each) for each in READING_ROLES if policy.sees_asset(each, principal))
    return View(
        kinds={str(kind): _kind_view(kind, principal, policy) for kind in seen},
        levels=levels,
        margin_m=max((policy.search_margin_m(kind, principal) for kind in seen), default=0.0),
        fields=_fields(seen, principal, policy),
        finder=FieldFinder(tuple(seen), principal, policy),
    )


def _fields(
    kinds: Sequence[Kind], principal: Principal, policy: SensitivityPolicy
) -> Mapping[str, FilterField]:
    fields = filter_fields(kinds, principal, policy)
    return {name: field for name, field in fields.items() if name not in LEFT_OUT}


def _kind_view(kind: Kind, principal: Principal, policy: SensitivityPolicy) -> KindView:
    columns = policy.visible_columns(kind, principal)
    names = tuple(each for each in COMMON_COLUMNS if each in columns and each not in LEFT_OUT)
    visible = policy.visible_attributes(kind, principal)
    return KindView(
        kind=kind,
        names=names,
        take=itemgetter(*(POSITION[name] for name in names)),
        attributes=None if visible.issuperset(attribute_fields(kind)) else visible,
        is_exact=policy.generalisation_m(kind, principal) is None,
    )
