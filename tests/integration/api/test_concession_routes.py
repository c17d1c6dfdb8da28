"""Money of agreements over HTTP: to the penny, and told to whom it may be."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from ogc_catalogue import add, point, record
from sqlalchemy import select
from test_register_routes import LEASE, ROOT

from canopy.access.rules import Principal, Role
from canopy.api.concessions.routes import BANDS, IN_PART, NOT_KNOWN, TOP_BAND, band_of
from canopy.assets.offers.writing.writer import OfferWriter
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.tables import Asset
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.db.engine import Database

AT = "/concessions/agreements/EST/2026/7"
SCENARIO = """
name = "two percent"
source = "made up for the test"
change_by_year = { 2024 = 0.02, 2025 = 0.02, 2026 = 0.02 }
afterwards = 0.02
"""


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    return bearer(token_for(database, Role.estates))


@pytest.fixture
def client(serve: Any, tmp_path: Path) -> TestClient:
    """A service that values by a scenario of two percent."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "scenario.toml").write_text(SCENARIO)
    started: TestClient = serve(concession_inputs=folder)
    return started


@pytest.fixture(autouse=True)
def held(client: TestClient, estates: dict[str, str]) -> None:
    """A lease on two assets, and four wayleaves of another operator."""
    parts = {"assets": [{"ref": "ROOF-1"}, {"ref": "ROOF-2"}]}
    terms = [{**LEASE, **parts}] + [
        {
            **LEASE,
            "ref": f"W-{number}",
            "kind": "wayleave",
            "parties": [LEASE["parties"][0], {"name": "Wire Ltd", "role": "operator"}],
            "charges": [{"name": "fee", "type": "wayleave", "amount": "100.00"}],
            "assets": [{"ref": f"POLE-{number}"}],
        }
        for number in range(4)
    ]
    for each in terms:
        wanted = {"terms": each, "allow_unknown_assets": True}
        answer = client.post(ROOT, json=wanted, headers=estates)
        assert answer.status_code == 201, answer.text


def test_a_schedule_is_told_to_the_penny(client: TestClient, estates: dict[str, str]) -> None:
    """Twelve years of £2,551.77 in advance, domain facts example B's rent."""
    told = client.get(AT + "/schedule", headers=estates).json()
    assert [each["net_pence"] for each in told["lines"]] == [255_177] * 12
    assert told["lines"][0]["due"] == "2026-04-01"
    assert sum(each["income_pence"] for each in told["financial_years"]) == 12 * 255_177
    assert told["sources"] == ["scenario two percent: made up for the test"]


def test_terms_are_scheduled_before_they_are_saved(
    client: TestClient, estates: dict[str, str]
) -> None:
    """The same lines as once they are saved; one that continues is counted on."""
    saved = client.get(AT + "/schedule", headers=estates).json()
    told = client.post("/concessions/schedule", json={"terms": LEASE}, headers=estates).json()
    assert told == saved
    ended = {**LEASE, "term": {"start": "2016-04-01", "months": 12}}
    ended |= {"breaks": [], "extensions": [], "market_reviews": []}
    counts = [
        len(client.post("/concessions/schedule", json=body, headers=estates).json()["lines"])
        for body in ({"terms": ended}, {"terms": ended, "status": "continuing"})
    ]
    assert counts[0] == 1 < counts[1]
    wrong = {"terms": {**LEASE, "vat": "perhaps"}}
    answer = client.post("/concessions/schedule", json=wrong, headers=estates)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "vat")


def test_the_value_and_the_workbook_are_those_of_the_command(
    client: TestClient, estates: dict[str, str]
) -> None:
    told = client.get(AT + "/value", headers=estates).json()
    assert told["income_pence"] == 12 * 255_177
    assert told["npv_real"]["pence"] > 0
    by_terms = client.post("/concessions/value", json={"terms": LEASE}, headers=estates).json()
    assert by_terms["npv_real"] == told["npv_real"]
    steep = {"terms": LEASE, "real_rate_percent": 10}
    lower = client.post("/concessions/value", json=steep, headers=estates).json()
    assert lower["npv_real"]["pence"] < told["npv_real"]["pence"]
    lagged = {"terms": LEASE, "price_lag_months": 5}
    answer = client.post("/concessions/value", json=lagged, headers=estates).json()
    assert any("figure of 5 months before" in each for each in answer["assumptions"])
    far = client.post(
        "/concessions/value", json={**lagged, "price_lag_months": 13}, headers=estates
    )
    assert far.status_code == 400
    assert "price_lag_months" in far.text
    book = client.get(AT + "/workbook.xlsx", headers=estates)
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames


