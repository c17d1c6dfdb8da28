"""Every way to the features shows a principal what the policy allows, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import shapely
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from ogc_catalogue import EPSG, ROLES, add, features, lamppost, refs, seen_by

from canopy.access import tokens
from canopy.access.rules import Role
from canopy.api.ogc import limits, principals
from canopy.assets.filtering import filter_fields
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.db.types import utc_text

Keys = dict[Role, dict[str, str]]


def plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def known(properties: dict[str, Any]) -> dict[str, object]:
    """Properties without those that are unknown."""
    return {n: plain(v) for n, v in properties.items() if v is not None and n != "geometry"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("collection", ["assets", *KINDS])
def test_features_are_what_the_policy_shows(
    service: TestClient, mixed: Database, keys: Keys, role: Role, collection: str
) -> None:
    """Ids, properties and positions are those of the one way out of the catalogue."""
    kinds = () if collection == "assets" else (collection,)
    wanted = seen_by(mixed, role, *kinds)
    path = f"/collections/{collection}/items?crs={EPSG}27700&limit=7"
    found = features(service, path, keys[role])
    assert [each["id"] for each in found] == list(wanted)
    for each in found:
        seen = wanted[each["id"]]
        assert known(each["properties"]) == known(seen)
        shown = shapely.geometry.shape(each["geometry"])
        assert shapely.equals(shown, seen["geometry"])


@pytest.mark.parametrize("role", ROLES)
def test_withheld_fields_are_absent_not_null(service: TestClient, keys: Keys, role: Role) -> None:
    """A feature carries no name of a field that its kind withholds from the role."""
    policy = SensitivityPolicy()
    principal = principals.Principal(role, "test")
    for each in features(service, "/collections/assets/items", keys[role]):
        kind = each["properties"]["kind"]
        seen = policy.visible_columns(kind, principal) | policy.visible_attributes(kind, principal)
        assert set(each["properties"]) <= seen | {"position_generalised_m"}


@pytest.mark.parametrize("role", ROLES)
def test_each_feature_on_its_own(
    service: TestClient, mixed: Database, keys: Keys, role: Role
) -> None:
    """What a role may see is found by its id, and all else is not there, in the same words."""
    seen = seen_by(mixed, role)
    everything = seen_by(mixed, Role.admin)
    unknown = "00000000-0000-0000-0000-000000009999"
    path = "/collections/assets/items/"
    told = service.get(path + unknown, headers=keys[role]).json()["detail"]
    for asset_id in everything:
        answer = service.get(path + asset_id, headers=keys[role])
        if asset_id in seen:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 404
            assert answer.json()["detail"] == told.replace(unknown, asset_id)


def test_feature_of_another_collection_is_not_there(service: TestClient, keys: Keys) -> None:
    """A lamppost is no duct."""
    (first, *_) = features(service, "/collections/lamppost/items")
    assert service.get(f"/collections/duct/items/{first['id']}").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_queryables_are_what_may_be_filtered_on(
    service: TestClient, keys: Keys, role: Role
) -> None:
    """The schema lists a role's fields, and each of them is taken as a parameter."""
    policy, principal = SensitivityPolicy(), principals.Principal(role, "test")
    for kind in KINDS:
        path = f"/collections/{kind}"
        schema = service.get(f"{path}/queryables", headers=keys[role]).json()
        names = set(schema["properties"]) - {"geometry"}
        assert names == set(filter_fields([kind], principal, policy)) - {"withdrawn_at"}
        document = service.get("/api", headers=keys[role]).json()
        parameters = document["paths"][f"{path}/items"]["get"]["parameters"]
        assert names <= {each["name"] for each in parameters}


@pytest.mark.parametrize("field", ["mpan", "sensitivity", "fov_deg", "no_such_field"])
def test_hidden_fields_do_not_exist(service: TestClient, field: str) -> None:
    """A parameter, filter, sort or property of a hidden field is refused as a made-up one."""
    path = "/collections/cctv/items"
    asked = [{field: "1"}, {"filter": f"{field} = 1"}, {"sortby": field}, {"properties": field}]
    for params in asked:
        answer, made_up = (
            service.get(path, params={n.replace(field, f): v.replace(field, f) for n, v in
                                      params.items()})
            for f in (field, "xxxx")
        )  # fmt: skip
        assert (answer.status_code, made_up.status_code) == (400, 400)
        assert answer.json()["detail"].replace(field, "xxxx") == made_up.json()["detail"]


