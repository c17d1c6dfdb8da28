"""A report: what each audience is given, HTML that stands alone, tagged PDF, and its drawings."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.render.report import pdf
from canopy.render.report.charts import (
    Bar,
    Bought,
    Swing,
    YearRange,
    bought_svg,
    phases_svg,
    ranges_svg,
    swings_svg,
)
from canopy.render.report.document import (
    Bullets,
    Column,
    Figure,
    Report,
    Section,
    Table,
    Text,
    edition,
)
from canopy.render.report.html import page

SECRET = "£12,345.67"
TABLE = Table(
    caption="Sites", source="catalogue",
    columns=[Column(name="Site"), Column(name="Rent", is_number=True, exempt=3)],
    rows=[["Mast & <Tower>", SECRET]],
)  # fmt: skip
BARS = [Bar("Pilot", date(2027, 4, 1), date(2027, 9, 30)),
        Bar("Rest", date(2027, 10, 1), date(2029, 3, 31))]  # fmt: skip
REPORT = Report(
    title="Digital canopy", council='Example "Borough"', made_on=date(2026, 11, 28),
    audience="exempt", cover=[("For", "Cabinet, 12 December")],
    sections=[
        Section(key="summary", title="Summary", blocks=[
            Text(text="All is <well> & good"), Bullets(items=["one", "two"]),
            Text(text=f"We hope for {SECRET}", exempt=3), Text(text="Stale", is_warning=True),
        ]),
        Section(key="sites", title="Sites", blocks=[
            TABLE, Figure(caption="Phases", svg=phases_svg("Phases", BARS), table=TABLE),
            Figure(caption="Again", svg=phases_svg("Again", BARS), table=TABLE),
            Figure(caption="Offers", svg=phases_svg(SECRET, BARS), table=TABLE, exempt=3),
        ]),
    ],
    provenance=[("Coverage run", "4, sha256 abc")],
)  # fmt: skip


def test_the_public_edition_says_what_is_withheld_and_none_of_it() -> None:
    """Columns, paragraphs and pictures go; the ground is named once a section."""
    told = page(edition(REPORT, "public"))
    assert SECRET not in told
    assert "Rent" not in told
    assert told.count("Schedule 12A, Part 1, paragraph 3") == 2
    assert "Public edition" in told
    whole = page(edition(REPORT, "exempt"))
    assert whole.count(SECRET) == 7
    assert "is in the exempt edition" not in whole


def test_everything_that_is_not_exempt_is_in_both() -> None:
    public, exempt = (page(edition(REPORT, each)) for each in ("public", "exempt"))
    for says in (
        "All is &lt;well&gt; &amp; good", "Mast &amp; &lt;Tower&gt;", "Stale", "sha256 abc",
        "Cabinet, 12 December", "Source: catalogue",
    ):  # fmt: skip
        assert says in public
        assert says in exempt


def test_the_page_asks_for_nothing_and_names_nothing_twice() -> None:
    """No script, no address; ids are unique and every reference has its target."""
    told = page(REPORT)
    assert "<script" not in told
    assert not re.findall(r'(?:src|href)="(?!#)', told)
    assert "http://www.w3.org/2000/svg" in told
    ids = re.findall(r' id="([^"]+)"', told)
    assert len(set(ids)) == len(ids)
    referred = re.findall(r'href="#([^"]+)"', told)
    for names in re.findall(r'aria-labelledby="([^"]+)"', told):
        referred += names.split()
    assert set(referred) <= set(ids)


def test_headings_are_in_order_and_tables_have_heads() -> None:
    told = page(REPORT)
    levels = [int(each) for each in re.findall(r"<h(\d)", told)]
    assert levels == [1, 2, 2, 2, 2]
    assert told.count("<caption>") == told.count("<table>") == 4
    assert '<html lang="en-GB">' in told


def test_rows_that_do_not_fit_and_keys_given_twice_are_mistakes() -> None:
    with pytest.raises(ValueError, match="cells"):
        replace(TABLE, rows=[["only one"]])
    with pytest.raises(ValueError, match="one key"):
        replace(REPORT, sections=[REPORT.sections[0]] * 2)


def objects_of(path: Path) -> bytes:
    """A PDF with what is compressed in it unpacked."""
    raw = path.read_bytes()
    found = [raw]
    for part in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue  # a picture, or a font
    return b"".join(found)


def test_weasyprint_makes_a_tagged_pdf_with_a_title(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    path = tmp_path / "report.pdf"
    assert pdf.write_pdf(page(REPORT), path, environment={}) == "WeasyPrint"
    told = objects_of(path)
    assert path.read_bytes().startswith(b"%PDF-")
    for each in (b"StructTreeRoot", b"/Lang", b"/Outlines"):
        assert each in told
    assert [each.name for each in tmp_path.iterdir()] == ["report.pdf"]


@pytest.mark.browser
def test_chromium_makes_a_tagged_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where WeasyPrint is not there."""
    monkeypatch.setattr(pdf, "_weasyprint", lambda _: None)
    path = tmp_path / "report.pdf"
    try:
        assert pdf.write_pdf(page(REPORT), path) == "Chromium"
    except pdf.NoRenderer as error:
        if "Chromium:" in error.detail or os.environ.get("CANOPY_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(error.detail)
    told = objects_of(path)
    assert b"StructTreeRoot" in told
    assert b"/Outlines" in told
    assert [each.name for each in tmp_path.iterdir()] == ["report.pdf"]


def test_without_either_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where one is there and fails, what it said; nothing half-written stays."""
    monkeypatch.setattr(pdf, "_weasyprint", lambda _: None)
    monkeypatch.setattr(pdf, "_BROWSERS", ())
    path = tmp_path / "report.pdf"
    with pytest.raises(pdf.NoRenderer, match="pip install weasyprint"):
        pdf.write_pdf("<p>", path, environment={})
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(pdf.NoRenderer, match="Chromium: no display"):
        pdf.write_pdf("<p>", path, environment={pdf.CHROMIUM: str(broken)})
    assert [each.name for each in tmp_path.iterdir()] == ["browser"]


def inside(svg: str) -> None:
    """The drawing is XML, and no mark of it lies outside."""
    root = ElementTree.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for each in root.iter():
        for name in ("x", "x1", "x2", "cx", "y", "y1", "y2", "cy"):
            most = width if "x" in name else height
            assert -0.1 <= float(each.attrib.get(name, "0")) <= most + 0.1
        for pair in each.attrib.get("points", "").split():
            x, y = map(float, pair.split(","))
            assert -0.1 <= x <= width + 0.1
            assert -0.1 <= y <= height + 0.1


MONEY = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), min_size=1, max_size=30))
def test_what_money_buys_stays_inside(points: list[tuple[float, float]]) -> None:
    inside(bought_svg("t", "people", [Bought(*each, is_knee=True) for each in sorted(points)]))


@given(st.lists(st.tuples(MONEY, MONEY, MONEY), min_size=1, max_size=40))
def test_ranges_by_year_stay_inside(years: list[tuple[float, float, float]]) -> None:
    inside(ranges_svg("t", [YearRange("2027/28", *sorted(each)) for each in years]))


@given(MONEY, st.lists(st.tuples(MONEY, MONEY), min_size=1, max_size=40))
def test_swings_stay_inside(base: float, swings: list[tuple[float, float]]) -> None:
    inside(swings_svg("t", base, [Swing("x", *each) for each in swings]))


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 9_000)),
                min_size=1, max_size=40))  # fmt: skip
def test_phases_stay_inside(bars: list[tuple[date, int]]) -> None:
    inside(phases_svg("t", [
        Bar("x", first, date.fromordinal(first.toordinal() + days)) for first, days in bars
    ]))  # fmt: skip


def test_drawings_say_in_words_what_they_show() -> None:
    told = swings_svg("What matters", 100, [Swing("price", 90, 120), Swing("take-up", 40, 200)])
    assert "<title" in told
    assert told.index("take-up: £40 to £200") < told.index("price: £90 to £120")
    assert "Pilot: 2027-04-01 to 2027-09-30" in phases_svg("p", BARS)
    for make in (lambda: phases_svg("p", []), lambda: bought_svg("b", "m", []),
                 lambda: ranges_svg("r", []), lambda: swings_svg("s", 0, [])):  # fmt: skip
        with pytest.raises(ValueError, match=r"phases|draw|inputs"):
            make()
