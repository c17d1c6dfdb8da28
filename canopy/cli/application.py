"""The command tree, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from canopy import __version__
from canopy.cli import access, areas, assets, demo, exporting, importing, jobs, running


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"canopy {__version__}")
        raise typer.Exit


def application() -> typer.Typer:
    """Every command of ``canopy``."""
    root = typer.Typer(
        name="canopy",
        help=(
            "The digital canopy of a council: one catalogue, one map and one plan of the assets "
            "that networks need. Start with `canopy import FILE --kind lamppost --source NAME "
            "--dry-run`, which writes nothing and tells what it finds."
        ),
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @root.callback()
    def _root(
        version: Annotated[
            bool,
            typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
        ] = False,
    ) -> None:
        """Options before the subcommand."""

    root.command("init")(running.init)
    root.command("import")(importing.import_files)
    root.command("export")(exporting.export)
    root.command("map")(exporting.make_map)
    root.command("serve")(running.serve)
    root.command("reconcile")(running.reconcile_file)
    root.command("doctor")(running.doctor)
    root.command("demo")(demo.demo)
    root.add_typer(areas.commands(), name="area")
    root.add_typer(assets.commands(), name="asset")
    root.add_typer(access.commands(), name="token")
    root.add_typer(jobs.commands(), name="job")
    return root
