"""``canopy iot check``: what readings of datastreams are checked for."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.iot.care.quality import asking

StreamArgument = Annotated[
    str,
    typer.Argument(
        help="A datastream's number, source/stream, or the URI of what several observe.",
        show_default=False,
    ),
]


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="What readings are checked for.", no_args_is_help=True)
    group.command("set")(set_checks)
    group.command("list")(list_checks)
    group.command("clear")(clear)
    return group


def set_checks(
    stream: StreamArgument,
    spike: Annotated[
        float | None, typer.Option(help="Further than this from both of those beside it.")
    ] = None,
    stuck: Annotated[
        int | None, typer.Option(help="So many readings in a row that stay the same.")
    ] = None,
    stuck_within: Annotated[
        float | None, typer.Option(help="How much they may differ and be the same.")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(help="Nothing came for so many of its intervals.")
    ] = None,
    drift: Annotated[
        float | None, typer.Option(help="Hourly means this far off their neighbours' median.")
    ] = None,
    drift_within_m: Annotated[
        float | None, typer.Option(help="How far away a neighbour may be [m].")
    ] = None,
    drift_hours: Annotated[
        int | None, typer.Option(help="Over so many hours, as their median.")
    ] = None,
    drift_neighbours: Annotated[
        int | None, typer.Option(help="So many neighbours at least.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Have readings checked from now on; what is not given stays as it was.

    Numbers are in the datastream's unit. Readings are flagged, never changed.
    """
    given = {
        "spike": spike, "stuck": stuck, "stuck_within": stuck_within, "gap": gap, "drift": drift,
        "drift_within_m": drift_within_m, "drift_hours": drift_hours,
        "drift_neighbours": drift_neighbours,
    }  # fmt: skip
    changed = {name: value for name, value in given.items() if value is not None}
    with database_for(settings_for(db)) as database:
        number = asking.change(database, stream, changed, now_utc())
    _say(f"Readings of {number:,} datastreams are checked so from now on.")


def list_checks(db: DbOption = None) -> None:
    """List the datastreams whose readings are checked."""
    with database_for(settings_for(db)) as database:
        found = asking.asked(database)
    for each in found:
        told = ", ".join(
            f"{name} {value:g}" for name, value in msgspec.to_builtins(each.checks).items()
        )
        name = f"{each.source or '(no device)'}/{each.stream}"
        _say(f"{each.datastream_id} {name}: {told or 'nothing'}")
    if not found:
        _say("No readings are checked against those beside them.")


def clear(stream: StreamArgument, db: DbOption = None) -> None:
    """Have readings checked no more; flags that they have stay."""
    with database_for(settings_for(db)) as database:
        number = asking.clear(database, stream)
    _say(f"Readings of {number:,} datastreams are checked no more.")


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
