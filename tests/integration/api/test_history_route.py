"""An asset's history over HTTP, cut to what the reader may see."""

from __future__ import annotations

from pathlib import Path

import pytest
from addresses import bearer, token_for
from catalogue import all_assets, edit
from fastapi.testclient import TestClient
from registers import ROWS, import_register, write_register

from canopy.access.rules import Role
from canopy.db.engine import Database

EXACT = "POINT (430100.25 280200.5)"


@pytest.fixture
def lamps(database: Database, tmp_path: Path) -> None:
    """Four lampposts, the first corrected once."""
    import_register(
        database, write_register(tmp_path / "a.csv"), author="jane.doe", reason="survey"
    )
    edit(database, "LC-1", height_m=10.0)


@pytest.fixture
def cameras(database: Database, tmp_path: Path) -> None:
    """Four CCTV columns, the first at a known place and corrected once."""
    import_register(
        database, write_register(tmp_path / "cctv.csv"), kind="cctv", source="cctv",
        author="jane.doe", reason="survey",
    )  # fmt: skip
    edit(database, "LC-1", height_m=10.0)


def entries(client: TestClient, reference: str, headers: dict[str, str]) -> list[dict[str, object]]:
    """The entries of an asset's history."""
    answer = client.get(f"/assets/{reference}/history", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]  # type: ignore[no-any-return]


@pytest.mark.usefixtures("cameras")
def test_public_gets_no_history_of_a_camera(client: TestClient) -> None:
    """Neither where a camera stands nor when somebody worked on it is public."""
    answer = client.get("/assets/LC-1/history")
    assert answer.status_code == 404
    assert "430100" not in answer.text


@pytest.mark.parametrize("role", [Role.operator, Role.admin])
@pytest.mark.usefixtures("cameras")
def test_operator_and_admin_see_the_position_of_a_camera(
    client: TestClient, database: Database, role: Role
) -> None:
    """Under an agreement the exact position is shown, as WKT in the storage CRS."""
    shown = entries(client, "LC-1", bearer(token_for(database, role)))
    assert shown[0]["after"]["geom"] == EXACT  # type: ignore[index]
    assert (shown[0]["author"], shown[0]["reason"]) == ("jane.doe", "survey")


@pytest.mark.usefixtures("lamps")
def test_public_sees_what_happened_to_a_lamppost_but_not_who_did_it(client: TestClient) -> None:
    """Who made a change and what was noted with it is absent for the public, not null."""
    shown = entries(client, "LC-1", {})
    assert [entry["action"] for entry in shown] == ["created", "updated"]
    assert shown[0]["after"]["geom"] == EXACT  # type: ignore[index]
    assert [{"author", "reason"} & entry.keys() for entry in shown] == [set(), set()]


@pytest.mark.usefixtures("lamps")
def test_history_tells_before_and_after(client: TestClient, database: Database) -> None:
    """A correction shows the field it changed, from what to what, and names the CRS once."""
    headers = bearer(token_for(database, Role.admin))
    answer = client.get("/assets/lighting/LC-1/history", headers=headers).json()
    assert (answer["kind"], answer["crs"]) == ("lamppost", "EPSG:27700")
    assert answer["entries"][1]["before"] == {"height_m": 8.0}
    assert answer["entries"][1]["after"] == {"height_m": 10.0}


@pytest.mark.usefixtures("lamps")
def test_asset_is_found_by_its_id_too(client: TestClient, database: Database) -> None:
    """The id, in either case, leads to the same history as the ref."""
    asset_id = str(all_assets(database)[0]["asset_id"])
    assert entries(client, asset_id.upper(), {}) == entries(client, "LC-1", {})


@pytest.mark.usefixtures("lamps")
def test_hidden_and_absent_assets_look_alike(client: TestClient, database: Database) -> None:
    """An asset above one's level gets the same answer as one that does not exist."""
    edit(database, "LC-2", sensitivity="estates")
    hidden = client.get("/assets/LC-2/history")
    absent = client.get("/assets/LC-9/history")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"].replace("LC-2", "LC-9") == absent.json()["detail"]
    assert entries(client, "LC-2", bearer(token_for(database, Role.estates)))


def test_ref_of_several_assets_asks_which(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    """Where two sources use one ref, the refusal lists the ids to choose from."""
    path = write_register(tmp_path / "a.csv", ROWS[:1])
    import_register(database, path)
    import_register(database, path, source="other")
    answer = client.get("/assets/LC-1/history")
    ids = [str(asset["asset_id"]) for asset in all_assets(database)]
    assert answer.status_code == 422
    assert [each for each in ids if each not in answer.json()["detail"]] == []
