"""``canopy iot lighting``: street lighting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.table import Table

from canopy.assets.editing.writing.writer import Settled
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.assets.ready.keeping import refresh
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.tables import print_table
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import (
    checking,
    condition,
    differing,
    energy,
    files,
    posts,
    queries,
    taking,
    talq,
)
from canopy.iot.lighting.gathering import Window
from canopy.iot.lighting.judging import Tolerance
from canopy.iot.lighting.regimes import regime_of
from canopy.iot.lighting.sun import burning, burning_hours
from canopy.iot.store.opening import Readings

FileArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", exists=True, dir_okay=False, help="TOML that names the columns."),
]
TalqOption = Annotated[
    str | None, typer.Option("--talq", help="TALQ 2.x JSON, of the system of this name.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check, and write nothing.")]
ZoneOption = Annotated[str, typer.Option("--time-zone", help="Of the regimes' clock times.")]
LimitOption = Annotated[int, typer.Option(min=1, max=10_000, help="How many.")]
AfterOption = Annotated[int, typer.Option(min=0, help="From after this number on.")]
_LONDON = "Europe/London"


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Street lighting.", no_args_is_help=True)
    group.command("inventory")(take_inventory)
    group.command("faults")(take_faults)
    group.command("burn-hours")(take_burn_hours)
    group.command("mismatches")(mismatches)
    group.command("differences")(differences)
    group.command("expected")(expected)
    group.command("check")(check)
    group.command("burn-check")(burn_check)
    group.command("energy")(monthly_energy)
    group.command("propose")(propose)
    group.command("proposals")(list_proposals)
    group.command("accept")(accept)
    group.command("refuse")(refuse)
    return group


def take_inventory(
    file: FileArgument,
    mapping: MappingOption = None,
    system: TalqOption = None,
    within_m: Annotated[
        float, typer.Option(min=0.5, max=100, help="How near a lamppost must be [m].")
    ] = 5.0,
    far_m: Annotated[
        float, typer.Option(min=1, max=10_000, help="From here on a number is not believed [m].")
    ] = 50.0,
    dry_run: DryRunOption = False,
    db: DbOption = None,
) -> None:
    """Take a system's whole inventory in, and match its units with lampposts."""
    said, name = _source(mapping, system)
    rows = talq.device_rows(file) if said is None else files.inventory_rows(file, said)
    with database_for(settings_for(db)) as database:
        done = taking.take_inventory(
            database,
            name,
            rows,
            local_principal(),
            now_utc(),
            within_m=within_m,
            far_m=far_m,
            dry_run=dry_run,
        )
    _tell(done, dry_run)


def take_faults(
    file: FileArgument,
    mapping: MappingOption = None,
    system: TalqOption = None,
    dry_run: DryRunOption = False,
    db: DbOption = None,
) -> None:
    """Take faults in that a system reported."""
    said, name = _source(mapping, system)
    rows = talq.fault_rows(file) if said is None else files.fault_rows(file, said)
    with database_for(settings_for(db)) as database:
        _tell(taking.take_faults(database, name, rows, dry_run=dry_run), dry_run)


def take_burn_hours(
    file: FileArgument,
    mapping: MappingOption = None,
    system: TalqOption = None,
    dry_run: DryRunOption = False,
    db: DbOption = None,
) -> None:
    """Take hours in that lamps burned, by period or as a counter stood."""
    said, name = _source(mapping, system)
    rows = talq.burn_rows(file) if said is None else files.burn_rows(file, said)
    with database_for(settings_for(db)) as database:
        _tell(taking.take_burn_hours(database, name, rows, dry_run=dry_run), dry_run)


def mismatches(
    limit: LimitOption = 200, after_unit: AfterOption = 0, after_lamppost: AfterOption = 0,
    after_shared: AfterOption = 0, db: DbOption = None,
) -> None:  # fmt: skip
    """List units without a lamppost, with the reason, lampposts without a unit, and units that
    share a lamppost."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        units = queries.mismatched_after(session, after_unit, limit)
        table = Table("number", "system", "unit", "column", "match", "why")
        for unit in units:
            table.add_row(
                str(unit.id), unit.system, unit.ref, unit.column_ref, unit.match, unit.reason
            )
        bare = posts.without_unit(session, database, local_principal(), after_lamppost, limit)
        others = Table("number", "lamppost", "street")
        for place, post in bare:
            others.add_row(str(place), post.name, post.street)
        sharing, _ = differing.sharing(session, database, local_principal(), after_shared, limit)
    print_table("Units without a lamppost:", table, "Lampposts without a unit:", others)
    if sharing:
        _say("Units that share a lamppost, which has two lanterns or was matched wrongly:")
    for each in sharing:
        _say(
            f"{each.unit}: {each.system} {each.unit_ref} on {each.lamppost} by {each.matched_by}, "
            f"as {', '.join(each.others)}"
        )


def differences(limit: LimitOption = 500, after: AfterOption = 0, db: DbOption = None) -> None:
    """List matched units whose wattage or regime is not that of their lamppost."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        found, more = differing.differences(session, database, local_principal(), after, limit)
    for each in found:
        _say(
            f"{each.system} {each.unit_ref} on {each.lamppost}: {each.field} {each.in_system}, in "
            f"the catalogue {each.in_catalogue}"
        )
    _say(
        f"{len(found):,} differ." + ("" if more is None else f" There may be more: --after {more}")
    )


