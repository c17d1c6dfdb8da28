"""`canopy register digest`: who is told of what, by settings and by options."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_outcome import Canopy
from mail_server import mail_server

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "concessions.md"
LONG_AFTER = ("--on", "2050-01-01")


@pytest.fixture
def register(town: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Canopy:
    """Commands on a register with the agreement of the guide, which has ended long ago."""
    text = GUIDE.read_text(encoding="utf-8")
    (terms,) = re.findall(r'```toml title="small-cells.toml"\n(.*?)```', text, flags=re.DOTALL)
    (tmp_path / "small-cells.toml").write_text(terms)
    assert town("register", "add", "small-cells.toml", "--since", "2026-04-01").code == 0
    for name, value in {
        "MAIL_HOST": "127.0.0.1", "MAIL_SECURITY": "none", "MAIL_FROM": "canopy@camford.example",
        "DIGEST_TO": "anna@camford.example, ben@camford.example=market-review",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"CANOPY_{name}", value)
    return town


def test_people_of_the_settings_are_told_once(
    register: Canopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (box, port):
        monkeypatch.setenv("CANOPY_MAIL_PORT", str(port))
        first = register("register", "digest", *LONG_AFTER)
        assert (first.code, first.err) == (0, "")
        assert re.search(r"anna@camford\.example: told of [1-9]", first.out)
        assert "ben@camford.example: nothing new." in first.out
        assert (
            "anna@camford.example: nothing new." in register("register", "digest", *LONG_AFTER).out
        )
        assert register("register", "digest", *LONG_AFTER, "--to", "eve@camford.example").code == 0
    assert [to for to, _ in box.letters] == ["anna@camford.example", "eve@camford.example"]


def test_manager_on_record_is_told_instead_of_the_setting(
    register: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --dry-run it is said who would be told; where nobody would, the exit code is 1."""
    monkeypatch.setenv("CANOPY_DIGEST_TO", "ben@camford.example=market-review")
    with mail_server() as (box, port):
        monkeypatch.setenv("CANOPY_MAIL_PORT", str(port))
        lost = register("register", "digest", *LONG_AFTER)
        assert (lost.code, "nobody is told of" in lost.out, "CON-A" in lost.out) == (1, True, True)
        (tmp_path / "who.toml").write_text(
            'kind = "governance"\nmanager = "Cara"\nmanager_email = "cara@camford.example"\n'
        )
        assert register("register", "note", "CON-A", "who.toml").code == 0
        dry = register("register", "digest", *LONG_AFTER, "--dry-run")
        assert re.search(r"cara@camford\.example: [1-9]", dry.out)
        assert register("register", "digest", *LONG_AFTER).code == 0
    assert [to for to, _ in box.letters] == ["cara@camford.example"]
    (tmp_path / "who.toml").write_text(
        'kind = "governance"\nmanager = "Cara"\nmanager_email = "cara at camford"\n'
    )
    refused = register("register", "note", "CON-A", "who.toml")
    assert (refused.code, "manager_email" in refused.err) == (1, True)


def test_a_dry_run_sends_nothing_and_a_server_that_is_down_is_told(
    register: Canopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (box, port):
        monkeypatch.setenv("CANOPY_MAIL_PORT", str(port))
        assert "CON-A" in register("register", "digest", *LONG_AFTER, "--dry-run").out
    assert box.letters == []
    said = register("register", "digest", *LONG_AFTER)
    assert said.code == 1
    assert f"127.0.0.1:{port} cannot be used" in said.err.replace("\n", "")
