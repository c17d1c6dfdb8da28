import { expect, test } from "vitest";
import { licences } from "../build/licences.ts";

test("the notice names MapLibre, what it bundles and the base map, and no copyleft", () => {
  const text = licences();
  for (const name of [
    "maplibre-gl",
    "earcut",
    "@maplibre/maplibre-gl-style-spec",
    "Natural Earth",
  ]) {
    expect(text).toContain(name);
  }
  expect(text).not.toMatch(/GNU|GPL/);
});
