"""`run.py` sets up once, recovers when interrupted, and says what is wrong."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
SOURCE = (ROOT / "run.py").read_text(encoding="utf-8")


@pytest.fixture
def run() -> ModuleType:
    """run.py as a module of its own, so that a test may turn its paths elsewhere."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in a temporary folder whose .venv looks made by this Python."""
    (tmp_path / "requirements").mkdir()
    for name in (*run.PROJECT_FILES, *(f"requirements/{each}.txt" for each in run.SATISFIED_BY)):
        (tmp_path / name).write_text(name)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", venv)
    monkeypatch.setattr(run, "STAMP", venv / "canopy-setup.json")
    run.venv_python().parent.mkdir(parents=True)
    run.venv_python().touch()
    version = ".".join(str(part) for part in sys.version_info[:3])
    (venv / "pyvenv.cfg").write_text(f"home = /somewhere\nversion = {version}\n")
    return tmp_path


@pytest.fixture
def installs(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The install commands' arguments, recorded instead of run."""
    recorded: list[tuple[str, ...]] = []
    monkeypatch.setattr(run, "installer", lambda: ["installer"])
    monkeypatch.setattr(run, "install", lambda _, *arguments: recorded.append(arguments))
    return recorded


@pytest.fixture
def town(run: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout with a generator, code and a town; `canopy demo` would succeed."""
    for name in ("fixtures/make.py", "canopy/geo.py", "var/canopy.gpkg", "var/t/manifest.json"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(name)
    monkeypatch.setattr(run, "TOWN", checkout / "var" / "t")
    monkeypatch.setattr(run, "CATALOGUE", checkout / "var" / "canopy.gpkg")
    monkeypatch.setattr(run, "LOADED", checkout / "var" / "loaded")
    monkeypatch.setattr(run, "run_python", lambda *_, **__: 0)
    return checkout


def test_source_can_be_read_by_pythons_too_old_to_run_it() -> None:
    """Python 3.7 parses run.py, so it reaches the line that says that it is too old."""
    assert ast.parse(SOURCE, feature_version=(3, 7))


def test_age_is_checked_before_anything_newer_is_used() -> None:
    """Only `import sys` comes before the check: a missing module cannot hide the message."""
    body = ast.parse(SOURCE).body
    assert [type(each) for each in body[:3]] == [ast.Expr, ast.Import, ast.If]


def test_only_the_standard_library_is_imported() -> None:
    """run.py needs nothing installed."""
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names == set()


def test_finished_set_up_is_skipped(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """The second start installs nothing."""
    run.set_up("run")
    first = len(installs)
    run.set_up("run")
    assert (first, len(installs)) == (2, 2)


def test_set_up_for_tests_serves_for_running(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """requirements/test.txt holds all of run.txt, so running after testing installs nothing."""
    run.set_up("test")
    assert run.is_set_up("run")


def test_set_up_for_running_does_not_serve_for_tests(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """The tests need more than what running needs."""
    run.set_up("run")
    assert not run.is_set_up("test")


def test_docs_set_up_does_not_undo_the_tests(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """Both are remembered: going from one to the other and back installs nothing."""
    run.set_up("test")
    run.set_up("docs")
    assert run.is_set_up("test")
    assert run.is_set_up("docs")


@pytest.mark.parametrize("name", ["requirements/run.txt", "pyproject.toml", "README.md"])
def test_changed_file_sets_up_again(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]], name: str
) -> None:
    """New requirements or new metadata are installed, so that what is installed is current."""
    run.set_up("run")
    (checkout / name).write_text("changed")
    assert not run.is_set_up("run")


def test_moved_checkout_sets_up_again(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """The installed project points to its folder, so a copy elsewhere is not taken as done."""
    run.set_up("run")
    stamps = json.loads(run.STAMP.read_text())
    stamps["run"]["root"] = "/elsewhere"
    run.STAMP.write_text(json.dumps(stamps))
    assert not run.is_set_up("run")


def test_interrupted_set_up_starts_again(
    run: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is remembered of a set-up that did not reach its end."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    run.STAMP.write_text(json.dumps({"run": run.stamp_of("run")}))
    monkeypatch.setattr(run, "installer", lambda: ["installer"])
    monkeypatch.setattr(run, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.set_up("test")
    assert not run.STAMP.exists()


def test_stamp_cut_short_counts_as_none(run: ModuleType, checkout: Path) -> None:
    """A half-written stamp leads to a new set-up, not to a crash."""
    run.STAMP.write_text('{"run": {"requi')
    assert not run.is_set_up("run")


def test_venv_of_another_python_is_not_used(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """Started with another Python release, .venv is made anew for it."""
    run.set_up("run")
    (checkout / ".venv" / "pyvenv.cfg").write_text("version = 3.10.2\n")
    assert not run.is_set_up("run")


def test_packages_are_checked_by_hash_and_never_built(
    run: ModuleType, checkout: Path, installs: list[tuple[str, ...]]
) -> None:
    """Requirements are installed by hash from wheels; only the project itself is built."""
    run.set_up("run")
    assert installs == [
        (
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "--requirement=requirements/run.txt",
        ),
        ("--no-deps", "--no-build-isolation", "--editable", str(checkout)),
    ]


def test_loaded_town_is_not_loaded_again(run: ModuleType, town: Path) -> None:
    """A start with nothing changed goes straight to serving."""
    run.load_town("gpkg:///x")
    assert run.is_loaded()


@pytest.mark.parametrize("name", ["fixtures/make.py", "canopy/geo.py", "var/t/manifest.json"])
def test_changed_code_or_town_is_loaded_again(run: ModuleType, town: Path, name: str) -> None:
    """After an upgrade the town goes through the importer anew, and its map is drawn anew."""
    run.load_town("gpkg:///x")
    (town / name).write_text("changed")
    assert not run.is_loaded()


def test_deleted_catalogue_is_loaded_again(run: ModuleType, town: Path) -> None:
    """Deleting var/canopy.gpkg is a way to start afresh."""
    run.load_town("gpkg:///x")
    run.CATALOGUE.unlink()
    assert not run.is_loaded()


def test_failed_load_is_tried_again(
    run: ModuleType, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A town that could not be loaded is not taken for loaded at the next start."""
    run.load_town("gpkg:///x")
    monkeypatch.setattr(run, "run_python", lambda *_, **__: 1)
    run.load_town("gpkg:///x")
    assert not run.is_loaded()


def test_plan_is_made_once_beside_the_server(
    run: ModuleType, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the town was loaded, and not again until it is loaded anew."""
    started: list[list[str]] = []
    monkeypatch.setattr(run.subprocess, "Popen", lambda command, **_: started.append(command))
    run.load_town("gpkg:///x")
    assert len(run.plan_town("gpkg:///x")) == 1
    assert started[0][1:5] == ["-m", "canopy", "plan", "demo"]
    shown = town / "var" / "canopy.plan" / "figures.json"
    shown.parent.mkdir()
    shown.write_text("{}")
    assert run.plan_town("gpkg:///x") == []
    os.utime(shown, (0, 0))
    assert len(run.plan_town("gpkg:///x")) == 1


def test_failed_install_says_what_to_do(
    run: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network the last words are a way out, not a traceback."""
    with pytest.raises(SystemExit) as stopped:
        run.install([sys.executable, "-c", "raise SystemExit(1)"])
    assert "PIP_INDEX_URL" in str(stopped.value)


def test_missing_installers_name_the_package_to_install(
    run: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a Python without pip, ensurepip and uv, the message names what to install."""
    monkeypatch.setattr(run, "has_module", lambda _: False)
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit) as stopped:
        run.installer()
    assert "apt install python3-venv" in str(stopped.value)


def test_taken_port_is_refused_by_number(run: ModuleType) -> None:
    """A port that another program listens on is named, before anything is loaded."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            run.refuse_taken("127.0.0.1", port)
    assert str(port) in str(stopped.value)


def test_free_port_is_looked_for_when_none_is_asked_for(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Canopy on one machine takes the next port."""
    monkeypatch.setattr(run, "is_free", lambda _, port: port == run.DEFAULT_PORT + 1)
    assert run.free_port("127.0.0.1") == run.DEFAULT_PORT + 1


def test_options_after_test_are_handed_to_pytest(run: ModuleType) -> None:
    """`-k`, `-x` and paths reach pytest; `--long` is ours."""
    options, rest = run.parse(["test", "-k", "uprn", "--long", "-x", "tests/unit"])
    assert (options.verb, options.long, rest) == ("test", True, ["-k", "uprn", "-x", "tests/unit"])


def test_a_benchmark_is_run_by_name_with_its_options(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without a name all of them are, the failed ones named at the end."""
    ran: list[tuple[str, ...]] = []

    def note(*arguments: str, **_: str) -> int:
        ran.append((Path(arguments[0]).name, *arguments[1:]))
        return int(ran[-1][0] == "bench_map.py")

    monkeypatch.setattr(run, "set_up", lambda _: None)
    monkeypatch.setattr(run, "build_map", lambda: None)
    monkeypatch.setattr(run, "run_python", note)
    monkeypatch.setattr(run, "ROOT", Path(__file__).parents[3])
    assert run.bench(["import", "--rows", "5"]) == 0
    assert ran == [("bench_import.py", "--rows", "5")]
    assert run.bench([]) == 1
    assert {name for name, *_ in ran} >= {"bench_api.py", "bench_map.py", "bench_tiles.py"}
    with pytest.raises(SystemExit, match="no benchmark 'nothing'"):
        run.bench(["nothing"])


def test_no_verb_is_the_demo(run: ModuleType) -> None:
    """`python3 run.py --port 9000` is the sample town on that port."""
    options, rest = run.parse(["--port", "9000"])
    assert (options.verb, options.port, rest) == ("demo", 9000, [])


def test_server_that_dies_is_reported_at_once(run: ModuleType) -> None:
    """A server that stops while starting ends the wait with its exit code."""
    server = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    server.wait()
    with pytest.raises(SystemExit) as stopped:
        run.wait_until_healthy(server, "http://127.0.0.1:9/")
    assert "exit code 3" in str(stopped.value)
