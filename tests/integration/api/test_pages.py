"""Health, readiness, the front page and the map, as a browser or a probe finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from addresses import url_of
from catalogue import edit
from databases import GeoPackages
from fastapi.testclient import TestClient
from registers import import_register, write_register
from sqlalchemy import text

from canopy.api.app import create_app
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.settings import load_settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


IOT = (
    "alarms", "alarms/{number}", "alarms/{number}/acknowledge", "batteries",
    "datastreams/{number}/gaps", "datastreams/{number}/history", "dead-letters",
    "dead-letters/{number}", "dead-letters/{number}/replay", "happenings",
    "happenings/acknowledge", "held", "held/approve", "held/refuse", "latest",
    "lighting/differences", "lighting/faults", "lighting/findings", "lighting/gateways",
    "lighting/lamps", "lighting/lamps.csv", "lighting/mismatches",
    "lighting/proposals", "lighting/proposals/{number}/decision", "lighting/units", "live",
    "overview", "overview/{number}", "product-keys",
    "product-keys/{key}/withdraw", "product-statements/{month}", "products",
    "products/catalogue.jsonld", "products/{name}",
    *(f"products/{{name}}/{end}" for end in (
        "datapackage.json", "dcat.jsonld", "keys", "rows", "rows.csv", "rows.parquet", "withdraw",
    )),
    "properties", "rules", "rules/test", "rules/{name}", "rules/{name}/revisions",
    "savings", "savings/{number}/withdraw", "silent", "things",
    "things/{number}", "things/{number}/withdraw", "webhooks/{name}/{sender}",
)  # fmt: skip


def test_health_needs_only_the_process(client: TestClient) -> None:
    """The health route answers without asking the database."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_the_storage_crs(client: TestClient) -> None:
    """The service is ready once the database is of its release."""
    assert client.get("/readyz").json() == {"status": "ready", "storage_crs": "EPSG:27700"}


def test_not_ready_when_the_schema_is_of_another_release(
    client: TestClient, database: Database
) -> None:
    """A schema that is not this release's gives a 503 problem that says where to look."""
    with database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"].endswith("#storage-unavailable")
    assert "canopy doctor" in answer.json()["detail"]


def test_readiness_problem_tells_no_address(client: TestClient, database: Database) -> None:
    """Where the database lies is for the log, not for whoever asks."""
    with database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    told = client.get("/readyz").text
    secrets = (str(database.path), str(database.engine.url.database), "alembic", "migration")
    assert [secret for secret in secrets if secret in told] == []


def test_service_does_not_start_on_an_empty_database(geopackages: GeoPackages) -> None:
    """Without a schema the start fails, and names the command that makes one."""
    app = create_app(load_settings(db_url=geopackages.unmigrated()))
    with pytest.raises(StorageUnavailable, match="canopy init"), TestClient(app):
        pass


