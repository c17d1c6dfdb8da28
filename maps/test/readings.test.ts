import { describe, expect, it } from "vitest";
import { marksOf, reach, runsOf } from "../src/readings/chart.ts";
import { EventReader } from "../src/readings/events.ts";
import {
  ago,
  classesOf,
  classOf,
  isLater,
  isStale,
  limitsOf,
  OTHER,
  written,
} from "../src/readings/looks.ts";
import type { History, Seen } from "../src/readings/service.ts";
import { numberOf, readingsOf, readingsParts } from "../src/readings/state.ts";
import { fromHash, NO_FILTERS, sortAfter, toHash } from "../src/things/address.ts";
import { energyText, type Lamp } from "../src/things/lamps.ts";
import { type Alarm, tally } from "../src/things/tally.ts";

const NOW_MS = Date.parse("2026-11-28T12:00:00Z");
const MINUTE_MS = 60_000;

describe("events", () => {
  it("end at an empty line, however they are cut", () => {
    const reader = new EventReader();
    const text = 'id: 5.a.1\r\nevent: latest\r\ndata: {"a":1}\r\n\r\nevent: resync\ndata: {}\n\n';
    const found = [...text].flatMap((letter) => reader.read(letter));
    expect(found).toEqual([
      { name: "latest", data: '{"a":1}' },
      { name: "resync", data: "{}" },
    ]);
    expect(reader.lastId).toBe("5.a.1");
  });

  it("of comments are none, and their id counts", () => {
    const reader = new EventReader();
    expect(reader.read(": hi\nid: 7\n: still here\nretry: 50\n\n")).toEqual([]);
    expect(reader.lastId).toBe("7");
    expect(reader.retry_ms).toBe(50);
  });

  it("that are not whole give no id yet", () => {
    const reader = new EventReader();
    reader.read("id: 8\ndata: 1\n");
    expect(reader.lastId).toBeNull();
    expect(reader.read("\n")).toEqual([{ name: "message", data: "1" }]);
    expect(reader.lastId).toBe("8");
  });

  it("of several lines are one text, and a colon may stand alone", () => {
    expect(new EventReader().read("data: a\ndata:b\ndata\n\n")).toEqual([
      { name: "message", data: "a\nb\n" },
    ]);
  });
});

describe("classes of values", () => {
  it("have round limits, and each value its own", () => {
    const classes = classesOf([3.2, 7.9, 14.1, 21.7], "Cel");
    expect(classes.map(({ label }) => label)).toEqual([
      "under 5\u00a0°C",
      "5 to 10\u00a0°C",
      "10 to 15\u00a0°C",
      "15 to 20\u00a0°C",
      "20\u00a0°C and more",
    ]);
    expect(classOf(classes, 3.2).from).toBe(0);
    expect(classOf(classes, 5).from).toBe(5);
    expect(classOf(classes, 99).from).toBe(20);
    expect(classOf(classes, -99)).toBe(classes[0]);
  });

  it("differ in size and colour, and are at most five", () => {
    for (const [low, high] of [
      [0.021, 0.043],
      [-5, 12],
      [0, 1e6],
      [0.99, 5],
    ] as const) {
      const classes = classesOf([low, high], null);
      expect(classes.length).toBeLessThanOrEqual(5);
      expect(new Set(classes.map(({ size }) => size)).size).toBe(classes.length);
      expect(new Set(classes.map(({ colour }) => colour)).size).toBe(classes.length);
    }
  });

  it("of truth are two, of one number one, of texts none", () => {
    expect(classesOf([true, false], null).map(({ label }) => label)).toEqual(["No", "Yes"]);
    expect(classOf(classesOf([true], null), true).label).toBe("Yes");
    expect(classesOf([4, 4], null)).toHaveLength(1);
    expect(classesOf(["on"], null)).toEqual([]);
    expect(classOf([], "on")).toBe(OTHER);
  });

  it("keep small limits exact", () => {
    expect(limitsOf(0.021, 0.043, 4)).toEqual([0.02, 0.03, 0.04]);
  });
});

it.each([
  [21.456, "Cel", "21.46\u00a0°C"],
  [0.01234, null, "0.0123"],
  [12345.6, "ug/m3", "12,346\u00a0µg/m³"],
  [true, null, "Yes"],
  [null, "%", "None"],
])("%s %s is written %s", (result, unit, text) => {
  expect(written(result, unit)).toBe(text);
});

