/** Names and values of properties as people read them. Unknown is said, never shown as zero. */

import type { FieldSchema } from "./api.ts";
import { kindLabel, statusLabel } from "./symbology.ts";

const WORDS: Record<string, string> = {
  asset_id: "Canopy identifier",
  ref: "Reference",
  backhaul_dist_m: "Distance to backhaul",
  pos_accuracy_m: "Position accuracy",
  pos_method: "Position method",
  position_generalised_m: "Position generalised to",
  created_at: "First recorded",
  updated_at: "Last changed",
  version: "Version of the record",
  uprn: "UPRN",
  usrn: "USRN",
  geom: "Position",
};

const UNITS: Record<string, string> = {
  m: "m",
  m2: "m²",
  m3: "m³",
  mm: "mm",
  kg: "kg",
  l: "l",
  w: "W",
  kw: "kW",
  va: "VA",
  kva: "kVA",
  a: "A",
  v: "V",
  kpa: "kPa",
  knm: "kNm",
  mhz: "MHz",
  dbm: "dBm",
  dbi: "dBi",
  deg: "°",
  pct: "%",
  y: "years",
};

const KNOWN_WORDS = new Set(["cctv", "led", "uprn", "usrn", "dno", "eirp", "ptz", "ups", "id"]);

/** The words of a property: the schema's title, else made from its name. */
export function label(name: string, schema?: FieldSchema): string {
  if (schema?.title && schema.title !== name) return schema.title;
  const bare = name.replace(/^attributes\./, "");
  if (WORDS[bare]) return WORDS[bare];
  const words = bare.split("_");
  const last = words.at(-1) ?? "";
  if (words.length > 1 && last in UNITS) words.pop();
  const text = words.map((word) => (KNOWN_WORDS.has(word) ? word.toUpperCase() : word)).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The unit of a property, from its schema or from its name's suffix (`height_m`). */
export function unit(name: string, schema?: FieldSchema): string | null {
  const stated = schema?.["x-ogc-unit"];
  if (stated) return stated;
  const parts = name.split("_");
  return parts.length > 1 ? (UNITS[parts.at(-1) ?? ""] ?? null) : null;
}

/** A value as text; "Not known" for null and undefined. */
export function value(name: string, given: unknown, schema?: FieldSchema): string {
  if (given === null || given === undefined || given === "") return "Not known";
  if (typeof given === "boolean") return given ? "Yes" : "No";
  if (name === "kind") return kindLabel(String(given));
  if (name.endsWith("_at") && typeof given === "string") return moment(given);
  if (name === "status") return statusLabel(String(given));
  if (typeof given === "number") return withUnit(given, unit(name, schema));
  if (Array.isArray(given)) {
    return given.length === 0 ? "None" : given.map((each) => value("", each)).join("; ");
  }
  if (typeof given === "object") {
    const parts = Object.entries(given).map(([key, each]) => `${label(key)}: ${value(key, each)}`);
    return parts.join(", ");
  }
  return schema?.enum || name === "availability" ? sentence(String(given)) : String(given);
}

/** `in_use` as "In use"; `cast_iron` as "Cast iron". */
export function sentence(code: string): string {
  const words = code
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function withUnit(given: number, of: string | null): string {
  const digits = given.toLocaleString("en-GB", {
    maximumFractionDigits: 6,
    useGrouping: of !== null,
  });
  if (of === null) return digits;
  return of === "%" || of === "°" ? `${digits}${of}` : `${digits}\u00a0${of}`;
}

/** "Lamppost 1234", or what else an asset is called. */
export function assetTitle(kind: string, properties: Record<string, unknown>): string {
  const called = properties.ref ?? properties.name;
  return called ? `${kindLabel(kind)} ${String(called)}` : kindLabel(kind);
}

/** An instant as a reader in Britain writes it. */
export function moment(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

export function metres(length_m: number): string {
  if (length_m >= 10_000) return `${(length_m / 1_000).toFixed(1)} km`;
  if (length_m >= 1_000) return `${(length_m / 1_000).toFixed(2)} km`;
  return `${length_m.toFixed(length_m < 100 ? 1 : 0)} m`;
}

export function squareMetres(area_m2: number): string {
  const hectares = area_m2 / 10_000;
  return hectares >= 1
    ? `${hectares.toFixed(2)} ha`
    : `${Math.round(area_m2).toLocaleString("en-GB")} m²`;
}
