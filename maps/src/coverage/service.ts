/** What the service tells of coverage runs. */

import type { FeatureCollection, Geometry } from "geojson";
import * as api from "../api.ts";
import type { Box } from "../extent.ts";
import type { Place, Sight } from "./state.ts";

const RUNS = "coverage/runs";
const MOST_RUNS = 100;

export interface RunLine {
  run_id: string;
  name: string;
  technology: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  created_at: string;
  indicative: boolean | null;
  bounds: Box;
}

export interface Run extends RunLine {
  grid: Record<string, number>;
  threshold_dbm: number | null;
  operators: string[] | null;
  attribution: string[];
  provenance: { parameters?: Record<string, string> } | null;
}

export interface Scale {
  offset: number;
  step: number;
  beyond: number;
  unknown: number;
  none: number;
  first: number;
}

export interface TileSet {
  layer: string;
  title: string;
  unit: string;
  operators: string[];
  compares: boolean;
  values: Scale | null;
}

export interface TileSets {
  bounds: Box;
  max_zoom: number;
  tilesets: TileSet[];
}

export type ReadingState = "known" | "unknown" | "none" | "beyond";

export interface Reading {
  layer: string;
  title: string;
  unit: string;
  state: ReadingState;
  value: number | null;
}

export interface OperatorAt {
  operator: string;
  state: ReadingState;
  level_dbm: number | null;
  probability: number | null;
  covers: boolean | null;
}

export interface Server {
  number: number;
  site_id: string;
  operator: string;
  position: [lon: number, lat: number];
  antenna_height_m: number;
  frequency_mhz: number;
  estimated: boolean;
  distance_m: number;
  level_dbm: number | null;
  covers: boolean | null;
}

export interface PlaceAnswer {
  lon: number;
  lat: number;
  cell_m: number;
  threshold_dbm: number;
  indicative: boolean;
  attribution: string[];
  trust: string;
  status: string | null;
  server: string | null;
  readings: Reading[];
  operators: OperatorAt[];
  servers: {
    state: "current" | "stale" | "busy";
    reason: string;
    servers: Server[];
    in_reach: number | null;
    complete: boolean | null;
    differs_db: number | null;
  };
}

export interface PathPoint {
  distance_m: number;
  ground_m: number | null;
  ray_m: number | null;
  fresnel_m: number;
  clearance_m: number | null;
  clearance_ratio: number | null;
}

export interface PathAnswer {
  length_m: number;
  verdict: "clear" | "obstructed" | "blocked" | "unknown";
  sentence: string;
  least_clearance_m: number | null;
  least_clearance_ratio: number | null;
  points_looked_at: number;
  points: PathPoint[];
  obstructions: { from_m: number; to_m: number; worst_m: number; clearance_m: number }[];
  notes: string[];
  attribution: string[];
}

export interface Spot {
  number: number;
  status: "total" | "partial" | "unknown";
  area_m2: number;
  residents: number | null;
}

export interface SpotPage extends FeatureCollection<Geometry, Spot> {
  links: api.Link[];
}

export interface Figure {
  area_name: string;
  place: string;
  operator: string;
  status: string;
  area_m2: number;
  area_share: number | null;
  residents: number | null;
  residents_share: number | null;
}

export async function runs(): Promise<RunLine[]> {
  return (await api.get<{ runs: RunLine[] }>(`${RUNS}?limit=${MOST_RUNS}`)).runs;
}

/** Whether the token in use may read runs; a wrong token is a refusal. */
export async function mayReadRuns(): Promise<boolean> {
  try {
    await api.get(`${RUNS}?limit=1`);
    return true;
  } catch (error) {
    if (error instanceof api.ApiProblem && error.status === 403) return false;
    throw error;
  }
}

export function run(id: string): Promise<Run> {
  return api.get<Run>(`${RUNS}/${id}`);
}

export function tileSets(id: string): Promise<TileSets> {
  return api.get<TileSets>(`${RUNS}/${id}/tiles`);
}

export function valueTile(path: string, signal: AbortSignal): Promise<ArrayBuffer> {
  return api.bytes(`${RUNS}/${path}`, signal);
}

export function at(id: string, { lon, lat }: Place, signal: AbortSignal): Promise<PlaceAnswer> {
  return api.get<PlaceAnswer>(`${RUNS}/${id}/at?lon=${lon}&lat=${lat}`, signal);
}

export function path(id: string, sight: Sight, signal: AbortSignal): Promise<PathAnswer> {
  return api.get<PathAnswer>(`coverage/profile?${pathQuery(id, sight)}`, signal);
}

/** The same path drawn, as SVG of a width [px]. */
export function pathDrawing(
  id: string,
  sight: Sight,
  width_px: number,
  signal: AbortSignal,
): Promise<string> {
  const query = `${pathQuery(id, sight)}&f=svg&width=${width_px}`;
  return api.text(`coverage/profile?${query}`, signal);
}

export function spotsIn(id: string, box: Box, limit: number, signal: AbortSignal) {
  const bbox = box.map((each) => each.toFixed(6)).join(",");
  return api.get<SpotPage>(`${RUNS}/${id}/not-spots?limit=${limit}&bbox=${bbox}`, signal);
}

/** Not-spots in their order, those after a number. */
export function spotsAfter(id: string, after: number, limit: number): Promise<SpotPage> {
  return api.get<SpotPage>(`${RUNS}/${id}/not-spots?limit=${limit}&after=${after}`);
}

export async function figures(id: string): Promise<Figure[]> {
  return (await api.get<{ figures: Figure[] }>(`${RUNS}/${id}/figures`)).figures;
}

function pathQuery(id: string, sight: Sight): string {
  return new URLSearchParams({
    run: id,
    from: `${sight.from.lon},${sight.from.lat}`,
    to: `${sight.to.lon},${sight.to.lat}`,
    from_height_m: String(sight.from_height_m),
    to_height_m: String(sight.to_height_m),
    frequency_mhz: String(sight.frequency_mhz),
  }).toString();
}