describe("age", () => {
  const seen = { silent_after_s: 1_200 } as Seen;
  const read = (minutes: number) => ({
    at: new Date(NOW_MS - minutes * MINUTE_MS).toISOString(),
    result: 1,
    flags: [],
  });

  it("is too great after what the datastream says, or a day", () => {
    expect(isStale(seen, read(19), NOW_MS)).toBe(false);
    expect(isStale(seen, read(21), NOW_MS)).toBe(true);
    expect(isStale({ ...seen, silent_after_s: null }, read(1_400), NOW_MS)).toBe(false);
    expect(isStale({ ...seen, silent_after_s: null }, read(1_450), NOW_MS)).toBe(true);
    expect(isStale(seen, null, NOW_MS)).toBe(true);
  });

  it("is told in whole units", () => {
    expect(ago(read(0).at, NOW_MS)).toBe("less than a minute ago");
    expect(ago(read(1).at, NOW_MS)).toBe("1 minute ago");
    expect(ago(read(200).at, NOW_MS)).toBe("3 hours ago");
    expect(ago(null, NOW_MS)).toBe("never");
  });

  it("is compared as time, not as text", () => {
    expect(isLater("2026-11-28T12:00:00.5Z", "2026-11-28T12:00:00Z")).toBe(true);
    expect(isLater("2026-11-28T12:00:00Z", "2026-11-28T12:00:00.000Z")).toBe(false);
  });
});

describe("a chart", () => {
  const point = (hour: number, mean: number | null) => ({
    start: new Date(NOW_MS + hour * 60 * MINUTE_MS).toISOString(),
    count: 2,
    min: mean,
    mean,
    max: mean,
    coverage: 1,
  });
  const history = { level: "hour", readings: [] } as unknown as History;

  it("breaks where an hour is missing or has no number", () => {
    const points = [0, 1, 3, 4, 5].map((hour) => point(hour, hour === 4 ? null : hour));
    const told = { ...history, points };
    const runs = runsOf(marksOf(told), reach(told, null));
    expect(runs.map((run) => run.map(({ middle }) => middle))).toEqual([[0, 1], [3], [5]]);
  });

  it("joins what is no longer apart than the datastream may be silent", () => {
    const told = { ...history, points: [0, 3].map((hour) => point(hour, hour)) };
    expect(runsOf(marksOf(told), reach(told, 4 * 3_600))).toHaveLength(1);
  });

  it("shows truth as 1 and 0, and texts as nothing", () => {
    const readings = [true, false, "open"].map((result, at) => ({
      at: new Date(NOW_MS + at).toISOString(),
      result,
      flags: [],
    }));
    const marks = marksOf({ ...history, level: "raw", readings });
    expect(marks.map(({ middle }) => middle)).toEqual([1, 0, null]);
  });
});

it("alarms are counted by Thing, those of none left out", () => {
  const alarms = [1, 2, 1, null].map((thing_id) => ({ thing_id }) as Alarm);
  expect([...tally(alarms)]).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

describe("addresses", () => {
  it("keep the layer of readings, and nothing foreign", () => {
    const parts = new URLSearchParams(readingsParts({ property: 3, thing: 7 }));
    expect(readingsOf(parts)).toEqual({ property: 3, thing: 7 });
    expect(readingsOf(new URLSearchParams("readings=0"))).toBeNull();
    for (const text of ["-1", "1.5", "1e3", "99999999999", "x", "", "0"]) {
      expect(numberOf(text)).toBeNull();
    }
  });

  it.each([
    "#/",
    "#/?q=a%26b&kind=lamppost&only=silent&sort=battery&reverse=true",
    "#/thing/12",
    "#/thing/12?stream=4&span=year",
  ])("of Things are read back: %s", (hash) => {
    expect(toHash(fromHash(hash))).toBe(hash);
  });

  it("that are foreign show the list", () => {
    expect(fromHash("#/thing/<b>?span=aeon")).toEqual({ name: "list", filters: NO_FILTERS });
    expect(fromHash("#/thing/3?span=aeon&stream=-1")).toEqual({
      name: "thing",
      thing: 3,
      stream: null,
      span: "day",
    });
  });

  it("sort by a press, and turn round by another", () => {
    const first = sortAfter(NO_FILTERS, "silent");
    expect([first.sort, first.isReversed]).toEqual(["silent", true]);
    expect(sortAfter(first, "silent").isReversed).toBe(false);
    expect(sortAfter(first, "battery").isReversed).toBe(false);
  });
});

describe("street lighting", () => {
  const ASSET = "5f0c1d2e-0000-4000-8000-000000000001";

  it("has an address that says what is asked for, or one lamppost", () => {
    for (const view of [
      { name: "lighting", only: "wrong", asset: null } as const,
      { name: "lighting", only: "all", asset: ASSET } as const,
    ]) {
      expect(fromHash(toHash(view))).toEqual(view);
    }
    const odd = fromHash("#/lighting?only=everything&asset=../x");
    expect(odd).toEqual({ name: "lighting", only: "all", asset: null });
  });

  it("tells energy against what was expected", () => {
    const lamp = { metered_kwh: 1.2, expected_kwh: 0.6, findings: [] } as unknown as Lamp;
    expect(energyText({ ...lamp, metered_kwh: null })).toBe("Not metered");
    expect(energyText(lamp)).toBe("1.20 of 0.60 kWh");
    const high = { kind: "energy-high", since: null, detail: "" };
    expect(energyText({ ...lamp, findings: [high] })).toBe("1.20 of 0.60 kWh: too much");
  });
});
