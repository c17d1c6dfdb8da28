/** What the service tells of Things and their readings. */

import * as api from "../api.ts";

export type Result = number | boolean | string | null;

export interface Newest {
  at: string;
  result: Result;
  flags: string[];
}

export interface Seen {
  datastream: number;
  name: string;
  thing: number;
  thing_name: string;
  observed_property: string;
  property: number;
  unit: string | null;
  asset_id: string | null;
  kind: string | null;
  longitude: number | null;
  latitude: number | null;
  interval_s: number | null;
  silent_after_s: number | null;
  is_silent: boolean;
  is_stale: boolean;
  latest: Newest | null;
}

export interface Property {
  id: number;
  name: string;
  definition: string;
  unit: string | null;
  streams: number;
}

export interface Point {
  start: string;
  count: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  coverage: number | null;
}

export interface History {
  datastream: number;
  unit: string | null;
  level: "raw" | "15min" | "hour" | "day";
  start: string;
  end: string;
  readings: Newest[];
  points: Point[];
  next: string | null;
}

export interface Gap {
  since: string;
  until: string | null;
  seconds: number;
}

export interface Gaps {
  longer_than_s: number | null;
  gaps: Gap[];
  is_cut: boolean;
}

export interface Battery {
  datastream: number;
  name: string;
  state: "low" | "falling" | "fine" | "unknown";
  value: number | null;
  unit: string | null;
  at: string | null;
  low_below: number | null;
  per_day: number | null;
  days_left: number | null;
}

export interface Overview {
  thing: number;
  name: string;
  kind: string | null;
  asset_id: string | null;
  datastreams: number;
  silent: number;
  last_at: string | null;
  battery: Battery | null;
}

export interface Whole {
  now: string;
  overview: Overview;
  description: string;
  longitude: number | null;
  latitude: number | null;
  datastreams: Seen[];
  batteries: Battery[];
}

export interface Overviews {
  now: string;
  things: Overview[];
  total: number;
}

const PAGE = 1_000;
export const MOST_DRAWN = 5_000;

export async function properties(): Promise<Property[]> {
  return (await api.get<{ properties: Property[] }>("iot/properties")).properties;
}

/** Newest values of a property, at most `MOST_DRAWN`, and whether there are more. */
export async function latest(
  property: number,
  signal?: AbortSignal,
): Promise<{ seen: Seen[]; isCut: boolean }> {
  const seen: Seen[] = [];
  let after: number | null = 0;
  while (after !== null && seen.length < MOST_DRAWN) {
    const path: string = `iot/latest?observed_property=${property}&limit=${PAGE}&after=${after}`;
    const page: { datastreams: Seen[]; next: number | null } = await api.get(path, signal);
    seen.push(...page.datastreams);
    after = page.next;
  }
  return { seen, isCut: after !== null };
}

export function thing(number: number): Promise<Whole> {
  return api.get(`iot/overview/${number}`);
}

export function overviews(query: string): Promise<Overviews> {
  return api.get(`iot/overview?${query}`);
}

export function history(stream: number, start: Date, end: Date): Promise<History> {
  return api.get(historyPath(stream, start, end));
}

export function historyPath(stream: number, start: Date, end: Date): string {
  const span = `start=${start.toISOString()}&end=${end.toISOString()}`;
  return `iot/datastreams/${stream}/history?${span}`;
}

export function gaps(stream: number, start: Date, end: Date): Promise<Gaps> {
  const span = `start=${start.toISOString()}&end=${end.toISOString()}`;
  return api.get(`iot/datastreams/${stream}/gaps?${span}`);
}
