/** Canopy's HTTP API, as far as the map uses it. The one module that fetches. */

import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { Box } from "./extent.ts";

/** The root of the API: the app is served one level below it, whatever the path before. */
export const ROOT = new URL("../", document.baseURI);
const TIMEOUT_MS = 30_000;
const UPLOAD_MS = 600_000;
const GEOJSON = "application/geo+json";

export type Properties = Record<string, unknown>;
export type AssetFeature = Feature<Geometry | null, Properties> & { id: string };

export interface AssetPage extends FeatureCollection<Geometry | null, Properties> {
  features: AssetFeature[];
  numberMatched?: number;
  numberReturned?: number;
  links?: Link[];
}

export interface Link {
  rel: string;
  href: string;
  type?: string;
}

/** A property as the queryables describe it (JSON Schema). */
export interface FieldSchema {
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  readOnly?: boolean;
  "x-ogc-unit"?: string;
  "x-ogc-role"?: string;
}

export interface Queryables {
  properties: Record<string, FieldSchema>;
}

export interface Revision {
  version: number;
  action: string;
  at: string;
  author?: string;
  reason?: string;
  before: Properties;
  after: Properties;
}

export interface Saved {
  feature: AssetFeature;
  etag: string;
}

export interface ItemsQuery {
  collection: string;
  bbox?: Box | null;
  filter?: string | null;
  sortby?: string | null;
  limit: number;
}

/** A field of what was sent, by its path, and the rule that it breaks. */
export interface WrongField {
  field: string;
  rule: string;
}

/** A refusal of the API: its problem document (RFC 9457), or that it did not answer. */
export class ApiProblem extends Error {
  constructor(
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    message: string,
    readonly kind: string = "",
    /** The fields of what was sent that are wrong, where it tells them. */
    readonly wrong: WrongField[] = [],
  ) {
    super(message);
  }
}

let token: string | null = null;
let isForEditing = false;

/** Send this token from now on; null for none. It is kept in this page's memory only. */
export function useToken(value: string | null): void {
  token = value;
  isForEditing = false;
}

/** The token that is sent. */
export function currentToken(): string | null {
  return token;
}

/** The token may write, and its holder wants to: buttons that change things are shown. */
export function startEditing(): void {
  isForEditing = token !== null;
}

export function isEditing(): boolean {
  return isForEditing;
}

/** The header that tells who asks, for requests that MapLibre makes. */
export function authorisation(): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

export function itemsAddress(query: ItemsQuery): string {
  const address = new URL(`collections/${query.collection}/items`, ROOT);
  address.searchParams.set("f", "json");
  address.searchParams.set("limit", String(query.limit));
  if (query.bbox) address.searchParams.set("bbox", query.bbox.map((x) => x.toFixed(6)).join(","));
  if (query.filter) {
    address.searchParams.set("filter", query.filter);
    address.searchParams.set("filter-lang", "cql2-text");
  }
  if (query.sortby) address.searchParams.set("sortby", query.sortby);
  return address.href;
}

let tilesVersion = 0;

/** The tiles were cut anew: from now on their addresses differ from those used before. */
export function renewTiles(): void {
  tilesVersion += 1;
}

/**
 * MapLibre keeps the parts of a tile that it enlarged by the tile's address, whatever the tile
 * holds by now. The fragment makes another address of it, and is not sent.
 */
export function tilesAddress(collection: string): string {
  const path = `${ROOT.href}collections/${collection}/tiles/WebMercatorQuad/{z}/{y}/{x}`;
  return tilesVersion === 0 ? path : `${path}#${tilesVersion}`;
}

export function tileJsonAddress(collection: string): string {
  return new URL(`collections/${collection}/tiles/WebMercatorQuad?f=tilejson`, ROOT).href;
}

/** Whether this token may change the catalogue. A wrong token is a refusal. */
export async function mayWrite(): Promise<boolean> {
  const told = await request(at("collections/assets/items"), { method: "OPTIONS" });
  return (told.headers.get("Allow") ?? "").split(", ").includes("POST");
}

export function items(query: ItemsQuery, signal?: AbortSignal): Promise<AssetPage> {
  return json<AssetPage>(itemsAddress(query), signal);
}

/** The page after this one; null for the last. */
export function nextAddress(page: AssetPage): string | null {
  const next = page.links?.find(({ rel }) => rel === "next");
  // Behind a proxy the link may name another host than the one this page came from.
  return next === undefined ? null : sameOrigin(next.href);
}

export function page(address: string, signal?: AbortSignal): Promise<AssetPage> {
  return json<AssetPage>(address, signal);
}

export async function item(kind: string, id: string, signal?: AbortSignal): Promise<Saved> {
  const answer = await request(at(`collections/${kind}/items/${id}?f=json`), signal && { signal });
  return saved(answer);
}

export function queryables(collection: string): Promise<Queryables> {
  return json<Queryables>(at(`collections/${collection}/queryables`));
}

