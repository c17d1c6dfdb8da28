import { expect, test } from "vitest";
import { area_m2, boxAround, distance_m, length_m, middleOf } from "../src/geometry.ts";

const QUARTER_M = (Math.PI / 2) * 6_371_008.8;

test("a quarter of the globe is a quarter of its circumference", () => {
  expect(distance_m([0, 0], [90, 0])).toBeCloseTo(QUARTER_M, 3);
  expect(distance_m([0, 0], [0, 90])).toBeCloseTo(QUARTER_M, 3);
});

test("a path is as long as its parts, and a single point has no length", () => {
  expect(
    length_m([
      [0, 0],
      [45, 0],
      [90, 0],
    ]),
  ).toBeCloseTo(QUARTER_M, 3);
  expect(length_m([[0, 0]])).toBe(0);
});

test("an octant of the globe has an eighth of its area", () => {
  const octant = area_m2([
    [0, 0],
    [90, 0],
    [90, 90],
    [0, 90],
  ]);
  expect(octant / ((4 * Math.PI * 6_371_008.8 ** 2) / 8)).toBeCloseTo(1, 9);
});

test("the direction of a ring does not change its area", () => {
  const ring = [
    [0, 52],
    [0.01, 52],
    [0.01, 52.01],
  ];
  expect(area_m2([...ring].reverse())).toBeCloseTo(area_m2(ring), 6);
});

test("a shape without a position has neither box nor middle", () => {
  expect(boxAround(null)).toBeNull();
  expect(middleOf({ type: "MultiPoint", coordinates: [] })).toBeNull();
  expect(
    middleOf({
      type: "LineString",
      coordinates: [
        [0, 0],
        [2, 4],
      ],
    }),
  ).toEqual([1, 2]);
});
