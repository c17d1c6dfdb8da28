"""What is built is what is meant to be shipped."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
    return message_from_string(wheel.read(name).decode())


def test_wheel_holds_one_import_package(wheel: zipfile.ZipFile) -> None:
    """Nothing but `canopy` and its metadata reaches anybody's site-packages."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"canopy"}


def test_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    """Symbology, vendored scripts and migrations are shipped, not only Python modules."""
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "canopy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert source - set(wheel.namelist()) == set()


def test_wheel_holds_the_licence(wheel: zipfile.ZipFile) -> None:
    """The Apache licence travels with the code."""
    (name,) = (each for each in wheel.namelist() if each.endswith("/licenses/LICENSE"))
    assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_wheel_says_it_is_apache_licensed(metadata: Message) -> None:
    """The licence can be read by machines."""
    assert metadata["License-Expression"] == "Apache-2.0"


def test_wheel_asks_for_the_python_that_run_py_asks_for(metadata: Message) -> None:
    """Both refuse a Python older than 3.11."""
    assert metadata["Requires-Python"] == ">=3.11"


def test_wheel_needs_only_what_pyproject_declares(metadata: Message) -> None:
    """A tool of the test or docs group never becomes a dependency of users."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert len(needed) == len(project["dependencies"])
