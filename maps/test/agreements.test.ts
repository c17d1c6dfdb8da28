import { describe, expect, it } from "vitest";
import { fromHash, NO_FILTERS, toHash, type View } from "../src/agreements/address.ts";
import { dayNumber, dayText, pounds, shortPounds, ticks } from "../src/agreements/money.ts";
import { type Column, compared, csvOf } from "../src/agreements/tables.ts";

describe("the address", () => {
  const views: View[] = [
    { name: "register", filters: NO_FILTERS },
    { name: "register", filters: { ...NO_FILTERS, q: "a & b/c", on: "2026-04-01" } },
    { name: "agreement", ref: "EST/2026/7 %" },
    { name: "portfolio" },
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
