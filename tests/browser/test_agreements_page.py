"""The pages of agreements in a real browser, over a real service with the sample town's terms."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from map_app_fixtures import require_built
from playwright.sync_api import Page, expect

from canopy.access.rules import Principal, Role
from canopy.access.tokens import create_token
from canopy.assets.editing.edits import Editor
from canopy.assets.offers.writing.writer import OfferWriter
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import ChangeNote
from canopy.concessions.register import writing
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import load
from canopy.db.engine import Database, open_database
from canopy.db.migrate import upgrade
from canopy.settings import load_settings

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
NOTE = ChangeNote("ann", "sample town", "edit")
CONCESSION = "DIG-2024-01"


@dataclass(frozen=True)
class Register:
    """A service over a register; tokens by role."""

    address: str
    database: Database
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    require_built()
    folder = tmp_path_factory.mktemp("register")
    made = [sys.executable, "fixtures/make.py", "--scale", "small", "--out", str(folder / "town")]
    subprocess.run(made, cwd=ROOT, check=True, capture_output=True, timeout=120)
    settings = load_settings(db_url=f"gpkg://{folder / 'register.gpkg'}")
    database = open_database(settings)
    upgrade(database)
    now = datetime.now(UTC)
    manifest = json.loads((folder / "town" / "manifest.json").read_text(encoding="utf-8"))
    with database.writing() as session:
        for entry in manifest["agreements"]:
            terms = load(folder / "town" / entry["file"])
            since = date.fromisoformat(entry["since"])
            writing.add(session, terms, Status(entry["status"]), since, NOTE, now)
        tokens = {
            name: create_token(session, name, role, created_by="test", now=now)
            for name, role in (
                ("estates", Role.estates), ("planner", Role.planner),
                ("vale-fibre-ltd", Role.operator),
            )
        }  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    on_offer(database)
    environment = {
        **os.environ,
        "CANOPY_DB_URL": f"gpkg://{folder / 'register.gpkg'}",
        "CANOPY_CONCESSION_INPUTS": str(folder / "town" / "concession-inputs"),
        "CANOPY_REGISTER_DOCUMENTS": str(folder / "documents"),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "canopy", "serve", "--port", str(port)],
        cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/readyz")
        yield Register(address, database, tokens)
    finally:
        server.terminate()
        assert server.wait(20) == 0
        database.dispose()


def on_offer(database: Database) -> None:
    """Three roofs and a lamppost that nobody has let."""
    ids = [str(uuid.UUID(int=number)) for number in range(1, 5)]
    with database.writing() as session:
        editor = Editor.begin(session, database.storage_crs, database.srid, NOTE)
        for number, asset_id in enumerate(ids):
            place = shapely.Point(430_000 + 10 * number, 280_000)
            kind = "lamppost" if number == 3 else "rooftop"
            made = {"kind": kind, "ref": f"VOID-{number}", "geom": shapely.to_wkb(place, hex=True)}
            editor.create(made, asset_id, "register")
    writer = OfferWriter(database, SensitivityPolicy(), Principal(Role.admin, "officer"), "test")
    said = {"status": "open", "technologies": ["wifi"], "available_from": "2026-01-01"}
    for asset_id in ids:
        writer.create(asset_id, {**said, "spare_mounts": 2})


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail("the service did not answer")


def opened(page: Page, register: Register, role: str = "estates", view: str = "") -> Page:
    """The page, signed in; nothing on it may complain, whatever the test does."""
    expect.set_options(timeout=30_000)  # a simulation compiles its kernel once
    page.on("pageerror", lambda error: pytest.fail(f"the page complains: {error}"))
    page.goto(f"{register.address}/agreements")
    page.wait_for_selector("html[data-ready]")
    if view:
        page.evaluate("view => { location.hash = view; }", view)
    page.get_by_role("button", name="Open the register").first.click()
    page.fill("#token", register.tokens.get(role, "canopy_nobody"))
    page.keyboard.press("Enter")
    return page


def rows(page: Page) -> list[str]:
    """The first cells of the first table."""
    return page.locator("table").first.locator("tbody tr > :first-child").all_inner_texts()


def test_the_register_is_found_by_filters_and_kept_in_the_address(
    page: Page, register: Register
) -> None:
    """And sorts; the same address shows the same again."""
    opened(page, register)
    expect(page.locator("main p", has_text="14 agreements")).to_be_visible()
    page.get_by_label("Kind").select_option("lease")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("main p", has_text="7 agreements")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/\?kind=lease$"))
    first = page.locator("tbody").first.locator("tr > :first-child").first
    page.get_by_role("button", name="End", exact=True).click()
    expect(first).to_have_text("EST-R09")
    page.get_by_role("button", name="End", exact=True).click()
    expect(first).to_have_text("EST-R03")
    expect(page).to_have_url(re.compile(r"kind=lease&sort=-ends_on$"))
    page.get_by_label("Reference, title or party").fill("CELL site")
    page.keyboard.press("Enter")
    expect(page.locator("main p", has_text="3 agreements")).to_be_visible()
    page.go_back()
    expect(page.locator("main p", has_text="7 agreements")).to_be_visible()


def test_an_agreement_is_told_in_charts_and_in_tables(
    page: Page, register: Register, screenshots: Path
) -> None:
    """Every chart has a name and a table; the sums are those of the service."""
    opened(page, register, view=f"#/agreement/{CONCESSION}")
    expect(page.get_by_role("img", name=f"Timeline of {CONCESSION}")).to_be_visible()
    expect(page.get_by_role("img", name=f"Cash of {CONCESSION}")).to_be_visible()
    expect(page.get_by_role("img", name="What the present value")).to_be_visible()
    cash = page.get_by_role("region", name=re.compile("^By financial year"))
    asked = urllib.request.Request(
        f"{register.address}/concessions/agreements/{CONCESSION}/schedule",
        headers={"Authorization": f"Bearer {register.tokens['estates']}"},
    )
    with urllib.request.urlopen(asked) as answer:
        years = json.load(answer)["financial_years"]
    first = cash.locator("tbody tr").first.locator("th, td").all_inner_texts()
    assert first[0] == years[0]["year"]
    assert first[2] == f"£{years[0]['income_pence'] / 100:,.2f}"
    account = page.get_by_role("region", name=re.compile("^Financial account"))
    row = account.locator("tbody tr").first.locator("th, td").all_inner_texts()
    assert (row[0], row[2]) == (first[0], first[2])
    society = page.get_by_role("region", name=re.compile("^Economic account"))
    expect(society.get_by_text("transfer, not counted").first).to_be_visible()
    figures = page.get_by_role("region", name=re.compile("^Appraisal"))
    expect(figures.get_by_text("benefit-cost ratio")).to_be_visible()
    page.get_by_text("Rates and conventions").click()
    page.get_by_label("Optimism on capital").fill("a lot")
    page.get_by_role("button", name="Show the accounts so").click()
    expect(page.get_by_label("Accounts", exact=True)).to_contain_text("is no percent")
    page.screenshot(path=screenshots / "agreement.png", full_page=True)


def test_the_workbook_opens_with_formulas_and_the_agreement_s_money(
    page: Page, register: Register, tmp_path: Path
) -> None:
    """As the button saves it: named by the agreement, its totals live."""
    opened(page, register, view=f"#/agreement/{CONCESSION}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a workbook").click()
    assert download.value.suggested_filename == f"{CONCESSION}.xlsx"
    path = tmp_path / "agreement.xlsx"
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(CONCESSION in str(value) for value in cells)
    assert any(str(value).startswith("=SUM") for value in cells)


def test_the_portfolio_tells_every_chart_as_a_table_too(
    page: Page, register: Register, screenshots: Path
) -> None:
    """Years summed up, income by kind of asset and operator, what ends, and what is void."""
    opened(page, register, view="#/portfolio")
    charts = {
        "Revenue by financial year": "By financial year, without VAT",
        "Income by kind of asset by": "Income by kind of asset by financial year, revenue",
        "Income by operator by": "Income by operator by financial year, revenue",
        "Income at risk by financial year": "Agreements and their income in",
        "What voids may bring": "What is on offer today",
    }
    for chart, table in charts.items():
        expect(page.get_by_role("img", name=re.compile(f"^{chart}"))).to_be_visible()
        expect(page.get_by_role("table", name=re.compile(f"^{table}"))).to_be_visible()
    by_year = page.get_by_role("table", name=re.compile("^By financial year"))
    first, second = (
        [pence(cell) for cell in row.locator("td").all_inner_texts()]
        for row in by_year.locator("tbody tr").all()[:2]
    )
    assert first[4] == first[0] - first[1]
    assert second[4] == first[4] + second[0] - second[1]
    expect(page.get_by_role("region", name="Voids", exact=True)).to_contain_text(
        "4 assets on offer are let to nobody"
    )
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    page.screenshot(path=screenshots / "portfolio.png", full_page=True)


def pence(text: str) -> int:
    return round(100 * float(re.sub(r"[£,]", "", text)))


@pytest.mark.parametrize("width", [1280, 360])
def test_deals_are_drawn_beside_their_tables(
    page: Page, register: Register, width: int, screenshots: Path
) -> None:
    """What a planner asks for is kept; what is wrong is told beside its field."""
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, register, "planner", "#/deals")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("group", name="problem")).to_be_visible()
    page.get_by_role("button", name="Fill in a made-up example").click()
    page.get_by_role("button", name="Compare").click()
    picture = page.get_by_role("img", name=re.compile("cash summed up by year"))
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    told = page.get_by_role("table", name=re.compile("^What each deal is worth"))
    expect(told.locator("tbody tr")).to_have_count(4)
    row = told.locator("tbody tr").first.locator("td").all_inner_texts()
    low, middle, high = (pence(each) for each in row[1:4])
    assert low < middle < high
    expect(page.get_by_role("table", name=re.compile("cash summed up"))).to_be_visible()
    check(page, width)
    page.screenshot(path=screenshots / f"deals-{width}.png", full_page=True)


def check(page: Page, width: int) -> None:
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_event_is_recorded(page: Page, register: Register) -> None:
    opened(page, register, view="#/agreement/WAY-01")
    page.get_by_text("Record an event").click()
    page.get_by_label("What happened").fill("Line inspected")
    page.get_by_label("Kind", exact=True).fill("inspection")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("cell", name="inspection: Line inspected")).to_be_visible()


def test_the_class_and_the_checklist_are_answered_in_forms(page: Page, register: Register) -> None:
    """The points and what is unanswered follow at once; nothing is answered for anybody."""
    opened(page, register, view="#/agreement/DUCT-01")
    part = page.get_by_role("region", name="Governance")
    expect(part).to_contain_text("21 of 21 items are unanswered")
    page.get_by_text("Answer the segmentation").click()
    page.get_by_role("button", name="Record the answers").click()
    expect(page.get_by_label("Impact of failure")).to_be_focused()
    for select in page.locator("form:has-text('Criticality') select").all():
        select.select_option(index=1)
    page.get_by_label("Holds data of the council").select_option("yes")
    expect(page.get_by_text("9 of 9 answered: 10 points of 100")).to_be_visible()
    page.get_by_role("button", name="Record the answers").click()
    expect(part).to_contain_text("Operational: 10.00 of 100 points, raised because: holds data")
    expect(part).to_contain_text("not on record: who looks after it")
    page.get_by_text("Answer the checklist").click()
    second = page.get_by_role("group", name=re.compile(r"^2\."))
    second.get_by_label("Answer").select_option("yes")
    page.get_by_role("button", name="Record the checklist").click()
    expect(part).to_contain_text("20 of 21 items are unanswered")
    expect(part).to_contain_text("Answered without evidence: 2")
    page.get_by_text("Withdraw an entry").click()
    page.get_by_role("combobox", name="Entry").select_option(index=1)
    page.get_by_label("Why it does not hold").fill("of another contract")
    page.get_by_role("button", name="Withdraw the entry").click()
    expect(part).to_contain_text("21 of 21 items are unanswered")
    noted = page.get_by_role("region", name="Entries as they were written")
    expect(noted).to_contain_text("of another contract")


def test_keys_documents_and_notes_are_kept_in_the_page(
    page: Page, register: Register, tmp_path: Path
) -> None:
    """A key is shown once; a public document needs no token; spend is given in pounds."""
    opened(page, register)
    keys = page.get_by_role("region", name="in your calendar")
    keys.get_by_text("Make a key").click()
    keys.get_by_label("Name, such as").fill("ann-phone")
    keys.get_by_role("button", name="Make the key").click()
    address = keys.get_by_label("It is shown this once")
    expect(address).to_be_focused()
    with urllib.request.urlopen(address.input_value(), timeout=10) as feed:
        assert feed.read().startswith(b"BEGIN:VCALENDAR")
    keys.get_by_role("button", name="Withdraw ann-phone").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(keys.get_by_role("cell", name=re.compile("^Withdrawn"))).to_be_visible()
    page.evaluate("location.hash = '#/agreement/WAY-01'")
    page.get_by_text("Add a document").click()
    lease = tmp_path / "lease.pdf"
    lease.write_bytes(b"%PDF-1.7 wayleave")
    page.get_by_label("File: PDF").set_input_files(lease)
    page.get_by_role("button", name="Add the document").click()
    documents = page.get_by_role("region", name="Documents")
    expect(documents).to_contain_text("Withheld")
    page.get_by_text("Make a document public").click()
    page.get_by_label("What is to happen").select_option("public")
    page.get_by_label("Why", exact=True).fill("for the residents")
    page.get_by_role("button", name="Change the document").click()
    expect(documents).to_contain_text("Everybody")
    page.get_by_text("Note or correct something").click()
    page.get_by_label("What to note").select_option("spend")
    page.get_by_label("Supplier").fill("Mast Ltd")
    page.get_by_role("textbox", name="First day").fill("2026-04-01")
    page.get_by_label("Last day").fill("2026-06-30")
    page.get_by_role("textbox", name="Amount").fill("£21,000.50")
    page.locator("summary", has_text="Answer the checklist").click()
    page.get_by_role("group", name=re.compile(r"^21\.")).wait_for()
    check(page, 1440)
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_role("region", name="Entries as")).to_contain_text("£21,000.50")
    page.locator("summary", has_text="Record the route").click()
    page.get_by_role("button", name="Record the route").click()
    expect(page.get_by_role("link", name="Initial value [GBP]: Field required")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{register.address}/explore/agreements.html#/documents/WAY-01")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download PDF").click()
    assert Path(got.value.path()).read_bytes() == lease.read_bytes()


def test_a_planner_sees_the_portfolio_without_names(page: Page, register: Register) -> None:
    opened(page, register, "planner")
    expect(page.get_by_role("heading", name="Portfolio")).to_be_visible()
    expect(page.get_by_text("of revenue income falls due")).to_be_visible()
    expect(page.get_by_role("img", name="Net income by year")).to_be_visible()
    assert "Vale Fibre" not in page.inner_text("main")


def test_an_operator_sees_its_own_agreement_alone(page: Page, register: Register) -> None:
    opened(page, register, "vale-fibre-ltd")
    expect(page.locator("main p", has_text="1 agreement")).to_be_visible()
    assert rows(page) == ["DUCT-01"]


def test_a_wrong_token_is_told(page: Page, register: Register) -> None:
    opened(page, register, "nobody")
    expect(page.locator("dialog [role=alert]")).to_contain_text("not valid")


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
@pytest.mark.parametrize("view", ["#/", f"#/agreement/{CONCESSION}", "#/portfolio"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    page: Page, register: Register, view: str, width: int, screenshots: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, register, view=view)
    page.wait_for_selector("main table")
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    for summary in page.locator("summary").all():
        summary.click()
    check(page, width)
    name = re.sub(r"\W+", "-", view).strip("-") or "register"
    page.screenshot(path=screenshots / f"agreements-{name}-{width}.png")
