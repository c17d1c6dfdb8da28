"""Lampposts a page at a time, each with what its readings, its system and the inventory say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.differing import differences_of
from canopy.iot.lighting.gathering import LAMP_ROLES, Window, gather, watts_known
from canopy.iot.lighting.judging import Energy, Finding, Lamp, Tolerance, energy_of, judge
from canopy.iot.lighting.posts import Post, posts_of
from canopy.iot.lighting.tables import LightingFault, LightingUnit
from canopy.iot.privacy import is_single
from canopy.iot.store.opening import Readings

Status = Literal[
    "lamp-failure", "day-burner", "on-wrongly", "off-wrongly", "gateway-silent", "no-contact",
    "as-expected", "regime-unknown", "no-readings",
]  # fmt: skip
"""The first that holds. Of a lamp whose gateway is silent nothing is known: it has not failed."""
_WORST_FIRST: tuple[Status, ...] = (
    "lamp-failure", "day-burner", "on-wrongly", "off-wrongly", "gateway-silent", "no-contact",
)  # fmt: skip
_SILENT = ("gateway-silent", "no-contact")
Only = Literal["all", "wrong", "silent", "reported", "mismatch"]
AT_ONCE = 50
MOST_LOOKED_AT = 500
"""Lampposts that one page looks at: with few that are as asked it may be short, and goes on."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A lamppost. `faults` are those that its systems report and that go on, `mismatches` what
    system and catalogue say differently, or that units share it. `left_out`: datastreams of its
    lamp that nobody may have readings of."""

    asset_id: str
    lamppost: str
    street: str
    units: tuple[str, ...]
    gateway: str
    lamp_w: float | None
    regime: str | None
    status: Status
    since: datetime | None
    findings: tuple[Finding, ...]
    faults: tuple[str, ...]
    mismatches: tuple[str, ...]
    energy: Energy | None
    last_at: datetime | None
    left_out: int

    def is_one_of(self, only: Only) -> bool:
        """Whether it is what is asked for."""
        if only == "wrong":
            return any(each.kind not in _SILENT for each in self.findings)
        if only == "silent":
            return self.status in _SILENT
        if only == "reported":
            return bool(self.faults)
        return only == "all" or bool(self.mismatches)


class Heard(NamedTuple):
    """A gateway with its lamps, and when the last of them was heard."""

    gateway: str
    lamps: int
    last_at: datetime | None
    is_silent: bool


class Page(NamedTuple):
    """Lampposts, and the `after` of those that follow."""

    lamps: list[Listed]
    next: str | None


@dataclass(frozen=True, slots=True)
class Lister:
    """Lists what a principal sees, by readings of a window that ends now."""

    database: Database
    readings: Readings
    principal: Principal
    window: Window
    tolerance: Tolerance

    def page(self, only: Only, after: str | None, limit: int, asset_id: str | None = None) -> Page:
        """So many lampposts with a Thing or a unit, from after one on; or the one that is named.

        Raises StorageUnavailable, and Refused where readings are more than can be held.
        """
        found: list[Listed] = []
        for _ in range(0, MOST_LOOKED_AT, AT_ONCE):
            with self.database.reading() as session:
                ids = queries.lit_after(session, after, AT_ONCE, asset_id)
                posts = posts_of(session, self.database, self.principal, ids)
            in_order = {each: posts[each] for each in ids if each in posts}
            for each in self._listed(in_order):
                if each.is_one_of(only):
                    found.append(each)
                if len(found) == limit:
                    return Page(found, each.asset_id)
            if len(ids) < AT_ONCE:
                return Page(found, None)
            after = ids[-1]
        return Page(found, after)

    def gateways(self) -> list[Heard]:
        """Every gateway with more than one lamp, the silent first."""
        lamps, heard = self._of_gateways(None)
        found = [
            Heard(name, len(assets), heard.get(name), self._is_silent(heard.get(name)))
            for name, assets in lamps.items()
            if len(assets) > 1
        ]
        return sorted(found, key=lambda each: (not each.is_silent, each.gateway))

    def _of_gateways(
        self, names: Sequence[str] | None
    ) -> tuple[dict[str, set[str]], dict[str, datetime]]:
        """The lamps of gateways, and when the last of each was heard."""
        with self.database.reading() as session:
            rows = [
                row for row in queries.streams_by_gateway(session, names)
                if (told := roles.told_by(row[3], row[4])) is not None and told.role in LAMP_ROLES
                and is_single(row[5])
            ]  # fmt: skip
        with self.readings.reading() as session:
            times = queries.heard_last(session, [row[2] for row in rows])
        lamps: dict[str, set[str]] = defaultdict(set)
        heard: dict[str, datetime] = {}
        for gateway, asset, number, *_ in rows:
            lamps[gateway].add(str(asset))
            if number in times:
                heard[gateway] = max(heard.get(gateway, times[number]), times[number])
        return lamps, heard

    def _is_silent(self, last_at: datetime | None) -> bool:
        return last_at is None or self.window.end - last_at > self.tolerance.silent

    def _listed(self, posts: Mapping[str, Post]) -> Iterator[Listed]:
        unknown, left_out = list[str](), Counter[str]()
        lamps = gather(self.database, self.readings, posts, self.window, unknown, left_out)
        by_asset = {each.asset_id: each for each in lamps}
        quiet = sorted({each.gateway for each in lamps if self._is_silent(each.last_at)} - {""})
        silent: set[str] = set()
        if quiet:
            of, heard = self._of_gateways(quiet)
            silent = {
                each for each in quiet if len(of[each]) > 1 and self._is_silent(heard.get(each))
            }
        with self.database.reading() as session:
            said = _Said(session, list(posts))
            for post in posts.values():
                lamp = by_asset.get(post.asset_id)
                told = self._one(post, lamp, said, silent, lamp is None or lamp.name in unknown)
                yield replace(told, left_out=left_out[post.asset_id])

    def _one(
        self, post: Post, lamp: Lamp | None, said: _Said, silent: set[str], is_unknown: bool
    ) -> Listed:
        units = said.units[post.asset_id]
        unit = units[0] if units else None
        findings = [] if lamp is None else self._findings(lamp, silent)
        kinds: dict[str, Finding] = {each.kind: each for each in findings}
        status: Status = "no-readings"
        if lamp is not None:
            usual: Status = "regime-unknown" if is_unknown else "as-expected"
            status = next((each for each in _WORST_FIRST if each in kinds), usual)
        worst = kinds.get(status)
        shown = post.attributes.get("switch_regime") or (unit.regime if unit else None)
        return Listed(
            post.asset_id, post.name, post.street,
            tuple(f"{each.system} {each.ref}" for each in units),
            lamp.gateway if lamp is not None else unit.gateway if unit else "",
            watts_known(post.attributes, unit), None if shown is None else str(shown), status,
            None if worst is None else worst.since, tuple(findings),
            tuple(_fault(each) for each in said.faults[post.asset_id]),
            _mismatches(post, units),
            None if lamp is None else energy_of(lamp, self.tolerance),
            None if lamp is None else lamp.last_at, 0,
        )  # fmt: skip

    def _findings(self, lamp: Lamp, silent: set[str]) -> list[Finding]:
        if self._is_silent(lamp.last_at) and lamp.gateway in silent:
            told = "its gateway is silent: nothing is known of the lamp"
            return [
                Finding(
                    "gateway-silent", lamp.asset_id, lamp.name, lamp.gateway, lamp.last_at, told
                )
            ]
        return judge([lamp], self.window.end, self.tolerance)


class _Said:
    """What systems say of some assets: their units, and faults that go on."""

    def __init__(self, session: Session, asset_ids: Sequence[str]) -> None:
        self.units: dict[str, list[LightingUnit]] = defaultdict(list)
        self.faults: dict[str, list[LightingFault]] = defaultdict(list)
        assets: dict[tuple[str, str], str] = {}
        for unit in queries.units_of_assets(session, asset_ids):
            self.units[str(unit.asset_id)].append(unit)
            assets[unit.system, unit.ref] = str(unit.asset_id)
        for fault in queries.open_faults_of(session, list(assets)):
            self.faults[assets[fault.system, fault.unit_ref]].append(fault)


def _fault(fault: LightingFault) -> str:
    return f"{fault.kind} since {fault.begun_at:%Y-%m-%d} ({fault.system} {fault.code})"


def _mismatches(post: Post, units: Sequence[LightingUnit]) -> tuple[str, ...]:
    told = [
        f"{each.field} {each.in_system} in {each.system}, {each.in_catalogue} in the catalogue"
        for unit in units
        for each in differences_of(unit, post)
    ]
    if len(units) > 1:
        told.append(f"{len(units)} units are on it")
    return tuple(told)
