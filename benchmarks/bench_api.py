"""Boxes of about a hundred assets of a million, beside raw SQL, tipg and pygeoapi in one run.

    python benchmarks/bench_api.py --postgis URL [--geopackage FILE] [--quick]

The catalogue is imported once and kept: the next run begins at once. Every service must find
the same assets in the boxes that are checked, or nothing is timed. Then all are asked in
turn, run by run, over 1 and over 8 kept connections, by wrk in a process of its own; the
services all stand, one works. Prints medians of the runs, and ratios beside the bars.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from serving import catalogue, peers
from serving.boxes import Box, Places, boxes
from serving.clients import Kept, Measured, by_sql, by_wrk, require_wrk
from serving.servers import Server, canopy

CONNECTIONS = (1, 8)
SEED = 20_261_123
WAYS = {
    "Canopy": ("Canopy", "Canopy, count=true"),
    "tipg": ("tipg",),
    "pygeoapi": ("pygeoapi", "pygeoapi, 27700"),
}
"""How each service is asked. pygeoapi makes its transformations anew for each request, which
takes it most of the time, but none where box and answer are in the table's own CRS."""
LONGER = {"pygeoapi": 3.0, "pygeoapi, 27700": 3.0}
"""How many times as long a way is measured whose answers are few: those under way at the end
are not counted."""
CHECKED = 40
WARM_UP_S = 2.0
LIMIT = 1_000
BNG_URI = "http://www.opengis.net/def/crs/EPSG/0/27700"
GEOPACKAGE_BAR_MS = 6.0
_SAME = "SELECT ref FROM asset WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 27700)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A service asked in one way, or raw SQL; `measure` takes connections and seconds."""

    name: str
    measure: Callable[[int, float], Measured]


@dataclass(frozen=True, slots=True)
class Bar:
    """How many times as many answers as another the first is to give, at least."""

    name: str
    to: str
    least: float


BARS = (
    Bar("Canopy", "raw SQL", 0.3),
    Bar("Canopy", "tipg", 8.0),
    Bar("Canopy", "pygeoapi", 15.0),
    Bar("Canopy", "pygeoapi, 27700", 15.0),
    Bar("Canopy, count=true", "tipg", 4.0),
)


def main() -> None:
    """Parse, prepare, check, measure, print."""
    chosen = _chosen()
    require_wrk()
    if chosen.postgis:
        _on_postgis(chosen)
    if chosen.geopackage:
        _on_geopackage(chosen)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--database", help="kept; bench_api, or bench_api_quick")
    parser.add_argument("--geopackage", type=Path, help="kept; made where there is none")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--boxes", type=int, default=400)
    parser.add_argument("--without", nargs="*", default=[], help="services to leave out, by name")
    parser.add_argument("--json", type=Path, help="file for the figures of every run")
    parser.add_argument("--quick", action="store_true", help="50,000 assets, one short run")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rows, chosen.runs, chosen.seconds, chosen.boxes = 50_000, 1, 3.0, 60
    chosen.database = chosen.database or ("bench_api_quick" if chosen.quick else "bench_api")
    if not (chosen.postgis or chosen.geopackage):
        parser.error("name a PostGIS server, a GeoPackage, or both")
    return chosen


def _on_postgis(chosen: argparse.Namespace) -> None:
    versions = {} if _no_peers(chosen) else peers.install()
    url = catalogue.on_postgis(chosen.postgis, chosen.database, chosen.rows)
    places = Places.of(catalogue.libpq(url))
    found = boxes(places, chosen.boxes, SEED)
    print(f"PostGIS, {catalogue.said(chosen.rows, chosen.runs)}")
    print(f"{len(found)} boxes, {statistics.median(each.assets for each in found):.0f} assets each")
    if versions:
        print(", ".join(f"{name} {version}" for name, version in versions.items()))
    with ExitStack() as stack:
        servers = {"Canopy": stack.enter_context(canopy(url))}
        for name, start in (("tipg", peers.tipg), ("pygeoapi", peers.pygeoapi)):
            if name not in chosen.without:
                servers[name] = stack.enter_context(start(url))
        _check(catalogue.libpq(url), servers, found[:CHECKED])
        asked = [_sql(catalogue.libpq(url), found), *_asked(servers, found)]
        asked = [each for each in asked if each.name not in chosen.without]
        runs = _alternate(asked, chosen.runs, chosen.seconds)
    _show(runs)
    _show_ratios(runs)
    if chosen.json:
        told = {
            f"{name}, {at}": [figures_of(each) for each in of] for (name, at), of in runs.items()
        }
        chosen.json.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _on_geopackage(chosen: argparse.Namespace) -> None:
    """The boxes are those of the database, which holds the same assets, or stand in the file."""
    url = catalogue.on_geopackage(chosen.geopackage, chosen.rows)
    places = Places.of_geopackage(chosen.geopackage)
    found = boxes(places, chosen.boxes, SEED)
    print(f"\nGeoPackage, {catalogue.said(chosen.rows, chosen.runs)}")
    with canopy(url) as server:
        _check_counts(server, found[:CHECKED])
        runs = _alternate(_asked({"Canopy": server}, found), chosen.runs, chosen.seconds)
    _show(runs)
    p50 = statistics.median(each.p50_ms for each in runs["Canopy", 1])
    said = "reached" if p50 <= GEOPACKAGE_BAR_MS else "MISSED"
    print(f"p50 at 1 connection {p50:.2f} ms, bar {GEOPACKAGE_BAR_MS:g} ms: {said}")


