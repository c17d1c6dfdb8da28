"""``canopy demo``: the sample town through the importer, and its map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from canopy.access.rules import Role
from canopy.assets.areas import import_areas
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.offers.writing.importing import import_offers
from canopy.assets.queries import ChangeNote, now_utc
from canopy.assets.reading.selection import Selection
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.exporting import render_map
from canopy.cli.importing import print_report
from canopy.concessions.register import queries, writing
from canopy.concessions.register.asset_checks import assets_told
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import load
from canopy.db.engine import Database
from canopy.errors import BadSource
from canopy.iot.rules import keeping
from canopy.iot.rules.rule import loads
from canopy.iot.things.entry_files import read_entries
from canopy.iot.things.registering import register_all
from canopy.render.served import map_path
from canopy.settings import Settings


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Folder with manifest.json and its files.")],
    db: DbOption = None,
) -> None:
    """Import a folder of files by its manifest, then render the map.

    Run again, it finds everything unchanged and renders the map only where it is missing.
    """
    settings = settings_for(db)
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise BadSource(f"{manifest} is not there; make the sample town with fixtures/make.py.")
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    with database_for(settings, create=True) as database:
        changed = _import_all(database, folder, entries)
        target = map_path(database, settings)
        if changed or not target.is_file():
            _render(database, settings, target)


def _import_all(database: Database, folder: Path, manifest: dict[str, object]) -> int:
    changed = 0
    for entry in manifest.get("areas", []):  # type: ignore[attr-defined]
        report = import_areas(
            database, folder / entry["file"], entry["kind"], entry["source"],
            layer=entry.get("layer"), licence=entry.get("licence"),
        )  # fmt: skip
        console.print(f"{report.stored} areas of kind {report.kind} from {entry['file']}")
    for entry in manifest["assets"]:  # type: ignore[attr-defined]
        request = ImportRequest(
            path=folder / entry["file"], source=entry["source"], kind=entry.get("kind"),
            layer=entry.get("layer"), author=local_principal().name, authority="ashcombe",
            reason="sample town", accept_valid=True,
        )  # fmt: skip
        outcome = run_import(database, request)
        print_report(outcome)
        changed += outcome.created + outcome.updated
    for entry in manifest.get("offers", []):  # type: ignore[attr-defined]
        offers = import_offers(database, folder / entry["file"], local_principal(), "sample town")
        console.print(
            f"{offers.created:,} offers made, {offers.updated:,} changed and "
            f"{offers.unchanged:,} unchanged from {entry['file']}"
        )
    _add_agreements(database, folder, manifest.get("agreements", []))  # type: ignore[arg-type]
    for entry in manifest.get("things", []):  # type: ignore[attr-defined]
        listed = read_entries(folder / entry["file"])
        done = register_all(database, listed, local_principal(), now_utc(), name=entry["file"])
        console.print(done.sentence(), markup=False)
    for entry in manifest.get("rules", []):  # type: ignore[attr-defined]
        rules = loads((folder / entry["file"]).read_text(encoding="utf-8"))
        with database.writing() as session:
            for rule in rules:
                keeping.keep(session, rule, local_principal().name, now_utc())
        console.print(f"{len(rules):,} rules of alarms kept from {entry['file']}")
    return changed


def _add_agreements(database: Database, folder: Path, listed: Sequence[Mapping[str, str]]) -> None:
    """Put the agreements in the register that are not there yet, as `canopy register add` does."""
    note = ChangeNote(local_principal().name, "sample town", "edit")
    added, told = 0, list[str]()
    with database.writing() as session:
        for entry in listed:
            agreement = load(folder / entry["file"])
            if queries.stored(session, agreement.ref) is None:
                since = date.fromisoformat(entry["since"])
                writing.require_known_assets(session, agreement)
                writing.add(session, agreement, Status(entry["status"]), since, note, now_utc())
                told += [f"{agreement.ref}: {each}" for each in assets_told(session, agreement)]
                added += 1
    console.print(f"{added:,} of {len(listed):,} agreements added to the register")
    for each in told:
        console.print(f"told: {each}", markup=False, soft_wrap=True)


def _render(database: Database, settings: Settings, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)  # var/ is not there yet beside PostGIS
    report = render_map(database, settings, Selection(), Role.public, target)
    console.print(f"Map of {report.assets:,} assets written to {target}", markup=False)
