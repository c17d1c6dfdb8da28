"""A file sent over HTTP is imported as a job, by whoever may, and by nobody else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from addresses import bearer, token_for
from catalogue import all_assets, changes_of
from fastapi.testclient import TestClient
from registers import ROWS, write_register

from canopy.access.rules import Role
from canopy.api import imports
from canopy.api.imports import safe_name
from canopy.assets.intake.task import UPLOAD_PREFIX
from canopy.db.engine import Database

WAIT_S = 60.0
ASKED = {"filename": "lamps.csv", "source": "lighting", "kind": "lamppost"}


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that files are received in."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    """The header of somebody who may import."""
    return bearer(token_for(database, Role.estates, "jane"))


@pytest.fixture
def register(tmp_path: Path) -> bytes:
    """The bytes of a good register of four lampposts."""
    return write_register(tmp_path / "a.csv").read_bytes()


@pytest.fixture
def idle(serve: object, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client of a service whose worker does nothing, so that jobs wait."""
    monkeypatch.setattr("canopy.jobs.runner.JobRunner.run_one", lambda _: None)
    return serve()  # type: ignore[operator]


def ended(client: TestClient, job: dict[str, object], headers: dict[str, str]) -> dict[str, object]:
    """The job once it has ended."""
    deadline = time.monotonic() + WAIT_S
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
        job = client.get(f"/jobs/{job['id']}", headers=headers).json()
    return job


