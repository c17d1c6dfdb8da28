import { expect, test } from "vitest";
import { toCsv } from "../src/csv.ts";

const point = { type: "Point" as const, coordinates: [-1.5, 52] };

test("formulas are disarmed, quotes doubled, unknown left empty, positions are WKT", () => {
  const text = toCsv([
    {
      type: "Feature",
      id: "a",
      geometry: point,
      properties: { kind: "mast", ref: "=1+1", name: 'A "B", C', height_m: 0 },
    },
  ]);
  expect(text.replace("\ufeff", "").split("\r\n")).toEqual([
    "asset_id,kind,ref,name,status,availability,height_m,geometry_wkt",
    `a,mast,'=1+1,"A ""B"", C",,,0,POINT (-1.5 52)`,
    "",
  ]);
});

test("a polygon with a hole has nested rings", () => {
  const ring = [
    [0, 0],
    [1, 0],
    [0, 1],
    [0, 0],
  ];
  const geometry = { type: "Polygon" as const, coordinates: [ring, ring] };
  const rings = "0 0, 1 0, 0 1, 0 0";
  expect(toCsv([{ type: "Feature", id: "a", geometry, properties: {} }])).toContain(
    `"POLYGON ((${rings}), (${rings}))"`,
  );
});
