"""Write the hashed requirement files that `run.py` installs, from `uv.lock`.

Run it after changing dependencies::

    uv lock
    python requirements/export.py

`tests/unit/house/test_requirements.py` fails while the files and the lock differ.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made from uv.lock by requirements/export.py; do not edit.\n"
GROUPS: dict[str, tuple[str, ...]] = {
    "serve": (),
    "run": ("build",),
    "test": ("build", "test"),
    "docs": ("build", "docs"),
}
"""File name -> dependency groups it holds beside what Canopy itself needs."""


def export(name: str) -> str:
    """The text of ``requirements/<name>.txt``. Fails when uv.lock and pyproject.toml differ."""
    command = [sys.executable, "-m", "uv", "export", "--locked", "--offline", "--no-header"]
    command += ["--quiet", "--no-config", "--format=requirements-txt", "--no-emit-project"]
    command += ["--no-default-groups", "--no-annotate"]
    command += [f"--group={group}" for group in GROUPS[name]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"uv export failed for requirements/{name}.txt:\n{done.stderr}")
    return HEADER + done.stdout


def main() -> None:
    for name in GROUPS:
        (ROOT / "requirements" / f"{name}.txt").write_text(export(name), encoding="utf-8")


if __name__ == "__main__":
    main()