def test_accounts_are_told_of_agreements_and_of_terms(
    client: TestClient, estates: dict[str, str], database: Database
) -> None:
    """By financial year, in real terms, and as a workbook; costs are no planner's or operator's."""
    whole = {"upfront": "at-start", "optimism": "standard-civil", "rate": "3.5:30,3"}
    told = client.get(AT + "/accounts", params=whole, headers=estates).json()
    years = told["financial"]["years"]
    assert [each["net_pence"] for each in years] == [255_177] * 12
    value = client.get(AT + "/value", headers=estates).json()
    assert told["financial"]["real"]["npv_pence"]["middle"] == value["npv_real"]["pence"]
    assert {each["part"] for each in told["economic"]["rows"]} == {"transfer, not counted"}
    assert told["economic"]["benefit_cost_ratio"] is None
    body = {"terms": LEASE, **whole}
    assert client.post("/concessions/accounts", json=body, headers=estates).json() == told
    wrong = client.get(AT + "/accounts", params={"rate": "3:20,2:10,1"}, headers=estates)
    assert (wrong.status_code, "order" in wrong.json()["detail"]) == (422, True)
    book = client.get(AT + "/accounts.xlsx", headers=estates)
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[3] == "Economic"
    for role in (Role.planner, Role.operator):
        others = bearer(token_for(database, role))
        for end in ("/accounts", "/accounts.xlsx"):
            assert client.get(AT + end, headers=others).status_code in (403, 404)


def test_terms_are_checked_field_by_field(client: TestClient, estates: dict[str, str]) -> None:
    good = client.post("/concessions/check", json={"terms": LEASE}, headers=estates)
    assert good.json()["ends_on"] == "2038-03-31"
    bad = {**LEASE, "vat": "perhaps", "kind": "gift"}
    answer = client.post("/concessions/check", json={"terms": bad}, headers=estates)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["errors"]} == {"vat", "kind"}


def test_the_portfolio_sums_all_agreements(client: TestClient, estates: dict[str, str]) -> None:
    told = client.get("/concessions/portfolio", params={"on": "2026-06-01"}, headers=estates).json()
    assert told["income_pence"] == 255_177 + 4 * 10_000
    assert [(each["name"], each["income_pence"]) for each in told["kinds"]] == [
        ("lease", 255_177), ("wayleave", 40_000),
    ]  # fmt: skip
    assert [each["name"] for each in told["operators"]] == ["Example Mast Ltd", "Wire Ltd"]
    assert [
        (each["name"], each["agreements"], each["years"][0]["income_pence"])
        for each in told["asset_kinds"]
    ] == [("not in the catalogue", 5, told["income_pence"])]
    assert [
        (each["name"], [one["income_pence"] for one in each["years"][10:13]])
        for each in told["operators_by_year"]
    ] == [("Example Mast Ltd", [255_177, 255_177, 0]), ("Wire Ltd", [40_000, 40_000, 0])]
    assert [(each["year"], each["count"]) for each in told["breaking"]] == [("2031/32", 5)]
    assert told["expiring"] == [
        {"year": "2037/38", "count": 5, "uncounted": 0, "income_pence": told["income_pence"],
         "is_part": False, "refs": ["EST/2026/7", "W-0", "W-1", "W-2", "W-3"]}
    ]  # fmt: skip


def test_planners_are_told_no_sum_of_few_agreements(client: TestClient, database: Database) -> None:
    """Nor an operator's name, a reference or an asset's exact income."""
    planner = bearer(token_for(database, Role.planner))
    told = client.get("/concessions/portfolio", params={"on": "2026-06-01"}, headers=planner).json()
    assert told["income_pence"] == 295_177
    assert [each["income_pence"] for each in told["kinds"]] == [None, None]
    assert (told["operators"], told["operators_by_year"]) == ([], [])
    for ends in ("expiring", "breaking"):
        assert [(each["refs"], each["income_pence"]) for each in told[ends]] == [([], 295_177)]
    assets = client.get("/concessions/assets", params={"on": "2026-06-01"}, headers=planner).json()
    assert assets["assets"][0] == {
        "asset_ref": "POLE-0", "income_pence": None, "is_part": False, "band": "under £1,000",
        "ends_on": None, "agreements": [],
    }  # fmt: skip