export async function history(id: string): Promise<Revision[]> {
  return (await json<{ entries: Revision[] }>(at(`assets/${id}/history`))).entries;
}

export async function search(text: string, signal: AbortSignal): Promise<AssetFeature[]> {
  const address = `search?q=${encodeURIComponent(text)}`;
  return (await json<AssetPage>(at(address), signal)).features;
}

export async function create(
  kind: string,
  geometry: Geometry,
  properties: Properties,
): Promise<Saved> {
  const body = { type: "Feature", geometry, properties };
  const made = await send("POST", `collections/${kind}/items`, body, undefined, GEOJSON);
  const place = made.headers.get("Location");
  if (place === null) throw new ApiProblem(0, "The service did not say where the asset is now.");
  return saved(await request(sameOrigin(place)));
}

/** Change some of an asset: a property that is null becomes unknown. 412 when it is stale. */
export async function patch(
  { kind, id, etag }: { kind: string; id: string; etag: string },
  change: { geometry?: Geometry; properties?: Properties },
): Promise<Saved> {
  const address = `collections/${kind}/items/${id}`;
  await send("PATCH", address, change, etag, "application/merge-patch+json");
  return item(kind, id);
}

/** Write an asset as a whole; brings a withdrawn one back. */
export async function replace(
  { kind, id, etag }: { kind: string; id: string; etag: string },
  geometry: Geometry | null,
  properties: Properties,
): Promise<Saved> {
  const body = { type: "Feature", id, geometry, properties };
  await send("PUT", `collections/${kind}/items/${id}`, body, etag, GEOJSON);
  return item(kind, id);
}

export async function withdraw(name: { kind: string; id: string; etag: string }): Promise<void> {
  await request(at(`collections/${name.kind}/items/${name.id}`), {
    method: "DELETE",
    headers: { "If-Match": name.etag },
  });
}

/** A document at a path below the service's root. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return json<T>(at(path), signal);
}

export async function text(path: string, signal?: AbortSignal): Promise<string> {
  return (await request(at(path), signal && { signal })).text();
}

export async function bytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await request(at(path), signal && { signal })).arrayBuffer();
}

/** An answer that goes on until it is aborted, piece by piece. */
export async function stream(
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const told = { ...authorisation(), ...headers };
  const answer = await fetch(at(path), { headers: told, signal, cache: "no-store" });
  if (!answer.ok || answer.body === null) throw await problem(answer);
  return answer.body;
}

function at(path: string): string {
  return new URL(path, ROOT).href;
}

function sameOrigin(href: string): string {
  const given = new URL(href, ROOT);
  return new URL(given.pathname + given.search, ROOT).href;
}

async function saved(answer: Response): Promise<Saved> {
  const feature = (await answer.json()) as AssetFeature;
  return { feature, etag: answer.headers.get("ETag") ?? "" };
}

/** Ask for a path below the service's root; a body goes as JSON. */
export function send(
  method: string,
  path: string,
  body?: unknown,
  etag?: string,
  type = "application/json",
): Promise<Response> {
  if (body === undefined) return request(at(path), { method });
  const headers: Record<string, string> = { "Content-Type": type };
  if (etag !== undefined) headers["If-Match"] = etag;
  return request(at(path), { method, headers, body: JSON.stringify(body) });
}

/** Send a file as it is. */
export function upload(path: string, file: Blob): Promise<Response> {
  const headers = { "Content-Type": "application/octet-stream" };
  return request(at(path), { method: "POST", headers, body: file }, UPLOAD_MS);
}

async function json<T>(address: string, signal?: AbortSignal): Promise<T> {
  return (await request(address, signal && { signal })).json() as Promise<T>;
}

async function request(
  address: string,
  options: RequestInit = {},
  wait_ms = TIMEOUT_MS,
): Promise<Response> {
  const limit = AbortSignal.timeout(wait_ms);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const headers = { ...authorisation(), ...(options.headers as Record<string, string>) };
  let answer: Response;
  try {
    answer = await fetch(address, { ...options, headers, signal });
  } catch (error) {
    if (options.signal?.aborted) throw error; // nobody waits for it any more
    throw new ApiProblem(0, "The service does not answer. Check the connection and try again.");
  }
  if (!answer.ok) throw await problem(answer);
  return answer;
}

async function problem(answer: Response): Promise<ApiProblem> {
  const text = await answer.text();
  if (!answer.headers.get("Content-Type")?.includes("json")) {
    return new ApiProblem(answer.status, `The service answered ${answer.status}.`);
  }
  const told = JSON.parse(text) as Partial<
    Record<"title" | "detail" | "type", string> & { errors: Partial<WrongField>[] }
  >;
  const message = told.detail ?? told.title ?? `The service answered ${answer.status}.`;
  const wrong = (told.errors ?? []).flatMap(({ field, rule }) =>
    field === undefined || rule === undefined ? [] : [{ field, rule }],
  );
  return new ApiProblem(answer.status, message, told.type ?? "", wrong);
}
