"""What commands share: settings, the open database, the principal, and printing."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from canopy.access.rules import Principal, Role
from canopy.assets.editing.reconcile import reconcile
from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.errors import StorageUnavailable
from canopy.log import configure_logging
from canopy.settings import Settings, load_settings

console = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False)

DbOption = Annotated[
    str | None,
    typer.Option(
        "--db",
        help="gpkg:///absolute/path.gpkg or postgresql+psycopg://…; else CANOPY_DB_URL.",
        show_default=False,
    ),
]
AudienceOption = Annotated[
    Role, typer.Option("--audience", help="For whose eyes: what others may not see is left out.")
]


def settings_for(db: str | None) -> Settings:
    """Settings with the command's own database, and logging set up."""
    settings = load_settings(db_url=db)
    configure_logging(settings.log_level, settings.log_format)
    return settings


@contextmanager
def database_for(settings: Settings, *, create: bool = False) -> Iterator[Database]:
    """The open, migrated database; on a GeoPackage, what others wrote is settled first."""
    database = open_database(settings)
    try:
        new = database.path is not None and not database.path.exists()
        if new and not create:
            raise StorageUnavailable(f"{database.path} does not exist; run `canopy init` first.")
        if create:
            migrate.upgrade(database)
        else:
            migrate.require_current(database)
        report = reconcile(database)
        for warning in report.warnings():
            errors.print(warning, markup=False, soft_wrap=True)
        yield database
    finally:
        database.dispose()


def local_principal() -> Principal:
    """Who runs the command: whoever can open the database file may do everything in it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Principal(Role.admin, f"cli:{name}")


def audience_principal(audience: Role) -> Principal:
    """A principal that stands for an audience, for stamped outputs."""
    return Principal(audience, f"audience:{audience}")
