/** What a form has to ask, read from the JSON Schema of terms. Pure. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  format?: string;
  description?: string;
  const?: string;
  enum?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  maxLength?: number;
}

export interface Field {
  name: string;
  shape: Shape;
  isNeeded: boolean;
  hint: string;
  /** What it is where nothing is given. */
  initial: unknown;
}

export interface RecordShape {
  is: "record";
  name: string;
  about: string;
  fields: Field[];
  /** The field that alone may stand for the record: `deposit = 500` is one of that amount. */
  short?: string;
}

export type Shape =
  | { is: "text"; most: number | null; isName: boolean; isMonth: boolean }
  | { is: "day" }
  | { is: "decimal"; isPart: boolean }
  | { is: "whole" }
  | { is: "yes-no" }
  | { is: "choice"; options: string[] }
  | RecordShape
  | { is: "list"; item: Shape }
  | { is: "variants"; by: Map<string, RecordShape> }
  | { is: "any" };

const NAME_PATTERN = "^[a-z0-9]";
const MONTH_PATTERN = "(\\d{4})-";
/** What tells the kinds of a variant apart. */
export const KIND = "type";

/** The terms as one record. */
export function termsShape(schema: Schema): RecordShape {
  return documentShape("Agreement", schema);
}

/** Any document that a schema describes, as one record. */
export function documentShape(name: string, schema: Schema): RecordShape {
  return recordOf(name, schema, schema.$defs ?? {});
}

function recordOf(name: string, schema: Schema, defs: Record<string, Schema>): RecordShape {
  const hints = hintsOf(schema.description ?? "");
  const fields = Object.entries(schema.properties ?? {}).map(([field, each]) => ({
    name: field,
    shape: shapeOf(each, defs),
    isNeeded: (schema.required ?? []).includes(field),
    hint: capital(plain(each.description ?? "")) || (hints.get(field) ?? ""),
    initial: each.default ?? undefined,
  }));
  return { is: "record", name, about: firstSentence(schema.description ?? ""), fields };
}

export function shapeOf(schema: Schema, defs: Record<string, Schema>): Shape {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const found = defs[name] ?? {};
    return found.properties === undefined ? shapeOf(found, defs) : recordOf(name, found, defs);
  }
  if (schema.oneOf !== undefined) return variantsOf(schema.oneOf, defs);
  if (schema.anyOf !== undefined) return eitherOf(schema.anyOf, defs);
  if (schema.enum !== undefined) return { is: "choice", options: schema.enum };
  if (schema.const !== undefined) return { is: "choice", options: [schema.const] };
  if (schema.type === "array") return { is: "list", item: shapeOf(schema.items ?? {}, defs) };
  if (schema.type === "boolean") return { is: "yes-no" };
  if (schema.type === "integer") return { is: "whole" };
  if (schema.type === "number") return { is: "decimal", isPart: schema.maximum === 1 };
  if (schema.type === "string") return textOf(schema);
  return { is: "any" };
}

function textOf({ format, pattern = "", maxLength }: Schema): Shape {
  if (format === "date") return { is: "day" };
  return {
    is: "text",
    most: maxLength ?? null,
    isName: pattern.startsWith(NAME_PATTERN),
    isMonth: pattern.startsWith(MONTH_PATTERN),
  };
}

/**
 * A number may be given as text, so that it loses no digit; nothing may be given as null; a
 * number may stand for a record, as its first needed field.
 */
function eitherOf(parts: Schema[], defs: Record<string, Schema>): Shape {
  const [reference, ...others] = parts.filter(({ $ref }) => $ref !== undefined);
  if (reference === undefined) return scalarOf(parts, defs);
  const shape = shapeOf(reference, defs);
  if (others.length > 0 || shape.is !== "record") return { is: "any" };
  if (!parts.some(({ type }) => type === "number")) return shape;
  return { ...shape, short: shape.fields.find(({ isNeeded }) => isNeeded)?.name ?? "" };
}

function scalarOf(parts: Schema[], defs: Record<string, Schema>): Shape {
  const given = parts.filter(({ type }) => type !== "null");
  const [first] = given.some(({ type }) => type === "number")
    ? given.filter(({ type }) => type !== "string")
    : given;
  const others = given.length - given.filter(({ type }) => type === "string").length;
  return first === undefined || others > 1 ? { is: "any" } : shapeOf(first, defs);
}

function variantsOf(parts: Schema[], defs: Record<string, Schema>): Shape {
  const by = new Map<string, RecordShape>();
  for (const part of parts) {
    const shape = shapeOf(part, defs);
    if (shape.is !== "record") return { is: "any" };
    const kind = shape.fields.find(({ name }) => name === KIND)?.shape;
    for (const each of kind?.is === "choice" ? kind.options : []) by.set(each, shape);
  }
  return { is: "variants", by };
}

/** What a record's description says of its fields, under "Attributes:". */
export function hintsOf(description: string): Map<string, string> {
  const [, listed = ""] = description.split("Attributes:\n");
  const hints = new Map<string, string>();
  let names: string[] = [];
  for (const line of (listed.split("\n\n")[0] ?? "").split("\n")) {
    const [, found, text = ""] = /^ {4}([a-z_0-9]+(?:, [a-z_0-9]+)*): (.*)$/.exec(line) ?? [];
    if (found !== undefined) names = found.split(", ");
    for (const name of names) {
      const before = hints.get(name);
      const more = plain(found === undefined ? line.trim() : text);
      hints.set(name, before === undefined || found !== undefined ? more : `${before} ${more}`);
    }
  }
  return new Map([...hints].map(([name, text]) => [name, capital(text)]));
}

function firstSentence(description: string): string {
  return plain((description.split("\n\n")[0] ?? "").replaceAll("\n", " "));
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
