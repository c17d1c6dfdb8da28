import { expect, test } from "vitest";
import { baseMap, clipPolygon } from "../build/basemap.ts";

test("a polygon is cut at the box's sides", () => {
  const triangle = [
    [
      [-1, 0],
      [1, 0],
      [1, 2],
      [-1, 0],
    ],
  ];
  expect(clipPolygon(triangle, [0, -1, 5, 5])).toEqual([
    [
      [0, 1],
      [0, 0],
      [1, 0],
      [1, 2],
      [0, 1],
    ],
  ]);
});

test("what lies outside is gone", () => {
  expect(
    clipPolygon(
      [
        [
          [8, 8],
          [9, 8],
          [9, 9],
          [8, 8],
        ],
      ],
      [0, 0, 5, 5],
    ),
  ).toEqual([]);
});

test("the bundled map has the world, and finely the land around Britain", () => {
  const parts = baseMap().features.map(({ properties }) => properties?.part);
  expect(parts).toEqual(["world", "sea", "land"]);
});
