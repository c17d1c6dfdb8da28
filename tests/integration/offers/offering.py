"""A catalogue with offers of many kinds, made by the one way in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from ogc_catalogue import add, fill_mixed, point, record
from sqlalchemy import select

from canopy.access.rules import Principal, Role
from canopy.assets.offers.writing.writer import OfferWriter
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.tables import Asset
from canopy.db.engine import Database

ITEMS = "/collections/offers/items"
ADMIN = Principal(Role.admin, "officer")

Json = dict[str, Any]


def asset_id(database: Database, ref: str) -> str:
    """The id of the asset with that ref."""
    with database.reading() as session:
        return str(session.scalars(select(Asset.asset_id).where(Asset.ref == ref)).one())


def said(**changed: object) -> Json:
    """What an offer says: open from 2026 on, for 5G small cells, unless told otherwise."""
    return {
        "status": "open", "technologies": ["small_cell_5g"], "available_from": "2026-01-01",
        **changed,
    }  # fmt: skip


def offer(database: Database, ref: str, **changed: object) -> str:
    """Offer an asset; the offer's id."""
    writer = OfferWriter(database, SensitivityPolicy(), ADMIN, "for the test")
    return writer.create(asset_id(database, ref), said(**changed))


def fill_offered(database: Database) -> dict[str, str]:
    """The mixed catalogue with offers, by a name of their own; ids of them.

    Prices of `band_0` to `band_4` are one band, that of `rare` nobody shares. `hidden_duct`
    lies right beside the lampposts and is for planners on.
    """
    fill_mixed(database)
    hidden = record("duct", point(40, 42).buffer(0.5).exterior, ref="D-hidden",
                    sensitivity="planner", attributes={"bores": 2})  # fmt: skip
    add(database, [hidden], first=500)
    common = {"price_min_pence_per_year": 30_000, "price_max_pence_per_year": 50_000}
    made = {
        f"band_{n}": offer(database, f"LC-{n:03}", spare_power_w=100.0 * (n + 1),
                           available_from=f"2026-0{n + 1}-01", **common)
        for n in range(5)
    }  # fmt: skip
    return made | {
        "rare": offer(database, "LC-005", price_min_pence_per_year=77_700,
                      price_max_pence_per_year=88_800, terms="Lease 10 years",
                      constraints=["no work at night", "10 kg"]),
        "draft": offer(database, "LC-006", status="draft"),
        "reserved": offer(database, "LC-007", status="reserved"),
        "ended": offer(database, "LC-008", available_until="2026-01-31"),
        "mixed": offer(database, "LC-009", technologies=["wifi", "iot_lorawan"], spare_mounts=2,
                       available_until="2099-12-31"),
        "cctv": offer(database, "CAM-1", technologies=["wifi"], spare_mounts=1),
        "duct": offer(database, "D-1", technologies=["fibre"], spare_duct_bores=3),
        "of_operator": offer(database, "LC-op"),
        "of_estates": offer(database, "LC-est"),
    }  # fmt: skip


@dataclass(frozen=True)
class Market:
    """A service over a catalogue with offers, and keys to it for every role."""

    client: TestClient
    database: Database
    keys: Mapping[Role, dict[str, str]]
    offers: Mapping[str, str]

    def get(self, path: str, role: Role = Role.public, **query: str) -> Any:
        """The answer to a role."""
        return self.client.get(path, headers=self.keys[role], params=query)

    def found(self, role: Role = Role.public, **query: str) -> list[Json]:
        """The offers of all pages."""
        answer = self.get(ITEMS, role, **query)
        features: list[Json] = []
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            features += page["features"]
            following = [each["href"] for each in page["links"] if each["rel"] == "next"]
            if not following:
                return features
            answer = self.client.get(following[0], headers=self.keys[role])

    def names(self, role: Role = Role.public, **query: str) -> list[str]:
        """The test's names of the offers that are found, in order."""
        known = {each: name for name, each in self.offers.items()}
        return [known[each["id"]] for each in self.found(role, **query)]


def a_uuid() -> str:
    """An id that nothing has."""
    return str(uuid.uuid4())