def until_empty(folder: Path) -> None:
    """A job has ended a moment before its file is gone."""
    deadline = time.monotonic() + WAIT_S
    while found := list(folder.iterdir()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_uploaded_register_is_imported(
    client: TestClient, database: Database, estates: dict[str, str], register: bytes, uploads: Path
) -> None:
    """The answer is 202 and a job; when it is done its result is the import's report."""
    answer = client.post("/imports", params=ASKED, content=register, headers=estates)
    assert (answer.status_code, answer.json()["owner"]) == (202, "jane")
    job = ended(client, answer.json(), estates)
    assert (job["state"], job["error"]) == ("done", None)
    assert job["result"]["created"] == 4  # type: ignore[index]
    assert job["result"]["file"] == "lamps.csv"  # type: ignore[index]
    assert job["result"]["duration_s"] > 0  # type: ignore[index]
    assert changes_of(database, "LC-1")[0].author == "jane"
    until_empty(uploads)


def test_result_has_the_warnings(
    client: TestClient, estates: dict[str, str], tmp_path: Path
) -> None:
    """What the report warns of is in the job's result, though that is written before the end."""
    twice = write_register(tmp_path / "a.csv", [*ROWS, ("LC-9", *ROWS[0][1:])]).read_bytes()
    answer = client.post("/imports", params=ASKED, content=twice, headers=estates)
    job = ended(client, answer.json(), estates)
    warned = [each["code"] for each in job["result"]["warnings"]]  # type: ignore[index]
    assert "duplicate-point" in warned


def test_refused_import_fails_with_its_report(
    client: TestClient, database: Database, estates: dict[str, str], tmp_path: Path, uploads: Path
) -> None:
    """Rejected rows make the job fail with a problem that carries the whole report."""
    bad = write_register(tmp_path / "a.csv", [*ROWS, ("LC-5", 0, 0, "x", 35, 8)]).read_bytes()
    answer = client.post("/imports", params=ASKED, content=bad, headers=estates)
    job = ended(client, answer.json(), estates)
    error: dict[str, object] = job["error"]  # type: ignore[assignment]
    assert job["state"] == "failed"
    assert str(error["type"]).endswith("#import-refused")
    assert error["report"]["rejects"][0]["row"] == 6  # type: ignore[index]
    assert all_assets(database) == []
    until_empty(uploads)


def test_unreadable_file_fails_with_the_reason(
    client: TestClient, estates: dict[str, str], uploads: Path
) -> None:
    """A file that is not what its name says fails as bad-source, and is thrown away."""
    asked = {**ASKED, "filename": "lamps.xlsx"}
    answer = client.post("/imports", params=asked, content=b"no workbook", headers=estates)
    job = ended(client, answer.json(), estates)
    assert str(job["error"]["type"]).endswith("#bad-source")  # type: ignore[index]
    assert str(uploads) not in str(job)
    until_empty(uploads)


def test_dry_run_reports_and_writes_nothing(
    client: TestClient, database: Database, estates: dict[str, str], register: bytes
) -> None:
    """A dry run over HTTP is one too."""
    asked = {**ASKED, "dry_run": "true"}
    answer = client.post("/imports", params=asked, content=register, headers=estates)
    job = ended(client, answer.json(), estates)
    assert (job["result"]["state"], job["result"]["created"]) == ("dry-run", 4)  # type: ignore[index]
    assert all_assets(database) == []


@pytest.mark.parametrize("role", [Role.operator, Role.planner])
def test_readers_may_not_import(
    client: TestClient, database: Database, role: Role, register: bytes, uploads: Path
) -> None:
    """A role below estates gets a 403 problem, and its file is not even received."""
    headers = bearer(token_for(database, role))
    answer = client.post("/imports", params=ASKED, content=register, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("#not-allowed")
    until_empty(uploads)


def test_public_may_not_import(client: TestClient, register: bytes) -> None:
    """Without a token nothing is imported."""
    assert client.post("/imports", params=ASKED, content=register).status_code == 403


def test_empty_body_is_refused(client: TestClient, estates: dict[str, str], uploads: Path) -> None:
    """No bytes are no file, and leave nothing behind."""
    answer = client.post("/imports", params=ASKED, headers=estates)
    assert answer.status_code == 422
    assert "no body" in answer.json()["detail"]
    until_empty(uploads)


def in_parts(content: bytes) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, len(content), 500):
        yield content[start : start + 500]


@pytest.mark.parametrize("announced", [True, False])
def test_file_above_the_limit_is_refused(
    serve: object, estates: dict[str, str], uploads: Path, announced: bool
) -> None:
    """Too large a file is refused by its announced length, or as soon as it passes the limit."""
    client: TestClient = serve(max_import_bytes=1024)  # type: ignore[operator]
    body = b"x" * 1025
    answer = client.post(
        "/imports", params=ASKED, content=body if announced else in_parts(body), headers=estates
    )
    assert answer.status_code == 413
    assert "1,024 bytes" in answer.json()["detail"]
    until_empty(uploads)


def test_file_of_the_limit_is_taken(serve: object, estates: dict[str, str]) -> None:
    """The limit itself is still allowed."""
    client: TestClient = serve(max_import_bytes=1024)  # type: ignore[operator]
    answer = client.post("/imports", params=ASKED, content=b"x" * 1024, headers=estates)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("..\\..\\lamps.csv", "lamps.csv"), ("..", "upload"),
        ("/", "upload"), ("a/b/", "upload"), ("lämps (1).csv", "l_mps _1_.csv"),
        (".hidden.csv", "hidden.csv"), ("lamps.csv\x00.exe", "lamps.csv_.exe"), (" . ", "upload"),
    ],
)  # fmt: skip
def test_name_of_a_file_leads_nowhere(filename: str, kept: str) -> None:
    """Only the last part of a name is kept, in harmless letters."""
    assert safe_name(filename) == kept


def test_traversing_name_stays_in_its_folder(
    idle: TestClient, estates: dict[str, str], register: bytes, uploads: Path
) -> None:
    """A name that points elsewhere writes inside the upload's own folder all the same."""
    asked = {**ASKED, "filename": "../../../outside.csv"}
    assert idle.post("/imports", params=asked, content=register, headers=estates).status_code == 202
    (written,) = (path for path in uploads.rglob("*") if path.is_file())
    assert (written.name, written.parent.parent) == ("outside.csv", uploads)
    assert written.parent.name.startswith(UPLOAD_PREFIX)


def test_waiting_job_is_cancelled_at_once(
    idle: TestClient, estates: dict[str, str], register: bytes, uploads: Path
) -> None:
    """A job that nobody has taken yet ends at once, and its file is thrown away."""
    job = idle.post("/imports", params=ASKED, content=register, headers=estates).json()
    answer = idle.post(f"/jobs/{job['id']}/cancel", headers=estates).json()
    assert answer["state"] == "cancelled"
    until_empty(uploads)


