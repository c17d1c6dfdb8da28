/** What the service tells of an agreement beside its terms: entries, documents, keys of the feed. */

import * as api from "../api.ts";
import type { Schema } from "./terms/shapes.ts";

function pathOf(ref: string): string {
  return `register/agreements/${encodeURIComponent(ref)}`;
}

export interface Segmentation {
  segment: string;
  points: number;
  contributions: Record<string, number>;
  override: string | null;
  version: string;
  monitoring: string;
  asked: string[];
  missing: string[];
}

export interface ChecklistAnswer {
  choice: string;
  evidence: string;
  note: string;
}

export interface Item {
  number: number;
  about: string | null;
  evidence: string | null;
  standing: "in-our-words" | "wording-not-seen" | "council";
  source: string;
}

export interface Checklist {
  answers: Record<string, ChecklistAnswer>;
  unanswered: Item[];
  without_evidence: Item[];
}

export interface Question {
  name: string;
  group: string;
  asks: string;
  answers: string[];
  scores: number[];
  weight: number;
}

/** A class of contracts: from how many points of 100, and what it asks for. */
export interface Class {
  segment: string;
  from_points: number;
  asked: string[];
}

export interface Questions {
  segmentation: Question[];
  classes: Class[];
  checklist: Item[];
  choices: string[];
}

export function segmentation(ref: string): Promise<Segmentation> {
  return api.get(`${pathOf(ref)}/segmentation`);
}

export function checklist(ref: string): Promise<Checklist> {
  return api.get(`${pathOf(ref)}/checklist`);
}

export function questions(): Promise<Questions> {
  return api.get("register/questions");
}

/** What a correction takes the place of, and why. */
export interface Corrects {
  replaces: number;
  reason: string;
}

export async function note(
  ref: string,
  entry: Record<string, unknown>,
  corrects?: Corrects,
): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/entries`, { entry, ...corrects });
}

/** The JSON Schema of a kind of entry, or of what is recorded beside entries. */
export function recordSchema(kind: string): Promise<Schema> {
  return api.get(`register/schemas/${kind}`);
}

/** An entry of the register: its kind, and what it says. */
export interface Entry {
  number: number;
  entry: Record<string, unknown> & { kind: string };
  author: string;
  recorded_at: string;
  replaces: number | null;
  is_current: boolean;
  reason: string | null;
  is_withdrawal: boolean;
}

export async function entries(ref: string): Promise<Entry[]> {
  return (await api.get<{ entries: Entry[] }>(`${pathOf(ref)}/entries`)).entries;
}

export async function withdrawEntry(ref: string, number: string, reason: string): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/entries/${number}/withdrawal`, { reason });
}

/** How an agreement came to market. */
export interface Route {
  options: string[];
  chosen: string;
  reason: string;
  is_inside_law: boolean;
  procured_on: string;
  subject: string;
  initial_pence: number;
}

export interface Notice {
  number: string;
  name: string;
  because: string;
  reference: string;
  due: string | null;
  state: string;
  published_on: string | null;
  published_id: string | null;
}

/** A condition; `value` and `limit` are parts of the initial value or term. */
export interface Test {
  says: string;
  reference: string;
  holds: boolean;
  value: string | null;
  limit: string | null;
}

export interface ChangeAdvice {
  number: number;
  on: string;
  ground: string;
  value_pence: number;
  holds: boolean;
  tests: Test[];
  notice: string | null;
  notice_id: string | null;
  below_pence: number | null;
}

export function route(ref: string): Promise<Route> {
  return api.get(`${pathOf(ref)}/route`);
}

export async function decideRoute(ref: string, route: Record<string, unknown>): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/route`, route);
}

export async function addModification(ref: string, change: Record<string, unknown>): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/modifications`, change);
}

export async function notices(ref: string): Promise<Notice[]> {
  return (await api.get<{ notices: Notice[] }>(`${pathOf(ref)}/notices`)).notices;
}

export async function changes(ref: string): Promise<ChangeAdvice[]> {
  return (await api.get<{ changes: ChangeAdvice[] }>(`${pathOf(ref)}/changes`)).changes;
}

/** A file about an agreement; `author` is told to those who keep the register. */
export interface Document {
  id: number;
  title: string;
  kind: string;
  suffix: string;
  sha256: string;
  size_bytes: number;
  sensitivity: "public" | "exempt";
  supersedes: number | null;
  author: string | null;
  recorded_at: string;
  withdrawn_at: string | null;
  withdrawn_reason: string | null;
}

export interface NewDocument {
  file: File;
  title: string;
  kind: string;
  sensitivity: string;
}

/** All of them for those who keep the register; for others the public ones. */
export async function documents(ref: string): Promise<Document[]> {
  return (await api.get<{ documents: Document[] }>(`${pathOf(ref)}/documents`)).documents;
}

export function documentFile(ref: string, number: number): Promise<ArrayBuffer> {
  return api.bytes(`${pathOf(ref)}/documents/${number}/file`);
}

export async function addDocument(ref: string, sent: NewDocument): Promise<Document> {
  const { file, title, kind, sensitivity } = sent;
  const query = new URLSearchParams({ filename: file.name, title, kind, sensitivity });
  return (await api.upload(`${pathOf(ref)}/documents?${query}`, file)).json();
}

export async function markDocument(
  ref: string,
  number: number,
  sensitivity: string,
  reason: string,
): Promise<void> {
  const path = `${pathOf(ref)}/documents/${number}/sensitivity`;
  await api.send("POST", path, { sensitivity, reason });
}

export async function withdrawDocument(ref: string, number: number, reason: string): Promise<void> {
  await api.send("POST", `${pathOf(ref)}/documents/${number}/withdrawal`, { reason });
}

/** A key of the calendar feed, without its secret. */
export interface FeedKey {
  name: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
}

const KEYS = "register/feed-keys";

export async function feedKeys(): Promise<FeedKey[]> {
  return (await api.get<{ keys: FeedKey[] }>(KEYS)).keys;
}

/** The address of the feed with the new key in it: it is told this once. */
export async function makeFeedKey(name: string, days: number): Promise<string> {
  const answer = await api.send("POST", KEYS, { name, days });
  return ((await answer.json()) as { address: string }).address;
}

export async function withdrawFeedKey(name: string): Promise<void> {
  await api.send("DELETE", `${KEYS}/${encodeURIComponent(name)}`);
}
