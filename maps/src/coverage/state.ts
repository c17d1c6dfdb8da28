/** What the address says of a coverage run that is shown. Pure. */

export interface Place {
  lon: number;
  lat: number;
}

/** A path between two antennas. */
export interface Sight {
  from: Place;
  /** Above the ground [m]. */
  from_height_m: number;
  to: Place;
  to_height_m: number;
  frequency_mhz: number;
}

export type TableName = "spots" | "figures";

export interface CoverageState {
  run: string;
  layer: string;
  /** Of a layer by operator. */
  operator: string | null;
  /** Another run: the change from that one is drawn. */
  minus: string | null;
  /** What is below is not drawn [dBm]; null for the run's own threshold. */
  threshold_dbm: number | null;
  /** Of the drawn layer [%]. */
  opacity_pct: number;
  hasSpots: boolean;
  place: Place | null;
  sight: Sight | null;
  table: TableName | null;
}

export const LEVEL = "rsrp_dbm";
export const OPERATOR_LEVEL = "operator_rsrp_dbm";
export const LEAST_DBM = -140;
export const MOST_DBM = -40;
const OPACITY_PCT = 75;
const HEIGHT_LIMIT_M = 1_000;
const RUN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DECIMALS = 6;

/** A run as it is shown first. */
export function shownFirst(run: string): CoverageState {
  return {
    run,
    layer: LEVEL,
    operator: null,
    minus: null,
    threshold_dbm: null,
    opacity_pct: OPACITY_PCT,
    hasSpots: false,
    place: null,
    sight: null,
    table: null,
  };
}

/** Names and values for the address; whatever is not as usual. */
export function coverageParts(state: CoverageState): [string, string][] {
  const parts: [string, string][] = [];
  const layer = state.operator === null ? state.layer : `${state.layer}/${state.operator}`;
  parts.push(["coverage", `${state.run}/${layer}`]);
  if (state.minus !== null) parts.push(["minus", state.minus]);
  if (state.threshold_dbm !== null) parts.push(["threshold", String(state.threshold_dbm)]);
  if (state.opacity_pct !== OPACITY_PCT) parts.push(["opacity", String(state.opacity_pct)]);
  if (state.hasSpots) parts.push(["spots", "1"]);
  if (state.place) parts.push(["at", placeText(state.place)]);
  if (state.sight) parts.push(["path", sightText(state.sight)]);
  if (state.table) parts.push(["figures", state.table]);
  return parts;
}

/** Reads what `coverageParts` writes. What is no value of ours is left out, never an error. */
export function coverageOf(given: URLSearchParams): CoverageState | null {
  const [run = "", layer = "", operator] = (given.get("coverage") ?? "").split("/");
  if (!RUN.test(run) || !/^[a-z_]{1,40}$/.test(layer)) return null;
  const minus = given.get("minus") ?? "";
  const table = given.get("figures");
  return {
    run,
    layer,
    operator: operator?.slice(0, 100) || null,
    minus: RUN.test(minus) ? minus : null,
    threshold_dbm: numberIn(given.get("threshold"), LEAST_DBM, MOST_DBM),
    opacity_pct: numberIn(given.get("opacity"), 0, 100) ?? OPACITY_PCT,
    hasSpots: given.get("spots") === "1",
    place: placeOf((given.get("at") ?? "").split("/")),
    sight: sightOf(given.get("path")),
    table: table === "spots" || table === "figures" ? table : null,
  };
}

/** A number within limits, null for anything else. */
export function numberIn(text: string | null, least: number, most: number): number | null {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return value >= least && value <= most ? value : null;
}

/** `51.540000, -0.150000`, as it is typed. */
export function typedPlace({ lat, lon }: Place): string {
  return `${lat.toFixed(DECIMALS)}, ${lon.toFixed(DECIMALS)}`;
}

/** Latitude and longitude as somebody types them; null for what is none. */
export function placeTyped(text: string): Place | null {
  return placeOf(text.trim().split(/\s*[,/;\s]\s*/));
}

function placeText({ lat, lon }: Place): string {
  return `${lat.toFixed(DECIMALS)}/${lon.toFixed(DECIMALS)}`;
}

function placeOf(parts: readonly string[]): Place | null {
  const lat = numberIn(parts[0] ?? null, -90, 90);
  const lon = numberIn(parts[1] ?? null, -180, 180);
  return lat === null || lon === null || parts.length !== 2 ? null : { lat, lon };
}

function sightText(sight: Sight): string {
  const { from, to, from_height_m, to_height_m, frequency_mhz } = sight;
  return [placeText(from), from_height_m, placeText(to), to_height_m, frequency_mhz].join("/");
}

function sightOf(text: string | null): Sight | null {
  const parts = (text ?? "").split("/");
  if (parts.length !== 7) return null;
  const from = placeOf(parts.slice(0, 2));
  const to = placeOf(parts.slice(3, 5));
  const [from_height_m, to_height_m] = [parts[2], parts[5]].map((each) =>
    numberIn(each ?? null, 0.1, HEIGHT_LIMIT_M),
  );
  const frequency_mhz = numberIn(parts[6] ?? null, 30, 300_000);
  if (!from || !to || !from_height_m || !to_height_m || !frequency_mhz) return null;
  return { from, from_height_m, to, to_height_m, frequency_mhz };
}
