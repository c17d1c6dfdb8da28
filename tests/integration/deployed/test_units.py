"""What is in `docker/` holds together: systemd's own judge, and the compose file's promises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import DOCKER

ROOT = DOCKER.parent
UNITS = sorted((DOCKER / "systemd").iterdir())
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """With the program and the folders that the guide has people make."""
    program = tmp_path / "canopy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copies = []
    for unit in UNITS:
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(unit.read_text().replace("/opt/canopy/bin/canopy", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_only_the_proxy_is_published() -> None:
    """And what is behind it lies in networks that lead nowhere else."""
    services = COMPOSE["services"]
    assert [name for name, of in services.items() if "ports" in of] == ["proxy"]
    inside = {name for name, of in COMPOSE["networks"].items() if of and of.get("internal")}
    for name in ("canopy", "ingest", "database", "broker"):
        assert set(services[name]["networks"]) <= inside


def test_no_container_may_become_more_than_it_is() -> None:
    """No new privileges, a bounded log, and an image of a stated version."""
    for name, of in COMPOSE["services"].items():
        assert of["security_opt"] == ["no-new-privileges:true"], name
        assert of["logging"]["options"]["max-size"], name
        assert of["image"] == "canopy" or re.search(r":\d", of["image"]), name


def test_proxies_that_are_believed_are_the_front_network() -> None:
    """The addresses in CANOPY_FORWARDED_ALLOW_IPS are those the network gives out."""
    front = COMPOSE["networks"]["front"]["ipam"]["config"][0]["subnet"]
    canopy = COMPOSE["services"]["canopy"]
    assert canopy["environment"]["CANOPY_FORWARDED_ALLOW_IPS"] == front


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    """But for those of metrics, which are off unless asked for."""
    asked = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    given = set(re.findall(r"^(\w+)=", (DOCKER / "env.example").read_text(), re.MULTILINE))
    assert asked - {"CANOPY_METRICS"} == given


def test_no_password_is_in_the_example() -> None:
    """Compose refuses to start until somebody has chosen one."""
    for line in (DOCKER / "env.example").read_text().splitlines():
        if "PASSWORD=" in line:
            assert line.endswith("=")


def test_the_image_is_built_from_files_that_are_let_in() -> None:
    """Whatever the Dockerfile copies is not ignored, and is there."""
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DOCKER / "Dockerfile").read_text(), re.M)
    names = {name.rstrip("/") for line in copied for name in line.split()}
    assert names == allowed
    assert all((ROOT / name).exists() for name in names)


def test_the_role_of_the_container_owns_its_database_alone() -> None:
    """The script that the image runs is shell that bash can read."""
    script = DOCKER / "make-database.sh"
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)
