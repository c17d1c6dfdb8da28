import type { Geometry } from "geojson";
import { expect, test } from "vitest";
import {
  emptyShape,
  halfway,
  insertedAfter,
  type Shape,
  toGeometry,
  toShape,
  withCorner,
  without,
} from "../src/edit/shape.ts";

const square: Geometry = {
  type: "Polygon",
  coordinates: [
    [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
      [0, 0],
    ],
    [
      [0.5, 0.5],
      [1, 0.5],
      [1, 1],
      [0.5, 0.5],
    ],
  ],
};
const shapeOf = (geometry: Geometry): Shape => toShape(geometry) ?? emptyShape("Point");

test("a polygon keeps its holes and is closed again", () => {
  expect(toGeometry(shapeOf(square))).toEqual(square);
});

test("a moved corner of a ring moves where it closes too", () => {
  const moved = toGeometry(withCorner(shapeOf(square), 0, [-1, -1]));
  expect(moved).toMatchObject({
    coordinates: [
      [
        [-1, -1],
        [2, 0],
        [2, 2],
        [0, 2],
        [-1, -1],
      ],
      {},
    ],
  });
});

test("a single part of a multi-geometry is edited, several are not", () => {
  const line = [
    [0, 0],
    [1, 1],
  ];
  expect(toShape({ type: "MultiLineString", coordinates: [line] })?.corners).toEqual(line);
  expect(toShape({ type: "MultiLineString", coordinates: [line, line] })).toBeNull();
});

test("too few corners are no geometry, and the last needed corner stays", () => {
  const line = insertedAfter(emptyShape("LineString"), -1, [0, 0]);
  expect(toGeometry(line)).toBeNull();
  const whole = insertedAfter(line, 0, [1, 0]);
  expect(toGeometry(whole)).toEqual({
    type: "LineString",
    coordinates: [
      [0, 0],
      [1, 0],
    ],
  });
  expect(without(whole, 0)).toBe(whole);
});

test("a point has one corner, which moves", () => {
  const point = insertedAfter(shapeOf({ type: "Point", coordinates: [0, 0] }), 0, [3, 4]);
  expect(toGeometry(point)).toEqual({ type: "Point", coordinates: [3, 4] });
});

test("half way from a ring's last corner leads to its first, from a line's to the one before", () => {
  expect(halfway(shapeOf(square), 3)).toEqual([0, 1]);
  expect(
    halfway(
      shapeOf({
        type: "LineString",
        coordinates: [
          [0, 0],
          [2, 0],
        ],
      }),
      1,
    ),
  ).toEqual([1, 0]);
});
