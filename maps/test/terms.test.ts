import { describe, expect, it } from "vitest";
import { compareYears } from "../src/agreements/terms/comparing.ts";
import { hintsOf, type Schema, termsShape } from "../src/agreements/terms/shapes.ts";
import { decimalOf, merged, same, stepsOf, wholeOf } from "../src/agreements/terms/values.ts";
import { aboutEntry, partsOf, titleOf } from "../src/agreements/terms/wording.ts";

const NOTHING = { type: "null" };
const SCHEMA: Schema = {
  description:
    "Terms.\n\nAttributes:\n    vat, note: of charges that do\n        not say `otherwise`.\n\nMore.",
  required: ["title", "charges"],
  properties: {
    title: { type: "string", maxLength: 500 },
    vat: { enum: ["standard", "exempt"] },
    note: { anyOf: [{ type: "string" }, NOTHING] },
    signed: { anyOf: [{ type: "string", format: "date" }, NOTHING] },
    part: { anyOf: [{ type: "number", maximum: 1 }, { type: "string" }] },
    base_month: { anyOf: [{ type: "string", pattern: "(\\d{4})-(0[1-9]|1[0-2])" }, NOTHING] },
    lag: { type: "integer", default: 0 },
    deposit: {
      anyOf: [{ type: "number" }, { type: "string" }, { $ref: "#/$defs/Deposit" }, NOTHING],
    },
    charges: {
      type: "array",
      items: { oneOf: [{ $ref: "#/$defs/Rent" }, { $ref: "#/$defs/Power" }] },
    },
    odd: { anyOf: [{ $ref: "#/$defs/Rent" }, { $ref: "#/$defs/Power" }] },
  },
  $defs: {
    Deposit: { properties: { amount: { type: "number" } }, required: ["amount"] },
    Rent: { properties: { type: { enum: ["rent", "wayleave"] } }, required: ["type"] },
    Power: { properties: { type: { const: "power" } }, required: ["type"] },
  },
};

describe("the form's shape", () => {
  const { fields } = termsShape(SCHEMA);
  const shape = (name: string) => fields.find((each) => each.name === name)?.shape;

  it.each([
    ["title", { is: "text", most: 500, isName: false, isMonth: false }],
    ["vat", { is: "choice", options: ["standard", "exempt"] }],
    ["note", { is: "text", most: null, isName: false, isMonth: false }],
    ["signed", { is: "day" }],
    ["part", { is: "decimal", isPart: true }],
    ["base_month", { is: "text", most: null, isName: false, isMonth: true }],
    ["lag", { is: "whole" }],
    ["odd", { is: "any" }],
  ])("has a kind of field for %s", (name, wanted) => {
    expect(shape(name)).toEqual(wanted);
  });

  it("knows a record that a number may stand for", () => {
    expect(shape("deposit")).toMatchObject({ is: "record", name: "Deposit", short: "amount" });
  });

  it("tells the types of a charge apart", () => {
    const list = shape("charges");
    if (list?.is !== "list" || list.item.is !== "variants") throw new Error("no list of variants");
    expect([...list.item.by].map(([kind, { name }]) => [kind, name])).toEqual([
      ["rent", "Rent"],
      ["wayleave", "Rent"],
      ["power", "Power"],
    ]);
  });

  it("keeps what is needed, what stands where nothing is said, and the help", () => {
    expect(fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name)).toEqual([
      "title",
      "charges",
    ]);
    expect(fields.find(({ name }) => name === "lag")?.initial).toBe(0);
    expect(hintsOf(SCHEMA.description ?? "")).toEqual(
      new Map([
        ["vat", "Of charges that do not say otherwise."],
        ["note", "Of charges that do not say otherwise."],
      ]),
    );
    expect(hintsOf("Without a list.")).toEqual(new Map());
  });
});

describe("what is typed", () => {
  it.each([
    ["", undefined],
    [" 1250.50 ", "1250.50"],
    ["£1,250,000.00", "1250000.00"],
    ["1,25", "1,25"],
    ["about ten", "about ten"],
    ["-0.02", "-0.02"],
  ])("is an exact number, or as it was: %j", (typed, wanted) => {
    expect(decimalOf(typed)).toBe(wanted);
  });

  it.each([
    ["", undefined],
    ["12", 12],
    ["1.5", "1.5"],
    ["twelve", "twelve"],
  ])("is whole, or as it was: %j", (typed, wanted) => {
    expect(wholeOf(typed)).toBe(wanted);
  });
});

it.each([
  ["charges[2].tiers[0].rate", ["charges", 2, "tiers", 0, "rate"]],
  ["term", ["term"]],
  ["charges and costs", ["charges"]],
])("the path %s leads to a field", (path, steps) => {
  expect(stepsOf(path)).toEqual(steps);
});

describe("two people's changes", () => {
  const base = { title: "Roof", vat: "exempt", term: { start: "2026-04-01", months: 12 }, old: 1 };

  it("are one where they touch different fields", () => {
    const mine = { ...base, title: "Mast" };
    const { old: _, ...theirs } = { ...base, vat: "standard" };
    expect(merged(base, mine, theirs)).toEqual({
      terms: { title: "Mast", vat: "standard", term: base.term },
      theirs: ["vat", "old"],
      both: [],
    });
  });

  it("keep mine where both touched a field, unless we agree", () => {
    const mine = { ...base, title: "Mast", vat: "standard" };
    const theirs = { ...base, title: "Pole", vat: "standard" };
    expect(merged(base, mine, theirs)).toMatchObject({ terms: mine, theirs: [], both: ["title"] });
  });

  it("are none where only the order of members differs", () => {
    expect(same({ a: 1, b: [{ c: 2, d: null }] }, { b: [{ c: 2 }], a: 1 })).toBe(true);
    expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  });
});

it("years of two schedules stand side by side, revenue first, also where one has none", () => {
  const year = (name: string, account: string, income_pence: number, cost_pence = 0) => ({
    year: name,
    account,
    income_pence,
    cost_pence,
  });
  const before = [year("2026/27", "revenue", 100), year("2027/28", "revenue", 100)];
  const after = [year("2026/27", "capital", 500), year("2026/27", "revenue", 150, 20)];
  expect(compareYears(before, after)).toEqual([
    { ...year("2026/27", "revenue", 150, 20), change_pence: 30 },
    { ...year("2027/28", "revenue", 0), change_pence: -100 },
    { ...year("2026/27", "capital", 500), change_pence: 500 },
  ]);
});

describe("the words of the form", () => {
  it("leave no field out", () => {
    const parts = partsOf(["ref", "charges", "new_field"]);
    expect(parts.map(({ title, names }) => [title, names])).toEqual([
      ["The agreement", ["ref"]],
      ["Charges and costs", ["charges"]],
      ["Other", ["new_field"]],
    ]);
  });

  it("say of which record a field is", () => {
    expect(titleOf("SharingUplift", "of")).not.toBe(titleOf("Volume", "of"));
    expect(titleOf("LetAsset", "area_m2")).toBe("Area [m²]");
    expect(aboutEntry({ name: "rent", type: "duct-rental" })).toBe("rent (duct rental)");
    expect(aboutEntry("x")).toBe("");
  });
});