def expected(
    regime: Annotated[str, typer.Argument(help="Such as 35/18, or Dusk-Dawn.")],
    longitude: Annotated[float, typer.Option(min=-180, max=180)],
    latitude: Annotated[float, typer.Option(min=-90, max=90)],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="From noon of this day.")],
    days: Annotated[int, typer.Option(min=1, max=366)] = 1,
    time_zone: ZoneOption = _LONDON,
) -> None:
    """Tell when a lamp of a regime should burn somewhere, and for how long."""
    zone = _zone(time_zone)
    begin = on.replace(hour=12, tzinfo=zone)
    spans = burning(
        regime_of(regime), longitude, latitude, begin, begin + timedelta(days=days), zone
    )
    for each in spans:
        start, end = each.start.astimezone(zone), each.end.astimezone(zone)
        _say(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} at {each.level:g} %")
    _say(f"{burning_hours(spans):.1f} hours at full power")


def check(
    days: Annotated[int, typer.Option(min=1, max=100, help="How far back.")] = 3,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"], help="UTC; now where not given."),
    ] = None,
    switching_minutes: Annotated[int, typer.Option(min=0, max=180, help="Let pass.")] = 20,
    silent_hours: Annotated[float, typer.Option(min=0.5, max=1_000, help="Let pass.")] = 26,
    energy_share: Annotated[float, typer.Option(min=0.01, max=5, help="Let pass.")] = 0.25,
    time_zone: ZoneOption = _LONDON,
    db: DbOption = None,
) -> None:
    """Hold lamps' readings against sun, regime and wattage.

    Tells lamp failures, day burners, lamps on or off wrongly, energy that differs; and gateways
    that are silent, whose lamps have not failed: nothing is known of them.
    """
    end = now_utc() if until is None else until.replace(tzinfo=UTC)
    window = Window(end - timedelta(days=days), end, _zone(time_zone))
    tolerance = Tolerance(
        switching=timedelta(minutes=switching_minutes), silent=timedelta(hours=silent_hours),
        energy_share=energy_share,
    )  # fmt: skip
    with _reading(db) as (database, readings):
        done = checking.check(database, readings, local_principal(), window, tolerance)
    for each in done.findings:
        since = "" if each.since is None else f" since {each.since:%Y-%m-%d %H:%M} UTC"
        _say(f"{each.kind}: {each.name}{since}: {each.detail}")
    _say(
        f"{done.lamps:,} lamps, {len(done.findings):,} findings; of {len(done.unknown):,} no "
        "regime or position is known."
    )


def burn_check(
    share: Annotated[float, typer.Option(min=0.01, max=5, help="Let pass.")] = 0.1,
    limit: LimitOption = 500,
    after: AfterOption = 0,
    time_zone: ZoneOption = _LONDON,
    db: DbOption = None,
) -> None:
    """List reported burn hours that differ from those of the regime."""
    with database_for(settings_for(db)) as database:
        found, more = checking.burn_differences(
            database, local_principal(), _zone(time_zone), share, after, limit
        )
    for each in found:
        _say(
            f"{each.system} {each.unit_ref}, {each.begins_on} to {each.ends_on}: "
            f"{each.hours:.1f} h, expected {each.expected_hours:.1f} h"
        )
    _say(
        f"{len(found):,} differ." + ("" if more is None else f" There may be more: --after {more}")
    )


