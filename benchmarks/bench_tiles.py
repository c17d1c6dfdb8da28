"""Vector tiles of a million points beside tipg's, cut anew and from the cache.

    python benchmarks/bench_tiles.py --postgis URL [--quick]

Zoom 10 is a county in a dozen tiles, zoom 14 some villages. `cut`: a service started for the
run is asked once for each tile, over one connection. `cached`: the same tiles again and
again, by wrk. tipg caches nothing, and leaves out what a tile holds beyond 10,000 features;
Canopy shows counts below zoom 13. Before anything is timed Canopy's tiles are read: their
assets, or the sums of their counts, must be what the database holds. The catalogue is that
of bench_api.py.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from serving import catalogue, peers
from serving.boxes import Places
from serving.clients import Kept, Measured, by_wrk, require_wrk
from serving.servers import Server, canopy
from serving.tiles import Floats, Tile, held, mercator, tiles

ZOOMS = {10: 40, 14: 200}
"""Zoom, and how many tiles at most."""
SEED = 20_261_123
CONNECTIONS = (1, 8)
CUT_BAR, CACHED_BAR = 2.5, 20.0
LEAST = 20
"""Assets that a tile holds at least: most of an empty tile is its answer's head."""
_WARM_UP_TILES = 8


@dataclass(slots=True)
class Figures:
    """What was measured of one service at one zoom: `cut` [tiles/s], by run."""

    cut: list[float] = field(default_factory=list)
    slowest_ms: list[float] = field(default_factory=list)
    cached: dict[int, list[Measured]] = field(default_factory=dict)


def main() -> None:
    """Parse, prepare, check, measure, print."""
    chosen = _chosen()
    require_wrk()
    versions = peers.install()
    url = catalogue.on_postgis(chosen.postgis, chosen.database, chosen.rows)
    x, y = mercator(Places.of(catalogue.libpq(url)))
    asked = {zoom: tiles(x, y, zoom, most, SEED, LEAST) for zoom, most in ZOOMS.items()}
    print(f"{catalogue.said(chosen.rows, chosen.runs)}; tipg {versions['tipg']}")
    if not _check(url, asked):
        return
    measured: dict[tuple[str, int], Figures] = {}
    for _ in range(chosen.runs):
        _one_run(url, x, y, asked, chosen.seconds, measured)
    _show(measured, asked)


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--database", help="kept; bench_api, or bench_api_quick")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each cached measurement")
    parser.add_argument("--quick", action="store_true", help="50,000 assets, one short run")
    chosen = parser.parse_args()
    if not chosen.postgis:
        parser.error("name a PostGIS server")
    if chosen.quick:
        chosen.rows, chosen.runs, chosen.seconds = 50_000, 1, 3.0
    chosen.database = chosen.database or ("bench_api_quick" if chosen.quick else "bench_api")
    return chosen


def path_of(name: str, tile: Tile) -> str:
    """A tile's address: Canopy names the row first, as the standard does, tipg the column."""
    if name == "Canopy":
        return f"/collections/assets/tiles/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}"
    return f"/collections/public.asset/tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}"


def _check(url: str, asked: dict[int, list[Tile]]) -> bool:
    """Stop where a tile tells of too few assets or too many; False where there are no tiles."""
    with ExitStack() as stack:
        servers = [stack.enter_context(canopy(url)), stack.enter_context(peers.tipg(url))]
        for server in servers:
            client = Kept(server.port)
            for zoom, each in asked.items():
                status = client.get(path_of(server.name, each[0]))[0]
                if status == 404:
                    print(f"{server.name} has no route {path_of(server.name, each[0])}")
                    return False
                checked = each[:20]
                bodies = [client.get(path_of(server.name, tile))[1] for tile in checked]
                found = [held(body, tile)[0] for body, tile in zip(bodies, checked, strict=True)]
                if server.name == "Canopy":
                    _compare(checked, found)
                told, stored = sum(found), sum(tile.most for tile in checked)
                size = statistics.median(map(len, bodies)) / 1e3
                print(
                    f"zoom {zoom}, {server.name}: {len(checked)} tiles tell of {told:,} of "
                    f"{stored:,} assets, {size:.0f} kB each"
                )
            client.close()
    return True


