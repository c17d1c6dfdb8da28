"""Nothing reads assets around the sensitivity policy."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "canopy"

WRITING = ("assets/editing/", "assets/intake/", "assets/offers/writing/", "migrations/")
"""They change assets and hand none out."""
BELOW_THE_POLICY = (
    "assets/filtering/queries.py", "assets/queries.py", "assets/tables.py",
    "assets/reading/queries.py", "assets/reading/paging/queries.py", "assets/ready/queries.py",
    "assets/reading/finding/queries.py", "assets/offers/queries.py", "db/",
)  # fmt: skip
"""What they return is raw: only `RAW_READERS` and the writing side call them. Filtering
writes conditions and returns no rows."""
RAW_READERS = (
    "assets/reading/streaming.py",
    "assets/reading/history.py",
    "assets/reading/paging/cutting.py",
    "assets/reading/paging/pages.py",
    "assets/reading/finding/nearby.py",
    "assets/reading/finding/searching.py",
    "assets/reading/tiling.py",
    "assets/offers/distances.py",
    "assets/offers/pages.py",
    "assets/ready/keeping.py",
    "assets/ready/tile_queries.py",
    "assets/ready/tiles.py",
    "iot/sensorthings/queries.py",
    "iot/sensorthings/translating.py",
    "iot/viewing/queries.py",
)
"""The way out: each takes a principal, or the audience it is in, and asks the policy."""

TABLES = "asset|revision|asset_geom|rtree_asset_geom|external_change"
STATEMENT = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:{TABLES})\b", re.IGNORECASE)
RAW = frozenset(
    "Asset Revision ExternalChange selected_rows rows_of find_keys batch_of revisions_of "
    "state_at rows_after row_of place_of asset_rows rows_around rows_named "
    "offers_after offer_row route_rows".split()
)
"""Names that give stored assets or their past as they are."""
RAW_MODULES = frozenset(
    f"canopy.db.{name}" for name in ("spatial", "nearest", "extent", "tiles", "mvt")
)
"""Spatial operations on stored, exact positions."""
WITHOUT_ASSETS = {"plan/coverage/queries.py": {"canopy.db.spatial"}}
"""They ask them of tables that hold no asset: not-spots of coverage runs."""


def modules(*, outside: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(path, source) of each module whose path starts with none of `outside`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(outside):
            yield name, path.read_text(encoding="utf-8")


def texts(source: str) -> Iterator[str]:
    """Every string in a module, parts of f-strings included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def raw_names(source: str) -> set[str]:
    """Names in RAW, and modules in RAW_MODULES, that a module imports or reaches into."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            whole = {f"{node.module}.{name}" for name in names} | {str(node.module)}
            found |= (names & RAW) | (whole & RAW_MODULES)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & RAW_MODULES
        elif isinstance(node, ast.Attribute) and node.attr in RAW:
            found.add(node.attr)
    return found


def test_no_statement_names_an_asset_table_elsewhere() -> None:
    """SQL on assets and their revisions stands below the policy or on the writing side."""
    found = [
        f"{name}: {text.strip()[:60]}"
        for name, source in modules(outside=(*WRITING, *BELOW_THE_POLICY))
        for text in texts(source)
        if STATEMENT.search(text)
    ]
    assert found == []


def test_raw_assets_are_read_only_by_those_who_ask_the_policy() -> None:
    """Mapped classes, raw rows and operations on exact positions are used nowhere else."""
    found = {
        name: sorted(names)
        for name, source in modules(outside=(*WRITING, *BELOW_THE_POLICY, *RAW_READERS))
        if (names := raw_names(source) - WITHOUT_ASSETS.get(name, set()))
    }
    assert found == {}


def test_every_raw_name_exists() -> None:
    """A name that was changed cannot slip out of the check above."""
    sources = [source for name, source in modules(outside=WRITING)]
    defined = {
        node.name
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert defined >= RAW
    assert all((PACKAGE.parent / f"{n.replace('.', '/')}.py").exists() for n in RAW_MODULES)


def test_the_way_out_asks_the_policy() -> None:
    """Each function that hands out what it read raw takes a principal and a policy."""
    for reader, name in (("streaming", "stream"), ("history", "history")):
        tree = ast.parse((PACKAGE / "assets" / "reading" / f"{reader}.py").read_text("utf-8"))
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        assert {"principal", "policy"} <= {arg.arg for arg in functions[name].args.args}


def test_stream_redacts_before_it_tests() -> None:
    """Conditions and area are tested on what redaction left, and that is what is yielded."""
    source = (PACKAGE / "assets" / "reading" / "streaming.py").read_text("utf-8")
    (stream,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "stream"
    )
    body = ast.unparse(stream)
    assert 0 < body.index("policy.redact(") < body.index("_satisfying(") < body.index("yield")
