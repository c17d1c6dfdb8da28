"""``canopy plan scenario together``: one plan over several councils' catalogues."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from canopy.cli.tables import print_table
from canopy.errors import Refused

MOST_COUNCILS = 40


def together_scenarios(
    name: Annotated[str, typer.Argument(help="In each catalogue, or NAME@VERSION.")],
    council: Annotated[
        list[str],
        typer.Option(help="COUNCIL=CATALOGUE, such as camden=gpkg:///…; repeat for each."),
    ],
    fmt: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How to tell it.")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.")] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="TOML of rules; else the setting's."),
    ] = None,
    day: Annotated[str | None, typer.Option(help="Day on which ages are counted; today.")] = None,
) -> None:
    """Tell a scenario's figures in several councils' catalogues, and of the whole.

    Each is computed in its own catalogue now. Money, lengths and counts are added up; shares and
    scores are not, and where one council's figure is not known, neither is the whole.
    """
    from canopy.cli.plan import put
    from canopy.cli.plan_scenarios import named, opened
    from canopy.cli.plan_told import number
    from canopy.plan.scenarios.computing import compute
    from canopy.plan.scenarios.storing import find
    from canopy.plan.scenarios.together import as_csv, together

    catalogues = _catalogues(council)
    results = []
    for db in catalogues.values():
        with opened(db, rules, day) as (session, inputs):
            results.append(compute(session, find(session, *named(name)), inputs))
    rows = together(results)
    if fmt == "csv":
        put(as_csv(list(catalogues), rows), out, "the figures")
        return
    if fmt == "json":
        document = {
            "councils": list(catalogues), "figures": [asdict(row) for row in rows],
            "provenance": dict(zip(catalogues, (each.provenance for each in results), strict=True)),
        }  # fmt: skip
        put(json.dumps(document, ensure_ascii=False, indent=1) + "\n", out, "the figures")
        return
    table = Table("figure", "unit", *catalogues, "whole")
    for row in rows:
        table.add_row(row.name, row.unit, *map(number, (*row.values, row.whole)))
    print_table(table)


def _catalogues(given: list[str]) -> dict[str, str]:
    """Catalogues by council. Raises Refused."""
    found: dict[str, str] = {}
    for each in given:
        name, sign, db = each.partition("=")
        if not (name and sign and db):
            raise Refused(f"{each}: write COUNCIL=CATALOGUE")
        if name in found:
            raise Refused(f"{name} is named twice")
        found[name] = db
    if len(found) > MOST_COUNCILS:
        raise Refused(f"{len(found)} councils are more than the {MOST_COUNCILS} of one plan")
    return found
