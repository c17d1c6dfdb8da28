"""``canopy iot``: readings of sensors."""

from __future__ import annotations

import typer

from canopy.cli import (
    iot_alarms,
    iot_checks,
    iot_gateways,
    iot_history,
    iot_lighting,
    iot_products,
    iot_rules,
    iot_savings,
    iot_tending,
    iot_things,
)
from canopy.cli.iot_care import care, list_silent
from canopy.cli.iot_embedded import broker, embedded
from canopy.cli.iot_ingest import ingest
from canopy.cli.iot_publish import publish
from canopy.cli.iot_watch import watch


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Readings of sensors over MQTT.", no_args_is_help=True)
    group.command("ingest")(ingest)
    group.command("care")(care)
    group.add_typer(iot_checks.commands(), name="check")
    group.command("silent")(list_silent)
    group.command("watch")(watch)
    group.command("publish")(publish)
    group.command("broker")(broker)
    group.command("embedded")(embedded)
    group.add_typer(iot_gateways.commands(), name="gateway")
    group.add_typer(iot_things.commands(), name="thing")
    group.add_typer(iot_products.commands(), name="product")
    group.add_typer(iot_savings.commands(), name="saving")
    group.add_typer(iot_tending.held_commands(), name="held")
    group.add_typer(iot_tending.dead_commands(), name="dead")
    group.add_typer(iot_history.commands(), name="history")
    group.add_typer(iot_lighting.commands(), name="lighting")
    group.add_typer(iot_rules.commands(), name="rule")
    group.add_typer(iot_alarms.commands(), name="alarm")
    group.command("happenings")(iot_tending.list_happenings)
    group.command("acknowledge")(iot_tending.acknowledge)
    return group
