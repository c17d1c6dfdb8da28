// The offline base map: Natural Earth's coast, cut down to what a council's map needs.
//
// Source: Natural Earth (public domain) in the npm package `world-atlas`, whose land is
// 1:10m around Great Britain and Ireland and 1:110m for the rest of the world.

import { createRequire } from "node:module";
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { type Box, BRITAIN_AND_IRELAND } from "../src/extent.ts";

const DECIMALS = 4; // 11 m at most: finer than the source

type Land = Topology<{ land: GeometryCollection }>;

/** Both parts of the base map as one collection; `part` is world, sea or land. */
export function baseMap(): FeatureCollection {
  const require = createRequire(import.meta.url);
  const read = (name: string): Land => require(`world-atlas/${name}.json`) as Land;
  const near = polygons(read("land-10m"))
    .map((rings) => clipPolygon(rings, BRITAIN_AND_IRELAND))
    .filter((rings) => rings.length > 0);
  return {
    type: "FeatureCollection",
    features: [
      part("world", polygons(read("land-110m"))),
      part("sea", [[ringOf(BRITAIN_AND_IRELAND)]]),
      part("land", near),
    ],
  };
}

function part(name: string, coordinates: Position[][][]): Feature<MultiPolygon> {
  return {
    type: "Feature",
    properties: { part: name },
    geometry: { type: "MultiPolygon", coordinates: coordinates.map((rings) => rings.map(rounded)) },
  };
}

function polygons(topology: Land): Position[][][] {
  const { features } = feature(topology, topology.objects.land) as FeatureCollection<
    Polygon | MultiPolygon
  >;
  return features.flatMap(({ geometry }) =>
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates,
  );
}

function ringOf([west, south, east, north]: Box): Position[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

function rounded(ring: Position[]): Position[] {
  const scale = 10 ** DECIMALS;
  return ring.map((point) => point.map((value) => Math.round(value * scale) / scale));
}

/** A polygon inside a box, empty where nothing is left (Sutherland and Hodgman, 1974). */
export function clipPolygon(rings: Position[][], box: Box): Position[][] {
  const [outer, ...holes] = rings.map((ring) => clipRing(ring, box));
  if (outer === undefined || outer.length < 4) return [];
  return [outer, ...holes.filter((hole) => hole.length >= 4)];
}

function clipRing(ring: Position[], [west, south, east, north]: Box): Position[] {
  let points = ring.slice(0, -1);
  points = cut(points, 0, west, 1);
  points = cut(points, 0, east, -1);
  points = cut(points, 1, south, 1);
  points = cut(points, 1, north, -1);
  const first = points[0];
  return first === undefined ? [] : [...points, first];
}

/** Keep what lies on one side of an axis-parallel line; `side` 1 keeps the greater values. */
function cut(points: Position[], axis: 0 | 1, at: number, side: 1 | -1): Position[] {
  const kept: Position[] = [];
  points.forEach((point, index) => {
    const before = points.at(index - 1) ?? point;
    const isIn = side * (value(point, axis) - at) >= 0;
    const wasIn = side * (value(before, axis) - at) >= 0;
    if (isIn !== wasIn) kept.push(crossing(before, point, axis, at));
    if (isIn) kept.push(point);
  });
  return kept;
}

function crossing(from: Position, to: Position, axis: 0 | 1, at: number): Position {
  const share = (at - value(from, axis)) / (value(to, axis) - value(from, axis));
  const mid = (each: 0 | 1): number =>
    value(from, each) + share * (value(to, each) - value(from, each));
  return axis === 0 ? [at, mid(1)] : [mid(0), at];
}

function value(point: Position, axis: 0 | 1): number {
  return point[axis] ?? 0;
}
