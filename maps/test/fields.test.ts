import { expect, test } from "vitest";
import { difference, type FormField, formFields, inverse, parse } from "../src/edit/fields.ts";

const field = (entry: FormField["entry"]): FormField => ({ name: "x", entry, schema: {} });

test("derived, locked and nested properties are no fields", () => {
  const fields = formFields({
    properties: {
      asset_id: { type: "string" },
      owner: { type: "string", readOnly: true },
      attachments: { type: "array" },
      height_m: { type: ["number", "null"] },
      installed_on: { type: "string", format: "date" },
      power: { type: "string", enum: ["none"] },
    },
  });
  expect(fields.map(({ name, entry }) => [name, entry])).toEqual([
    ["height_m", "number"],
    ["installed_on", "date"],
    ["power", "choice"],
  ]);
});

test("an empty entry is unknown, zero and No are values", () => {
  expect(parse(field("number"), " ")).toBeNull();
  expect(parse(field("number"), "0")).toBe(0);
  expect(parse(field("boolean"), "false")).toBe(false);
  expect(parse(field("text"), " 0012 ")).toBe("0012");
});

test("only what differs is sent, and its inverse takes it back", () => {
  const before = { height_m: 8, street: "Mill Road" };
  const change = difference(before, {
    height_m: null,
    street: "Mill Road",
    name: "A",
    power: null,
  });
  expect(change).toEqual({ height_m: null, name: "A" });
  expect(inverse(before, change)).toEqual({ height_m: 8, name: null });
});
