"""The one direction of imports is a contract, and it is kept."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_every_import_contract_is_kept() -> None:
    """The import-linter contracts of pyproject.toml all hold; the output names each breach."""
    command = [sys.executable, "-c", LINT, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


STATEMENTS = {"delete", "insert", "select", "text", "update"}
"""What SQLAlchemy builds statements with."""


def statements_imported(path: Path) -> set[str]:
    """The names in STATEMENTS that a module imports from sqlalchemy."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom))
    return {
        alias.name
        for node in imports
        if (node.module or "").split(".")[0] == "sqlalchemy"
        for alias in node.names
        if alias.name in STATEMENTS
    }


def test_sql_is_written_only_in_queries() -> None:
    """Statements are built in queries.py (and db, migrations); tables.py has default values."""
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "canopy").rglob("*.py")
        if path.name not in ("queries.py", "tables.py")
        and not {"db", "migrations"} & set(path.parts)
        and statements_imported(path)
    ]
    assert elsewhere == []
