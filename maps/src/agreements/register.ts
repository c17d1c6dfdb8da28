/** The register: agreements that filters find, as a table. */

import { announce, button, el, on } from "../dom.ts";
import { sentence } from "../format.ts";
import { type Filters, NO_FILTERS, toHash } from "./address.ts";
import { dayText } from "./money.ts";
import * as service from "./service.ts";
import { type Column, choice, csvOf, field, save, sortable } from "./tables.ts";

const MOST = 5_000;
export const KINDS = ["lease", "licence", "wayleave", "duct-rental", "concession", "call-off"];
export const STATUSES = ["draft", "active", "continuing", "ended", "withdrawn"];

export function words(code: string): string {
  return sentence(code.replaceAll("-", " "));
}

export function linkTo(ref: string, text = ref): HTMLElement {
  return el("a", { href: toHash({ name: "agreement", ref }) }, text);
}

const COLUMNS: Column<service.Line>[] = [
  { name: "Reference", value: ({ ref }) => ref, show: ({ ref }) => linkTo(ref) },
  { name: "Title", value: ({ title }) => title },
  { name: "Kind", value: ({ kind }) => words(kind) },
  { name: "Status", value: ({ status }) => words(status) },
  { name: "With", value: (line) => others(line) },
  { name: "Start", value: ({ starts_on }) => starts_on, show: (line) => dayText(line.starts_on) },
  { name: "End", value: ({ ends_on }) => ends_on, show: (line) => dayText(line.ends_on) },
  {
    name: "Latest end",
    value: ({ latest_end }) => latest_end,
    show: (line) => dayText(line.latest_end),
  },
  { name: "Assets", value: ({ asset_count }) => asset_count, isNumber: true },
];

/** Everybody but the council. */
function others({ parties }: service.Line): string {
  return parties
    .filter(({ role }) => role !== "council")
    .map(({ name }) => name)
    .join("; ");
}

export async function showRegister(place: HTMLElement, filters: Filters): Promise<void> {
  const results = el("div", { class: "results", "aria-busy": "true" });
  place.replaceChildren(el("h2", {}, "Register of agreements"), form(filters), results);
  const [lines, isCut] = await service.agreements(filters, MOST);
  const told = isCut
    ? `The first ${MOST.toLocaleString("en-GB")} agreements; narrow the filters for the others.`
    : `${lines.length.toLocaleString("en-GB")} ${lines.length === 1 ? "agreement" : "agreements"}`;
  announce(told);
  const toFile = button("Save as CSV", () =>
    save("agreements.csv", csvOf(COLUMNS, lines), "text/csv"),
  );
  results.removeAttribute("aria-busy");
  results.replaceChildren(
    el("div", { class: "row" }, el("p", {}, told), toFile),
    lines.length > 0
      ? sortable("Agreements", COLUMNS, lines)
      : el("p", { class: "empty" }, "No agreement is as asked. Clear a filter, or add one."),
  );
}

function form(filters: Filters): HTMLElement {
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
      const wanted = { ...NO_FILTERS };
      for (const name of Object.keys(wanted) as (keyof Filters)[]) {
        wanted[name] = String(given.get(name) ?? "").trim();
      }
      go(wanted);
    },
  });
}

function go(filters: Filters): void {
  location.hash = toHash({ name: "register", filters });
}
