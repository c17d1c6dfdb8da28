import { expect, test } from "vitest";
import { collectionOf, cql2, type Filter, inWords, isNarrowed, NO_FILTER } from "../src/filters.ts";
import { KIND_NAMES } from "../src/symbology.ts";

const filter = (change: Partial<Filter>): Filter => ({ ...NO_FILTER, ...change });

test("no restriction is no condition on all assets", () => {
  expect(cql2(NO_FILTER)).toBeNull();
  expect(collectionOf(NO_FILTER)).toBe("assets");
});

test("one kind is its own collection, several are a condition on assets", () => {
  expect(collectionOf(filter({ kinds: ["mast"] }))).toBe("mast");
  expect(cql2(filter({ kinds: ["mast"] }))).toBeNull();
  expect(cql2(filter({ kinds: ["mast", "duct"] }))).toBe("kind IN ('mast', 'duct')");
});

test("a status that is not known is asked for as null", () => {
  expect(cql2(filter({ statuses: ["unknown"] }))).toBe("status IS NULL");
  expect(cql2(filter({ statuses: ["planned", "unknown"] }))).toBe(
    "(status IN ('planned') OR status IS NULL)",
  );
});

test("conditions are joined, and quotes in a ward's name are doubled", () => {
  const all = filter({
    availability: ["free"],
    heightMin_m: 6,
    heightMax_m: 0.5,
    ward: "St Mary's",
  });
  expect(cql2(all)).toBe(
    "availability IN ('free') AND height_m >= 6 AND height_m <= 0.5 AND ward = 'St Mary''s'",
  );
});

test("the layer switch alone does not narrow", () => {
  expect(isNarrowed(filter({ kinds: [] }))).toBe(false);
  expect(isNarrowed(filter({ ward: "Hill" }))).toBe(true);
});

test("a filter is said in words", () => {
  expect(inWords(filter({ kinds: [...KIND_NAMES], statuses: ["unknown"], heightMin_m: 8 }))).toBe(
    "status not known; at least 8 m high",
  );
});
