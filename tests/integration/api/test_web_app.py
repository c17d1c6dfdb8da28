"""The map app's files and configuration, as the service serves them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from canopy.api import web
from canopy.assets import queries
from canopy.db.engine import Database
from canopy.errors import CanopyError
from canopy.settings import load_settings

NewService = Callable[..., TestClient]
TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small built app, with a secret beside it."""
    folder = tmp_path / "_web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "assets" / "index-abc.js").write_text("start()")
    (folder / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(b"start()"))
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(web, "WEB", folder)
    return folder


def test_the_page_is_asked_for_each_time(client: TestClient) -> None:
    """It is revalidated, and unchanged it is not sent again."""
    first = client.get("/explore/")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/explore/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_files_named_by_hash_are_kept_for_ever(client: TestClient) -> None:
    """They are immutable, and sent packed to who takes that."""
    packed = client.get("/explore/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/explore/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == b"start()"
    assert packed.headers["content-type"].startswith("text/javascript")


def test_the_address_without_a_slash_leads_to_the_app(client: TestClient) -> None:
    """The redirect is relative, so that it holds behind a proxy's prefix."""
    answer = client.get("/explore", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "explore/")


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "assets", "nothing.js"]
)
def test_what_is_not_a_file_of_the_app_is_not_found(client: TestClient, path: str) -> None:
    """No path leads out of the app's folder."""
    answer = client.get(f"/explore/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


def test_an_app_that_was_not_built_says_how_to_build_it(client: TestClient, built: Path) -> None:
    """The problem names the commands."""
    (built / "index.html").unlink()
    answer = client.get("/explore/")
    assert answer.status_code == 404
    assert "hatch_build.py" in answer.json()["detail"]


def test_the_content_policy_names_this_service_alone(client: TestClient) -> None:
    """Without a base map no other host is allowed, and no inline script ever."""
    policy = client.get("/explore/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "https:" not in policy
    assert "unsafe" not in policy


def test_a_base_map_is_told_and_allowed(serve: NewService) -> None:
    """Its host is the one other host of the policy."""
    client = serve(base_map_url=TILES, base_map_attribution="Example maps")
    policy = client.get("/explore/").headers["content-security-policy"]
    assert "connect-src 'self' https://tiles.example;" in policy
    told = client.get("/explore/config.json").json()["base_map"]
    assert told == {"url": TILES, "attribution": "Example maps", "max_zoom": 19}


@pytest.mark.parametrize(
    "url", ["https://tiles.example/", "ftp://a/{z}/{x}/{y}", "https://a; img-src */{z}/{x}/{y}"]
)
def test_a_base_map_address_that_cannot_work_is_refused(url: str) -> None:
    """Refused at the start, before it reaches a header."""
    with pytest.raises(CanopyError, match="CANOPY_BASE_MAP_URL"):
        load_settings(base_map_url=url)


def test_the_configuration_tells_kinds_and_wards(client: TestClient, database: Database) -> None:
    """Geometry types by kind, and the wards' names in order."""
    told = client.get("/explore/config.json").json()
    assert told["geometries"]["duct"] == ["LineString", "MultiLineString"]
    with database.reading() as session:
        assert told["wards"] == queries.ward_names(session) == []
    assert told["base_map"] is None
