import { describe, expect, it } from "vitest";
import { fromHash, NO_FILTERS, sortAfter, toHash, type View } from "../src/agreements/address.ts";
import { alertDays, alertGroups, monthsAfter } from "../src/agreements/alerts.ts";
import { hintOf, inPence, inPounds, soFar } from "../src/agreements/answers.ts";
import { lineFactor } from "../src/agreements/charts.ts";
import { endingYears, numbers, runningNet, voidsTold } from "../src/agreements/figures.ts";
import { dayNumber, dayText, pounds, shortPounds, ticks } from "../src/agreements/money.ts";
import { type Column, compared, csvOf } from "../src/agreements/tables.ts";

describe("the address", () => {
  const views: View[] = [
    { name: "register", filters: NO_FILTERS },
    { name: "register", filters: { ...NO_FILTERS, q: "a & b/c", on: "2026-04-01" } },
    { name: "agreement", ref: "EST/2026/7 %" },
    { name: "portfolio" },
    { name: "deals" },
    { name: "new" },
    { name: "register", filters: { ...NO_FILTERS, handover_clause: "false" } },
    { name: "terms", ref: "EST/2026/7 %" },
    { name: "documents", ref: "EST/2026/7 %" },
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

describe("the portfolio", () => {
  const year = (name: string, income: number | null, cost: number | null, is_part = false) => ({
    year: name,
    income_pence: income,
    cost_pence: cost,
    capital_income_pence: 9,
    capital_cost_pence: 0,
    paying: 6,
    told: is_part ? 5 : 6,
    is_part,
  });

  it("sums net revenue up, and nothing after what is not told", () => {
    const years = [year("2026/27", 10, 4), year("2027/28", 5, 9), year("2028/29", null, 0)];
    const later = [...years, year("2029/30", 1, 0)];
    expect(runningNet("2026/27", later)).toEqual([6, 2, null, null]);
  });

  it("sums nothing up where a year is left out", () => {
    expect(runningNet("2026/27", [year("2026/27", 1, 0), year("2028/29", 1, 0)])).toEqual([
      1,
      null,
    ]);
    expect(runningNet("2026/27", [year("2027/28", 1, 0)])).toEqual([null]);
    expect(runningNet("2026/27", [year("2026/27", 1, 0, true)])).toEqual([null]);
  });

  it.each([
    [[0, 50, 100], [20, 900], 10],
    [[0, 50, 100], [99], 1],
    [[-100, 0, 100], [50, -450], 5],
    [[0, 100], [0], 1e-9],
  ])("scales a line over bars by a round factor: %o %o", (lines, values, factor) => {
    expect(lineFactor(lines, values)).toBeCloseTo(factor, 8);
  });

  it("shows every year between the first end and the last break", () => {
    const end = { year: "2026/27", count: 2, refs: ["A", "B"], income_pence: null, is_part: false };
    const gap = { year: "2028/29", count: 1, refs: ["C"], income_pence: 5, is_part: false };
    const found = endingYears([end], [gap]);
    expect(found.map((each) => each.year)).toEqual(["2026/27", "2027/28", "2028/29"]);
    expect(found[0]?.ends).toEqual(end);
    expect(found[0]?.breaks.count).toBe(0);
    expect(found[2]?.breaks).toEqual(gap);
    expect(endingYears([], [])).toEqual([]);
  });

  it("tells what voids may bring, and of how many", () => {
    const void_ = {
      asset_kind: "rooftop",
      is_let: false,
      assets: 3,
      spare_mounts: 0,
      spare_duct_bores: 0,
      spare_fibres: 0,
      low_pence: 100_000,
      high_pence: 250_000,
      valued_by: "rents",
    };
    const unvalued = { ...void_, is_let: true, assets: 2, low_pence: null, high_pence: null };
    const told = voidsTold([void_, unvalued]);
    expect(told).toContain("3 assets on offer are let to nobody, and 2 that are let have room");
    expect(told).toContain("each of the 3 that have a benchmark may bring £1,000 to £2,500");
    expect(voidsTold([unvalued])).toContain("No benchmark");
  });
});

describe("a roll-out", () => {
  it("is read from numbers with commas; what is none stays as it was typed", () => {
    expect(numbers("20, 60;100  7.5")).toEqual([20, 60, 100, 7.5]);
    expect(numbers("20, many")).toEqual([20, "many"]);
    expect(numbers(undefined)).toBeUndefined();
  });
});

describe("answers", () => {
  const question = (name: string, weight: number) => ({
    name,
    group: "criticality",
    asks: name,
    answers: ["low", "high"],
    scores: [0, 1],
    weight,
  });
  const classes = [
    { segment: "transactional", from_points: 0, asked: [] },
    { segment: "major", from_points: 60, asked: [] },
  ];

  it("are summed up as they are given, and the class is told once all are", () => {
    const questions = [question("impact", 60), question("data", 40)];
    expect(soFar(questions, classes, { impact: "high", data: "" })).toBe(
      "1 of 2 answered: 60 points of 100.",
    );
    expect(soFar(questions, classes, { impact: "high", data: "low" })).toBe(
      "2 of 2 answered: 60 points of 100, which is major by points.",
    );
  });

  it("say of an item whose wording was not seen where to read it", () => {
    const item = { number: 6, about: null, evidence: null, source: "the strategy" };
    expect(hintOf({ ...item, standing: "wording-not-seen" })).toContain(
      "read item 6 in the strategy",
    );
  });

  it("are kept in pence to the digit, and what is no amount is left to the service", () => {
    expect(inPence({ amount_gbp: "21000.5", supplier: "M" })).toEqual({
      amount_pence: 2_100_050,
      supplier: "M",
    });
    expect(inPence({ amount_gbp: "-0.01" })).toEqual({ amount_pence: -1 });
    expect(inPence({ amount_gbp: "1.005" })).toEqual({ amount_pence: "1.005" });
    expect(inPounds({ amount_pence: -2_100_005, note: null })).toEqual({ amount_gbp: "-21000.05" });
  });
});