def _no_peers(chosen: argparse.Namespace) -> bool:
    return {"tipg", "pygeoapi"} <= set(chosen.without)


def path_of(name: str, box: Box) -> str:
    """The address of a box's assets in one of the services."""
    query = f"items?bbox={box.bbox}&limit={LIMIT}"
    metres = ",".join(f"{each:.3f}" for each in box.metres)
    own = f"items?bbox={metres}&bbox-crs={BNG_URI}&crs={BNG_URI}&limit={LIMIT}"
    return {
        "Canopy": f"/collections/assets/{query}",
        "Canopy, count=true": f"/collections/assets/{query}&count=true",
        "tipg": f"/collections/public.asset/{query}&f=geojson",
        "pygeoapi": f"/collections/asset/{query}&f=json",
        "pygeoapi, 27700": f"/collections/asset/{own}&f=json",
    }[name]


def _asked(servers: dict[str, Server], found: Sequence[Box]) -> list[Asked]:
    return [
        _http(way, server, [path_of(way, box) for box in found])
        for name, server in servers.items()
        for way in WAYS[name]
    ]


def _http(name: str, server: Server, paths: Sequence[str]) -> Asked:
    def measure(connections: int, seconds: float) -> Measured:
        return by_wrk(server.port, paths, connections, seconds * LONGER.get(name, 1.0))

    return Asked(name, measure)


def _sql(libpq_url: str, found: Sequence[Box]) -> Asked:
    def measure(connections: int, seconds: float) -> Measured:
        processes = min(2, connections)
        return by_sql(libpq_url, found, processes, connections // processes, seconds)

    return Asked("raw SQL", measure)


def _check(libpq_url: str, servers: dict[str, Server], checked: Sequence[Box]) -> None:
    """Stop unless every service finds the same assets as the database itself."""
    with psycopg.connect(libpq_url) as connection:
        wanted = [{row[0] for row in connection.execute(_SAME, box.metres)} for box in checked]
    sizes = []
    for name, server in servers.items():
        for way in WAYS[name]:
            size = _check_way(way, server, checked, wanted)
            sizes.append(f"{way} {size / 1e3:.0f}")
    _check_counts(servers["Canopy"], checked)
    print(f"all find the same assets in {len(checked)} boxes; kB of an answer: {', '.join(sizes)}")


def _check_way(
    way: str, server: Server, checked: Sequence[Box], wanted: Sequence[set[str]]
) -> float:
    """The median size of its answers [bytes]."""
    client = Kept(server.port)
    answers = [client.get(path_of(way, box)) for box in checked]
    client.close()
    for box, refs, (status, body, _) in zip(checked, wanted, answers, strict=True):
        found = json.loads(body)["features"] if status == 200 else []
        same = {each["properties"]["ref"] for each in found}
        if status != 200 or len(found) != len(refs) or same != refs:
            raise SystemExit(
                f"{way} answers {status} with {len(found)} assets where the database has "
                f"{len(refs)}: bbox={box.bbox}. {body[:300]!r}"
            )
    return statistics.median(len(body) for _, body, _ in answers)


def _check_counts(server: Server, checked: Sequence[Box]) -> None:
    client = Kept(server.port)
    for box in checked:
        status, body, _ = client.get(path_of("Canopy, count=true", box))
        told = json.loads(body)
        counts = (told.get("numberMatched"), told.get("numberReturned"))
        if status != 200 or counts != (box.assets, box.assets):
            raise SystemExit(f"Canopy answers {status} and counts {counts} of {box}")
    client.close()


Runs = dict[tuple[str, int], list[Measured]]


def _alternate(asked: Sequence[Asked], runs: int, seconds: float) -> Runs:
    """Each way in turn, run by run, after each was warmed up."""
    for each in asked:
        each.measure(max(CONNECTIONS), min(WARM_UP_S, seconds))
    measured: Runs = {}
    for _ in range(runs):
        for connections in CONNECTIONS:
            for each in asked:
                own = measured.setdefault((each.name, connections), [])
                own.append(each.measure(connections, seconds))
    return measured


def _show(runs: Runs) -> None:
    print(f"{'':<22}{'connections':>12}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}   each run")
    for (name, connections), measured in sorted(runs.items(), key=lambda each: each[0][1]):
        rate, p50, p99 = (
            statistics.median(getattr(each, figure) for each in measured)
            for figure in ("rate", "p50_ms", "p99_ms")
        )
        each_run = ", ".join(f"{each.rate:.0f}" for each in measured)
        print(f"{name:<22}{connections:>12}{rate:>10.0f}{p50:>9.2f}{p99:>9.2f}   ({each_run})")


def _show_ratios(runs: Runs) -> None:
    rates = {key: statistics.median(each.rate for each in of) for key, of in runs.items()}
    for bar in BARS:
        for connections in CONNECTIONS:
            ours, theirs = rates.get((bar.name, connections)), rates.get((bar.to, connections))
            if ours is None or theirs is None:
                continue
            said = "reached" if ours / theirs >= bar.least else "MISSED"
            print(
                f"{bar.name} to {bar.to}, {connections} connections: {ours / theirs:.2f} x, "
                f"bar {bar.least:g}: {said}"
            )


def figures_of(measured: Measured) -> dict[str, float]:
    """The figures of one measurement."""
    return {name: getattr(measured, name) for name in ("rate", "p50_ms", "p99_ms", "size")}


if __name__ == "__main__":
    main()
