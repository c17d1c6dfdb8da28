/** Lengths and areas on the ellipsoid's sphere, and places within geometries. Pure. */

import type { Geometry, Position } from "geojson";
import type { Box } from "./extent.ts";

/** Mean radius of the Earth [m] (IUGG 1980, R1): lengths in Britain are within 0.4 %. */
const EARTH_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const x = (point: Position): number => point[0] ?? 0;
const y = (point: Position): number => point[1] ?? 0;

/** Great-circle distance [m] of two positions [degrees] (haversine; Sinnott, 1984). */
export function distance_m(from: Position, to: Position): number {
  const dLat = radians(y(to) - y(from));
  const dLon = radians(x(to) - x(from));
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(radians(y(from))) * Math.cos(radians(y(to))) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Length of a path [m]. */
export function length_m(path: readonly Position[]): number {
  let total = 0;
  for (const [index, point] of path.entries()) {
    const before = path[index - 1];
    if (before) total += distance_m(before, point);
  }
  return total;
}

/** Area of a ring [m²], closed or not (Chamberlain and Duquette, JPL 07-3, 2007). */
export function area_m2(ring: readonly Position[]): number {
  let sum = 0;
  for (const [index, point] of ring.entries()) {
    const next = ring[(index + 1) % ring.length] ?? point;
    sum +=
      radians(x(next) - x(point)) * (2 + Math.sin(radians(y(point))) + Math.sin(radians(y(next))));
  }
  return Math.abs((sum * EARTH_M * EARTH_M) / 2);
}

/** Every position of a geometry. */
export function positions(geometry: Geometry | null): Position[] {
  if (geometry === null) return [];
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positions);
  const flat = (part: unknown): Position[] => {
    if (!Array.isArray(part)) return [];
    return typeof part[0] === "number" ? [part as Position] : part.flatMap(flat);
  };
  return flat(geometry.coordinates);
}

/** The box of a geometry; null where it has no position. */
export function boxAround(geometry: Geometry | null): Box | null {
  const all = positions(geometry);
  if (all.length === 0) return null;
  const [xs, ys] = [all.map(x), all.map(y)];
  const low = (values: number[]): number => values.reduce((a, b) => Math.min(a, b));
  const high = (values: number[]): number => values.reduce((a, b) => Math.max(a, b));
  return [low(xs), low(ys), high(xs), high(ys)];
}

/** The middle of a geometry's box; null where it has no position. */
export function middleOf(geometry: Geometry | null): [lon: number, lat: number] | null {
  const box = boxAround(geometry);
  return box === null ? null : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}
