"""``canopy plan report``: a scenario as a document for a committee."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from canopy.cli.context import DbOption, console, settings_for
from canopy.cli.plan_scenarios import DayOption, NameArgument, RulesOption, named, opened
from canopy.errors import Refused

if TYPE_CHECKING:
    from canopy.plan.report.gathering import Files

BenefitsOption = Annotated[Path | None, typer.Option(help="TOML file of lines of benefit.")]
SocialOption = Annotated[Path | None, typer.Option(help="TOML file of social value.")]
WordsOption = Annotated[
    Path | None,
    typer.Option(help="TOML file of purpose, recommendations, risks, dependencies, work, uses."),
]
ProspectsOption = Annotated[
    Path | None, typer.Option(help="TOML file with prices and take-up of new sites.")
]
RangesOption = Annotated[
    Path | None, typer.Option(help="TOML file with the ranges that money is drawn from.")
]


def add_to(group: typer.Typer) -> None:
    """Add the command to ``canopy plan``."""
    group.command("report")(report)
    group.command("export")(export_plan)


def report(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write: .html or .pdf.")],
    audience: Annotated[
        Literal["public", "exempt"],
        typer.Option(help="The public edition, or the exempt one (Schedule 12A)."),
    ] = "public",
    benefits: BenefitsOption = None,
    social: SocialOption = None,
    words: WordsOption = None,
    prospects: ProspectsOption = None,
    ranges: RangesOption = None,
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Write a scenario, held against doing the minimum, as accessible HTML or tagged PDF."""
    from canopy.plan.report.composing import compose
    from canopy.plan.report.gathering import gathered
    from canopy.render.report.document import edition
    from canopy.render.report.html import page
    from canopy.render.report.pdf import write_pdf

    if out.suffix.lower() not in (".html", ".pdf"):
        raise Refused(f"{out.name}: name a file that ends with .html or .pdf")
    council = settings_for(db).catalogue_title
    files = files_of(benefits, social, words, prospects, ranges)
    with opened(db, rules, day) as (session, inputs):
        material = gathered(session, *named(name), inputs, audience, council, files)
    told = page(edition(compose(material), audience))
    if out.suffix.lower() == ".pdf":
        by = f" by {write_pdf(told, out)}"
    else:
        by = ""
        written = out.with_name(f".{out.name}.part")
        written.write_text(told, encoding="utf-8")
        written.replace(out)
    console.print(
        f"Wrote the {audience} edition of {material.result.kept.label} to {out}{by}.",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def export_plan(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="New or empty folder to write to.")],
    audience: Annotated[
        Literal["public", "exempt"],
        typer.Option(help="exempt also has single sites and the cash flow (Schedule 12A)."),
    ] = "public",
    words: WordsOption = None,
    prospects: ProspectsOption = None,
    ranges: RangesOption = None,
    rules: RulesOption = None,
    day: DayOption = None,
    db: DbOption = None,
) -> None:
    """Write a scenario as GeoPackage with styles, Shapefile, KMZ, GeoParquet, CSV and COG.

    With the exempt edition goes the cash flow as XLSX with formulas; with both go the metadata of
    a data package and of DCAT.
    """
    from canopy.assets.queries import now_utc
    from canopy.plan.exports.writing import write_exports
    from canopy.plan.report.covered import run_folders
    from canopy.plan.report.gathering import gathered

    settings = settings_for(db)
    files = files_of(None, None, words, prospects, ranges)
    with opened(db, rules, day) as (session, inputs):
        material = gathered(
            session, *named(name), inputs, audience, settings.catalogue_title, files
        )
        runs = run_folders(session, material, settings.coverage_runs)
    written = write_exports(material, audience, out, runs, now_utc())
    console.print(
        f"Wrote {len(written)} files of the {audience} edition of {material.result.kept.label} to "
        f"{out}: {', '.join(written)}.",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def files_of(
    benefits: Path | None,
    social: Path | None,
    words: Path | None,
    prospects: Path | None,
    ranges: Path | None,
) -> Files:
    """What the options name."""
    from canopy.plan.report.gathering import Files

    return Files(benefits=benefits, social=social, words=words, prospects=prospects, ranges=ranges)
