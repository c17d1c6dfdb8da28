/** Form fields from a kind's schema: what may be edited, and what an entry means. Pure. */

import type { FieldSchema, Properties, Queryables } from "../api.ts";

/** Set by the service, not by a person. */
const DERIVED = new Set([
  "asset_id",
  "id",
  "fid",
  "kind",
  "source",
  "ward",
  "designations",
  "version",
  "created_at",
  "updated_at",
  "withdrawn_at",
  "position_generalised_m",
  "geom",
  "geometry",
  "attributes",
]);

export type Entry = "text" | "number" | "integer" | "boolean" | "date" | "choice" | "lines";

export interface FormField {
  name: string;
  entry: Entry;
  schema: FieldSchema;
}

/** The fields a person may fill in, in the schema's order. */
export function formFields({ properties }: Queryables): FormField[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (DERIVED.has(name) || schema.readOnly || schema["x-ogc-role"]) return [];
    const entry = entryOf(schema);
    return entry === null ? [] : [{ name, entry, schema }];
  });
}

function entryOf(schema: FieldSchema): Entry | null {
  if (schema.enum) return "choice";
  const types = [schema.type].flat();
  const type = types.find((each) => each !== "null");
  if (type === "number" || type === "integer" || type === "boolean") return type;
  if (type === "string") return schema.format === "date" ? "date" : "text";
  return null; // lists and records are edited by import
}

/** The value of an entry; null is "not known". */
export function parse({ entry }: FormField, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (entry === "number" || entry === "integer") return Number(trimmed);
  if (entry === "boolean") return trimmed === "true";
  return trimmed;
}

export function entryText(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Only what differs, null where it became unknown: the body of a merge patch. */
export function difference(before: Properties, after: Properties): Properties {
  const names = Object.keys(after).filter(
    (name) => (before[name] ?? null) !== (after[name] ?? null),
  );
  return Object.fromEntries(names.map((name) => [name, after[name] ?? null]));
}

/** The patch that takes `change` back. */
export function inverse(before: Properties, change: Properties): Properties {
  return Object.fromEntries(Object.keys(change).map((name) => [name, before[name] ?? null]));
}
