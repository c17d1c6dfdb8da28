"""Set up Canopy and run it, with nothing but Python.

    python3 run.py                  set up, load the sample town, render its map and serve it
    python3 run.py test [--long]    the tests; what follows is handed to pytest
    python3 run.py lint             style, types and the import contracts
    python3 run.py docs             build the documentation into site/
    python3 run.py bench [NAME …]   every benchmark, or one with its options (benchmarks/README.md)

Everything is installed into .venv from requirements/*.txt, where each file is named by
its hash. A finished set-up is remembered and skipped; an interrupted one starts again.
"""

# Standard library only, and a syntax that an old Python can read far enough to be told
# its age: hence no `from __future__ import annotations`, which 3.6 refuses to parse.

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this is the line that tells people so)
    sys.exit(
        f"Canopy needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n"
        "Install a newer one (https://www.python.org/downloads/, or your system's packages)\n"
        "and start again with it, for example: python3.12 run.py"
    )

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "canopy-setup.json"
LIVE_MAP = ROOT / "canopy" / "_web" / "index.html"
VAR = ROOT / "var"
TOWN = VAR / "sample-town"
CATALOGUE = VAR / "canopy.gpkg"
LOADED = VAR / "sample-town.loaded"

SATISFIED_BY = {"run": ("run", "test", "docs"), "test": ("test",), "docs": ("docs",)}
"""Set of requirements -> the sets that contain it."""

PROJECT_FILES = ("pyproject.toml", "README.md", "LICENSE")
"""What the installed metadata is made from: when one changes, the project is reinstalled."""

DEFAULT_PORT = 8000
BROKER_PORT = 1883
PORTS_TRIED = 20
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 10.0

PIP_OPTIONS = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-compile")
"""Compiling every module of every package would double the time; Python does it as it imports."""

INSTALL_HINT = """
Setting up failed (pip's own words are above). Nothing needs cleaning up: run it again.
  No network here?   Set-up needs a Python package index once. Behind a proxy set HTTPS_PROXY;
                     for your own mirror set PIP_INDEX_URL; from a folder of downloaded files
                     set PIP_NO_INDEX=1 and PIP_FIND_LINKS=/that/folder.
  A hash mismatch?   The index served another file than the one that was tested. Do not force it.
  No matching file?  Canopy installs ready-built wheels only; 64-bit Linux (glibc), macOS and
                     Windows with Python 3.11 to 3.13 have them all."""

NO_INSTALLER = """
Nothing can be installed: neither pip, ensurepip nor uv was found. One of these helps:
  Debian, Ubuntu:  sudo apt install python3-venv
  Fedora:          sudo dnf install python3-pip
  anywhere:        install uv (https://docs.astral.sh/uv/), then run this again"""


# Set-up


def venv_python() -> Path:
    """The interpreter inside .venv."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def venv_version() -> str | None:
    """The Python version .venv was made with, or None when .venv cannot be used."""
    config = VENV / "pyvenv.cfg"
    if not (venv_python().exists() and config.is_file()):
        return None
    for line in config.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() in ("version", "version_info"):
            return value.strip()
    return None


def same_minor(version: str) -> bool:
    """Whether .venv's Python is of the release (3.11, 3.12…) that runs this script."""
    return version.split(".")[:2] == [str(part) for part in sys.version_info[:2]]


def digest(*paths: "Path | str") -> str:
    """SHA-256 over files of the checkout: their names and what they hold."""
    total = hashlib.sha256()
    for path in (ROOT / path for path in paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return total.hexdigest()


def requirements(profile: str) -> str:
    return f"requirements/{profile}.txt"


def stamp_of(profile: str) -> dict[str, str]:
    """What a finished set-up of `profile` writes down."""
    return {
        "requirements": digest(requirements(profile)),
        "project": digest(*PROJECT_FILES),
        "python": venv_version() or "none",
        "root": str(ROOT),
    }


def read_stamps() -> dict[str, dict[str, str]]:
    """Profile -> stamp, empty when set-up never finished or the file was cut short."""
    try:
        stamps: dict[str, dict[str, str]] = json.loads(STAMP.read_text(encoding="utf-8"))
        return stamps
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def is_set_up(profile: str) -> bool:
    version = venv_version()
    if version is None or not same_minor(version):
        return False
    stamps = read_stamps()
    return any(stamps.get(name) == stamp_of(name) for name in SATISFIED_BY[profile])


def has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def make_venv() -> None:
    """Make .venv anew unless it works with this Python.

    Without pip inside: the pip beside this Python, or uv, installs into it from outside,
    so Debian's Python without ensurepip will do, and seconds are saved everywhere else.
    """
    version = venv_version()
    if version is not None and same_minor(version):
        return
    command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"The virtual environment could not be made in {VENV}: see above.")


