"""The description of the API tells how to write, and what it tells is so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from addresses import token_for
from databases import BOTH, MAKERS
from ogc_catalogue import add, lamppost, point, record
from ogc_service import running
from writing_desk import MERGE_PATCH, Desk

from canopy.access.rules import Role
from canopy.assets.kinds import KINDS
from canopy.db.engine import Database

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
RUN = "import schemathesis.cli as cli; cli.schemathesis()"


def described(desk: Desk, role: Role = Role.estates) -> dict[str, Any]:
    """The description for a role."""
    answer = desk.client.get("/api", headers=desk.keys[role])
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_every_collection_describes_its_writes(desk: Desk) -> None:
    """Bodies, the header that is needed, and each way to be refused."""
    document = described(desk)
    for collection in ("assets", *KINDS):
        items = document["paths"][f"/collections/{collection}/items"]
        item = document["paths"][f"/collections/{collection}/items/{{featureId}}"]
        assert set(items) == {"get", "post"}
        assert set(item) == {"get", "put", "patch", "delete"}
        assert set(items["post"]["responses"]) >= {"201", "400", "401", "403", "413", "415", "422"}
        for method in ("put", "patch", "delete"):
            assert set(item[method]["responses"]) >= {"401", "403", "404", "412", "428"}
            needed = [each["name"] for each in item[method]["parameters"] if each["required"]]
            assert needed == ["featureId", "If-Match"]
        assert set(item["patch"]["requestBody"]["content"]) == {MERGE_PATCH}


def test_bodies_have_the_fields_that_the_role_sees(desk: Desk) -> None:
    """An admin is told of a camera's link, an officer is not; derived fields are marked."""
    for role, is_told in ((Role.admin, True), (Role.estates, False)):
        document = described(desk, role)
        body = document["components"]["schemas"]["cctv.feature"]["properties"]["properties"]
        assert ("link" in body["properties"]) == is_told
        assert body["properties"]["ward"]["readOnly"] is True
        assert body["properties"]["kind"]["enum"] == ["cctv"]


def test_conformance_names_the_classes_of_part_4(desk: Desk) -> None:
    """Create, replace, delete, update, features, and locking by ETags."""
    classes = desk.client.get("/conformance").json()["conformsTo"]
    part_4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"
    assert {each.removeprefix(part_4) for each in classes if each.startswith(part_4)} == {
        "create-replace-delete", "update", "features", "optimistic-locking-etags",
    }  # fmt: skip


@pytest.fixture(params=BOTH)
def trampled(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A small catalogue that may be written to at random."""
    databases = request.getfixturevalue(MAKERS[request.param])
    made: Database = databases.new()
    add(made, [lamppost(1), record("cctv", point(9, 9), {"camera_type": "ptz"})])
    yield made
    databases.drop(made)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_an_editor_with_odd_bodies_finds_no_server_error(
    trampled: Database, tmp_path: Path
) -> None:
    """Schemathesis with an admin's token: each answer is one that is described."""
    secret = token_for(trampled, Role.admin)
    with running(trampled, tmp_path) as address:
        command = [sys.executable, "-c", RUN, "run", f"{address}/api", "--checks", CHECKS]
        command += ["--header", f"Authorization: Bearer {secret}", "--no-color"]
        command += ["--include-path-regex", "^/collections/(lamppost|assets)/items"]
        command += ["--include-method", "POST", "--include-method", "PUT"]
        command += ["--include-method", "PATCH", "--include-method", "DELETE"]
        command += ["--phases", "coverage,fuzzing", "--seed", "20261123", "--max-time", "15"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6_000:]
    assert "Test cases:" in done.stdout
