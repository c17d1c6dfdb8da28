"""``canopy iot gateway``: who may publish, and with what credentials."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.iot.gateways import registering
from canopy.iot.gateways.certificates import Authority, issue
from canopy.iot.gateways.registering import BrokerFiles
from canopy.iot.things.queries import gateways

NameArgument = Annotated[str, typer.Argument(help="Its name, which is part of its topics.")]
FolderOption = Annotated[
    Path,
    typer.Option("--folder", help="Folder with the broker's passwords and topics; made if absent."),
]
_CLIENTS_CA = "clients-ca.crt"


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Gateways and their credentials.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_gateways)
    group.command("revoke")(revoke)
    return group


def add(
    name: NameArgument,
    folder: FolderOption = Path("var/broker"),
    description: Annotated[str, typer.Option(help="What and where it is.")] = "",
    renew: Annotated[
        bool, typer.Option("--renew", help="Give one that is there another password.")
    ] = False,
    certificate: Annotated[
        Path | None,
        typer.Option(help="Make a certificate for mutual TLS in this folder, by openssl."),
    ] = None,
    authority: Annotated[
        Path, typer.Option(help="Folder with ca.crt and ca.key that sign it; made if absent.")
    ] = Path("var/authority"),
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How long it is good for.")] = 825,
    db: DbOption = None,
) -> None:
    """Let a gateway publish below its own name, and print its credentials, once.

    Its password goes, hashed, into the broker's file of passwords, its topics into the file of
    topics. Mosquitto reads both again when it is sent SIGHUP.
    """
    settings = settings_for(db)
    files = BrokerFiles(folder, settings.mqtt_user or "canopy")
    with database_for(settings) as database:
        password = registering.add(
            database, files, name, local_principal().name, now_utc(), description=description,
            renew=renew,
        )  # fmt: skip
    _say(f"user      {name}")
    _say(f"password  {password}")
    _say(f"topics    canopy/gateways/{name}/…")
    _say("The password is shown this once and kept nowhere.")
    if certificate is not None:
        _certify(Authority(authority), name, certificate, days, folder)
    _say(f"{files.passwords} and {files.topics} are written; send Mosquitto SIGHUP.")


def _certify(authority: Authority, name: str, out: Path, days: int, folder: Path) -> None:
    made = issue(authority, name, out, days)
    shutil.copyfile(authority.certificate, folder / _CLIENTS_CA)
    if made.made_authority:
        _say(f"An authority was made in {authority.folder}: keep its key away from the broker.")
    _say(f"certificate {made.certificate}, key {made.key}, good for {days:,} days")


def list_gateways(db: DbOption = None) -> None:
    """List gateways: since when, by whom, and which are revoked."""
    table = Table("name", "description", "since", "added by", "revoked")
    with database_for(settings_for(db)) as database, database.reading() as session:
        for each in gateways(session):
            ended = "" if each.revoked_at is None else f"{each.revoked_at:%Y-%m-%d}"
            table.add_row(
                each.name, each.description, f"{each.created_at:%Y-%m-%d}", each.created_by, ended
            )
    print_table(table)


def revoke(
    name: NameArgument, folder: FolderOption = Path("var/broker"), db: DbOption = None
) -> None:
    """Let a gateway publish no more; what it published stays.

    A certificate of it may let it connect until it expires, and do nothing.
    """
    settings = settings_for(db)
    files = BrokerFiles(folder, settings.mqtt_user or "canopy")
    with database_for(settings) as database:
        registering.revoke(database, files, name, now_utc())
    _say(f"{name} is revoked; send Mosquitto SIGHUP, which ends its connection too.")


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
