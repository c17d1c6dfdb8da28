/** A shape as its corners, and what an editor does to it. Pure. */

import type { Geometry, Position } from "geojson";

export type ShapeType = "Point" | "LineString" | "Polygon";

export interface Shape {
  type: ShapeType;
  /** Corners; a polygon's outer ring without the closing repetition. */
  corners: readonly Position[];
  /** Rings cut out of a polygon, which stay as they are. */
  holes: readonly Position[][];
}

const LEAST: Record<ShapeType, number> = { Point: 1, LineString: 2, Polygon: 3 };
const DECIMALS = 7; // 1 cm: what a person places; corners that nobody moved stay as they were

export const MOST_CORNERS = 2_000;

export function emptyShape(type: ShapeType): Shape {
  return { type, corners: [], holes: [] };
}

/** The shape of a geometry; null for several parts, which this editor does not take apart. */
export function toShape(geometry: Geometry | null): Shape | null {
  switch (geometry?.type) {
    case "Point":
      return { type: "Point", corners: [geometry.coordinates], holes: [] };
    case "LineString":
      return { type: "LineString", corners: geometry.coordinates, holes: [] };
    case "Polygon":
      return polygon(geometry.coordinates);
    case "MultiLineString": {
      const [only, ...more] = geometry.coordinates;
      return only && more.length === 0 ? { type: "LineString", corners: only, holes: [] } : null;
    }
    case "MultiPolygon": {
      const [only, ...more] = geometry.coordinates;
      return only && more.length === 0 ? polygon(only) : null;
    }
    default:
      return null;
  }
}

function polygon([outer = [], ...holes]: Position[][]): Shape {
  return { type: "Polygon", corners: outer.slice(0, -1), holes };
}

/** The geometry; null while there are too few corners. */
export function toGeometry({ type, corners, holes }: Shape): Geometry | null {
  const [first] = corners;
  if (first === undefined || corners.length < LEAST[type]) return null;
  if (type === "Point") return { type, coordinates: first };
  if (type === "LineString") return { type, coordinates: [...corners] };
  return { type, coordinates: [[...corners, first], ...holes] };
}

function rounded(point: Position): Position {
  const scale = 10 ** DECIMALS;
  return point.slice(0, 2).map((value) => Math.round(value * scale) / scale);
}

export function withCorner(shape: Shape, index: number, place: Position): Shape {
  const corners = shape.corners.map((each, i) => (i === index ? rounded(place) : each));
  return { ...shape, corners };
}

/** A corner more after `index`; a point has only one, which moves. */
export function insertedAfter(shape: Shape, index: number, place: Position): Shape {
  if (shape.type === "Point") return { ...shape, corners: [rounded(place)] };
  if (shape.corners.length >= MOST_CORNERS) return shape;
  const corners = [...shape.corners];
  corners.splice(index + 1, 0, rounded(place));
  return { ...shape, corners };
}

/** A corner less, unless the shape would be none any more. */
export function without(shape: Shape, index: number): Shape {
  if (shape.corners.length <= LEAST[shape.type]) return shape;
  return { ...shape, corners: shape.corners.filter((_, i) => i !== index) };
}

/** Half way from a corner to the next; of a line's last corner, from the one before. */
export function halfway({ type, corners }: Shape, index: number): Position {
  const from = corners[index] ?? [0, 0];
  const isLast = index === corners.length - 1;
  const to =
    (isLast && type === "Polygon" ? corners[0] : corners[index + 1]) ?? corners[index - 1] ?? from;
  return [((from[0] ?? 0) + (to[0] ?? 0)) / 2, ((from[1] ?? 0) + (to[1] ?? 0)) / 2];
}
