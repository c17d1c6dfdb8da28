"""The command tree. A command's module is imported when that command is run, so that
``canopy import`` does not wait for the web service's libraries to load.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer

from canopy import __version__

COMMANDS: dict[str, str] = {
    "init": "canopy.cli.running:init",
    "import": "canopy.cli.importing:import_files",
    "export": "canopy.cli.exporting:export",
    "map": "canopy.cli.exporting:make_map",
    "serve": "canopy.cli.running:serve",
    "backup": "canopy.cli.backing_up:backup",
    "verify-backup": "canopy.cli.backing_up:verify_backup",
    "restore": "canopy.cli.backing_up:restore",
    "reconcile": "canopy.cli.running:reconcile_file",
    "doctor": "canopy.cli.running:doctor",
    "demo": "canopy.cli.demo:demo",
}
GROUPS: dict[str, str] = {
    "area": "canopy.cli.areas:commands",
    "asset": "canopy.cli.assets:commands",
    "offer": "canopy.cli.offers:commands",
    "token": "canopy.cli.access:commands",
    "job": "canopy.cli.jobs:commands",
    "coverage": "canopy.cli.coverage:commands",
    "concession": "canopy.cli.concessions:commands",
    "plan": "canopy.cli.plan:commands",
    "register": "canopy.cli.register:commands",
    "iot": "canopy.cli.iot:commands",
}


def application(only: str | None = None) -> typer.Typer:
    """The commands of ``canopy``: all of them, or the one named `only`."""
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
    root.callback()(_options)
    known = only in COMMANDS or only in GROUPS
    for name, place in COMMANDS.items():
        if not known or name == only:
            root.command(name)(_load(place))
    for name, place in GROUPS.items():
        if not known or name == only:
            root.add_typer(_load(place)(), name=name)
    return root


def _load(place: str) -> Callable[..., Any]:
    module, _, attribute = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"canopy {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Options before the subcommand."""
