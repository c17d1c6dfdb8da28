/** Which view the page of Things shows, as its address tells. Pure. */

import { numberOf } from "../readings/state.ts";

export const SPANS = ["day", "week", "month", "year"] as const;
export type Span = (typeof SPANS)[number];
export const SORTS = ["thing", "name", "last_at", "silent", "battery"] as const;
export type Sort = (typeof SORTS)[number];
export const ONLY = ["all", "silent", "battery"] as const;

export interface Filters {
  q: string;
  kind: string;
  only: (typeof ONLY)[number];
  sort: Sort;
  isReversed: boolean;
}

/** What is asked for of street lighting, as the service names it. */
export const LIT = ["all", "wrong", "silent", "reported", "mismatch"] as const;

export interface LightingView {
  name: "lighting";
  only: (typeof LIT)[number];
  /** The one lamppost that is shown; null for all. */
  asset: string | null;
}

export type View =
  | { name: "list"; filters: Filters }
  | LightingView
  | { name: "thing"; thing: number; stream: number | null; span: Span };

export type ThingView = Extract<View, { name: "thing" }>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const NO_FILTERS: Filters = {
  q: "",
  kind: "",
  only: "all",
  sort: "thing",
  isReversed: false,
};

/** Reads what `toHash` writes. What is no value of ours is left out, never an error. */
export function fromHash(hash: string): View {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  const thing = path.startsWith("thing/") ? numberOf(path.slice("thing/".length)) : null;
  if (thing !== null) {
    const stream = numberOf(given.get("stream"));
    return { name: "thing", thing, stream, span: among(given.get("span"), SPANS) ?? "day" };
  }
  if (path === "lighting") {
    const asset = given.get("asset") ?? "";
    const only = among(given.get("only"), LIT) ?? "all";
    return { name: "lighting", only, asset: UUID.test(asset) ? asset : null };
  }
  const filters: Filters = {
    q: given.get("q")?.slice(0, 200) ?? "",
    kind: given.get("kind") ?? "",
    only: among(given.get("only"), ONLY) ?? "all",
    sort: among(given.get("sort"), SORTS) ?? "thing",
    isReversed: given.get("reverse") === "true",
  };
  return { name: "list", filters };
}

export function toHash(view: View): string {
  if (view.name === "list") {
    const query = queryOf(view.filters).toString();
    return query === "" ? "#/" : `#/?${query}`;
  }
  const query = new URLSearchParams();
  if (view.name === "lighting") {
    if (view.only !== "all") query.set("only", view.only);
    if (view.asset !== null) query.set("asset", view.asset);
    return query.size === 0 ? "#/lighting" : `#/lighting?${query}`;
  }
  if (view.stream !== null) query.set("stream", String(view.stream));
  if (view.span !== "day") query.set("span", view.span);
  const text = query.toString();
  return `#/thing/${view.thing}${text === "" ? "" : `?${text}`}`;
}

/** What is not as usual, as the service asks for it. */
export function queryOf({ q, kind, only, sort, isReversed }: Filters): URLSearchParams {
  const query = new URLSearchParams();
  if (q !== "") query.set("q", q);
  if (kind !== "") query.set("kind", kind);
  if (only !== "all") query.set("only", only);
  if (sort !== "thing") query.set("sort", sort);
  if (isReversed) query.set("reverse", "true");
  return query;
}

/** The order after a press on a heading: what needs care first, then the other way round. */
export function sortAfter(now: Filters, pressed: Sort): Filters {
  if (now.sort === pressed) return { ...now, isReversed: !now.isReversed };
  return { ...now, sort: pressed, isReversed: pressed === "silent" };
}

function among<T extends string>(text: string | null, known: readonly T[]): T | null {
  return known.find((each) => each === text) ?? null;
}
