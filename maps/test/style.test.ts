import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { beforeAll, expect, test, vi } from "vitest";
import type { Filter } from "../src/filters.ts";
import type { DrawnCoverage } from "../src/layers/coverage.ts";
import type { TileSet } from "../src/tileset.ts";

const tiles: TileSet = {
  layers: ["assets"],
  cellsTellKinds: true,
  minZoom: 0,
  maxZoom: 16,
  bounds: null,
};
const xyz = { url: "https://tiles.example/{z}/{x}/{y}.png", attribution: "Example", max_zoom: 19 };

beforeAll(() => {
  vi.stubGlobal("document", { baseURI: "http://canopy.test/explore/" });
});

async function styleOf(
  change: Partial<Filter>,
  tileSet: TileSet = tiles,
  coverage: DrawnCoverage | null = null,
) {
  const { style } = await import("../src/style.ts");
  const { NO_FILTER } = await import("../src/filters.ts");
  return style({ xyz, tiles: tileSet, filter: { ...NO_FILTER, ...change }, coverage });
}

test.each([
  ["no filter", {}],
  ["no layer", { kinds: [] }],
  ["some layers", { kinds: ["mast", "duct"] }],
  ["a narrow filter", { statuses: ["planned"] }],
] as [string, Partial<Filter>][])("the style for %s is valid", async (_, change) => {
  expect(validateStyleMin(await styleOf(change))).toEqual([]);
});

test("cells without a count by kind come from each kind's own tiles", async () => {
  const plain = { ...tiles, cellsTellKinds: false };
  const some = await styleOf({ kinds: ["mast", "duct"] }, plain);
  const circles = some.layers.filter(({ id }) => id.startsWith("cells-") && id.endsWith("-circle"));
  expect(circles.map(({ id }) => id)).toEqual(["cells-mast-circle", "cells-duct-circle"]);
  expect(validateStyleMin(some)).toEqual([]);
});

test("tiles come from the service the page came from", async () => {
  const { sources } = await styleOf({});
  expect(sources.tiles).toMatchObject({
    tiles: ["http://canopy.test/collections/assets/tiles/WebMercatorQuad/{z}/{y}/{x}"],
  });
});

test("a coverage run lies below the assets, and its not-spots above it", async () => {
  const drawn = {
    tiles: "canopy-coverage://run/tiles/rsrp_dbm/{z}/{y}/{x}",
    bounds: [-0.2, 51.5, -0.1, 51.6] as [number, number, number, number],
    maxZoom: 22,
    opacity: 0.75,
    hasSpots: true,
    attribution: "Somebody",
  };
  const found = await styleOf({}, tiles, drawn);
  expect(validateStyleMin(found)).toEqual([]);
  const ids = found.layers.map(({ id }) => id);
  const places = ["base-coast", "coverage", "spots-line", "tiles-assets-area", "path-line"];
  expect(places.map((id) => ids.indexOf(id))).toEqual(
    places.map((id) => ids.indexOf(id)).sort((a, b) => a - b),
  );
  expect(ids).toContain("coverage");
  const plain = await styleOf({}, tiles, { ...drawn, hasSpots: false });
  expect(plain.layers.some(({ id }) => id.startsWith("spots"))).toBe(false);
});
