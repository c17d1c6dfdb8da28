"""Fifty people use the map at once: tiles as they pan and zoom, lists of assets, searches.

    python benchmarks/bench_load.py --postgis URL [--users 50] [--seconds 60] [--quick]

Each has a view of 1280 x 800 pixels and six kept connections, as a browser has. They pan,
zoom, jump to what they searched for, and look for a second or two in between; a tile that was
seen before is asked for with its ETag. Prints errors, latencies by what was asked, and the
memory of the service's processes over the time. The catalogue is that of bench_api.py; its
tiles are not cut before.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import quote

import psycopg
from serving import catalogue
from serving.boxes import Places
from serving.clients import Kept
from serving.servers import Server, canopy
from serving.tiles import HALF_WORLD_M, mercator

SEED = 20_261_123
VIEW_PIXELS = (1280, 800)
TILE_PIXELS = 512
ZOOMS = range(10, 18)
CONNECTIONS_PER_USER = 6
PAUSE_S = (0.8, 2.5)
ITEMS_SHARE, SEARCH_SHARE, ZOOM_SHARE = 0.4, 0.15, 0.25
ITEMS_LIMIT = 200
P99_BAR_MS = 500.0
FLAT = 1.10
"""Memory at the end to that at half time, at most."""
_TIMEOUT_S = 30.0
_GOOD = (200, 204, 304)
_SAMPLE_S = 2.0


@dataclass(slots=True)
class Tally:
    """Latencies [ms] by what was asked, and what went wrong."""

    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where people look, in web mercator [m], and what they search for there."""

    places: list[tuple[float, float]]
    words: list[str]
    search: str


class Browser:
    """Six kept connections, and the ETags of what was seen."""

    def __init__(self, port: int, tally: Tally) -> None:
        self._port = port
        self._tally = tally
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(CONNECTIONS_PER_USER)
        self._etags: dict[str, str] = {}

    async def get(self, what: str, path: str) -> None:
        """Ask, read the whole answer, note how long it took: waiting for a connection is not in."""
        async with self._places:
            began = time.perf_counter()
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    status = await self._ask(path)
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                self._tally.errors.append(f"{path}: {error!r}")
                return
            self._tally.took_ms[what].append((time.perf_counter() - began) * 1e3)
            self._tally.statuses[status] += 1
            if status not in _GOOD:
                self._tally.errors.append(f"{path}: {status}")

    async def _ask(self, path: str) -> int:
        """A kept connection that the server has ended meanwhile is made anew, as browsers do."""
        while self._free:
            reader, writer = self._free.pop()
            try:
                return await self._over(reader, writer, path)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if getattr(error, "partial", b""):
                    raise
        return await self._over(*await asyncio.open_connection("127.0.0.1", self._port), path)

    async def _over(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str
    ) -> int:
        known = self._etags.get(path)
        condition = f"If-None-Match: {known}\r\n" if known else ""
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{condition}"
        kept = False
        try:
            writer.write(f"{head}Accept-Encoding: gzip\r\n\r\n".encode())
            status, headers = _read_head(await reader.readuntil(b"\r\n\r\n"))
            if "transfer-encoding" in headers:
                raise ValueError("an answer in chunks, which no route sends")
            await reader.readexactly(int(headers.get("content-length", "0")))
            kept = True
        finally:
            if not kept:
                writer.close()
        self._free.append((reader, writer))
        if "etag" in headers:
            self._etags[path] = headers["etag"]
        return status

    async def close(self) -> None:
        """End every connection."""
        for _, writer in self._free:
            writer.close()


def _read_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split(" ")[1]), {name.lower(): text.strip() for name, _, text in pairs}


class Person:
    """Looks at a map, and moves it."""

    def __init__(self, browser: Browser, ground: Ground, chance: random.Random) -> None:
        self._browser = browser
        self._ground = ground
        self._chance = chance
        self._zoom = 12
        self._x, self._y = chance.choice(ground.places)
        self._shown: set[str] = set()

    async def use(self, until: float) -> None:
        """Look around until the end."""
        await asyncio.sleep(self._chance.uniform(0, PAUSE_S[1]))
        while time.monotonic() < until:
            await self._look()
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))
            await self._move()

    async def _look(self) -> None:
        wanted = set(self._tiles())
        new = wanted - self._shown
        self._shown = wanted
        asked = [self._browser.get("tile", path) for path in sorted(new)]
        if self._chance.random() < ITEMS_SHARE:
            asked.append(self._browser.get("items", self._items()))
        await asyncio.gather(*asked)

    async def _move(self) -> None:
        drawn = self._chance.random()
        if drawn < SEARCH_SHARE:
            word = self._chance.choice(self._ground.words)
            await self._browser.get("search", self._ground.search.format(quote(word)))
            self._x, self._y = self._chance.choice(self._ground.places)
            self._zoom = self._chance.choice((14, 15, 16))
        elif drawn < SEARCH_SHARE + ZOOM_SHARE:
            step = self._chance.choice((-1, 1))
            self._zoom = min(max(self._zoom + step, ZOOMS[0]), ZOOMS[-1])
        else:
            width, height = self._size_m()
            self._x += self._chance.uniform(-0.6, 0.6) * width
            self._y += self._chance.uniform(-0.6, 0.6) * height

    def _size_m(self) -> tuple[float, float]:
        metres = 2 * HALF_WORLD_M / 2**self._zoom / TILE_PIXELS
        return VIEW_PIXELS[0] * metres, VIEW_PIXELS[1] * metres

    def _tiles(self) -> list[str]:
        width, height = self._size_m()
        side = 2 * HALF_WORLD_M / 2**self._zoom
        first_x, last_x = (
            math.floor((self._x + sign * width / 2 + HALF_WORLD_M) / side) for sign in (-1, 1)
        )
        first_y, last_y = (
            math.floor((HALF_WORLD_M - self._y + sign * height / 2) / side) for sign in (-1, 1)
        )
        return [
            f"/collections/assets/tiles/WebMercatorQuad/{self._zoom}/{row}/{column}"
            for row in range(first_y, last_y + 1)
            for column in range(first_x, last_x + 1)
        ]

    def _items(self) -> str:
        width, height = self._size_m()
        corners = (
            (self._x - width / 2, self._y - height / 2),
            (self._x + width / 2, self._y + height / 2),
        )
        (west, south), (east, north) = (_lonlat(x, y) for x, y in corners)
        bbox = f"{west:.6f},{south:.6f},{east:.6f},{north:.6f}"
        return f"/collections/assets/items?bbox={bbox}&limit={ITEMS_LIMIT}"


