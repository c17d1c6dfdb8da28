"""Releases made up for tests, and the published schema that they are held to."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]
from referencing import Registry, Resource

Json = dict[str, Any]

REQUIRED: dict[str, tuple[str, ...]] = {
    "": ("releases", "version"),
    "releases": ("ocid", "id", "date", "tag", "initiationType"),
    "awards": ("id",),
    "contracts": ("id", "awardID"),
    "milestones": ("id",),
    "transactions": ("id",),
}
"""What OCDS 1.1 requires of a package and of what it holds, by the member they stand in."""


def lacking(document: object, member: str = "", path: str = "package") -> list[str]:
    """Required members that are missing or empty, by their path."""
    found = []
    if isinstance(document, list):
        for at, each in enumerate(document):
            found += lacking(each, member, f"{path}[{at}]")
    elif isinstance(document, dict):
        found += [f"{path}.{name}" for name in REQUIRED.get(member, ())
                  if document.get(name) in (None, "", [])]  # fmt: skip
        for key, value in document.items():
            found += lacking(value, key, f"{path}.{key}")
    return found


def schema_validator(folder: Path) -> Draft4Validator:
    """The validator of release packages, its formats checked too."""
    package, release = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("release-package-schema.json", "release-schema.json")
    )
    registry: Registry[Any] = Registry().with_resource(
        release["id"], Resource.from_contents(release)
    )
    formats = FormatChecker(formats=())

    @formats.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
    def _is_moment(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    return Draft4Validator(package, registry=registry, format_checker=formats)


def award_release(**changes: object) -> Json:
    """A council's award of a service contract, as Contracts Finder publishes it."""
    return {
        "ocid": "ocds-b5fd17-1",
        "id": "n-1",
        "date": "2025-03-11T11:39:58Z",
        "tag": ["award"],
        "initiationType": "tender",
        "tender": {
            "id": "DN1", "title": "Maintenance of charge points", "status": "complete",
            "description": "Nine sites.rnrnInstalled 2021.",
            "datePublished": "2024-12-01T09:00:00Z",
            "contractPeriod": {"startDate": "2025-03-17T00:00:00Z",
                               "endDate": "2026-03-16T23:59:59Z"},
        },
        "parties": [
            {"id": "p1", "name": "Camford Council", "roles": ["buyer"]},
            {"id": "p2", "name": "CafÃ© Chargers Ltd", "roles": ["supplier"],
             "address": {"streetAddress": "1 RoadrnLondonrnN1"}},
        ],
        "buyer": {"id": "p1", "name": "Camford Council"},
        "awards": [
            {
                "id": "a1", "status": "active", "date": "2025-03-07T00:00:00Z",
                "value": {"amount": 230000.5, "currency": "GBP"},
                "suppliers": [{"id": "p2", "name": "CafÃ© Chargers Ltd"}],
                "contractPeriod": {"startDate": "2025-03-17T00:00:00+00:00",
                                   "endDate": "2026-03-16T23:59:59Z"},
            }
        ],
        **changes,
    }  # fmt: skip
