/** The state of the page as its address says it, so that a link shows what was seen. */

import { type CoverageState, coverageOf, coverageParts } from "./coverage/state.ts";
import { AVAILABILITY, type Filter, NO_FILTER } from "./filters.ts";
import { type ReadingsState, readingsOf, readingsParts } from "./readings/state.ts";
import { KIND_NAMES, STATUSES, UNKNOWN } from "./symbology.ts";

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

export interface AssetName {
  kind: string;
  id: string;
}

export interface PageState {
  view: View | null;
  filter: Filter;
  selected: AssetName | null;
  /** All assets at the place that was clicked, the selected one among them. */
  others: readonly AssetName[];
  isTableOpen: boolean;
  /** The coverage run that is shown, and how. */
  coverage: CoverageState | null;
  /** The observed property whose newest values are shown. */
  readings: ReadingsState | null;
}

const HEIGHT_LIMIT_M = 400;
const WARD_CHARS = 200;

/** `#map=15.60/52.12250/-1.50650&kinds=…`; whatever is not as usual. */
export function toHash(state: PageState): string {
  const parts: string[] = [];
  const add = (name: string, value: string): void => {
    parts.push(
      `${name}=${encodeURIComponent(value).replaceAll("%2F", "/").replaceAll("%2C", ",")}`,
    );
  };
  const { view, filter, selected } = state;
  if (view) add("map", `${view.zoom.toFixed(2)}/${view.lat.toFixed(5)}/${view.lon.toFixed(5)}`);
  if (filter.kinds.length < KIND_NAMES.length) add("kinds", filter.kinds.join(",") || "none");
  if (filter.statuses.length > 0) add("status", filter.statuses.join(","));
  if (filter.availability.length > 0) add("availability", filter.availability.join(","));
  if (filter.heightMin_m !== null) add("height_min", String(filter.heightMin_m));
  if (filter.heightMax_m !== null) add("height_max", String(filter.heightMax_m));
  if (filter.ward !== null) add("ward", filter.ward);
  if (selected) add("asset", `${selected.kind}/${selected.id}`);
  if (state.isTableOpen) add("table", "1");
  if (state.coverage) for (const [name, value] of coverageParts(state.coverage)) add(name, value);
  if (state.readings) for (const [name, value] of readingsParts(state.readings)) add(name, value);
  return `#${parts.join("&")}`;
}

/** Reads what `toHash` writes. What is no value of ours is left out, never an error. */
export function fromHash(hash: string): PageState {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const kinds = given.get("kinds");
  const statusNames = STATUSES.map(({ status }) => status ?? UNKNOWN);
  const offers = AVAILABILITY.map(([value]) => value);
  return {
    view: viewOf(given.get("map")),
    filter: {
      kinds: kinds === null ? NO_FILTER.kinds : among(kinds, KIND_NAMES),
      statuses: among(given.get("status"), statusNames),
      availability: among(given.get("availability"), offers),
      heightMin_m: height(given.get("height_min")),
      heightMax_m: height(given.get("height_max")),
      ward: given.get("ward")?.slice(0, WARD_CHARS) || null,
    },
    selected: assetOf(given.get("asset")),
    others: [],
    isTableOpen: given.get("table") === "1",
    coverage: coverageOf(given),
    readings: readingsOf(given),
  };
}

function among(text: string | null, known: readonly string[]): string[] {
  const named = (text ?? "").split(",");
  return known.filter((each) => named.includes(each));
}

function height(text: string | null): number | null {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= HEIGHT_LIMIT_M ? value : null;
}

function viewOf(text: string | null): View | null {
  const [zoom, lat, lon, more] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined || more !== undefined) {
    return null;
  }
  const isPlace = Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 24;
  return isPlace ? { zoom, lat, lon } : null;
}

function assetOf(text: string | null): AssetName | null {
  const [kind, id, more] = (text ?? "").split("/");
  if (!kind || !id || more !== undefined || !KIND_NAMES.includes(kind)) return null;
  return /^[0-9a-zA-Z-]{1,64}$/.test(id) ? { kind, id } : null;
}