def _compare(checked: Sequence[Tile], found: Sequence[int]) -> None:
    for tile, count in zip(checked, found, strict=True):
        if not tile.fewest <= count <= tile.most:
            raise SystemExit(
                f"Canopy's tile {tile.path} tells of {count} assets, and the database holds "
                f"{tile.fewest} to {tile.most} there."
            )


def _one_run(
    url: str, x: Floats, y: Floats, asked: dict[int, list[Tile]], seconds: float,
    measured: dict[tuple[str, int], Figures],
) -> None:  # fmt: skip
    """Services started for this run, so that nothing was cut before."""
    with ExitStack() as stack:
        servers = [stack.enter_context(canopy(url)), stack.enter_context(peers.tipg(url))]
        for zoom, each in asked.items():
            others = tiles(x, y, zoom + 1, _WARM_UP_TILES, SEED)
            for server in servers:
                figures = measured.setdefault((server.name, zoom), Figures())
                rate, slowest_ms = _once(server, each, others)
                figures.cut.append(rate)
                figures.slowest_ms.append(slowest_ms)
        for zoom, each in asked.items():
            for server in servers:
                paths = [path_of(server.name, tile) for tile in each]
                if server.name == "Canopy":  # both its processes have all tiles after this
                    by_wrk(server.port, paths, 32, seconds)
                for connections in CONNECTIONS:
                    found = by_wrk(server.port, paths, connections, seconds)
                    figures = measured[server.name, zoom]
                    figures.cached.setdefault(connections, []).append(found)


def _once(server: Server, asked: Sequence[Tile], others: Sequence[Tile]) -> tuple[float, float]:
    """Tiles/s and the slowest [ms], each asked for once; other tiles before, to warm up."""
    client = Kept(server.port)
    for tile in others:
        client.get(path_of(server.name, tile))
    took_ms = []
    for tile in asked:
        status, _, ms = client.get(path_of(server.name, tile))
        if status != 200:
            raise SystemExit(f"{server.name} answers {status} for {tile.path}")
        took_ms.append(ms)
    client.close()
    return len(asked) * 1e3 / sum(took_ms), max(took_ms)


def _show(measured: dict[tuple[str, int], Figures], asked: dict[int, list[Tile]]) -> None:
    print(f"{'':<26}{'tiles':>6}{'cut, tiles/s':>14}{'slowest ms':>12}", end="")
    print("".join(f"{f'again, {each} conn.':>17}" for each in CONNECTIONS))
    for (name, zoom), each in sorted(measured.items(), key=lambda one: one[0][1]):
        again = [
            statistics.median(one.rate for one in each.cached[connections])
            for connections in CONNECTIONS
        ]
        print(
            f"{f'zoom {zoom}, {name}':<26}{len(asked[zoom]):>6}{statistics.median(each.cut):>14.1f}"
            f"{statistics.median(each.slowest_ms):>12.0f}"
            + "".join(f"{rate:>17.0f}" for rate in again)
        )
    for zoom in asked:
        ours, theirs = measured["Canopy", zoom], measured["tipg", zoom]
        cut = statistics.median(ours.cut) / statistics.median(theirs.cut)
        _said(f"zoom {zoom}, cut", cut, CUT_BAR)
        for connections in CONNECTIONS:
            rates = [
                statistics.median(one.rate for one in each.cached[connections])
                for each in (ours, theirs)
            ]
            said = f"zoom {zoom}, cached, {connections} connections"
            _said(said, rates[0] / rates[1], CACHED_BAR)


def _said(what: str, ratio: float, bar: float) -> None:
    print(f"{what}: {ratio:.2f} x tipg, bar {bar:g}: {'reached' if ratio >= bar else 'MISSED'}")


if __name__ == "__main__":
    main()
