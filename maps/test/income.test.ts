import { describe, expect, it } from "vitest";
import {
  type AssetIncome,
  classOf,
  inParts,
  quoted,
  sizeOf,
  THEMES,
  type Theme,
} from "../src/income/looks.ts";

const TODAY = "2026-11-28";
const made = (change: Partial<AssetIncome>): AssetIncome => ({
  asset_ref: "A",
  income_pence: 100,
  is_part: false,
  band: "under £1,000",
  ends_on: "2030-03-31",
  agreements: ["L-1"],
  ...change,
});

describe("the class of an asset", () => {
  it.each([
    ["2026-11-27", "Over"],
    ["2026-11-28", "Within a year"],
    ["2027-11-28", "Within a year"],
    ["2029-11-27", "Within three years"],
    ["2029-12-01", "Later"],
    [null, "Not told"],
  ])("by expiry, ending %s: %s", (ends_on, label) => {
    expect(classOf("expiry", made({ ends_on }), TODAY).label).toBe(label);
  });

  it("by income is the service's band", () => {
    const bands = THEMES.find(({ theme }) => theme === "income")?.classes.map(({ key }) => key);
    for (const band of bands ?? []) {
      expect(classOf("income", made({ band }), TODAY).key).toBe(band);
    }
    expect(classOf("income", null, TODAY).label).toBe("Nothing");
  });

  it("by void tells let from free", () => {
    expect(classOf("void", made({}), TODAY).key).toBe("let");
    expect(classOf("void", null, TODAY).key).toBe("void");
  });

  it("fails for a band that nobody gave a look", () => {
    expect(() => classOf("income", made({ band: "heaps" }), TODAY)).toThrow("no look");
  });
});

it("no two classes of a theme are drawn alike", () => {
  for (const { theme, classes } of THEMES) {
    const sizes = classes.map((look) => sizeOf(theme as Theme, look));
    expect(new Set(sizes).size).toBe(classes.length);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  }
});

it("texts are put into filters in parts, their quotes doubled", () => {
  expect(inParts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(quoted("O'Hara")).toBe("'O''Hara'");
});