def monthly_energy(
    out: Annotated[Path, typer.Argument(help="CSV file to write.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m"], help="First month.")],
    months: Annotated[int, typer.Option(min=1, max=energy.MOST_MONTHS)] = 1,
    meter: Annotated[
        str, typer.Option(help="What charges call a meter: ref, mpan or asset.")
    ] = "ref",
    time_zone: ZoneOption = _LONDON,
    db: DbOption = None,
) -> None:
    """Write metered energy of each lamppost by month, for the power recharge."""
    names: dict[str, energy.Naming] = {"ref": "ref", "mpan": "mpan", "asset": "asset"}
    if meter not in names:
        raise Refused(f"--meter {meter} is none of ref, mpan, asset.")
    wanted = energy.months_of(date(first.year, first.month, 1), months, _zone(time_zone))
    with _reading(db) as (database, readings):
        count = energy.write_csv(
            out, energy.monthly(database, readings, local_principal(), wanted, names[meter])
        )
    _say(f"{count:,} months of lampposts are in {out}.")


def propose(
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back.")] = 7,
    leaning_deg: Annotated[float, typer.Option(min=0.1, max=90, help="For grade 4.")] = 3.0,
    falling_deg: Annotated[float, typer.Option(min=0.1, max=90, help="For grade 5.")] = 8.0,
    shaking_m_s2: Annotated[float, typer.Option(min=0.01, max=1_000, help="For grade 4.")] = 5.0,
    db: DbOption = None,
) -> None:
    """Propose condition grades from tilt and vibration; nothing changes until one is accepted."""
    limits = condition.Limits(leaning_deg, falling_deg, shaking_m_s2)
    with _reading(db) as (database, readings):
        done = condition.propose(
            database,
            readings,
            local_principal(),
            now_utc(),
            window=timedelta(days=days),
            limits=limits,
        )
    _say(
        f"Looked at {done.lampposts:,} lampposts: proposed {done.proposed:,}, known before "
        f"{done.known:,}."
        + (" Decide about them: `canopy iot lighting proposals`." if done.proposed else "")
    )


def list_proposals(
    state: Annotated[str, typer.Option(help="open, accepted, refused or all.")] = "open",
    limit: LimitOption = 200,
    after: AfterOption = 0,
    db: DbOption = None,
) -> None:
    """List proposed condition grades with what they rest on."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        wanted = None if state == "all" else state
        found = queries.proposals_after(session, after, limit, wanted)
        ids = [str(each.asset_id) for each in found]
        named = posts.posts_of(session, database, local_principal(), ids)
        for each in found:
            decided = "" if each.decided_by is None else f", {each.state} by {each.decided_by}"
            post = named.get(str(each.asset_id))
            name = each.asset_id if post is None else post.name
            _say(f"{each.id}: {name} grade {each.condition}: {each.reason}{decided}")
    if not found:
        _say("There is none." if wanted is None else f"None is {wanted}.")


def accept(number: Annotated[int, typer.Argument(min=1)], db: DbOption = None) -> None:
    """Give the asset the proposed grade, as a revision that names the readings."""
    with database_for(settings_for(db)) as database:
        found = condition.accept(
            database, number, local_principal(), now_utc(), _settled_in(database)
        )
        with database.reading() as session:
            ids = [str(found.asset_id)]
            post = posts.posts_of(session, database, local_principal(), ids).get(ids[0])
    name = found.asset_id if post is None else post.name
    _say(f"{name} has condition {found.condition} now; `canopy plan suitability` goes by it.")


def refuse(
    number: Annotated[int, typer.Argument(min=1)],
    reason: Annotated[str, typer.Option(help="Why the asset stays as it is.")],
    db: DbOption = None,
) -> None:
    """Leave the asset as it is."""
    with database_for(settings_for(db)) as database:
        condition.refuse(database, number, local_principal(), now_utc(), reason)
    _say(f"Proposal {number} is refused.")


def _settled_in(database: Database) -> Settled:
    """What follows the write of an asset: layers made ready of it are made anew."""
    return lambda session, fids: refresh(session, database, SensitivityPolicy(), fids)


def _source(mapping: Path | None, system: str | None) -> tuple[files.LightingMapping | None, str]:
    if (mapping is None) == (system is None):
        raise Refused("Give --mapping for CSV or XLSX, or --talq NAME for TALQ JSON.")
    if mapping is None:
        return None, system or ""
    said = files.read_mapping(mapping)
    return said, said.system


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"There is no time zone {name!r}.") from error


@contextmanager
def _reading(db: str | None) -> Iterator[tuple[Database, Readings]]:
    settings = settings_for(db)
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        try:
            yield database, readings
        finally:
            readings.dispose()


def _tell(done: taking.Taken, dry_run: bool) -> None:
    for sentence in done.sentences():
        _say(f"Dry run: {sentence}" if dry_run else sentence)


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
