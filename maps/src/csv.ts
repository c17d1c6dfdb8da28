/** Assets as CSV text (RFC 4180), safe to open in a spreadsheet. Pure. */

import type { Geometry, Position } from "geojson";
import type { AssetFeature } from "./api.ts";

const FIRST = ["asset_id", "kind", "ref", "name", "status", "availability", "height_m"];
const BYTE_ORDER_MARK = "\ufeff"; // without it Excel reads UTF-8 as something else

/** One row per asset; columns are all properties there are, positions as WKT (EPSG:4326). */
export function toCsv(features: readonly AssetFeature[]): string {
  const names = new Set(features.flatMap(({ properties }) => Object.keys(properties)));
  const columns = [...FIRST, ...[...names].filter((name) => !FIRST.includes(name)).sort()];
  const lines = features.map(({ id, properties, geometry }) => {
    const values = columns.map((name) => csvCell(name === "asset_id" ? id : properties[name]));
    return [...values, csvCell(wkt(geometry))].join(",");
  });
  return `${BYTE_ORDER_MARK}${[[...columns, "geometry_wkt"].join(","), ...lines].join("\r\n")}\r\n`;
}

/** Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const plain = typeof value === "string" ? value : JSON.stringify(value);
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function wkt(geometry: Geometry | null): string {
  if (geometry === null || geometry.type === "GeometryCollection") return "";
  const place = (point: Position): string => point.slice(0, 2).join(" ");
  const nested = (part: unknown): string => {
    const list = part as unknown[];
    if (typeof list[0] === "number") return place(list as Position);
    const inner = list.map((each) => {
      const text = nested(each);
      return typeof (each as unknown[])[0] === "number" ? text : `(${text})`;
    });
    return inner.join(", ");
  };
  return `${geometry.type.toUpperCase()} (${nested(geometry.coordinates)})`;
}
