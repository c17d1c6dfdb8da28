"""The page around the map: self-contained, stamped, safe and the same every time."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
import shapely
from made_towns import BNG, CENTRE_M, asset, batch_of, stamp, town, wards
from map_reading import read_map

from canopy.errors import LimitExceeded
from canopy.render import payload
from canopy.render.folium_map import MapArea, MapStamp, TileSource, write_map

LINKING = {"src", "href", "srcset", "action", "formaction", "poster", "data", "background"}


class Page(HTMLParser):
    """Elements and attributes of a page, by what tests ask of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.meta: dict[str, str] = {}
        self.language: str | None = None
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [value for name, value in given.items() if name in LINKING]
        self.handlers += [name for name in given if name.startswith("on")]
        self.ids += [given["id"]] if "id" in given else []
        if tag == "html":
            self.language = given.get("lang")
        if tag == "meta":
            name = given.get("name") or given.get("http-equiv")
            self.meta[name or ""] = given.get("content", "")


def html_of(folder: Path, *rows: dict[str, object], **options: object) -> str:
    path = folder / "map.html"
    rows = rows or (asset("mast", shapely.Point(CENTRE_M)),)
    settings = {"storage_crs": BNG, "stamp": stamp()} | options
    write_map([batch_of(*rows)], path, **settings)  # type: ignore[arg-type] # options are valid
    return path.read_text(encoding="utf-8")


def test_the_page_links_to_nothing(tmp_path: Path) -> None:
    """No element points anywhere but into the page itself, no style loads a picture."""
    text = html_of(tmp_path)
    assert [link for link in Page(text).links if not link.startswith("#")] == []
    assert "@import" not in text
    assert (
        re.findall(r"url\((?!#)[^)]*\)", "".join(re.findall(r"<style>.*?</style>", text, re.S)))
        == []
    )
    assert "sourceMappingURL" not in text


def test_the_policy_lets_no_request_out(tmp_path: Path) -> None:
    """The content security policy forbids everything but the page's own scripts and styles."""
    policy = Page(html_of(tmp_path)).meta["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src data: blob:;" in policy
    assert "http" not in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe-eval" not in policy


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two files of one town and stamp are equal byte for byte."""
    files = [tmp_path / "first.html", tmp_path / "second.html"]
    for path in files:
        write_map(town(50), path, storage_crs=BNG, stamp=stamp(), areas=wards())
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_stamp_is_on_the_page_and_in_its_metadata(tmp_path: Path) -> None:
    """Audience, time, catalogue, count, licence, filter and sources are told twice."""
    page_stamp = stamp(audience="operator", filter_text="height_m > 6", attribution=("A", "B"))
    text = html_of(tmp_path, stamp=page_stamp)
    meta = Page(text).meta
    assert {name: meta[f"canopy:{name}"] for name in ("audience", "assets", "filter")} == {
        "audience": "operator",
        "assets": "1",
        "filter": "height_m > 6",
    }
    assert meta["canopy:generated"] == "2026-03-12T14:05:00+00:00"
    assert meta["canopy:attribution"] == "A; B"
    assert "Audience: operator" in text
    assert "12 March 2026, 14:05 UTC" in text
    assert "Selection: height_m &gt; 6" in text


def test_a_stamp_needs_a_time_zone() -> None:
    """A naive time would be shown as UTC without being so."""
    with pytest.raises(ValueError, match="time zone"):
        MapStamp("public", datetime(2026, 1, 1), "Town")  # noqa: DTZ001 # the point of the test


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}"


def test_hostile_text_in_the_stamp_is_text(tmp_path: Path) -> None:
    """Markup and template syntax in the stamp are shown, not obeyed."""
    hostile = stamp(catalogue=HOSTILE, filter_text=HOSTILE, attribution=(HOSTILE,), licence=HOSTILE)
    text = html_of(tmp_path, stamp=hostile)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert Page(text).handlers == []
    assert "{{ 7*7 }}" in text


def test_hostile_text_in_the_data_cannot_end_its_element(tmp_path: Path) -> None:
    """Asset and area text travels in base64 and comes back unchanged."""
    area = MapArea(HOSTILE, HOSTILE, shapely.box(452_000, 312_000, 453_000, 313_000))
    row = asset("mast", shapely.Point(CENTRE_M), name=HOSTILE, attributes={HOSTILE: HOSTILE})
    text = html_of(tmp_path, row, areas=[area])
    read = read_map(text)
    assert "alert(" not in text
    assert (read.assets[0]["name"], read.assets[0][HOSTILE]) == (HOSTILE, HOSTILE)
    assert read.head["areas"]["names"] == [HOSTILE]


def test_the_page_has_a_language_and_no_zoom_lock(tmp_path: Path) -> None:
    """Folium's own viewport forbids zooming the page; this one does not."""
    page = Page(html_of(tmp_path))
    assert page.language == "en-GB"
    assert page.meta["viewport"] == "width=device-width, initial-scale=1"


def test_ids_are_used_once(tmp_path: Path) -> None:
    """Labels and controls point to exactly one element each."""
    ids = Page(html_of(tmp_path)).ids
    assert sorted(ids) == sorted(set(ids))


def test_tiles_are_asked_for_only_when_given(tmp_path: Path) -> None:
    """With a tile source its host, and no other, is allowed and named."""
    source = TileSource("https://tiles.example.org/{z}/{x}/{y}.png", "© Example <b>maps</b>")
    text = html_of(tmp_path, tiles=source)
    policy = Page(text).meta["Content-Security-Policy"]
    assert "img-src data: blob: https://tiles.example.org;" in policy
    assert "Background: © Example &lt;b&gt;maps&lt;/b&gt;" in text
    assert "<b>maps" not in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.org/{z}/{x}", "/{z}/{x}/{y}"])
def test_a_tile_address_must_be_one(url: str) -> None:
    """Anything but an http(s) address with z, x and y is refused."""
    with pytest.raises(ValueError, match="not an XYZ tile address"):
        TileSource(url, "someone")


def test_too_many_assets_are_refused_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the limit nothing is written and the message says what to do."""
    monkeypatch.setattr(payload, "MAX_ASSETS", 3)
    path = tmp_path / "map.html"
    path.write_text("old")
    rows = [asset("mast", shapely.Point(CENTRE_M), i) for i in range(4)]
    with pytest.raises(LimitExceeded, match="filter"):
        write_map([batch_of(*rows)], path, storage_crs=BNG, stamp=stamp())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_too_many_vertices_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few assets with endless outlines are refused too."""
    monkeypatch.setattr(payload, "MAX_VERTICES", 100)
    disc = shapely.Point(CENTRE_M).buffer(50, quad_segs=64)
    with pytest.raises(LimitExceeded, match="vertices"):
        html_of(tmp_path, asset("open_space", disc))


def test_an_empty_selection_is_a_map_of_its_areas(tmp_path: Path) -> None:
    """No asset is a valid answer: the page says 0 and shows the wards."""
    path = tmp_path / "map.html"
    report = write_map([], path, storage_crs=BNG, stamp=stamp(), areas=wards())
    read = read_map(path.read_text(encoding="utf-8"))
    assert (report.assets, read.assets) == (0, [])
    assert len(read.head["areas"]["names"]) == 4
    assert read.head["grid"]["crs"] == BNG


def test_an_empty_map_without_areas_can_be_written(tmp_path: Path) -> None:
    """Nothing at all still makes a page."""
    report = write_map([], tmp_path / "map.html", storage_crs=BNG, stamp=stamp())
    assert report.assets == 0