def test_front_page_is_readable_without_script(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    """The page has a language, one heading, a captioned table, and runs nothing."""
    import_register(database, write_register(tmp_path / "a.csv"))
    answer = client.get("/", headers=BROWSER)
    page = answer.text
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert "<caption>Assets in the catalogue</caption>" in page
    assert '<td class="n">4</td>' in page
    assert "<script" not in page
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_front_page_counts_again_after_a_change(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    """Counts are kept between requests, until the catalogue changes."""
    assert '<td class="n">' not in client.get("/", headers=BROWSER).text
    import_register(database, write_register(tmp_path / "a.csv"))
    assert '<td class="n">4</td>' in client.get("/", headers=BROWSER).text


def test_front_page_does_not_count_what_the_public_may_not_see(
    client: TestClient, database: Database, tmp_path: Path
) -> None:
    """An asset raised to operators is not in the public's count."""
    import_register(database, write_register(tmp_path / "a.csv"))
    edit(database, "LC-1", sensitivity="operator")
    assert '<td class="n">3</td>' in client.get("/", headers=BROWSER).text


def test_title_of_the_catalogue_is_text(serve: object) -> None:
    """A title with markup in it is shown, not run."""
    page = serve(catalogue_title="<b>Town</b>").get("/", headers=BROWSER).text  # type: ignore[operator]
    assert "<h1>&lt;b&gt;Town&lt;/b&gt;</h1>" in page


def test_missing_map_says_how_to_make_one(client: TestClient) -> None:
    """Without a rendered map there is a 404 problem with the command in it."""
    answer = client.get("/map")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("#not-found")
    assert "`canopy map`" in answer.json()["detail"]
    assert "map.html" not in answer.json()["detail"]


def test_map_is_sent_once_and_then_only_confirmed(client: TestClient, tmp_path: Path) -> None:
    """A browser that has the map is told so by its ETag; a new map has another."""
    (tmp_path / "map.html").write_text("<html>one</html>")
    first = client.get("/map")
    assert (first.status_code, first.text) == (200, "<html>one</html>")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get("/map", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    (tmp_path / "map.html").write_text("<html>three</html>")
    assert client.get("/map", headers=known).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/map"])
def test_pages_answer_head(client: TestClient, tmp_path: Path, path: str) -> None:
    """What can be got can be asked for its headers alone."""
    (tmp_path / "map.html").write_text("<html></html>")
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_map_is_compressed_where_the_browser_can(client: TestClient, tmp_path: Path) -> None:
    """A large map travels compressed, as the same text."""
    (tmp_path / "map.html").write_text("<p>lamppost</p>" * 10_000)
    answer = client.get("/map", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "<p>lamppost</p>" * 10_000


ONE = "agreements/{ref}"
CONCESSIONS = (
    "accounts",
    *(f"{ONE}/{end}" for end in (
        "accounts", "accounts.xlsx", "schedule", "tornado", "value", "workbook.xlsx",
    )),
    "assets", "check", "code-value", "compare", "compare/plot", "compare/schema", "portfolio",
    "prospects", "renewals", "schedule", "schema", "simulation", "value", "voids",
)  # fmt: skip
REGISTER = (
    "agreements", ONE,
    *(f"{ONE}/{end}" for end in (
        "changes", "checklist", "documents", "documents/{number}/file",
        "documents/{number}/sensitivity", "documents/{number}/withdrawal", "entries",
        "entries/{number}/withdrawal", "events", "history", "modifications",
        "modifications/{number}/reversal", "notices", "route", "segmentation", "status", "timeline",
    )),
    "alerts", "alerts.ics", "benchmarks", "feed-keys", "feed-keys/{name}", "imports", "ocds",
    "overlaps", "questions", "reconciliation", "schemas/{kind}", "suppliers",
)  # fmt: skip
PLAN = (
    "comparison",
    "difference",
    "map.svg",
    "report.html",
    "report.pdf",
    "scenarios",
    *(f"scenarios/{{name}}{end}" for end in ("", "/clone", "/result", "/runs", "/runs/{number}")),
    "suitability",
    "suitability/assets/{asset_id}",
    "suitability/prospects",
    "suitability/rules",
    "suitability/schema",
    "survey",
)
COVERAGE = (
    "", "/{run_id}", "/{run_id}/at", "/{run_id}/cancel", "/{run_id}/cells", "/{run_id}/figures",
    "/{run_id}/files", "/{run_id}/files/{name}", "/{run_id}/not-spots", "/{run_id}/tiles",
    "/{run_id}/tiles/{layer}/{z}/{y}/{x}",
)  # fmt: skip


def test_openapi_describes_every_route(client: TestClient) -> None:
    """The machine-readable description lists the routes, and the bearer token."""
    document = client.get("/openapi.json").json()
    assert sorted(document["paths"]) == [
        "/assets/{reference}/history",
        *(f"/concessions/{end}" for end in CONCESSIONS),
        "/coverage/profile",
        *(f"/coverage/runs{end}" for end in COVERAGE),
        "/healthz", "/imports", *(f"/iot/{end}" for end in IOT), "/jobs", "/jobs/{job_id}",
        "/jobs/{job_id}/cancel", "/map",
        *(f"/plan/{end}" for end in PLAN), "/readyz",
        *(f"/register/{end}" for end in REGISTER),
        "/sensorthings/v1.1", "/sensorthings/v1.1/{path}",
        *(f"/transparency{end}" for end in ("", "/{number}", "/{number}/qr.svg", "/{number}/sign")),
    ]  # fmt: skip
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_two_services_share_one_catalogue(client: TestClient, database: Database) -> None:
    """A second service on the same database starts and answers too."""
    with TestClient(create_app(load_settings(db_url=url_of(database)))) as second:
        assert (client.get("/readyz").status_code, second.get("/readyz").status_code) == (200, 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 401), ("/api", 401), ("/conformance", 401), ("/collections", 401), ("/jobs", 401),
     ("/map", 404), ("/openapi.json", 200), ("/healthz", 200), ("/readyz", 200), ("/none", 404)],
)  # fmt: skip
def test_a_bad_token_is_refused_where_who_asks_matters(
    client: TestClient, path: str, status: int
) -> None:
    """401 wherever the answer depends on who asks, and no look at the header elsewhere."""
    answer = client.get(path, headers={"Authorization": "Bearer canopy_bad"})
    assert answer.status_code == status
