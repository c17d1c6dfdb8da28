import { expect, test } from "vitest";
import { fromHash, toHash } from "../src/address.ts";
import { tilesOf } from "../src/coverage/addresses.ts";
import {
  legend,
  painted,
  pixelTable,
  type Ramp,
  rampOf,
  UNKNOWN_COLOUR,
} from "../src/coverage/looks.ts";
import { marksOf } from "../src/coverage/marks.ts";
import type { PathAnswer, Scale } from "../src/coverage/service.ts";
import { type CoverageState, placeTyped, shownFirst } from "../src/coverage/state.ts";
import { harmless, level, reading, trustWords, withUnit } from "../src/coverage/words.ts";

const RUN = "0b8f8f6e-7d6b-4d2f-9c5e-3f1f6a7f0a11";
const OTHER = "1b8f8f6e-7d6b-4d2f-9c5e-3f1f6a7f0a11";
const DECIBELS: Scale = { offset: -250, step: 1 / 128, beyond: 0, unknown: 1, none: 2, first: 3 };
const COUNTS: Scale = { ...DECIBELS, offset: 0, step: 1 };
const SIGHT = {
  from: { lon: -0.15, lat: 51.54 },
  from_height_m: 10.5,
  to: { lon: -0.12, lat: 51.56 },
  to_height_m: 1.5,
  frequency_mhz: 5800,
};

function ramp(layer: string): Ramp {
  const found = rampOf(layer);
  if (found === null) throw new Error(layer);
  return found;
}

/** The pixel of a value, as `#rrggbb`, or null where it is transparent. */
function colour(table: Uint32Array, number: number): string | null {
  const pixel = table[number] ?? 0;
  if (pixel >>> 24 === 0) return null;
  const bytes = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  return `#${bytes.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
}

const numberOf = (value: number, { offset, step, first }: Scale): number =>
  (value - offset) / step + first;

test("what the address says of coverage is read back", () => {
  const coverage: CoverageState = {
    run: RUN,
    layer: "operator_rsrp_dbm",
    operator: "ee",
    minus: OTHER,
    threshold_dbm: -98,
    opacity_pct: 40,
    hasSpots: true,
    place: { lon: -0.1501, lat: 51.5402 },
    sight: SIGHT,
    table: "figures",
  };
  const state = { ...fromHash(""), coverage };
  expect(fromHash(toHash(state)).coverage).toEqual(coverage);
});

test("a run as it is shown first takes one word of the address", () => {
  const state = { ...fromHash(""), coverage: shownFirst(RUN) };
  expect(toHash(state)).toBe(`#coverage=${RUN}/rsrp_dbm`);
});

test.each([
  "#coverage=1/rsrp_dbm",
  `#coverage=${RUN}`,
  `#coverage=${RUN}/<b>`,
  "#minus=1&threshold=-90",
])("an address that names no run shows none: %s", (hash) => {
  expect(fromHash(hash).coverage).toBeNull();
});

test("foreign values beside a run are left out", () => {
  const hash = `#coverage=${RUN}/rsrp_dbm&minus=x&threshold=5&opacity=a&at=95/0&path=1/2&figures=z`;
  expect(fromHash(hash).coverage).toEqual(shownFirst(RUN));
});

test.each([
  ["51.54, -0.15", { lat: 51.54, lon: -0.15 }],
  [" 51.54 -0.15 ", { lat: 51.54, lon: -0.15 }],
  ["51.54", null],
  ["95, 0", null],
  ["51.5, -0.1, 3", null],
])("a place that is typed: %s", (text, place) => {
  expect(placeTyped(text)).toEqual(place);
});

test("each level has the colour of its step from the step's own value on", () => {
  const { steps } = ramp("rsrp_dbm");
  const table = pixelTable(ramp("rsrp_dbm"), DECIBELS, null);
  for (const [index, { at, colour: wanted }] of steps.entries()) {
    const lowest = at ?? -200;
    expect(colour(table, numberOf(lowest, DECIBELS))).toBe(wanted);
    if (index > 0) {
      expect(colour(table, numberOf(lowest, DECIBELS) - 1)).toBe(steps[index - 1]?.colour);
    }
  }
});

