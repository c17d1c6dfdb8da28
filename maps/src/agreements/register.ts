/** The register: filters, the agreements that they find, and what is to be done. */

import { ApiProblem } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { type Filters, NO_FILTERS, toHash } from "./address.ts";
import { alertList } from "./alerts.ts";
import { feedKeys } from "./feed_keys.ts";
import { Listing } from "./listing.ts";
import * as service from "./service.ts";
import { choice, field } from "./tables.ts";
import { words } from "./words.ts";

export { linkTo } from "./listing.ts";
export { words };

const FIELDS = [
  "q",
  "kind",
  "status",
  "party",
  "asset",
  "on",
  "ends_before",
  "handover_clause",
] as const;
export const KINDS = ["lease", "licence", "wayleave", "duct-rental", "concession", "call-off"];
export const STATUSES = ["draft", "active", "continuing", "ended", "withdrawn"];

export async function showRegister(place: HTMLElement, filters: Filters): Promise<void> {
  const listing = new Listing(filters);
  const todo = el("section", { class: "part", "aria-label": "To be done" });
  todo.append(el("h3", {}, "To be done"));
  const add = el(
    "p",
    { hidden: true },
    el("a", { class: "way", href: toHash({ name: "new" }) }, "Record a new agreement"),
  );
  place.replaceChildren(
    el("h2", {}, "Register of agreements"),
    add,
    form(listing),
    listing.element,
    todo,
  );
  await Promise.all([
    listing.load(),
    alertsInto(todo).then((isKeeper) => {
      add.hidden = !isKeeper;
      if (isKeeper) place.append(feedKeys());
    }),
  ]);
}

/** What is to be done about all agreements; nothing, and false, for those who may not know it. */
async function alertsInto(part: HTMLElement): Promise<boolean> {
  part.setAttribute("aria-busy", "true");
  try {
    part.append(alertList("Alerts", await service.alerts(), true, service.today()));
    return true;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 403) part.remove();
    else part.append(el("p", { class: "empty" }, error.message));
    return error.status !== 403;
  } finally {
    part.removeAttribute("aria-busy");
  }
}

function form(listing: Listing): HTMLElement {
  const { filters } = listing;
  const input = (name: keyof Filters, type: string): HTMLInputElement =>
    el("input", { name, type, value: filters[name], maxlength: type === "date" ? null : 500 });
  const every: [string, string][] = [["", "All"]];
  const made = el(
    "form",
    { class: "filters", role: "search", "aria-label": "Filters" },
    field("Reference, title or party", input("q", "search")),
    field(
      "Kind",
      choice(
        "kind",
        [...every, ...KINDS.map((k): [string, string] => [k, words(k)])],
        filters.kind,
      ),
    ),
    field(
      "Status",
      choice(
        "status",
        [["", "All but withdrawn"], ...STATUSES.map((s): [string, string] => [s, words(s)])],
        filters.status,
      ),
    ),
    field("Whole name of a party", input("party", "text")),
    field("Reference of an asset", input("asset", "text")),
    field("In its term on", input("on", "date")),
    field("Ends before", input("ends_before", "date")),
    field(
      "Hand-off clause",
      choice(
        "handover_clause",
        [...every, ["true", "With the clause"], ["false", "Without it"]],
        filters.handover_clause,
      ),
    ),
    el(
      "div",
      { class: "actions" },
      el("button", { type: "submit", class: "main" }, "Find"),
      button("Clear", () => go(NO_FILTERS)),
    ),
  );
  return on(made, {
    submit: (event) => {
      event.preventDefault();
      const given = new FormData(made);
      const wanted = { ...NO_FILTERS, sort: listing.filters.sort };
      for (const name of FIELDS) {
        wanted[name] = String(given.get(name) ?? "").trim();
      }
      go(wanted);
    },
  });
}

function go(filters: Filters): void {
  location.hash = toHash({ name: "register", filters });
}
