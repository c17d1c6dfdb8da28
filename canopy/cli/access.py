"""``canopy token``: keys for people and programs."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from canopy.access.rules import Role
from canopy.access.tokens import DEFAULT_DAYS, create_token, revoke_token, tokens
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table


def commands() -> typer.Typer:
    """The subcommands of ``canopy token``."""
    group = typer.Typer(help="Named keys with a role, for the API.", no_args_is_help=True)
    group.command("create")(create)
    group.command("list")(show)
    group.command("revoke")(revoke)
    return group


def create(
    name: Annotated[str, typer.Argument(help="Whose key it is: acme-telecom.")],
    role: Annotated[Role, typer.Option(help="operator, planner, estates, admin or gateway.")],
    days: Annotated[int, typer.Option(help="Days until it expires.")] = DEFAULT_DAYS,
    db: DbOption = None,
) -> None:
    """Make a token. It is shown once; only its hash is kept."""
    settings = settings_for(db)
    with database_for(settings) as database, database.writing() as session:
        secret = create_token(
            session, name, role, created_by=local_principal().name, now=now_utc(), days=days
        )
    console.print(
        f"Token {name} ({role}, {days} days). Shown this once:", markup=False, soft_wrap=True
    )
    console.print(secret, markup=False, soft_wrap=True)


def show(db: DbOption = None) -> None:
    """List the tokens; secrets are not kept."""
    settings = settings_for(db)
    table = Table("name", "role", "made", "by", "expires", "revoked")
    with database_for(settings) as database, database.reading() as session:
        for each in tokens(session):
            revoked = f"{each.revoked_at:%Y-%m-%d}" if each.revoked_at else ""
            table.add_row(
                each.name, each.role, f"{each.created_at:%Y-%m-%d}", each.created_by,
                f"{each.expires_at:%Y-%m-%d}", revoked,
            )  # fmt: skip
    print_table(table)


def revoke(
    name: Annotated[str, typer.Argument(help="Name of the token.")], db: DbOption = None
) -> None:
    """Make a token useless at once."""
    settings = settings_for(db)
    with database_for(settings) as database, database.writing() as session:
        revoke_token(session, name, now_utc())
    console.print(f"Token {name} is revoked.", markup=False)
