"""Who takes no packed answers gets to a page by a shorter way, and finds the same there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ogc_catalogue import ROLES

from canopy.access.rules import Role

PLAIN = {"Accept-Encoding": "identity"}
PACKED = {"Accept-Encoding": "gzip"}
CHANGING = {"content-encoding", "content-length", "vary", "x-request-id"}
"""Headers that differ with the coding, or from request to request."""


def both(
    service: TestClient, path: str, headers: Mapping[str, str], method: str = "GET"
) -> tuple[Any, Any]:
    """The answers by the short way and by the long one."""
    short, long = (
        service.request(method, path, headers={**headers, **coding}) for coding in (PLAIN, PACKED)
    )
    return short, long


def told(answer: Any) -> tuple[int, dict[str, str], object]:
    """What an answer says, apart from how it came and when."""
    headers = {name: value for name, value in answer.headers.items() if name not in CHANGING}
    body = answer.json() if answer.content and "json" in headers["content-type"] else answer.text
    if isinstance(body, dict):
        body.pop("timeStamp", None)
    return answer.status_code, headers, body


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "path",
    [
        "/collections/assets/items",
        "/collections/assets/items?bbox=-1.56,52.40,-1.55,52.45&limit=3",
        "/collections/lamppost/items?count=true&f=json",
        "/collections/cctv/items?f=html",
        "/collections/duct/items?sortby=-height_m&properties=ref&skipGeometry=true",
        "/collections/offers/items",
        "/collections/nowhere/items",
        "/collections/assets/items?foo=1",
        "/collections/assets/items?bbox=0,0,a,b",
        "/collections/assets/items?filter=no_such()",
        "/collections//items",
        "/collections/assets/items/",
    ],
)
def test_both_ways_say_the_same(
    service: TestClient, keys: dict[Role, dict[str, str]], role: Role, path: str
) -> None:
    """Pages, problems and headers, for every role."""
    short, long = both(service, path, keys[role])
    assert told(short) == told(long)


def test_a_page_that_is_not_packed_is_as_long_as_it_says(service: TestClient) -> None:
    """A cache is told that there are packed ones as well."""
    short, long = both(service, "/collections/assets/items?limit=1000", {})
    assert "content-encoding" not in short.headers
    assert "Accept-Encoding" in short.headers["vary"]
    assert long.headers["content-encoding"] == "gzip"
    assert int(short.headers["content-length"]) == len(short.content)


def test_a_wrong_token_is_refused_on_both_ways(service: TestClient) -> None:
    """With the header that says how to do better."""
    headers = {"Authorization": "Bearer canopy_wrong"}
    short, long = both(service, "/collections/assets/items", headers)
    assert short.status_code == 401
    assert short.headers["www-authenticate"] == "Bearer"
    assert told(short) == told(long)


def test_a_page_that_is_known_is_only_confirmed_on_both_ways(service: TestClient) -> None:
    """The same ETag stands for both."""
    path = "/collections/assets/items?limit=5"
    tag = service.get(path, headers=PACKED).headers["etag"]
    short, long = both(service, path, {"If-None-Match": tag})
    assert (short.status_code, long.status_code) == (304, 304)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE"])
def test_other_methods_go_the_long_way(service: TestClient, method: str) -> None:
    """They are answered, or refused, as ever."""
    short, long = both(service, "/collections/assets/items?limit=1", {}, method)
    assert told(short) == told(long)


def test_pages_are_counted_alike_on_both_ways(service: TestClient) -> None:
    """Under the template of the route, whatever the collection."""
    before = _pages(service)
    both(service, "/collections/lamppost/items", {})
    both(service, "/collections/cctv/items", {})
    assert _pages(service) == before + 4


def _pages(service: TestClient) -> float:
    text = TestClient(service.app, client=("127.0.0.1", 50_000)).get("/metrics").text
    wanted = 'route="/collections/{collection}/items",status="200"'
    counted = [line for line in text.splitlines() if wanted in line and "requests_total" in line]
    return sum(float(each.rpartition(" ")[2]) for each in counted)
