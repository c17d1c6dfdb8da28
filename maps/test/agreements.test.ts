import { describe, expect, it } from "vitest";
import { fromHash, NO_FILTERS, sortAfter, toHash, type View } from "../src/agreements/address.ts";
import { alertDays, alertGroups, monthsAfter } from "../src/agreements/alerts.ts";
import { dayNumber, dayText, pounds, shortPounds, ticks } from "../src/agreements/money.ts";
import { type Column, compared, csvOf } from "../src/agreements/tables.ts";

describe("the address", () => {
  const views: View[] = [
    { name: "register", filters: NO_FILTERS },
    { name: "register", filters: { ...NO_FILTERS, q: "a & b/c", on: "2026-04-01" } },
    { name: "agreement", ref: "EST/2026/7 %" },
    { name: "portfolio" },
    { name: "terms", ref: "EST/2026/7 %" },
    { name: "register", filters: { ...NO_FILTERS, kind: "lease", sort: "-ends_on" } },
  ];
  it.each(views)("tells the view and back: %o", (view) => {
    expect(fromHash(toHash(view))).toEqual(view);
  });

  it("reads what a person typed", () => {
    expect(fromHash("")).toEqual({ name: "register", filters: NO_FILTERS });
    expect(fromHash("#/agreement/100%")).toEqual({ name: "agreement", ref: "100%" });
  });
});

describe("money", () => {
  it("is told to the penny, and not at all where it is withheld", () => {
    expect(pounds(255_177)).toBe("£2,551.77");
    expect(pounds(-1)).toBe("-£0.01");
    expect(pounds(null)).toBe("Not told");
  });

  it.each([
    [0, "£0"],
    [95_000, "£950"],
    [150_000, "£1.5k"],
    [-3_500_000, "−£35k"],
    [123_456_789, "£1.2m"],
  ])("is short on axes: %i", (pence, text) => {
    expect(shortPounds(pence)).toBe(text);
  });

  it.each([
    [0, 95],
    [-40, 3],
    [0, 0],
    [0, 123_456_789],
  ])("has round steps from below %i to above %i", (low, high) => {
    const found = ticks(low, high);
    expect(found[0]).toBeLessThanOrEqual(low);
    expect(found.at(-1)).toBeGreaterThanOrEqual(high);
    expect(found).toContain(0);
    expect(found.length).toBeLessThan(12);
  });
});

describe("days", () => {
  it("are those of the calendar, whatever the reader's time zone", () => {
    expect(dayText("2026-04-01")).toBe("1 April 2026");
    expect(dayNumber("2024-03-01") - dayNumber("2024-02-28")).toBe(2);
  });
});

describe("a table", () => {
  it("sorts numbers by size, words as people do, and nothing last", () => {
    expect([10, 9, null, 100].sort(compared)).toEqual([9, 10, 100, null]);
    expect(["W-10", "W-9"].sort(compared)).toEqual(["W-9", "W-10"]);
  });

  it("is a file that no spreadsheet takes for formulas", () => {
    const columns: Column<{ a: string; b: number }>[] = [
      { name: "A", value: ({ a }) => a },
      { name: "B", value: ({ b }) => b },
    ];
    expect(csvOf(columns, [{ a: "=1+1", b: -2 }])).toBe("\ufeffA,B\r\n'=1+1,-2\r\n");
  });
});

it.each([
  ["", "ref", "-ref"],
  ["-ref", "ref", ""],
  ["", "title", "title"],
  ["title", "title", "-title"],
  ["-title", "title", "title"],
  ["-title", "ends_on", "ends_on"],
])("sorted by %j, a press on %s sorts by %j", (now, pressed, next) => {
  expect(sortAfter(now, pressed)).toBe(next);
});

describe("what is to be done", () => {
  const alert = (act_by: string, day = act_by) => ({
    agreement: "L-1",
    title: "Roof",
    kind: "break-notice",
    place: "breaks[0]",
    day,
    act_by,
    text: "Decide",
  });

  it("is grouped by the day to act, each alert once", () => {
    const days = [
      "2026-01-30",
      "2026-01-31",
      "2026-02-28",
      "2026-03-01",
      "2026-04-30",
      "2026-07-31",
      "2027-01-31",
      "2027-02-01",
    ];
    const groups = alertGroups(
      days.map((each) => alert(each)),
      "2026-01-31",
    );
    expect(groups.map(({ title, alerts }) => [title, alerts.map(({ act_by }) => act_by)])).toEqual([
      ["Overdue", ["2026-01-30"]],
      ["Due within 1 month", ["2026-01-31", "2026-02-28"]],
      ["Due within 3 months", ["2026-03-01", "2026-04-30"]],
      ["Due within 6 months", ["2026-07-31"]],
      ["Due within 12 months", ["2027-01-31"]],
      ["Later", ["2027-02-01"]],
    ]);
  });

  it.each([
    ["2026-01-31", 1, "2026-02-28"],
    ["2027-11-30", 3, "2028-02-29"],
    ["2026-12-15", 1, "2027-01-15"],
  ])("counts months by the calendar: %s and %i", (day, months, wanted) => {
    expect(monthsAfter(day, months)).toBe(wanted);
  });

  it("stands on the timeline from the day to act to the event", () => {
    const [long, short] = alertDays([alert("2026-01-01", "2026-03-01"), alert("2026-01-01")]);
    expect([long?.day, long?.until, short?.until]).toEqual(["2026-01-01", "2026-03-01", null]);
  });
});
