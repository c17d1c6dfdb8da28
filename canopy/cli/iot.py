"""``canopy iot``: readings of sensors."""

from __future__ import annotations

import typer

from canopy.cli import iot_checks, iot_gateways, iot_tending, iot_things
from canopy.cli.iot_care import care, list_silent
from canopy.cli.iot_embedded import broker, embedded
from canopy.cli.iot_ingest import ingest


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Readings of sensors over MQTT.", no_args_is_help=True)
    group.command("ingest")(ingest)
    group.command("care")(care)
    group.add_typer(iot_checks.commands(), name="check")
    group.command("silent")(list_silent)
    group.command("broker")(broker)
    group.command("embedded")(embedded)
    group.add_typer(iot_gateways.commands(), name="gateway")
    group.add_typer(iot_things.commands(), name="thing")
    group.add_typer(iot_tending.held_commands(), name="held")
    group.add_typer(iot_tending.dead_commands(), name="dead")
    group.command("happenings")(iot_tending.list_happenings)
    group.command("acknowledge")(iot_tending.acknowledge)
    return group
