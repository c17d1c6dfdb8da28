"""``canopy iot``: readings of sensors."""

from __future__ import annotations

import typer

from canopy.cli.iot_care import care
from canopy.cli.iot_embedded import broker, embedded
from canopy.cli.iot_ingest import ingest


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Readings of sensors over MQTT.", no_args_is_help=True)
    group.command("ingest")(ingest)
    group.command("care")(care)
    group.command("broker")(broker)
    group.command("embedded")(embedded)
    return group
