/** What the service tells of agreements and their money. */

import * as api from "../api.ts";
import { type Filters, filtersQuery } from "./address.ts";
import type { Schema } from "./terms/shapes.ts";

export interface Party {
  name: string;
  role: string;
}

export interface Line {
  ref: string;
  title: string;
  kind: string;
  status: string;
  status_on: string;
  starts_on: string;
  ends_on: string;
  latest_end: string;
  version: number;
  parties: Party[];
  asset_count: number;
  handover_clause: boolean;
}

export interface Agreement extends Line {
  terms: Record<string, unknown>;
  updated_at: string;
}

export interface Held {
  agreement: Agreement;
  etag: string;
}

export interface Day {
  day: string;
  until: string | null;
  kind: string;
  text: string;
  place: string;
}

export interface Past {
  version: number;
  action: string;
  at: string;
  author: string;
  reason: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface Alert {
  agreement: string;
  title: string;
  kind: string;
  place: string;
  day: string;
  act_by: string;
  text: string;
}

export interface ScheduleLine {
  due: string;
  first: string;
  last: string;
  charge: string;
  side: "income" | "cost";
  what: string;
  account: string;
  net_pence: number;
  vat_pence: number;
  assumed: boolean;
}

export interface Year {
  year: string;
  account: string;
  income_pence: number;
  cost_pence: number;
}

export interface Schedule {
  lines: ScheduleLine[];
  financial_years: Year[];
  reason: string | null;
  sources: string[];
}

export interface Percentiles {
  p10_pence: number;
  p50_pence: number;
  p90_pence: number;
}

export interface Swing {
  factor: string;
  low_pence: number;
  high_pence: number;
}

export interface Simulated {
  draws: number;
  seed: number;
  npv: Percentiles;
  base_npv_pence: number;
  probability_of_loss: number;
  years: (Percentiles & { number: number; first: string })[];
  tornado: Swing[];
  left_out: Record<string, string>;
  sources: string[];
}

/** A sum over part of the agreements: the others are few enough to be told of one by one. */
export interface InPart {
  is_part: boolean;
}

export interface Group extends InPart {
  name: string;
  agreements: number;
  income_pence: number | null;
}

/** Income of a group by financial year; null where it is not told. */
export interface GroupYears {
  name: string;
  agreements: number;
  years: ({ year: string; income_pence: number | null } & InPart)[];
}

/** Agreements that end, or may be ended, in a financial year. */
export interface Ending extends InPart {
  year: string;
  count: number;
  refs: string[];
  income_pence: number | null;
}

export interface Portfolio {
  on: string;
  year: string;
  statuses: Record<string, number>;
  income_pence: number | null;
  years: ({
    year: string;
    income_pence: number | null;
    cost_pence: number | null;
    capital_income_pence: number | null;
    capital_cost_pence: number | null;
    paying: number;
    told: number;
  } & InPart)[];
  kinds: Group[];
  asset_kinds: GroupYears[];
  operators_by_year: GroupYears[];
  expiring: Ending[];
  breaking: Ending[];
  uncounted: number;
  without_schedule: Record<string, string>;
  sources: string[];
}

const ROOT = "register/agreements";

function pathOf(ref: string): string {
  return `${ROOT}/${encodeURIComponent(ref)}`;
}

function moneyOf(ref: string): string {
  return `concessions/agreements/${encodeURIComponent(ref)}`;
}

/** A page of the register; `next` is the path of the one after it, `total` counts all pages. */
export interface Page {
  agreements: Line[];
  next: string | null;
  total: number;
}

export function firstPage(filters: Filters, limit: number): Promise<Page> {
  return api.get(`${ROOT}?limit=${limit}&${filtersQuery(filters)}`);
}

export function nextPage(path: string): Promise<Page> {
  return api.get(path.replace(/^\//, ""));
}

/** Every agreement that the filters find, read page by page. */
export async function agreements(filters: Filters): Promise<Line[]> {
  let page = await firstPage(filters, 1_000);
  const found = [...page.agreements];
  while (page.next !== null) {
    page = await nextPage(page.next);
    found.push(...page.agreements);
  }
  return found;
}

export async function agreement(ref: string): Promise<Held> {
  const answer = await api.send("GET", pathOf(ref));
  const told = (await answer.json()) as Agreement;
  return { agreement: told, etag: answer.headers.get("ETag") ?? "" };
}

/** Days are those of UTC, as the service counts them. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

export async function timeline(ref: string): Promise<Day[]> {
  const path = `${pathOf(ref)}/timeline?on=${today()}`;
  return (await api.get<{ items: Day[] }>(path)).items;
}

export async function history(ref: string): Promise<Past[]> {
  return (await api.get<{ entries: Past[] }>(`${pathOf(ref)}/history`)).entries;
}

const MONTHS_AHEAD = 12;

/** What is to be done within a year, or as early as the lead times of the service say. */
export async function alerts(ref?: string): Promise<Alert[]> {
  const of = ref === undefined ? "" : `&ref=${encodeURIComponent(ref)}`;
  const path = `register/alerts?limit=10000&within_months=${MONTHS_AHEAD}${of}`;
  return (await api.get<{ alerts: Alert[] }>(path)).alerts;
}

export function schedule(ref: string): Promise<Schedule> {
  return api.get(`${moneyOf(ref)}/schedule`);
}

/** The schedule that terms would have, before they are saved. */
export async function scheduleOf(
  terms: Record<string, unknown>,
  status: string,
): Promise<Schedule> {
  return (await api.send("POST", "concessions/schedule", { terms, status })).json();
}

let schema: Promise<Schema> | null = null;

/** The JSON Schema of terms; it is the same for everybody, so it is asked for once. */
export function termsSchema(): Promise<Schema> {
  schema ??= api.get<Schema>("concessions/schema").catch((error) => {
    schema = null; // a failure is asked again
    throw error;
  });
  return schema;
}

export function tornado(ref: string): Promise<Simulated> {
  return api.get(`${moneyOf(ref)}/tornado`);
}

export async function workbook(ref: string): Promise<ArrayBuffer> {
  return api.bytes(`${moneyOf(ref)}/workbook.xlsx`);
}

export function portfolio(): Promise<Portfolio> {
  return api.get("concessions/portfolio");
}

/** By which rates and conventions accounts are made; an empty optimism is none. */
export interface AccountsAsked {
  rate: string;
  timing: string;
  upfront: string;
  optimism: string;
}

export interface AccountYear {
  year: string;
  account: string;
  income_pence: number;
  cost_pence: number;
  net_pence: number;
  borrowed_pence: number;
  repaid_pence: number;
  net_after_financing_pence: number;
}

export interface EconomicRow {
  year: number;
  part: string;
  side: string;
  heading: string;
  pence: number;
}

export interface AccountFigure {
  figure: string;
  value: string;
  basis: string;
}

/** Two accounts, never summed; `economic` is null where prices are not known. */
export interface Accounts {
  financial: { years: AccountYear[] };
  economic: { prices: string; rows: EconomicRow[] } | null;
  economic_reason: string | null;
  figures: AccountFigure[];
  assumptions: string[];
  sources: string[];
}

function accountsPath(ref: string, end: string, asked: AccountsAsked): string {
  const { optimism, ...others } = asked;
  const query = new URLSearchParams({ ...others, ...(optimism ? { optimism } : {}) });
  return `${moneyOf(ref)}/${end}?${query}`;
}

export function accounts(ref: string, asked: AccountsAsked): Promise<Accounts> {
  return api.get(accountsPath(ref, "accounts", asked));
}

export async function accountsWorkbook(ref: string, asked: AccountsAsked): Promise<ArrayBuffer> {
  return api.bytes(accountsPath(ref, "accounts.xlsx", asked));
}

/** Assets of a kind that are on offer: void, or let with room for another letting. */
export interface Void {
  asset_kind: string;
  is_let: boolean;
  assets: number;
  spare_mounts: number;
  spare_duct_bores: number;
  spare_fibres: number;
  low_pence: number | null;
  high_pence: number | null;
  valued_by: string | null;
}

export async function voids(): Promise<Void[]> {
  return (await api.get<{ voids: Void[] }>("concessions/voids")).voids;
}

export interface ComparedDeal {
  name: string;
  npv_pence: number;
  npv_range: Percentiles;
  probability_of_loss: number;
  irr: { rate: number | null; reason: string | null };
  payback_years: number | null;
  worst_year_pence: number;
  most_outlaid_pence: number;
  council_bears: string[];
  shared: string[];
  cash_pence: number[];
}

export interface ComparedDeals {
  title: string;
  prices: string;
  deals: ComparedDeal[];
  draws: number;
  seed: number;
  sources: string[];
}

export function dealsSchema(): Promise<Schema> {
  return api.get("concessions/compare/schema");
}

export async function compareDeals(wanted: Record<string, unknown>): Promise<ComparedDeals> {
  return (await api.send("POST", "concessions/compare", wanted)).json();
}

/** The comparison as a picture (SVG). */
export async function dealsPlot(wanted: Record<string, unknown>): Promise<Blob> {
  return (await api.send("POST", "concessions/compare/plot", wanted)).blob();
}

export async function simulation(): Promise<Simulated> {
  const answer = await api.send("POST", "concessions/simulation", { draws: 5_000, years: 15 });
  return (await answer.json()) as Simulated;
}

export async function addEvent(ref: string, kind: string, note: string, on: string): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/events`, { kind, note, ...(on ? { on } : {}) });
}

export async function setStatus(
  { agreement: { ref }, etag }: Held,
  status: string,
  since: string,
  reason: string,
): Promise<void> {
  const body = { status, reason, ...(since ? { since } : {}) };
  await api.send("POST", `${pathOf(ref)}/status`, body, etag);
}

/** Put an agreement in the register. Its reference. */
export async function add(
  terms: Record<string, unknown>,
  status: string,
  since: string,
  reason: string,
  mayNameUnknownAssets: boolean,
): Promise<string> {
  const body = {
    terms,
    status,
    reason,
    allow_unknown_assets: mayNameUnknownAssets,
    ...(since ? { since } : {}),
  };
  const made = (await (await api.send("POST", ROOT, body)).json()) as Agreement;
  return made.ref;
}

export async function change(
  { agreement: { ref }, etag }: Held,
  terms: Record<string, unknown>,
  reason: string,
): Promise<void> {
  await api.send("PUT", pathOf(ref), { terms, reason }, etag);
}