def test_planners_are_told_no_year_in_which_few_agreements_pay(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """Neither by the portfolio nor by a simulation that begins late: a sixth runs on alone."""
    longer = {**LEASE, "ref": "Z-1", "term": {"start": "2026-04-01", "months": 240},
              "extensions": [], "breaks": [], "market_reviews": []}  # fmt: skip
    assert client.post(ROOT, json={"terms": longer}, headers=estates).status_code == 201
    planner = bearer(token_for(database, Role.planner))
    asked = {"on": "2026-06-01", "years": 20}
    mine = client.get("/concessions/portfolio", params=asked, headers=estates).json()
    told = client.get("/concessions/portfolio", params=asked, headers=planner).json()
    assert (len(mine["years"]), len(told["years"])) == (20, 12)
    wanted = {"draws": 200, "years": 20, "from_day": "2026-04-01"}
    drawn = client.post("/concessions/simulation", json=wanted, headers=planner).json()
    assert (len(drawn["years"]), drawn["agreements"]) == (12, [])
    own = {**wanted, "ranges": {}}
    assert client.post("/concessions/simulation", json=own, headers=planner).status_code == 403
    late = {**wanted, "from_day": "2040-04-01"}
    refused = client.post("/concessions/simulation", json=late, headers=planner)
    assert (refused.status_code, "fewer than 5" in refused.json()["detail"]) == (422, True)
    assert client.post("/concessions/simulation", json=late, headers=estates).status_code == 200


def test_planners_are_told_no_amount_of_few_agreements_in_a_year_of_many(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """One agreement's capital is not told beside the income of five; who may know all is told."""
    premium = {"name": "premium", "type": "one-off", "amount": "500.00", "due": "2026-09-01",
               "account": "capital"}  # fmt: skip
    terms = {**LEASE, "ref": "C-1", "charges": [*LEASE["charges"], premium]}
    answer = client.post(ROOT, json={"terms": terms}, headers=estates)
    assert answer.status_code == 201, answer.text
    asked = {"on": "2026-06-01", "years": 1}
    planner = bearer(token_for(database, Role.planner))
    (mine,) = client.get("/concessions/portfolio", params=asked, headers=estates).json()["years"]
    (told,) = client.get("/concessions/portfolio", params=asked, headers=planner).json()["years"]
    assert mine["capital_income_pence"] == 50_000
    assert told["capital_income_pence"] is None
    assert told["income_pence"] == mine["income_pence"]
    assert told["capital_cost_pence"] == 0


def test_planners_are_told_no_sums_that_differ_by_few(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """By kind of asset, by end and by break: of six, what five of them are is not told."""
    poles = [record("street_furniture", point(10.0, 10.0 * at), ref=f"POLE-{at}") for at in (0, 1)]
    add(database, poles)
    sixth = {**LEASE, "ref": "Z-1", "term": {"start": "2026-04-01", "months": 240}, "breaks": [],
             "extensions": [], "market_reviews": []}  # fmt: skip
    assert client.post(ROOT, json={"terms": sixth}, headers=estates).status_code == 201
    asked = {"on": "2026-06-01", "years": 14}
    planner = bearer(token_for(database, Role.planner))
    mine, told = (
        client.get("/concessions/portfolio", params=asked, headers=each).json()
        for each in (estates, planner)
    )
    assert [(each["name"], each["agreements"]) for each in told["asset_kinds"]] == [
        ("no asset named", 1), ("not in the catalogue", 3), ("street_furniture", 2),
    ]  # fmt: skip
    own = [each["years"][0]["income_pence"] for each in mine["asset_kinds"]]
    assert own == [255_177, 255_177 + 20_000, 20_000]
    for group in told["asset_kinds"]:
        assert {each["income_pence"] for each in group["years"]} == {None}
        assert [each["year"] for each in group["years"]] == [
            each["year"] for each in told["years"]
        ]  # fmt: skip
    for ends in ("expiring", "breaking"):
        assert [each["count"] for each in told[ends]] == [each["count"] for each in mine[ends]]
        assert {each["income_pence"] for each in told[ends]} == {None}
    assert told["income_pence"] == mine["income_pence"] == sum(own)


def test_planners_see_breaks_as_of_the_first_day_of_the_year(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """Two days of one year tell the same, though notice for the break falls between them."""
    planner = bearer(token_for(database, Role.planner))
    early, late = (
        client.get("/concessions/portfolio", params={"on": day}, headers=planner).json()
        for day in ("2030-05-01", "2030-12-01")
    )
    assert early["breaking"] == late["breaking"] != []
    asked = {"on": "2030-12-01"}
    own = client.get("/concessions/portfolio", params=asked, headers=estates).json()
    assert own["breaking"] == []


def offered(database: Database, ref: str, **said: object) -> None:
    with database.reading() as session:
        asset_id = f"{session.scalars(select(Asset.asset_id).where(Asset.ref == ref)).one()}"
    writer = OfferWriter(database, SensitivityPolicy(), Principal(Role.admin, "officer"), "test")
    open_now = {"status": "open", "technologies": ["wifi"], "available_from": "2026-01-01"}
    writer.create(asset_id, {**open_now, **said})


def test_what_could_earn_and_does_not_is_counted_and_valued(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """Two poles void, one let with room; a reserved and an ended one are not to be had."""
    kinds = {"POLE-0": "street_furniture", "P-8": "street_furniture", "P-9": "street_furniture",
             "ROOF-9": "rooftop", "P-R": "street_furniture", "P-E": "street_furniture"}  # fmt: skip
    add(database, [record(kind, point(10.0, 10.0 * at), ref=ref)
                   for at, (ref, kind) in enumerate(kinds.items())])  # fmt: skip
    for ref in ("POLE-0", "P-8", "P-9", "ROOF-9"):
        offered(database, ref, spare_mounts=2)
    offered(database, "P-8", technologies=["cctv"], spare_mounts=3)
    offered(database, "P-R", status="reserved")
    offered(database, "P-E", available_until="2026-05-01")
    asked = {"on": "2026-06-01"}
    answer = client.get("/concessions/voids", params=asked, headers=estates)
    assert answer.status_code == 200, answer.text
    mine = answer.json()["voids"]
    assert [
        (each["asset_kind"], each["is_let"], each["assets"], each["spare_mounts"],
         each["low_pence"], each["high_pence"])
        for each in mine
    ] == [
        ("street_furniture", False, 2, 5, 20_000, 20_000),
        ("rooftop", False, 1, 2, 255_177, 500_000),
        ("street_furniture", True, 1, 2, 10_000, 10_000),
    ]  # fmt: skip
    planner = bearer(token_for(database, Role.planner))
    told = client.get("/concessions/voids", params=asked, headers=planner).json()["voids"]
    assert [(each["assets"], each["low_pence"]) for each in told] == [
        (2, None), (1, 255_177), (1, None),
    ]  # fmt: skip
    assert client.get("/concessions/voids").status_code == 403


def test_an_asset_has_its_share(client: TestClient, estates: dict[str, str]) -> None:
    """Of an odd number of pence the first asset has one more. A sum in part is told as such."""
    told = client.get("/concessions/assets", params={"on": "2026-06-01"}, headers=estates).json()
    incomes = {each["asset_ref"]: each["income_pence"] for each in told["assets"]}
    assert (incomes["ROOF-1"], incomes["ROOF-2"]) == (127_589, 127_588)
    assert sum(incomes.values()) == 295_177
    rule = {"name": "cpi", "index": "cpi", "method": "annual", "base_month": "2010-01"}
    terms = {
        **LEASE, "ref": "UNKNOWN", "index_rules": [rule], "assets": [{"ref": "ROOF-2"}],
        "charges": [{**LEASE["charges"][0], "index": "cpi"}], "exclusivity": "none",
    }  # fmt: skip
    wanted = {"terms": terms, "allow_unknown_assets": True}
    answer = client.post(ROOT, json=wanted, headers=estates)
    assert answer.status_code == 201, answer.text
    told = client.get("/concessions/assets", params={"on": "2026-06-01"}, headers=estates).json()
    roofs = {each["asset_ref"]: each for each in told["assets"]}
    assert [
        (roofs[ref]["income_pence"], roofs[ref]["is_part"], roofs[ref]["band"])
        for ref in ("ROOF-1", "ROOF-2")
    ] == [(127_589, False, "£1,000 to £4,999"), (127_588, True, "known in part")]


def test_operators_are_told_nothing_of_what_the_council_spends(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """Neither in the schedule nor in its sums."""
    terms = {
        **LEASE, "ref": "COST", "assets": [],
        "costs": [{"name": "staff", "type": "yearly", "amount": "9000.00"}],
    }  # fmt: skip
    assert client.post(ROOT, json={"terms": terms}, headers=estates).status_code == 201
    own = bearer(token_for(database, Role.operator, "example-mast-ltd"))
    path = "/concessions/agreements/COST/schedule"
    told, whole = (client.get(path, headers=each).json() for each in (own, estates))
    assert {each["side"] for each in whole["lines"]} == {"income", "cost"}
    assert {each["side"] for each in told["lines"]} == {"income"}
    assert {each["cost_pence"] for each in told["financial_years"]} == {0}


def test_other_money_than_pounds_is_in_no_sum(client: TestClient, estates: dict[str, str]) -> None:
    """And the portfolio says why."""
    before = client.get("/concessions/portfolio", headers=estates).json()
    terms = {**LEASE, "ref": "EURO", "assets": [], "currency": "EUR"}
    assert client.post(ROOT, json={"terms": terms}, headers=estates).status_code == 201
    after = client.get("/concessions/portfolio", headers=estates).json()
    assert after["income_pence"] == before["income_pence"]
    assert "its money is in EUR" in after["without_schedule"]["EURO"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_of_no_agreement_is_refused(
    client: TestClient, estates: dict[str, str], day: str
) -> None:
    for path in ("/concessions/portfolio", "/concessions/assets", "/register/alerts"):
        assert client.get(path, params={"on": day}, headers=estates).status_code == 400


def test_operators_read_the_schedule_of_their_own_agreements_alone(
    client: TestClient, database: Database
) -> None:
    own = bearer(token_for(database, Role.operator, "wire-ltd"))
    assert client.get("/concessions/agreements/W-1/schedule", headers=own).status_code == 200
    assert client.get(AT + "/schedule", headers=own).status_code == 404
    for address in ("/concessions/portfolio", "/concessions/assets", AT + "/value"):
        assert client.get(address, headers=own).status_code in (403, 404)
    assert client.get("/concessions/agreements/W-1/value", headers=own).status_code == 403


@pytest.mark.parametrize("path", ["/portfolio", "/assets", "/agreements/W-1/schedule"])
def test_the_public_is_told_nothing(client: TestClient, path: str) -> None:
    assert client.get("/concessions" + path).status_code == 403


def _assert_told_as_not_in_the_sum(
    client: TestClient, mine: dict[str, Any], database: Database
) -> None:
    """A planner is told of how many agreements a sum is without, and of no single one."""
    planner = bearer(token_for(database, Role.planner))
    told = client.get("/concessions/portfolio", headers=planner).json()
    assert (told["uncounted"], told["without_schedule"]) == (1, {})
    assert [(each["name"], each["uncounted"]) for each in told["kinds"] if each["uncounted"]] == [
        (LEASE["kind"], 1)
    ]
    assert mine["uncounted"] == 1
    for found in (mine, told):
        assert all(each["income_pence"] != 0 for each in found["expiring"] if each["uncounted"])


def test_a_series_that_is_missing_is_named(
    serve: Any, database: Database, estates: dict[str, str]
) -> None:
    """The agreement stays in the portfolio, with the reason why it has no schedule."""
    bare: TestClient = serve()
    rule = {"name": "cpi", "index": "cpi", "method": "annual", "lag_months": 2}
    terms = {
        **LEASE, "ref": "CPI-1", "index_rules": [rule],
        "charges": [{**LEASE["charges"][0], "index": "cpi"}],
    }  # fmt: skip
    answer = bare.post(ROOT, json={"terms": terms}, headers=estates)
    assert answer.status_code == 201, answer.text
    told = bare.get("/concessions/portfolio", headers=estates).json()
    assert "cpi" in told["without_schedule"]["CPI-1"]
    _assert_told_as_not_in_the_sum(bare, told, database)
    one = bare.get("/concessions/agreements/CPI-1/schedule", headers=estates).json()
    assert (one["lines"], "cpi" in one["reason"]) == ([], True)


DEALS = {
    "title": "Lamp columns",
    "prices": "2026/27",
    "nodes": [20, 60, 100, 140, 160, 160, 160, 160, 160, 160],
    "nodes_source": "made up",
    "concession": {
        "operator_gbp_per_node": 1500, "guarantee_gbp": 30000, "share": 0.2, "upfront_gbp": 25000,
        "council_gbp_per_year": 18000, "source": "made up",
    },
    "open_access": {
        "fee_gbp_per_node": 300, "council_gbp_per_year": 25000, "preparation_gbp": 40000,
        "source": "made up",
    },
}  # fmt: skip


def test_deals_are_compared_on_one_roll_out(client: TestClient, estates: dict[str, str]) -> None:
    """Year by year and by present value, with who bears which risk."""
    told = client.post("/concessions/compare", json=DEALS, headers=estates).json()
    assert [each["npv_pence"] for each in told["deals"]] == sorted(
        (each["npv_pence"] for each in told["deals"]), reverse=True
    )
    by_name = {each["name"]: each for each in told["deals"]}
    open_access = by_name["open access, licence for each node"]
    # Before anything: 40,000 of preparation; then 20 x 300 - 25,000.
    assert open_access["cash_pence"][:2] == [-4_000_000, -1_900_000]
    assert open_access["council_bears"] == ["take-up", "price"]
    assert open_access["npv_range"]["p10_pence"] < open_access["npv_range"]["p90_pence"]
    again = client.post("/concessions/compare?draws=500", json=DEALS, headers=estates).json()
    assert (again["draws"], again["seed"]) == (500, told["seed"])
    assert again["deals"][0]["npv_pence"] == told["deals"][0]["npv_pence"]
    seeded = [
        client.post("/concessions/compare?draws=500&seed=8", json=DEALS, headers=estates).json()
        for _ in range(2)
    ]
    assert seeded[0]["deals"] == seeded[1]["deals"] != again["deals"]
    drawn = client.post("/concessions/compare/plot", json=DEALS, headers=estates)
    assert "P10 to P90" in drawn.text
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert all(name in drawn.text for name in by_name)
    assert client.post("/concessions/compare/plot", json=DEALS).status_code in (401, 403)
    one = {**DEALS, "open_access": None}
    refused = client.post("/concessions/compare", json=one, headers=estates)
    assert (refused.status_code, "two deals" in refused.json()["detail"]) == (422, True)


def test_the_portfolio_is_simulated_the_same_for_the_same_seed(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Rents that no index raises hang on inflation alone; figures carry their ranges' sources."""
    wanted = {"draws": 500, "years": 5, "from_day": "2026-04-01"}
    first = client.post("/concessions/simulation", json=wanted, headers=estates)
    assert first.status_code == 200, first.text
    told = first.json()
    again = client.post("/concessions/simulation", json=wanted, headers=estates).json()
    assert told == again
    assert told["npv"]["p10_pence"] < told["base_npv_pence"] < told["npv"]["p90_pence"]
    assert told["probability_of_loss"] == 0.0
    assert [each["factor"] for each in told["tornado"]] == ["inflation"]
    assert [each["ref"] for each in told["agreements"]] == [
        "EST/2026/7", "W-0", "W-1", "W-2", "W-3",
    ]  # fmt: skip
    assert any("take-up" in each for each in told["sources"])


def test_an_agreement_that_hangs_on_take_up_has_a_tornado(
    client: TestClient, estates: dict[str, str]
) -> None:
    per_node = {
        "name": "node-fee", "type": "per-unit", "volume": "nodes", "unit": "node",
        "rate": "300.00",
    }  # fmt: skip
    terms = {
        **LEASE, "ref": "N-1", "charges": [per_node],
        "volumes": [{"name": "nodes", "unit": "node", "by_year": ["10"] * 12}],
    }  # fmt: skip
    answer = client.post(ROOT, json={"terms": terms}, headers=estates)
    assert answer.status_code == 201, answer.text
    told = client.get("/concessions/agreements/N-1/tornado", headers=estates).json()
    assert {each["factor"] for each in told["tornado"]} == {
        "take-up", "price", "churn", "inflation",
    }  # fmt: skip
    swings = [abs(each["high_pence"] - each["low_pence"]) for each in told["tornado"]]
    assert swings == sorted(swings, reverse=True)
    npv = told["npv"]
    assert npv["p10_pence"] < npv["p50_pence"] < npv["p90_pence"]
    assert told["convergence"][-1]["draws"] == 10_000


def test_an_agreement_that_continues_is_simulated_as_far_as_it_is_counted(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Its term ended with the last financial year: this one and the next have its rent."""
    this = FinancialYear.of(datetime.now(UTC).date())
    rule = {"name": "cpi", "index": "cpi", "method": "annual", "lag_months": 2}
    terms = {
        **LEASE, "ref": "OVER-1", "extensions": [], "breaks": [], "market_reviews": [],
        "term": {"start": f"{this.begins - 1}-04-01", "months": 12}, "index_rules": [rule],
        "charges": [{**LEASE["charges"][0], "index": "cpi"}],
    }  # fmt: skip
    body = {"terms": terms, "status": "continuing", "since": f"{this.start}"}
    assert client.post(ROOT, json=body, headers=estates).status_code == 201
    at = "/concessions/agreements/OVER-1"
    lines = client.get(at + "/schedule", headers=estates).json()["lines"]
    assert lines[-1]["last"] == f"{FinancialYear(this.begins + 1).end}"
    told = client.get(at + "/tornado", headers=estates).json()
    assert told["from_day"] == f"{this.start}"
    assert [each["p50_pence"] > 0 for each in told["years"]] == [True, True]


def test_years_after_every_term_bring_nothing_and_wrong_ranges_are_named(
    client: TestClient, estates: dict[str, str]
) -> None:
    wanted = {"draws": 200, "years": 60, "from_day": "2026-04-01"}
    told = client.post("/concessions/simulation", json=wanted, headers=estates).json()
    assert [each["p50_pence"] for each in told["years"][12:]] == [0] * 48
    ranges = {"ranges": {"take_up": {"shape": "fixed", "value": 1}}}
    wrong = client.post("/concessions/simulation", json=ranges, headers=estates)
    assert (wrong.status_code, "take_up" in wrong.json()["detail"]) == (422, True)


def test_every_band_has_a_look_on_the_map() -> None:
    """The symbology's classes are the bands, in their order, and nothing else."""
    file = files("canopy.render") / "symbology" / "income.json"
    themes = {each["theme"]: each for each in json.loads(file.read_text("utf-8"))["themes"]}
    bands = [*(name for _, name in BANDS), TOP_BAND, NOT_KNOWN, IN_PART]
    assert [each["key"] for each in themes["income"]["classes"]] == bands
    assert [band_of(pence) for pence in (0, 1, 99_999, 100_000, 2_499_999, 2_500_000)] == [
        "nothing", "under £1,000", "under £1,000", "£1,000 to £4,999", "£10,000 to £24,999",
        "£25,000 and more",
    ]  # fmt: skip


def test_renewals_stand_beside_published_figures(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """A rooftop let at £9,200 before the Code; what is no such site is named, not summed."""
    roofs = [record("rooftop", point(10.0, 10.0), ref=ref) for ref in ("OLD-1", "7")]
    add(database, roofs, source="estates")
    add(database, [record("lamppost", point(30.0, 10.0), ref="7")], 3, source="lighting")
    old = {**LEASE, "valuation_basis": "legacy-market", "extensions": []}
    rent = [{"name": "rent", "type": "rent", "amount": "9200.00"}]
    indexed = {
        "index_rules": [
            {"name": "cpi", "index": "cpi", "method": "annual", "base_month": "2010-01"}
        ]
    }
    for ref, asset, more in (
        ("OLD-A", "OLD-1", {}), ("OLD-B", "NOWHERE", {}), ("OLD-C", "7", {}),
        ("OLD-D", "OLD-1", indexed),
    ):  # fmt: skip
        charges = [{**rent[0], "index": "cpi"}] if more else rent
        terms = {**old, "ref": ref, "charges": charges, "assets": [{"ref": asset}], **more}
        wanted = {"terms": terms, "allow_unknown_assets": True}
        assert client.post(ROOT, json=wanted, headers=estates).status_code == 201
    told = client.get("/concessions/renewals", params={"on": "2026-06-01"}, headers=estates).json()
    (one,) = told["renewals"]
    assert (one["ref"], one["passing_pence"], one["low_pence"]) == ("OLD-A", 920_000, 255_177)
    assert (told["passing_pence"], told["summed"]) == (920_000, 1)
    assert "no figure for January 2011" in told["left_out"].pop("OLD-D")
    assert told["left_out"] == {
        "OLD-B": "the catalogue has no asset NOWHERE",
        "OLD-C": "the catalogue has 2 assets 7: rooftop of estates, lamppost of lighting",
    }


def test_a_site_is_valued_under_the_code_beside_what_is_published(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """For planners too; a wrong figure is named, and the public is told nothing."""
    site = {"name": "roof", "site": "rooftop", "other_use_gbp": 50, "benefits_gbp": "950.00",
            "burdens_gbp": 0, "passing_gbp": 9200, "source": "made up"}  # fmt: skip
    asked: dict[str, Any] = {"url": "/concessions/code-value", "json": {"sites": [site]}}
    planner = bearer(token_for(database, Role.planner))
    answer = client.post(**asked, headers=planner)
    assert answer.status_code == 200, answer.text
    (told,) = answer.json()["sites"]
    assert (told["consideration_pence"], told["placed"]) == (100_000, "below the published range")
    assert told["no_network"]["low_pence"] == 255_177
    assert told["market_before_code"]["high_pence"] == 2_100_000
    assert answer.json()["consideration_of_let_pence"] == 100_000
    assert client.post(**asked).status_code == 403
    wrong = {"sites": [{**site, "burdens_gbp": -1}]}
    refused = client.post(asked["url"], json=wrong, headers=estates)
    assert (refused.status_code, "burdens_gbp" in refused.text) == (422, True)


def test_rents_are_compared_and_few_of_them_withheld(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """A planner is told the median of five wayleaves and no rent; of four, nothing but how many."""
    add(database, [record("street_furniture", point(10.0, 10.0 * at), ref=f"POLE-{at}")
                   for at in range(4)])  # fmt: skip
    asked: dict[str, Any] = {"url": "/register/benchmarks", "params": {"on": "2026-06-01"}}
    planner = bearer(token_for(database, Role.planner))
    (mine,) = client.get(**asked, headers=estates).json()["groups"]
    assert (mine["agreements"], mine["median"], mine["is_withheld"]) == (4, "100.00", False)
    assert mine["rents"][0] == {
        "ref": "W-0", "assets": 1, "yearly": "100.00", "difference": "0.00", "part": "0.0000",
    }  # fmt: skip
    told = client.get(**asked, headers=planner).json()
    (few,) = told["groups"]
    assert (few["agreements"], few["is_withheld"], few["rents"]) == (4, True, [])
    assert {few["lower_quartile"], few["median"], few["upper_quartile"]} == {None}
    assert told["left_out"] == {}
    fifth = {**LEASE, "ref": "W-4", "kind": "wayleave", "assets": [{"ref": "POLE-0"}],
             "charges": [{"name": "fee", "type": "wayleave", "amount": "150.00"}]}  # fmt: skip
    assert client.post(ROOT, json={"terms": fifth}, headers=estates).status_code == 201
    (five,) = client.get(**asked, headers=planner).json()["groups"]
    assert (five["median"], five["is_withheld"], five["rents"]) == ("100.00", False, [])


def test_an_operator_and_the_public_compare_no_rents(
    client: TestClient, database: Database
) -> None:
    operator = bearer(token_for(database, Role.operator))
    answers = [client.get("/register/benchmarks", headers=each) for each in (operator, {})]
    assert [each.status_code for each in answers] == [403, 403]


PROSPECTS = {
    "prices": "2026/27", "price_source": "made up", "years": 3, "price_gbp": {"green": 300},
    "groups": [
        {"name": "lampposts, centre", "assets": 100, "suitability": "green", "source": "made up",
         "take_up": {"shape": "s-curve", "middle": 2, "steepness": 1, "source": "made up"}}
    ],
}  # fmt: skip


def test_unlet_assets_are_expected_to_bring_what_their_curve_says(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Half of a hundred by year 2 at £300 each; a class without a price is refused by name."""
    told = client.post("/concessions/prospects", json=PROSPECTS, headers=estates).json()
    (group,) = told["groups"]
    assert group["let"][2] == pytest.approx(50.0)
    assert group["income_pence"][2] == 1_500_000
    wrong = {**PROSPECTS, "price_gbp": {"red": 1}}
    refused = client.post("/concessions/prospects", json=wrong, headers=estates)
    assert (refused.status_code, "green" in refused.json()["detail"]) == (422, True)


def test_a_schedule_shows_the_way_of_a_deposit(client: TestClient, estates: dict[str, str]) -> None:
    """Twenty-eight days after the term, or after the day on which it ended early."""
    deposit = {"amount": "500.00", "return_days": 28}
    terms = {**LEASE, "ref": "DEP-1", "assets": [{"ref": "ROOF-D"}], "deposit": deposit}
    wanted = {"terms": terms, "allow_unknown_assets": True}
    assert client.post(ROOT, json=wanted, headers=estates).status_code == 201
    at = "/concessions/agreements/DEP-1/schedule"
    told = client.get(at, headers=estates).json()
    assert told["deposit"] == [
        {"day": "2026-04-01", "what": "taken", "pence": 50_000},
        {"day": "2038-04-28", "what": "returned", "pence": -50_000},
    ]
    assert sum(each["income_pence"] for each in told["financial_years"]) == 12 * 255_177