def _lonlat(x: float, y: float) -> tuple[float, float]:
    """The sphere's formula: EPSG Guidance Note 7-2, popular visualisation pseudo-mercator."""
    radius = HALF_WORLD_M / math.pi
    return math.degrees(x / radius), math.degrees(2 * math.atan(math.exp(y / radius)) - math.pi / 2)


def main() -> None:
    """Parse, prepare, let them loose, print."""
    chosen = _chosen()
    url = catalogue.on_postgis(chosen.postgis, chosen.database, chosen.rows)
    with canopy(url, chosen.workers) as server:
        ground = _ground(catalogue.libpq(url), server, chosen.search)
        started = server.memory_mb()
        tally, memory = asyncio.run(_crowd(server, ground, chosen.users, chosen.seconds))
    print(
        f"{chosen.users} users for {chosen.seconds:g} s, {chosen.rows:,} assets, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    _show(tally, chosen.seconds)
    _show_memory(started, memory)
    if tally.errors:
        raise SystemExit("\n".join(tally.errors[:5]))


def _chosen() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--database", help="kept; bench_api, or bench_api_quick")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2, help="processes that serve")
    parser.add_argument("--search", default="/search?q={}", help="where a word is searched for")
    parser.add_argument("--quick", action="store_true", help="50,000 assets, 10 users, 10 s")
    chosen = parser.parse_args()
    if not chosen.postgis:
        parser.error("name a PostGIS server")
    if chosen.quick:
        chosen.rows, chosen.users, chosen.seconds = 50_000, 10, 10.0
    chosen.database = chosen.database or ("bench_api_quick" if chosen.quick else "bench_api")
    return chosen


def _ground(libpq_url: str, server: Server, search: str) -> Ground:
    x, y = mercator(Places.of(libpq_url))
    chance = random.Random(SEED)
    drawn = [chance.randrange(len(x)) for _ in range(2_000)]
    with psycopg.connect(libpq_url) as connection:
        sql = "SELECT ref, street, postcode FROM asset TABLESAMPLE SYSTEM (0.5) REPEATABLE (7)"
        rows = connection.execute(sql).fetchmany(200)
    words = sorted({word for row in rows for word in row if word})
    client = Kept(server.port)
    status, body, _ = client.get(search.format(quote(words[0])))
    if status == 404:
        print(f"There is no route {search}: items by their ref are asked for instead.")
        search, words = "/collections/assets/items?ref={}", [row[0] for row in rows]
    elif status != 200:
        raise SystemExit(f"{search} answers {status}: {body[:300]!r}")
    address = "/collections/assets/tiles/WebMercatorQuad/0/0/0"
    if client.get(address)[0] == 404:
        raise SystemExit(f"There is no route {address}.")
    client.close()
    return Ground([(float(x[each]), float(y[each])) for each in drawn], words, search)


async def _crowd(
    server: Server, ground: Ground, users: int, seconds: float
) -> tuple[Tally, list[float]]:
    tally, memory = Tally(), []
    browsers = [Browser(server.port, tally) for _ in range(users)]
    until = time.monotonic() + seconds
    people = [
        Person(browser, ground, random.Random(SEED + number)).use(until)
        for number, browser in enumerate(browsers)
    ]

    async def watch() -> None:
        while time.monotonic() < until:
            memory.append(server.memory_mb())
            await asyncio.sleep(_SAMPLE_S)

    await asyncio.gather(*people, watch())
    memory.append(server.memory_mb())
    for browser in browsers:
        await browser.close()
    return tally, memory


def _show(tally: Tally, seconds: float) -> None:
    everything = [each for of in tally.took_ms.values() for each in of]
    for what, took in {**dict(sorted(tally.took_ms.items())), "all": everything}.items():
        ordered = sorted(took)
        p50, p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95, 0.99))
        print(
            f"{what:<8}{len(took):>7} answers {len(took) / seconds:>7.0f}/s   p50 {p50:7.1f} ms   "
            f"p95 {p95:7.1f} ms   p99 {p99:7.1f} ms   slowest {ordered[-1]:7.1f} ms"
        )
    said = "reached" if p99 <= P99_BAR_MS else "MISSED"
    print(f"p99 {p99:.0f} ms, bar {P99_BAR_MS:g} ms: {said}")
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items()))
    said = "MISSED" if tally.errors else "reached"
    print(f"{len(tally.errors)} errors, bar 0: {said} ({statuses})")


def _show_memory(started: float, memory: list[float]) -> None:
    half, last = memory[len(memory) // 2], memory[-1]
    said = "reached" if last <= FLAT * half else "MISSED"
    print(
        f"memory of the service: {started:.0f} MB before, {half:.0f} MB at half time, "
        f"{max(memory):.0f} MB at most, {last:.0f} MB at the end: flat, {said}"
    )


if __name__ == "__main__":
    main()
