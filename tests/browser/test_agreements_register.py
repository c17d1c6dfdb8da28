# ruff: noqa: F811 (the fixture is another file's)
"""The register in a real browser: pages, order, what is to be done, and the way by keyboard."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from test_agreements_page import CONCESSION, NOTE, Register, opened, register, rows  # noqa: F401

from canopy.concessions.register import writing
from canopy.concessions.standing import Status

pytestmark = pytest.mark.browser
MANY = 120


@pytest.fixture(scope="module", autouse=True)
def many(register: Register) -> None:
    """Wayleaves beside the town's agreements: more than a page."""
    with register.database.writing() as session:
        terms = writing.find(session, "WAY-01").agreement
        for number in range(MANY):
            ref, title = f"WAY-X{number:03}", f"Wayleave over field {number % 7}"
            one = replace(terms, ref=ref, title=title, assets=())
            writing.add(session, one, Status.active, date(2026, 4, 1), NOTE, datetime.now(UTC))


def told(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".results .row p")).to_have_text(text)


def test_a_page_is_read_at_a_time_and_the_next_begins_with_the_focus(
    page: Page, register: Register
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, register)
    told(page, f"The first 100 of {MANY + 14} agreements")
    assert len(rows(page)) == 100
    page.get_by_role("button", name="Show 34 more").press("Enter")
    told(page, f"{MANY + 14} agreements")
    refs = rows(page)
    assert len(refs) == len(set(refs)) == MANY + 14
    expect(page.get_by_role("link", name=refs[100], exact=True)).to_be_focused()
    expect(page.get_by_role("button", name="Show 34 more")).to_be_hidden()
    pages = [each for each in asked if "/register/agreements?limit=100" in each]
    assert len(pages) == 2
    assert "after=" in pages[1]