test("a threshold leaves what is below transparent, and what is at it drawn", () => {
  const table = pixelTable(ramp("rsrp_dbm"), DECIBELS, -105);
  expect(colour(table, numberOf(-105, DECIBELS) - 1)).toBeNull();
  expect(colour(table, numberOf(-105, DECIBELS))).toBe("#6baf97");
});

test("not known is seen, and neither beyond the area nor out of reach is", () => {
  const table = pixelTable(ramp("rsrp_dbm"), DECIBELS, -105);
  expect([0, 1, 2].map((number) => colour(table, number))).toEqual([null, UNKNOWN_COLOUR, null]);
});

test("a class has its colour, and a code of no class has none", () => {
  const table = pixelTable(ramp("flag"), COUNTS, null);
  const { steps } = ramp("flag");
  expect(steps.map(({ at }) => colour(table, numberOf(at ?? 0, COUNTS)))).toEqual(
    steps.map((step) => step.colour),
  );
  expect(colour(table, numberOf(4, COUNTS))).toBeNull();
});

test("pixels follow the numbers", () => {
  const colours = new Uint32Array(65_536);
  colours[3] = 0xff0000ff;
  expect([...painted(new Uint16Array([0, 3]), colours)]).toEqual([0, 0, 0, 0, 255, 0, 0, 255]);
});

test("the legend says what the threshold hides, what is blank and what is not known", () => {
  const lines = legend(ramp("rsrp_dbm"), -105);
  expect(lines.filter(({ isHidden }) => isHidden).map(({ label }) => label)).toEqual([
    "−115 to −105",
    "below −115",
  ]);
  expect(lines.slice(-2)).toEqual([
    { colour: null, label: "No site reaches", isHidden: false },
    { colour: UNKNOWN_COLOUR, label: "Not known", isHidden: false },
  ]);
});

test("tiles name run, layer, operator and the run to compare with", () => {
  const drawn = { run: RUN, layer: "sinr_db", operator: "a&b", minus: OTHER };
  expect(tilesOf(drawn)).toBe(
    `canopy-coverage://${RUN}/tiles/sinr_db/{z}/{y}/{x}?f=values&size=512&operator=a%26b&minus=${OTHER}`,
  );
});

test("a value is told with its unit, and why there is none where there is none", () => {
  const at = { layer: "rsrp_dbm", title: "", unit: "dBm" } as const;
  expect(reading({ ...at, state: "known", value: -93.44 })).toBe("−93.4\u00a0dBm");
  expect(reading({ ...at, state: "none", value: null })).toBe("No site reaches");
  expect(reading({ ...at, state: "unknown", value: null })).toBe("Not known");
  expect(reading({ ...at, layer: "margin_db", state: "none", value: null })).toContain("second");
  expect(reading({ ...at, layer: "probability", state: "known", value: 0.857 })).toBe("86\u00a0%");
  expect(level("beyond", null)).toBe("Outside the area of the run");
  expect(withUnit(3, "", 0)).toBe("3");
  expect(trustWords("in_range")).toBe("in the range of the method");
});

test("words of an input do nothing in the map's corner", () => {
  expect(harmless('<img src="x">&')).toBe("&lt;img src=&quot;x&quot;&gt;&amp;");
});

test("a path is marked with its ends and what is in its way", () => {
  const answer = { length_m: 100, obstructions: [{ from_m: 25, to_m: 50 }] } as PathAnswer;
  const marks = marksOf(SIGHT.from, { sight: SIGHT, answer });
  const stretch = marks.find(({ properties }) => properties?.inTheWay === true);
  expect(stretch?.geometry).toEqual({
    type: "LineString",
    coordinates: [
      [-0.15 + 0.03 * 0.25, 51.54 + 0.02 * 0.25],
      [-0.15 + 0.03 * 0.5, 51.54 + 0.02 * 0.5],
    ],
  });
  expect(marks.map(({ geometry }) => geometry.type)).toEqual([
    "LineString",
    "LineString",
    "Point",
    "Point",
    "Point",
  ]);
});
