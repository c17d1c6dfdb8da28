"""Both editions of a report from one catalogue, and the public one as the service shows it."""

from __future__ import annotations

import html
import re
import zlib
from pathlib import Path

import shapely
from addresses import url_of
from fastapi.testclient import TestClient
from planned_street import material

from canopy.api.app import create_app
from canopy.assets.places import NamedArea
from canopy.assets.queries import replace_areas
from canopy.db.engine import Database
from canopy.plan.published.folder import publish
from canopy.plan.report.composing import compose
from canopy.render.report.document import edition
from canopy.render.report.html import page
from canopy.settings import load_settings

SECRETS = (
    "Example Mast Ltd", "EST/2026/7", "2,552", "£987", "Secretive", "L1", "L6", "to be found",
    "Take-up",
)  # fmt: skip
"""Of the register, of prices, of sites, and of the council's words that name a paragraph."""


def unpacked(path: Path) -> str:
    """A PDF with what is compressed in it, each byte a character."""
    raw = path.read_bytes()
    parts = [raw]
    for part in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue
    return b"".join(parts).decode("latin-1")


def leaked(text: str) -> list[str]:
    """Secrets that a text has as words of their own, also as the UTF-16 of a PDF's outline."""
    plain = html.unescape(text)
    return [
        each for each in SECRETS
        if re.search(rf"(?<![\w,.]){re.escape(each)}(?![\w,])", plain)
        or each.encode("utf-16-be").decode("latin-1") in text
    ]  # fmt: skip


def test_nothing_exempt_is_in_any_byte_of_the_public_edition(
    catalogue: Database, tmp_path: Path
) -> None:
    """HTML, map, figures and PDF; the exempt edition of the same has each secret, so that the
    search would find it."""
    told = page(compose(material(catalogue, tmp_path, "exempt")))
    assert leaked(told) == list(SECRETS)
    folder = tmp_path / "plan"
    publish(material(catalogue, tmp_path, "public"), folder)
    names = sorted(each.name for each in folder.iterdir())
    assert {"figures.json", "map.svg", "report.html"} <= set(names)
    for name in names:
        read = unpacked if name.endswith(".pdf") else lambda path: path.read_text("utf-8")
        assert (name, leaked(read(folder / name))) == (name, [])
    public = (folder / "report.html").read_text("utf-8")
    assert "25 % of all income from 2026/27 on, for: social tariffs" in public
    assert "Schedule 12A, Part 1, paragraph 2" in public


def test_agreements_and_new_sites_are_one_cash_flow(catalogue: Database, tmp_path: Path) -> None:
    """To the penny: the lease's rent of its lamppost, and new sites from the year of their phase
    on; a quarter of the income is for connectivity."""
    found = material(catalogue, tmp_path, "exempt")
    rows = found.cash.rows
    lease = [each for each in rows if each.source == "agreement"]
    assert {(each.kind, each.operator) for each in lease} == {("lamppost", "Example Mast Ltd")}
    assert sum(sum(each.pence.values()) for each in lease) == 12 * 255_177
    new = {each.name: min(each.pence) for each in rows if each.source == "new sites"}
    assert {name.split(":")[0]: f"{year}" for name, year in new.items()} == {
        "first": "2026/27", "rest": "2027/28",
    }  # fmt: skip
    assert found.cash.ranges is not None
    low, middle, high = found.cash.ranges.npv
    assert low < middle < high
    assert found.words.used(found.cash.years[0], 255_177) == 63_794
    told = page(compose(found))
    assert "Two operators a site" in told.split("<nav")[0], "not on the cover"


def test_the_map_is_there_with_wards_and_both_editions_agree(
    catalogue: Database, tmp_path: Path
) -> None:
    """Counts by ward for everybody, places of sites for those who may know them."""
    from ogc_catalogue import E0, N0

    ward = NamedArea("ward", "W1", "Mill", shapely.box(E0 - 50, N0 - 50, E0 + 1_000, N0 + 50))
    with catalogue.writing() as session:
        replace_areas(session, "ward", "test", None, [ward], catalogue.srid)
    found = material(catalogue, tmp_path, "exempt")
    public, exempt = (page(edition(compose(found), each)) for each in ("public", "exempt"))
    for told in (public, exempt):
        assert "Mill" in told
        assert "Positions in EPSG:27700" in told
        assert "100 m" in told
    assert "by its number" in exempt
    assert "by its number" not in public


def test_the_front_page_shows_what_was_published(catalogue: Database, tmp_path: Path) -> None:
    """Figures, a picture with words for it, and ways to the report; 404 before that."""
    folder = tmp_path / "shown"
    settings = load_settings(db_url=url_of(catalogue), plan_folder=folder)
    with TestClient(create_app(settings)) as client:
        browser = {"Accept": "text/html"}
        assert client.get("/plan/report.html").status_code == 404
        assert "Two posts" not in client.get("/", headers=browser).text
        publish(material(catalogue, tmp_path, "public"), folder, with_pdf=False)
        front = client.get("/", headers=browser).text
        assert '<h2 id="plan">Two posts</h2>' in front
        assert 'alt="Map of the plan' in front
        assert "/plan/report.pdf" not in front
        report = client.get("/plan/report.html")
        assert report.headers["content-security-policy"].startswith("default-src 'none'")
        again = client.get("/plan/report.html", headers={"If-None-Match": report.headers["etag"]})
        assert (report.status_code, again.status_code) == (200, 304)
        assert client.get("/plan/map.svg").headers["content-type"] == "image/svg+xml"
