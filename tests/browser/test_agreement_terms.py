# ruff: noqa: F811 (the fixture is another file's)
"""The form of an agreement's terms in a real browser: written, refused, in conflict, previewed."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from test_agreements_page import CONCESSION, Register, opened, register  # noqa: F401

from canopy.concessions.register import queries, writing
from canopy.concessions.register.queries import Wanted

pytestmark = pytest.mark.browser


def terms_of(register: Register, ref: str) -> dict[str, Any]:
    """The terms as the service tells them."""
    asked = urllib.request.Request(
        f"{register.address}/register/agreements/{ref}",
        headers={"Authorization": f"Bearer {register.tokens['estates']}"},
    )
    with urllib.request.urlopen(asked) as answer:
        told: dict[str, Any] = json.load(answer)["terms"]
        return told


def version_of(register: Register, ref: str) -> int:
    with register.database.reading() as session:
        return writing.find(session, ref).version


def editing(page: Page, register: Register, ref: str) -> Page:
    opened(page, register, view=f"#/terms/{ref}")
    expect(page.get_by_role("heading", name=f"Terms of {ref}")).to_be_visible()
    return page


def group(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def open_all(page: Page) -> None:
    """Every entry, and those that lie in it."""
    closed = "document.querySelectorAll('details.entry:not([open])')"
    while page.evaluate(f"{closed}.length") > 0:
        page.evaluate(f"{closed}.forEach((each) => {{ each.open = true; }})")
        page.evaluate("() => new Promise((done) => setTimeout(done, 50))")


def save(page: Page, reason: str) -> None:
    page.get_by_label("Reason for the change").fill(reason)
    page.get_by_role("button", name="Save terms").click()


def test_the_form_holds_every_agreement_as_it_is(page: Page, register: Register) -> None:
    """What nobody touches is written as it was read, to the last member."""
    with register.database.reading() as session:
        refs = [row.ref for row in queries.listed(session, Wanted(), None)]
    assert len(refs) == 14
    opened(page, register)
    for ref in refs:
        page.evaluate("ref => { location.hash = `#/terms/${ref}`; }", ref)
        expect(page.get_by_role("heading", name=f"Terms of {ref}:")).to_be_visible()
        open_all(page)
        page.get_by_role("button", name="Advanced").click()
        held = json.loads(page.get_by_label("Terms, as JSON").input_value())
        assert held == terms_of(register, ref), ref


def test_charges_and_options_are_added_changed_and_taken_out(
    page: Page,
    register: Register,
) -> None:
    """By fields alone; what is stored is exact."""
    editing(page, register, "WAY-01")
    charges = group(page, "Charges")
    charges.get_by_label("Type of a new charge").select_option("share")
    charges.get_by_role("button", name="Add a charge").click()
    added = page.get_by_role("group", name=re.compile(r"^Charge 2"))
    expect(added.get_by_label("Type", exact=True)).to_be_focused()
    added.get_by_label("Type", exact=True).select_option("one-off")
    added.get_by_label("Name", exact=True).fill("survey")
    added.get_by_label("Amount", exact=True).fill("£1,250.50")
    added.get_by_label("Due", exact=True).fill("2026-05-01")
    added.get_by_label("Account", exact=True).select_option("revenue")
    breaks = group(page, "Breaks")
    breaks.get_by_role("button", name="Add a break option").click()
    option = page.get_by_role("group", name=re.compile(r"^Break option 1"))
    option.get_by_label("Who may use it").select_option("council")
    option.get_by_label("Length of notice").fill("6")
    option.get_by_label("At any time, not before").fill("2030-04-01")
    group(page, "Parties").get_by_role("button", name="Add a party").click()
    group(page, "Parties").get_by_role("button", name=re.compile("^Remove Party 3")).click()
    expect(group(page, "Parties").get_by_role("button", name="Add a party")).to_be_focused()
    save(page, "survey fee agreed")
    expect(page.get_by_role("cell", name="survey fee agreed")).to_be_visible()
    held = terms_of(register, "WAY-01")
    assert held["charges"][1] == {
        "name": "survey", "type": "one-off", "amount": "1250.50", "due": "2026-05-01",
        "account": "revenue",
    }  # fmt: skip
    assert (held["breaks"][0]["not_before"], held["breaks"][0]["notice"]) == ("2030-04-01", 6)
    assert len(held["parties"]) == 2


def test_what_is_wrong_is_told_beside_its_field_and_at_the_top(
    page: Page,
    register: Register,
    screenshots: Path,
) -> None:
    """A link of the summary leads to the field, which says what is wrong; nothing is written."""
    editing(page, register, "DUCT-01")
    before = version_of(register, "DUCT-01")
    page.get_by_label("Title", exact=True).fill("")
    group(page, "Term").get_by_label(re.compile("^Months|Length in months")).fill("twelve")
    group(page, "Charges").get_by_role("button", name="Add a charge").click()
    save(page, "none")
    summary = page.get_by_role("group", name="problems")
    expect(summary).to_be_focused()
    expect(
        summary.get_by_role("link", name=re.compile("^Title: this field is needed"))
    ).to_be_visible()
    page.screenshot(path=screenshots / "terms-wrong.png", full_page=True)
    link = summary.get_by_role("link", name=re.compile(r"^Charge 2, Name: this field is needed"))
    page.get_by_text(re.compile(r"^Charge 2: ")).click()
    link.click()
    name = page.get_by_role("group", name=re.compile("^Charge 2")).get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("This field is needed"))
    assert version_of(register, "DUCT-01") == before
    assert page.url.endswith("#/terms/DUCT-01")


def test_a_deposit_is_an_amount_or_a_record(page: Page, register: Register) -> None:
    """An amount stays one, with more said of it it is a record, and it may be taken away."""
    editing(page, register, "EST-R09")
    terms = terms_of(register, "EST-R09")
    text, turn = page.get_by_label("Terms, as JSON"), page.get_by_role("button", name="Advanced")
    turn.click()
    text.fill(json.dumps({**terms, "deposit": "500.00"}))
    page.get_by_role("button", name="Back to the form").click()
    deposit = group(page, "Deposit")
    expect(deposit.get_by_label("Amount", exact=True)).to_have_value("500.00")
    turn.click()
    assert json.loads(text.input_value())["deposit"] == "500.00"
    page.get_by_role("button", name="Back to the form").click()
    deposit.get_by_label("Interest").fill("0.02")
    turn.click()
    held = json.loads(text.input_value())["deposit"]
    assert (held["amount"], held["interest"]) == ("500.00", "0.02")
    page.get_by_role("button", name="Back to the form").click()
    page.get_by_label("Deposit: state it here").uncheck()
    turn.click()
    assert "deposit" not in json.loads(text.input_value())


def test_a_long_list_is_shown_in_parts_and_kept_whole(page: Page, register: Register) -> None:
    """An error in what is not shown yet is led to as well."""
    editing(page, register, "EST-R09")
    text, turn = page.get_by_label("Terms, as JSON"), page.get_by_role("button", name="Advanced")
    turn.click()
    many = [{"ref": f"NONE-{number}"} for number in range(120)]
    text.fill(json.dumps({**terms_of(register, "EST-R09"), "assets": many}))
    page.get_by_role("button", name="Back to the form").click()
    shown = group(page, "Assets").locator(".entry")
    expect(shown).to_have_count(50)
    page.get_by_role("button", name="Show 50 more of 70").click()
    expect(shown).to_have_count(100)
    save(page, "more assets")
    link = page.get_by_role("link", name=re.compile("^Asset 110, Reference: .*NONE-109"))
    link.click()
    field = page.get_by_role("group", name="Asset 110: NONE-109").get_by_label("Reference")
    expect(field).to_be_focused()
    expect(field).to_have_value("NONE-109")
    turn.click()
    assert [each["ref"] for each in json.loads(text.input_value())["assets"]] == [
        each["ref"] for each in many
    ]


def test_a_reason_is_asked_for(page: Page, register: Register) -> None:
    editing(page, register, "DUCT-01")
    page.get_by_label("Title", exact=True).fill("Ducts")
    page.get_by_role("button", name="Save terms").click()
    page.get_by_role("link", name=re.compile("^Reason for the change")).click()
    expect(page.get_by_label("Reason for the change")).to_be_focused()


def test_the_schedule_is_seen_before_it_is_saved(
    page: Page,
    register: Register,
    screenshots: Path,
) -> None:
    """Half the rent is half the income of each year, and the register still has the whole."""
    editing(page, register, "EST-R03")
    before = terms_of(register, "EST-R03")
    page.get_by_role("button", name="Preview the schedule").click()
    shown = page.get_by_role("region", name="Preview of the schedule")
    expect(shown).to_contain_text("no financial year differs")
    first = shown.locator("tbody tr").first.locator("td")
    income = first.nth(1).inner_text()
    page.locator("details.entry summary", has_text="Charge 1").click()
    charge = page.get_by_role("group", name=re.compile("^Charge 1"))
    amount = charge.get_by_label("Amount", exact=True)
    amount.fill(f"{float(amount.input_value()) / 2:.2f}")
    page.get_by_role("button", name="Preview the schedule").click()
    expect(shown).to_contain_text("differ from the terms on record")
    expect(shown.get_by_role("heading")).to_be_focused()
    half = first.nth(1).inner_text()
    assert pence(half) == pytest.approx(pence(income) / 2, abs=1)
    assert pence(first.nth(3).inner_text()) == pence(half) - pence(income)
    page.screenshot(path=screenshots / "terms-preview.png", full_page=True)
    assert terms_of(register, "EST-R03") == before


def pence(text: str) -> int:
    return round(100 * float(re.sub(r"[£,]", "", text.replace("\u2212", "-"))))


def test_two_editors_lose_nothing(
    page: Page,
    register: Register,
    screenshots: Path,
) -> None:
    """The second is told who changed what; both changes are in the end there."""
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    editing(page, register, "EST-R04")
    editing(other, register, "EST-R04")
    page.get_by_label("Title", exact=True).fill("Roof and mast")
    group(page, "How it is paid").first.get_by_label("Days until it is due").fill("14")
    other.get_by_label("Title", exact=True).fill("Roof of the library")
    other.get_by_label("Sharing").select_option("forbidden")
    save(other, "sharing settled")
    expect(other.get_by_role("cell", name="sharing settled")).to_be_visible()
    version = version_of(register, "EST-R04")
    save(page, "title corrected")
    notice = page.locator(".notice")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("estates saved version")
    expect(notice).to_contain_text("sharing settled")
    expect(notice).to_contain_text("They changed: Sharing.")
    expect(notice).to_contain_text("Both of you changed, and yours stays: Title.")
    page.screenshot(path=screenshots / "terms-conflict.png")
    assert version_of(register, "EST-R04") == version
    expect(page.get_by_label("Title", exact=True)).to_have_value("Roof and mast")
    expect(page.get_by_label("Reason for the change")).to_have_value("title corrected")
    page.get_by_role("button", name="Take their changes into mine").click()
    expect(page.get_by_label("Sharing")).to_have_value("forbidden")
    page.get_by_role("button", name="Save terms").click()
    expect(page.get_by_role("cell", name="title corrected")).to_be_visible()
    held = terms_of(register, "EST-R04")
    assert (held["title"], held["sharing"]) == ("Roof and mast", "forbidden")
    assert held["payment"]["due_days"] == 14
    other.context.close()


def test_what_is_typed_waits_while_another_view_is_looked_at(
    page: Page,
    register: Register,
) -> None:
    """And is gone once it is discarded."""
    editing(page, register, "EST-R05")
    page.get_by_label("Title", exact=True).fill("Not yet saved")
    page.get_by_role("link", name="Back to EST-R05").click()
    page.get_by_role("link", name="Edit its terms").click()
    expect(page.locator(".notice")).to_contain_text("What you typed before")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Not yet saved")
    page.get_by_role("button", name="Discard what I typed").click()
    expect(page.get_by_label("Title", exact=True)).not_to_have_value("Not yet saved")


def test_terms_are_edited_as_json_too(page: Page, register: Register) -> None:
    """Text that is no JSON is told and stays; the form takes over what the text says."""
    editing(page, register, "EST-R06")
    page.get_by_role("button", name="Advanced").click()
    box = page.get_by_label("Terms, as JSON")
    terms = json.loads(box.input_value())
    box.fill("{")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_role("group", name="There is a problem")).to_contain_text("JSON")
    expect(box).to_have_value("{")
    box.fill(json.dumps({**terms, "title": "As the text says", "vat": "perhaps"}))
    save(page, "by text")
    expect(page.get_by_role("group", name="There is a problem")).to_contain_text("vat")
    box.fill(json.dumps({**terms, "title": "As the text says"}))
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("As the text says")
    page.get_by_role("button", name="Save terms").click()
    expect(page.get_by_role("heading", name="As the text says")).to_be_visible()


def test_a_new_agreement_is_recorded_from_an_empty_form(
    page: Page,
    register: Register,
    screenshots: Path,
) -> None:
    """What is missing is told, what was typed waits, and then it is in the register."""
    opened(page, register)
    page.get_by_role("link", name="Record a new agreement").click()
    expect(page.get_by_role("heading", name="New agreement")).to_be_visible()
    page.get_by_role("button", name="Put it in the register").click()
    summary = page.get_by_role("group", name="problems")
    expect(summary.get_by_role("link", name=re.compile("^Reference: "))).to_be_visible()
    check(page, 1440)
    page.get_by_label("Reference", exact=True).first.fill("NEW-1")
    page.get_by_label("Title", exact=True).fill("Roof of the depot")
    page.get_by_label("How it stands").select_option("draft")
    page.get_by_role("link", name="Back to the register").click()
    page.get_by_role("link", name="Record a new agreement").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Roof of the depot")
    expect(page.get_by_label("How it stands")).to_have_value("draft")
    page.get_by_role("button", name="Advanced").click()
    box = page.get_by_label("Terms, as JSON")
    copied = terms_of(register, "WAY-01")
    typed = json.loads(box.input_value())
    box.fill(json.dumps({**copied, "assets": [], "ref": typed["ref"], "title": typed["title"]}))
    page.get_by_role("button", name="Back to the form").click()
    page.get_by_role("button", name="Preview the schedule").click()
    expect(page.get_by_role("region", name="Preview of the schedule")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 900})
    check(page, 360)
    page.screenshot(path=screenshots / "new-agreement-360.png", full_page=True)
    page.get_by_label("Reason", exact=False).last.fill("signed today")
    page.get_by_role("button", name="Put it in the register").click()
    expect(page.get_by_role("heading", name="NEW-1: Roof of the depot")).to_be_visible()
    expect(page.get_by_role("cell", name="signed today")).to_be_visible()
    assert terms_of(register, "NEW-1") == {
        **copied,
        "assets": [],
        "ref": "NEW-1",
        "title": "Roof of the depot",
    }
    page.get_by_role("link", name="All agreements").click()
    page.get_by_role("link", name="Record a new agreement").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("")


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
def test_axe_finds_nothing_in_the_form(
    page: Page,
    register: Register,
    width: int,
    screenshots: Path,
) -> None:
    """With every entry open, errors told, and the preview shown."""
    page.set_viewport_size({"width": width, "height": 900})
    editing(page, register, CONCESSION)
    open_all(page)
    page.get_by_role("button", name="Preview the schedule").click()
    expect(page.get_by_role("region", name="Preview of the schedule")).to_be_visible()
    check(page, width)
    page.screenshot(path=screenshots / f"terms-{width}.png", full_page=True)
    page.get_by_label("Title", exact=True).fill("")
    group(page, "Charges").get_by_role("button", name="Add a charge").click()
    save(page, "none")
    expect(page.get_by_role("group", name="problems")).to_be_visible()
    check(page, width)
    page.screenshot(path=screenshots / f"terms-wrong-{width}.png")


def check(page: Page, width: int) -> None:
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
