"""Pages under writes: what exists throughout is shown once, whatever is added or withdrawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from ogc_catalogue import EPSG, add, features, lamppost, refs, withdraw

from canopy.api.ogc import service as ogc_service
from canopy.assets.reading.paging import pages as paging
from canopy.assets.reading.paging import queries, read_token
from canopy.db.engine import Database

ITEMS = "/collections/lamppost/items"
QUERIES = (
    "limit=3", "limit=3&sortby=-height_m", "limit=3&bbox=-1.6,52.4,-1.5,52.5",
    "limit=3&filter=lamp_w=35", "limit=3&sortby=street,-lamp_w&bbox=-1.6,52.4,-1.5,52.5",
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("collection", ["lamppost", "assets"])
def test_writes_between_pages_disturb_nothing(
    database: Database, serve_over: Callable[[Database], TestClient], query: str, collection: str
) -> None:
    """Of assets added, and of some withdrawn (the last shown among them), none makes another
    come twice or be passed over."""
    add(database, [lamppost(number) for number in range(12)])
    client = serve_over(database)
    seen: list[str] = []
    following: str | None = f"/collections/{collection}/items?{query}"
    number = 100
    while following is not None:
        page = client.get(following).json()
        seen += refs(page["features"])  # type: ignore[arg-type]
        add(database, [lamppost(number)], first=number)
        if len(seen) in (3, 6):
            withdraw(database, seen[-1])
        number += 1
        following = next((e["href"] for e in page["links"] if e["rel"] == "next"), None)
        assert number < 130
    assert len(set(seen)) == len(seen)
    assert {f"LC-{each:03}" for each in range(12)} <= set(seen)


@pytest.mark.parametrize("few", [0, 2, 5_000])
def test_large_and_small_boxes_find_the_same(
    database: Database,
    serve_over: Callable[[Database], TestClient],
    monkeypatch: pytest.MonkeyPatch,
    few: int,
) -> None:
    """However a box is read (whole, or walked in order), its pages are the same."""
    add(database, [lamppost(number) for number in range(12)])
    monkeypatch.setattr(queries, "FEW", few)
    client = serve_over(database)
    box = f"bbox=430020,280000,430210,280100&bbox-crs={EPSG}27700"
    wanted = [f"LC-{each:03}" for each in range(1, 9)]
    for limit in (1, 3, 100):
        for collection in ("lamppost", "assets"):
            path = f"/collections/{collection}/items?{box}&limit={limit}"
            assert refs(features(client, path)) == wanted
            assert refs(features(client, f"{path}&sortby=-ref")) == wanted[::-1]


def test_page_that_takes_long_is_sent_unfinished(
    database: Database,
    serve_over: Callable[[Database], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page that is not full in time is sent as it is, with a next link; nothing is lost."""
    add(database, [lamppost(number) for number in range(12)])
    monkeypatch.setattr(ogc_service, "PAGE_SECONDS", -1.0)
    monkeypatch.setattr(paging, "_MORE", -8)
    client = serve_over(database)
    # The last digit is asked for in a way that no database is asked.
    path = f"{ITEMS}?limit=2&filter=ACCENTI(ref) LIKE 'LC-0%25' AND ACCENTI(street)='High Street'"
    assert len(features(client, path)) == 12


def test_search_that_finds_nothing_in_time_is_refused(
    database: Database,
    serve_over: Callable[[Database], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing found in time is a problem that says the limit, not an empty page."""
    add(database, [lamppost(number) for number in range(12)])
    monkeypatch.setattr(ogc_service, "PAGE_SECONDS", -1.0)
    client = serve_over(database)
    answer = client.get(f"{ITEMS}?limit=2&filter=ACCENTI(ref)='nothing'")
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("#limit-exceeded")


def test_tokens_tell_no_row_numbers(
    database: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """The next link of one catalogue is that of another with hidden assets in between."""
    add(database, [lamppost(1), lamppost(2)], first=1)
    client = serve_over(database)
    page = client.get(f"{ITEMS}?limit=1").json()
    following = next(each["href"] for each in page["links"] if each["rel"] == "next")
    token = following.rpartition("token=")[2]
    assert read_token(token, 0).asset_id == page["features"][0]["id"]
    assert read_token(token, 0).values == ()