def installer() -> list[str]:
    """The start of a command that installs into .venv."""
    python = str(venv_python())
    if has_module("pip"):
        return [sys.executable, "-m", "pip", "--python", python, "install", *PIP_OPTIONS]
    if has_module("ensurepip"):
        subprocess.run([python, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
        return [python, "-m", "pip", "install", *PIP_OPTIONS]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", python]
    sys.exit(NO_INSTALLER)


def install(command: list[str], *arguments: str) -> None:
    """Run an install command; a failure ends the program with what can be done about it."""
    environment = os.environ | {"PIP_USER": "0"}  # a user's `user = true` breaks any venv
    if subprocess.run([*command, *arguments], env=environment, cwd=ROOT, check=False).returncode:
        sys.exit(INSTALL_HINT)


def set_up(profile: str) -> None:
    """Make sure that .venv holds requirements/<profile>.txt and this checkout, installed."""
    if is_set_up(profile):
        return
    started = time.monotonic()
    print(f"Setting up Python packages in {VENV} (about a minute, once) …", flush=True)
    make_venv()
    stamps = {name: stamp for name, stamp in read_stamps().items() if stamp == stamp_of(name)}
    STAMP.unlink(missing_ok=True)
    command = installer()
    install(
        command,
        "--require-hashes",
        "--no-deps",  # the files list everything, so nothing is left to resolve
        "--only-binary=:all:",  # no package's own build script runs here
        f"--requirement={requirements(profile)}",
    )
    # hatchling came with the requirements, checked by hash: no second download, no isolation.
    install(command, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(json.dumps(stamps | {profile: stamp_of(profile)}), encoding="utf-8")
    print(f"Set up in {time.monotonic() - started:.0f} s.", flush=True)


def build_map() -> None:
    """Build the map app in maps/ where it is missing or older than its sources.

    Without it all else works, so a registry that cannot be reached is told, not fatal.
    """
    if run_python("hatch_build.py") != 0:
        print("Going on without the map app at /explore/; start again to build it.", flush=True)


def run_python(*arguments: str, **environment: str) -> int:
    """Run .venv's Python in the checkout; the exit code. Ctrl-C reaches the program itself."""
    command = [str(venv_python()), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return 130


# The verbs


def demo(host: str, port: int | None, browser: bool) -> int:
    """Load the sample town, render its map and serve it until stopped."""
    set_up("run")
    build_map()
    port = port or free_port(host)
    refuse_taken(host, port)
    url = f"gpkg:///{CATALOGUE.as_posix().lstrip('/')}"
    if not is_loaded():
        make_town()
        code = load_town(url)
        if code != 0:
            return code
    return serve(host, port, url, browser)


def town_sources() -> str:
    """Digest of what generates the town."""
    return digest(*sorted((ROOT / "fixtures").rglob("*.py")))


def load_sources() -> str:
    """Digest of the town and of all that reads, stores and draws it."""
    files = (path for path in (ROOT / "canopy").rglob("*") if path.is_file())
    shipped = (path for path in files if not {"__pycache__", "_web"} & {*path.parts})
    return digest(*sorted(shipped), TOWN / "manifest.json") + town_sources()


def is_loaded() -> bool:
    """Whether this code has loaded this town already: then a start is a matter of seconds."""
    if not (CATALOGUE.is_file() and LOADED.is_file() and (TOWN / "manifest.json").is_file()):
        return False
    return LOADED.read_text(encoding="utf-8") == load_sources()


def load_town(url: str) -> int:
    """Import the town's files and render its map; the exit code."""
    LOADED.unlink(missing_ok=True)
    command = ("-m", "canopy", "demo", "--dir", str(TOWN), "--db", url)
    code = run_python(*command, CANOPY_DB_URL=url)
    if code == 0:
        LOADED.write_text(load_sources(), encoding="utf-8")
    return code


def make_town() -> None:
    """Generate the sample town's files, unless this generator already made them."""
    mark = TOWN / ".made"
    if mark.is_file() and mark.read_text(encoding="utf-8") == town_sources():
        return
    print("Making the sample town's files …", flush=True)
    shutil.rmtree(TOWN, ignore_errors=True)
    if run_python("fixtures/make.py", "--out", str(TOWN)) != 0:
        sys.exit("The sample town could not be made: see above.")
    mark.write_text(town_sources(), encoding="utf-8")


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # as servers do: a port in TIME_WAIT is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    """The first free port from DEFAULT_PORT on, PORTS_TRIED of them at most."""
    for port in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        if is_free(host, port):
            return port
    last = DEFAULT_PORT + PORTS_TRIED - 1
    sys.exit(f"No port from {DEFAULT_PORT} to {last} is free on {host}: choose one with --port.")


def refuse_taken(host: str, port: int) -> None:
    if not is_free(host, port):
        sys.exit(f"Cannot listen on {host}, port {port}: it is taken or not allowed. Try --port.")


def serving_environment(url: str) -> dict[str, str]:
    """What the service is told: its catalogue, and what the town's agreements are valued by."""
    inputs = str(TOWN / "concession-inputs")
    return {"CANOPY_CONCESSION_INPUTS": inputs} | os.environ | {"CANOPY_DB_URL": url}


def take_readings(url: str) -> "list[subprocess.Popen[bytes]]":
    """Run the embedded broker, what stores readings, and the town's made-up air stations.

    Without them the town is served all the same: nothing is started where no port is free.
    """
    ports = range(BROKER_PORT, BROKER_PORT + PORTS_TRIED)
    port = next((each for each in ports if is_free("127.0.0.1", each)), None)
    if port is None:
        print(f"No readings are taken in: no port from {ports[0]} to {ports[-1]} is free.")
        return []
    place = ["--port", str(port), "--folder", str(VAR / "broker")]
    environment = {"CANOPY_LOG_LEVEL": "warning"} | serving_environment(url)
    python = str(venv_python())
    return [
        subprocess.Popen([python, *command, *place], cwd=ROOT, env=environment)
        for command in (("-m", "canopy", "iot", "embedded"), ("fixtures/gateway.py",))
    ]


def plan_town(url: str) -> "list[subprocess.Popen[bytes]]":
    """Make the town's plan, which the front page shows, unless it is there; nobody waits for it."""
    shown = CATALOGUE.with_suffix(".plan") / "figures.json"
    if shown.is_file() and shown.stat().st_mtime >= LOADED.stat().st_mtime:
        return []
    environment = {"CANOPY_LOG_LEVEL": "warning"} | serving_environment(url)
    command = [str(venv_python()), "-m", "canopy", "plan", "demo", "--dir", str(TOWN)]
    return [subprocess.Popen(command, cwd=ROOT, env=environment)]


def serve(host: str, port: int, url: str, browser: bool) -> int:
    """Run `canopy serve`, say when it answers, and stop it when this program stops."""
    command = [str(venv_python()), "-m", "canopy", "serve", "--host", host, "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=serving_environment(url))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
    taking: list[subprocess.Popen[bytes]] = []
    planning: list[subprocess.Popen[bytes]] = []
    try:
        wait_until_healthy(server, address)
        taking = take_readings(url)
        planning = plan_town(url)
        live = f"The live map:    {address}explore/\n" if LIVE_MAP.is_file() else ""
        readings = f"Readings:        {address}things\n" if taking else ""
        print(f"\nCanopy is ready: {address}\n{live}{readings}Stop it with Ctrl-C.\n", flush=True)
        if browser:
            webbrowser.open(address)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for each in taking + planning:
            stop(each)
        stop(server)


def wait_until_healthy(server: "subprocess.Popen[bytes]", address: str) -> None:
    """Ask /healthz until it answers; ends the program when the server stops or stays silent."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"The server stopped with exit code {server.returncode}: see above.")
        try:
            with direct.open(f"{address}healthz", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    sys.exit(f"The server did not answer at {address}healthz within {START_TIMEOUT_S:.0f} s.")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask the server to finish; after STOP_TIMEOUT_S it is ended."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def test(long: bool, arguments: list[str]) -> int:
    set_up("test")
    build_map()
    chosen = any(argument.startswith("-m") for argument in arguments)
    short = [] if long or chosen else ["-m", "not long"]
    # All of them, file by file, in one process more than there are cores, for many tests wait for
    # servers; a few are sooner done in one process.
    processes = f"{min(4, (os.cpu_count() or 1) + 1)}"
    spread = [] if arguments else ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"]
    return run_python("-m", "pytest", *short, *spread, *arguments)


def lint() -> int:
    """Run every check, even after one failed, and name those that did."""
    set_up("test")
    contracts = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    checks = {
        "ruff check": ("-m", "ruff", "check", "."),
        "ruff format": ("-m", "ruff", "format", "--check", "."),
        "mypy": ("-m", "mypy"),
        "import contracts": ("-c", contracts),
        "map app": ("hatch_build.py", "check"),
    }
    failed = [name for name, command in checks.items() if run_python(*command) != 0]
    print(f"Failed: {', '.join(failed)}" if failed else "Lint found nothing.")
    return 1 if failed else 0


def docs() -> int:
    """Regenerate the reference pages, then build the site; a broken link fails."""
    set_up("docs")
    build = ("-m", "mkdocs", "build", "--strict")
    return run_python("docs/generate.py") or run_python(*build, NO_MKDOCS_2_WARNING="1")


def bench(arguments: list[str]) -> int:
    """Run one benchmark with its options, or all of them; one that fails does not stop the next."""
    set_up("test")
    build_map()
    found = sorted((ROOT / "benchmarks").glob("bench_*.py"))
    named = {path.stem.removeprefix("bench_"): path for path in found}
    if arguments:
        if arguments[0] not in named:
            sys.exit(f"There is no benchmark {arguments[0]!r}; there are {', '.join(named)}.")
        return run_python(str(named[arguments[0]]), *arguments[1:])
    failed = []
    for name, path in named.items():
        print(f"\n{name}", flush=True)
        if run_python(str(path)) != 0:
            failed.append(name)
    print(f"Failed, or below a bar: {', '.join(failed)}" if failed else "All were run.")
    return 1 if failed else 0


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and what is left over for pytest. A wrong option ends with code 2."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "verb", nargs="?", default="demo", choices=("demo", "test", "lint", "docs", "bench")
    )
    parser.add_argument("--port", type=int, help=f"default: the first free from {DEFAULT_PORT}")
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine only")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--long", action="store_true", help="also the soak, fuzz and fault tests")
    if arguments[:1] not in (["test"], ["bench"]):
        return parser.parse_args(arguments), []
    ours = [arguments[0], *(argument for argument in arguments if argument == "--long")]
    # The rest is pytest's, so that `-k`, `-x` and paths reach it.
    return parser.parse_args(ours), [each for each in arguments[1:] if each != "--long"]


def main() -> int:
    options, rest = parse(sys.argv[1:])
    os.environ.pop("PYTHONHOME", None)  # set for another Python, it breaks the one in .venv
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # set, every start would compile all modules
    if options.verb == "test":
        return test(options.long, rest)
    if options.verb == "bench":
        return bench(rest)
    if options.verb == "lint":
        return lint()
    if options.verb == "docs":
        return docs()
    return demo(options.host, options.port, not options.no_browser and sys.stdout.isatty())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