def test_rough_positions_are_found_where_they_are_shown(service: TestClient, keys: Keys) -> None:
    """A box around a camera's true place finds nothing for the public, one around its cell's
    centre does; for an operator it is the other way round."""
    path = f"/collections/cctv/items?bbox-crs={EPSG}27700&crs={EPSG}27700"
    true = "&bbox=430333,280444,430334,280445"
    (shown,) = features(service, path)
    x, y = shown["geometry"]["coordinates"]
    assert (x, y) == (430_350.0, 280_450.0)
    cell = f"&bbox={x - 1},{y - 1},{x + 1},{y + 1}"
    assert [len(features(service, path + box)) for box in (true, cell)] == [0, 1]
    operator = keys[Role.operator]
    assert [len(features(service, path + box, operator)) for box in (true, cell)] == [1, 0]
    within = {"filter": "S_INTERSECTS(geometry,BBOX(430333,280444,430334,280445))",
              "filter-crs": f"{EPSG}27700"}  # fmt: skip
    assert service.get(path, params=within).json()["features"] == []


def test_totals_count_what_is_seen(service: TestClient, mixed: Database, keys: Keys) -> None:
    """numberMatched is the number of features that the same role is shown."""
    for role in ROLES:
        answer = service.get("/collections/assets/items?limit=1&count=true", headers=keys[role])
        assert answer.json()["numberMatched"] == len(seen_by(mixed, role))


def test_token_of_a_hidden_asset_leads_nowhere(service: TestClient, keys: Keys) -> None:
    """A next link made from an asset that is not seen is no link."""
    everything = features(service, "/collections/assets/items", keys[Role.admin])
    place = refs(everything).index("LC-est")
    path = f"/collections/assets/items?limit={place + 1}"
    page = service.get(path, headers=keys[Role.admin]).json()
    following = next(each["href"] for each in page["links"] if each["rel"] == "next")
    assert service.get(following, headers=keys[Role.admin]).status_code == 200
    assert service.get(following).status_code == 400


@pytest.mark.parametrize("path", ["/?f=json", "/conformance", "/collections", "/api",
                                  "/collections/assets", "/collections/assets/items"])  # fmt: skip
@pytest.mark.parametrize("header", ["Bearer canopy_wrong", "Basic eHg6eQ==", "Bearer"])
def test_wrong_token_is_refused_everywhere(service: TestClient, path: str, header: str) -> None:
    """Nobody is taken for the public by mistake."""
    answer = service.get(path, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_revoked_token_works_for_some_seconds_only(database: Database) -> None:
    """A token is looked up again after the stated time, and found to be revoked."""
    at = 0.0
    found = principals.Principals(database, clock=lambda: at)
    secret = token_for(database, Role.operator, "acme")

    class Asking:
        headers = bearer(secret)

    Asking.headers = {"authorization": f"Bearer {secret}"}
    request: Any = Asking()
    assert found.of(request).role is Role.operator
    with database.writing() as session:
        tokens.revoke_token(session, "acme", now_utc())
    at = limits.TOKEN_SECONDS - 0.1
    assert found.of(request).role is Role.operator
    at = limits.TOKEN_SECONDS
    with pytest.raises(tokens.NotAuthenticated):
        found.of(request)


def test_a_raised_asset_disappears_at_once(
    database: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """Nothing of what may be seen is remembered between requests."""
    add(database, [lamppost(1), lamppost(2, sensitivity="admin")])
    client = serve_over(database)
    assert refs(features(client, "/collections/lamppost/items")) == ["LC-001"]
    add(database, [lamppost(3)], first=3)
    assert refs(features(client, "/collections/lamppost/items")) == ["LC-001", "LC-003"]