def test_jobs_are_their_owners(
    idle: TestClient, database: Database, estates: dict[str, str], register: bytes
) -> None:
    """Others of the same role see, list and cancel only their own; an admin everybody's."""
    job = idle.post("/imports", params=ASKED, content=register, headers=estates).json()
    other = bearer(token_for(database, Role.estates, "john"))
    admin = bearer(token_for(database, Role.admin))
    shown = [idle.get(f"/jobs/{job['id']}", headers=who) for who in (estates, other, admin)]
    listed = [len(idle.get("/jobs", headers=who).json()) for who in (estates, other, admin)]
    assert [each.status_code for each in shown] == [200, 404, 200]
    assert listed == [1, 0, 1]
    assert idle.post(f"/jobs/{job['id']}/cancel", headers=other).status_code == 404
    assert idle.get(f"/jobs/{job['id']}", headers=estates).json()["state"] == "queued"


def test_job_of_another_looks_like_none(
    idle: TestClient, database: Database, estates: dict[str, str], register: bytes
) -> None:
    """Somebody else's job gives the answer of a job that does not exist."""
    job = idle.post("/imports", params=ASKED, content=register, headers=estates).json()
    other = bearer(token_for(database, Role.estates, "john"))
    hidden = idle.get(f"/jobs/{job['id']}", headers=other).json()
    absent = idle.get(f"/jobs/{job['id'] + 1}", headers=other).json()
    assert hidden["detail"].replace(str(job["id"]), "N") == absent["detail"].replace(
        str(job["id"] + 1), "N"
    )


def test_job_tells_no_path(
    idle: TestClient, estates: dict[str, str], register: bytes, uploads: Path
) -> None:
    """Where the server keeps the file is not in what it says of the job."""
    answer = idle.post("/imports", params=ASKED, content=register, headers=estates)
    assert str(uploads) not in answer.text


def test_file_goes_when_the_job_cannot_be_stored(
    client: TestClient, estates: dict[str, str], register: bytes, uploads: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A received file without a job is not left lying about."""

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(imports, "_submit", full)
    answer = client.post("/imports", params=ASKED, content=register, headers=estates)
    assert answer.status_code == 500
    until_empty(uploads)


def test_result_is_for_the_role_that_asked(
    client: TestClient, database: Database, estates: dict[str, str], tmp_path: Path
) -> None:
    """Estates read access codes and no keyholders in a job's result; an admin's has both."""
    headings = ("Asset Ref", "Easting", "Northing", "Door Code", "Keyholder")
    asked = {"filename": "a.csv", "source": "lighting", "kind": "lamppost"}

    def sent(code: str, holder: str, headers: dict[str, str]) -> str:
        row = ("LC-1", 430100.25, 280200.5, code, holder)
        content = write_register(tmp_path / "a.csv", [row], headings).read_bytes()
        answer = client.post("/imports", params=asked, content=content, headers=headers)
        result = ended(client, answer.json(), headers)["result"]
        return f"{result['audience']} {result['differences']}"  # type: ignore[index]

    sent("C1", "Ann Other", estates)
    seen = sent("C2", "Bob Field", estates)
    assert seen.startswith("estates ")
    assert ("C2" in seen, "Bob Field" in seen) == (True, False)
    whole = sent("C3", "Cat Gate", bearer(token_for(database, Role.admin)))
    assert ("C3" in whole, "Cat Gate" in whole) == (True, True)


def test_licence_is_a_parameter(
    client: TestClient, database: Database, estates: dict[str, str], register: bytes
) -> None:
    """It fills what the file does not state, as on the command line."""
    asked = {**ASKED, "licence": "OGL-UK-3.0"}
    answer = client.post("/imports", params=asked, content=register, headers=estates)
    ended(client, answer.json(), estates)
    assert {asset["licence"] for asset in all_assets(database)} == {"OGL-UK-3.0"}
