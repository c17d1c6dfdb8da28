"""An ETag of a feature names its version to `If-Match`, in whatever form it comes back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from canopy.api.ogc.item_tags import MAX_TAGS, IfMatch, item_etag
from canopy.assets.editing.writing.writer import AssetState

AT = datetime(2026, 3, 13, 10, 0, 0, 123_000, tzinfo=UTC)
STATE = AssetState("01a209b3-482b-7d01-8208-8e664a202d49", 3, AT)
SEEN = {"version": 3, "updated_at": "2026-03-13T10:00:00.123Z"}
TAG = item_etag(STATE.asset_id, SEEN, b"{}")


def test_an_etag_names_the_version_it_was_made_of() -> None:
    """Of the same asset, version and time, whatever else was shown."""
    assert IfMatch.read(TAG).holds(STATE)
    assert IfMatch.read(item_etag(STATE.asset_id, SEEN, b"[]")).holds(STATE)


@pytest.mark.parametrize(
    "other",
    [
        AssetState(STATE.asset_id, 4, AT),
        AssetState("01a209b3-482b-7d01-8208-000000000000", 3, AT),
        AssetState(STATE.asset_id, 3, datetime(2026, 3, 13, tzinfo=UTC)),  # a restored backup
        AssetState(STATE.asset_id, 3, None),
    ],
)
def test_an_etag_names_no_other_version(other: AssetState) -> None:
    """Another version, asset or time of the same version."""
    assert not IfMatch.read(TAG).holds(other)


@pytest.mark.parametrize("end", ['-gzip"', '--gzip"', ';gzip"', ':br"', '-zstd"'])
def test_what_proxies_append_does_not_matter(end: str) -> None:
    """The marks that Apache, Jetty, Caddy and others put into ETags of packed answers."""
    assert IfMatch.read(TAG[:-1] + end).holds(STATE)


@pytest.mark.parametrize("wrong", [f"W/{TAG}", TAG[1:-1], TAG[:-1], f'"x{TAG[1:]}', "", '""', "**"])
def test_what_is_no_strong_etag_of_ours_holds_of_nothing(wrong: str) -> None:
    """Weak, without quotes, cut short, of another service, empty."""
    assert not IfMatch.read(wrong).holds(STATE)


def test_a_star_holds_of_anything_and_a_list_of_each() -> None:
    """`*` alone is any version; a list is read up to its limit."""
    assert IfMatch.read("*").holds(STATE)
    assert IfMatch.read(", ".join(['"x"'] * (MAX_TAGS - 1) + [TAG])).holds(STATE)
    assert not IfMatch.read(", ".join(['"x"'] * MAX_TAGS + [TAG])).holds(STATE)


def test_who_does_not_see_the_version_gets_an_etag_without() -> None:
    """It tells answers apart and is good for no write."""
    tag = item_etag(STATE.asset_id, {"kind": "cctv"}, b"{}")
    assert tag != item_etag(STATE.asset_id, {"kind": "cctv"}, b"[]")
    assert not IfMatch.read(tag).holds(STATE)
