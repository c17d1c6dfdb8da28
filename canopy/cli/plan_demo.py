"""``canopy plan demo`` and ``publish``: a plan shown by the service."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, local_principal, settings_for
from canopy.cli.plan_report import (
    BenefitsOption,
    ProspectsOption,
    RangesOption,
    SocialOption,
    WordsOption,
    files_of,
)
from canopy.cli.plan_scenarios import DayOption, NameArgument, RulesOption, named, opened
from canopy.settings import Settings


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy plan``."""
    group.command("publish")(publish_plan)
    group.command("demo")(demo_plan)


def publish_plan(
    name: NameArgument,
    benefits: BenefitsOption = None,
    social: SocialOption = None,
    words: WordsOption = None,
    prospects: ProspectsOption = None,
    ranges: RangesOption = None,
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Put a scenario's public edition where the service shows it: at / and /plan."""
    from canopy.plan.published.folder import publish
    from canopy.plan.report.gathering import gathered
    from canopy.render.served import plan_folder

    settings = settings_for(db)
    files = files_of(benefits, social, words, prospects, ranges)
    with opened(db, rules, day) as (session, inputs):
        material = gathered(
            session, *named(name), inputs, "public", settings.catalogue_title, files
        )
        folder = plan_folder(inputs.database, settings)
    for note in publish(material, folder):
        console.print(note, markup=False, soft_wrap=True)
    console.print(
        f"Published {material.result.kept.label} in {folder}.", markup=False, soft_wrap=True
    )


def _council(town: Path, settings: Settings) -> str:
    """The town's own name, where nobody named the catalogue."""
    if "catalogue_title" in settings.model_fields_set:
        return settings.catalogue_title
    try:
        title = json.loads((town / "manifest.json").read_text(encoding="utf-8"))["title"]
    except (OSError, ValueError, KeyError):
        return settings.catalogue_title
    return str(title).split(",")[0]


def demo_plan(
    town: Annotated[
        Path, typer.Option("--dir", help="Folder of the sample town, from fixtures/make.py.")
    ],
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Make the sample town's plan: choose sites, compute coverage, write both editions.

    The catalogue must hold the town (`canopy demo --dir`). Run again, it computes only what has
    changed.
    """
    from canopy.plan.coverage.asking import Limits
    from canopy.plan.published.demo import demonstrate
    from canopy.render.served import plan_folder

    settings = settings_for(db)
    limits = Limits(
        settings.coverage_max_cells, settings.coverage_max_area_km2, settings.coverage_max_unended
    )
    began = time.monotonic()
    with opened(db, rules, day, town / "concession-inputs") as (_, inputs):
        made = demonstrate(
            inputs, town, settings.coverage_runs, plan_folder(inputs.database, settings),
            _council(town, settings), local_principal(), limits,
            lambda doing: console.print(f"Plan: {doing} …", markup=False),
        )  # fmt: skip
    for told in (
        *made.notes,
        f"{made.result.kept.label}: {made.sites:,} sites, in {time.monotonic() - began:.1f} s.",
        f"The public edition is in {made.folder}, the exempt one is {made.exempt}.",
    ):
        console.print(told, markup=False, soft_wrap=True)
