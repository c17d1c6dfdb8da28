import { expect, test } from "vitest";
import { fromHash, type PageState, toHash } from "../src/address.ts";
import { KIND_NAMES } from "../src/symbology.ts";

const ID = "0b8f8f6e-7d6b-4d2f-9c5e-3f1f6a7f0a11";

test("what is written is read back", () => {
  const state: PageState = {
    view: { zoom: 15.25, lat: 52.1225, lon: -1.5065 },
    filter: {
      kinds: KIND_NAMES.slice(0, 2),
      statuses: ["planned", "unknown"],
      availability: ["free"],
      heightMin_m: 0,
      heightMax_m: 12.5,
      ward: "St Mary's & Hill, East",
    },
    selected: { kind: "mast", id: ID },
    others: [],
    isTableOpen: true,
    coverage: null,
    readings: { property: 3, thing: 12 },
  };
  expect(fromHash(toHash(state))).toEqual(state);
});

test("every layer hidden is told from every layer shown", () => {
  const all = fromHash("");
  const none = { ...all, filter: { ...all.filter, kinds: [] } };
  expect(fromHash(toHash(none)).filter.kinds).toEqual([]);
  expect(all.filter.kinds).toEqual(KIND_NAMES);
});

test.each(["#map=15/91/0", "#map=15/52", "#map=a/b/c", "#map=15/52/0/9"])(
  "a view that is none is left out: %s",
  (hash) => {
    expect(fromHash(hash).view).toBeNull();
  },
);

test("foreign values are left out", () => {
  const state = fromHash(
    `#kinds=mast,<b>&status=x&height_min=-1&height_max=1e9&asset=../${ID}&readings=-1`,
  );
  expect(state.filter.kinds).toEqual(["mast"]);
  expect(state.filter.statuses).toEqual([]);
  expect(state.filter.heightMin_m).toBeNull();
  expect(state.filter.heightMax_m).toBeNull();
  expect(state.selected).toBeNull();
  expect(state.readings).toBeNull();
});
