/** Which view the page shows, as its address tells. Pure. */

export interface Filters {
  q: string;
  kind: string;
  status: string;
  party: string;
  asset: string;
  on: string;
  ends_before: string;
  /** "true" or "false": whether users must be handed over to an operator that has coverage. */
  handover_clause: string;
  /** What the service sorts by, with a hyphen before it for the last first; by reference if "". */
  sort: string;
}

export type View =
  | { name: "register"; filters: Filters }
  | { name: "agreement"; ref: string }
  | { name: "terms"; ref: string }
  | { name: "documents"; ref: string }
  | { name: "new" }
  | { name: "portfolio" }
  | { name: "deals" };

export const NO_FILTERS: Filters = {
  q: "",
  kind: "",
  status: "",
  party: "",
  asset: "",
  on: "",
  ends_before: "",
  handover_clause: "",
  sort: "",
};

export function fromHash(hash: string): View {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  if (path === "portfolio" || path === "deals" || path === "new") return { name: path };
  if (path.startsWith("agreement/")) {
    return { name: "agreement", ref: decoded(path.slice("agreement/".length)) };
  }
  if (path.startsWith("terms/"))
    return { name: "terms", ref: decoded(path.slice("terms/".length)) };
  if (path.startsWith("documents/")) {
    return { name: "documents", ref: decoded(path.slice("documents/".length)) };
  }
  const given = new URLSearchParams(query);
  const filters = { ...NO_FILTERS };
  for (const name of Object.keys(filters) as (keyof Filters)[]) {
    filters[name] = given.get(name) ?? "";
  }
  return { name: "register", filters };
}

export function toHash(view: View): string {
  if (view.name === "portfolio" || view.name === "deals" || view.name === "new") {
    return `#/${view.name}`;
  }
  if (view.name === "agreement" || view.name === "terms" || view.name === "documents") {
    return `#/${view.name}/${encodeURIComponent(view.ref)}`;
  }
  const query = filtersQuery(view.filters);
  return query === "" ? "#/" : `#/?${query}`;
}

/** The filters that narrow, as a query. */
export function filtersQuery(filters: Filters): string {
  const given = Object.entries(filters).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
}

/** The order after a press on a heading: rising, then the other way round. Pure. */
export function sortAfter(now: string, pressed: string): string {
  const isRising = now === pressed || (now === "" && pressed === "ref");
  const next = isRising ? `-${pressed}` : pressed;
  return next === "ref" ? "" : next;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign that a person typed
  }
}