def test_the_order_is_the_services_and_stays_in_the_address(page: Page, register: Register) -> None:
    """Over all pages; the heading keeps the focus, and going back shows the order before."""
    opened(page, register, view="#/?q=way")
    heading = page.get_by_role("button", name="Title", exact=True)
    heading.press("Enter")
    head = page.get_by_role("columnheader", name="Title")
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(heading).to_be_focused()
    heading.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"#/\?q=way&sort=-title$"))
    cell = page.locator(".results tbody tr").first.locator("td").first
    expect(cell).to_have_text("Wayleave over field 6")
    page.get_by_label("Kind").select_option("wayleave")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile(r"#/\?q=way&kind=wayleave&sort=-title$"))
    expect(head).to_have_attribute("aria-sort", "descending")
    page.go_back()
    page.go_back()
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_the_file_holds_what_is_not_shown_too(
    page: Page, register: Register, tmp_path: Path
) -> None:
    opened(page, register, view="#/?sort=-ref")
    told(page, re.compile("^The first 100 of"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    path = tmp_path / "agreements.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    refs = [line["Reference"] for line in lines]
    assert len(refs) == MANY + 14
    assert refs == sorted(refs, reverse=True)
    handing = {line["Reference"] for line in lines if line["Hand-off clause"] == "yes"}
    page.get_by_label("Hand-off clause").select_option("true")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile("handover_clause=true"))
    told(page, re.compile(f"^{len(handing)} agreement"))
    assert set(rows(page)) == handing != set()


def test_a_page_that_fails_is_told_and_may_be_asked_again(page: Page, register: Register) -> None:
    opened(page, register)
    told(page, re.compile("^The first 100 of"))

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/register/agreements?*after=*", fail)
    page.get_by_role("button", name="Show 34 more").click()
    told(page, re.compile("does not answer"))
    page.unroute("**/register/agreements?*after=*")
    page.get_by_role("button", name="Show 34 more").click()
    told(page, f"{MANY + 14} agreements")


def test_what_is_to_be_done_is_grouped_by_how_soon(page: Page, register: Register) -> None:
    """Every alert is in one group; an operator is shown none."""
    opened(page, register)
    part = page.get_by_role("region", name="To be done")
    counts = part.locator("> div > p").first.inner_text()
    numbers = [int(each) for each in re.findall(r": (\d+)", counts)]
    assert re.sub(r": \d+", "", counts) == (
        "Overdue, due within 1 month, due within 3 months, due within 6 months, "
        "due within 12 months, later."
    )
    for summary in part.locator("details:not([open]) summary").element_handles():
        summary.click()
    assert part.locator("tbody tr").count() == sum(numbers) > 0
    groups = part.locator("summary").all_inner_texts()
    assert groups == [each for each in groups if not each.endswith(": 0")]
    page.reload()
    opened(page, register, "vale-fibre-ltd")
    told(page, "1 agreement")
    expect(part).to_have_count(0)


def test_the_timeline_has_a_row_of_what_is_to_be_done(
    page: Page, register: Register, screenshots: Path
) -> None:
    """As many marks as alerts, and each is in the table too."""
    opened(page, register)
    part = page.get_by_role("region", name="To be done")
    ref = part.locator("details[open] tbody tr td a").first.inner_text()
    page.evaluate("ref => { location.hash = `#/agreement/${ref}`; }", ref)
    chart = page.get_by_role("img", name=f"Timeline of {ref}")
    expect(chart.get_by_text("To be done", exact=True)).to_be_visible()
    alerts = page.get_by_role("region", name="To be done").locator("tbody tr").count()
    assert chart.locator(".to-be-done").count() == alerts > 0
    days = page.get_by_role("region", name="Timeline", exact=True)
    expect(days.get_by_role("cell", name="To be done", exact=True)).to_have_count(alerts)
    page.screenshot(path=screenshots / "agreement-todo.png", full_page=True)


def test_a_status_changes_with_its_reason_and_not_over_somebody_elses(
    page: Page, register: Register
) -> None:
    """Two have the agreement open: the second is told, keeps what was typed, and tries again."""
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    for each in (page, other):
        opened(each, register, view="#/agreement/WAY-X001")
        each.get_by_text("Change its status").click()
        each.get_by_label("It is from now on").select_option("ended")
        each.get_by_label("Since, today where empty").fill("2026-06-30")
    other.get_by_label("It is from now on").select_option("continuing")
    other.get_by_label("Reason", exact=True).fill("holds over")
    other.get_by_role("button", name="Change status").click()
    expect(other.get_by_role("cell", name="holds over")).to_be_visible()
    page.get_by_label("Reason", exact=True).fill("given up by letter of 1 June")
    page.get_by_role("button", name="Change status").click()
    expect(page.get_by_role("alert")).to_contain_text("at version 2 now")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("given up by letter of 1 June")
    with register.database.reading() as session:
        assert writing.find(session, "WAY-X001").status is Status.continuing
    page.get_by_role("button", name="Read it again, and keep what I typed").click()
    expect(page.get_by_role("cell", name="holds over")).to_be_visible()
    expect(page.get_by_label("Reason", exact=True)).to_have_value("given up by letter of 1 June")
    expect(page.get_by_label("It is from now on")).to_have_value("ended")
    page.get_by_role("button", name="Change status").click()
    expect(page.get_by_role("cell", name="given up by letter of 1 June")).to_be_visible()
    with register.database.reading() as session:
        assert writing.find(session, "WAY-X001").status is Status.ended
    other.context.close()


def tab_to(page: Page, name: str, most: int = 250) -> None:
    """Press Tab until the element of that name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent;"
            " })()"
        )
        if here.strip().startswith(name):
            return
    pytest.fail(f"Tab does not reach {name}")


def test_from_the_register_to_a_change_by_keyboard_alone(page: Page, register: Register) -> None:
    """Filter, open, edit, save: no press needs a mouse, and the page says where one is."""
    opened(page, register)
    told(page, re.compile("^The first 100 of"))
    tab_to(page, "Reference, title or party")
    page.keyboard.type("WAY-X002")
    page.keyboard.press("Enter")
    told(page, "1 agreement")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, "WAY-X002")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="WAY-X002:")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    tab_to(page, "Edit its terms")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Terms of WAY-X002:")).to_be_visible()
    tab_to(page, "Title")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    tab_to(page, "Reason for the change")
    page.keyboard.type("renamed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="There is a problem")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type("Wayleave by the canal")
    tab_to(page, "Save terms")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wayleave by the canal")).to_be_visible()
    expect(page.get_by_role("cell", name="renamed")).to_be_visible()


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
@pytest.mark.parametrize("view", ["#/?sort=-ends_on", f"#/agreement/{CONCESSION}"])
def test_axe_finds_nothing_in_the_new_parts(
    page: Page, register: Register, view: str, width: int, screenshots: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, register, view=view)
    page.wait_for_selector("main table")
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    for summary in page.locator("details:not([open]) > summary").element_handles():
        summary.click()
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    name = re.sub(r"\W+", "-", view).strip("-")
    page.screenshot(path=screenshots / f"register-{name}-{width}.png", full_page=True)
