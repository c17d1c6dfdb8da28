/** The agreements that filters find: a page at a time, in the order that the service sorts them. */

import { ApiProblem } from "../api.ts";
import { announce, button, el } from "../dom.ts";
import { type Filters, sortAfter, toHash } from "./address.ts";
import { dayText } from "./money.ts";
import * as service from "./service.ts";
import { type Column, csvOf, save, wide } from "./tables.ts";
import { words } from "./words.ts";

const PAGE = 100;

interface Listed extends Column<service.Line> {
  /** What the service calls it, where it sorts by it. */
  sort?: string;
}

export function linkTo(ref: string, text = ref): HTMLElement {
  return el("a", { href: toHash({ name: "agreement", ref }) }, text);
}

const COLUMNS: Listed[] = [
  { name: "Reference", sort: "ref", value: ({ ref }) => ref, show: ({ ref }) => linkTo(ref) },
  { name: "Title", sort: "title", value: ({ title }) => title },
  { name: "Kind", sort: "kind", value: ({ kind }) => words(kind) },
  { name: "Status", sort: "status", value: ({ status }) => words(status) },
  { name: "With", value: (line) => others(line) },
  {
    name: "Start",
    sort: "starts_on",
    value: ({ starts_on }) => starts_on,
    show: (line) => dayText(line.starts_on),
  },
  {
    name: "End",
    sort: "ends_on",
    value: ({ ends_on }) => ends_on,
    show: (line) => dayText(line.ends_on),
  },
  {
    name: "Latest end",
    value: ({ latest_end }) => latest_end,
    show: (line) => dayText(line.latest_end),
  },
  { name: "Hand-off clause", value: ({ handover_clause }) => (handover_clause ? "yes" : "no") },
  { name: "Assets", value: ({ asset_count }) => asset_count, isNumber: true },
];

/** Everybody but the council. */
function others({ parties }: service.Line): string {
  return parties
    .filter(({ role }) => role !== "council")
    .map(({ name }) => name)
    .join("; ");
}

export class Listing {
  readonly element = el("div", { class: "results" });
  private readonly told = el("p");
  private readonly body = el("tbody");
  private readonly more = button("", () => void this.tried(this.next()));
  private readonly heads = COLUMNS.map((column) => this.head(column));
  private page: service.Page = { agreements: [], next: null, total: 0 };
  private readonly table: HTMLElement;
  private shown = 0;
  private asked = 0;

  constructor(public filters: Filters) {
    const head = el("thead", {}, el("tr", {}, ...this.heads));
    const table = el("table", {}, el("caption", {}, "Agreements"), head, this.body);
    this.table = wide("Agreements", table);
    const above = el("div", { class: "row" }, this.told, this.toFile());
    this.element.append(above, this.table, this.more);
    this.markOrder();
  }

  /** Show the first page anew. */
  async load(): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    this.element.setAttribute("aria-busy", "true");
    const page = await service.firstPage(this.filters, PAGE);
    if (turn !== this.asked) return; // another order was asked for meanwhile
    this.body.replaceChildren();
    this.shown = 0;
    this.add(page);
    this.element.removeAttribute("aria-busy");
  }

  private async next(): Promise<void> {
    if (this.page.next === null) return;
    const turn = this.asked;
    const page = await service.nextPage(this.page.next);
    if (turn !== this.asked) return;
    const first = this.body.rows.length;
    this.add(page);
    this.body.rows[first]?.querySelector("a")?.focus();
  }

  /** What the service refuses is told where the count stands. */
  private async tried(asked: Promise<void>): Promise<void> {
    try {
      await asked;
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.element.removeAttribute("aria-busy");
      this.told.textContent = error.message;
      announce(error.message);
    }
  }

  private add(page: service.Page): void {
    this.page = page;
    this.shown += page.agreements.length;
    this.body.append(...page.agreements.map(row));
    this.table.hidden = page.total === 0;
    this.more.hidden = page.next === null;
    this.more.textContent = `Show ${Math.min(PAGE, page.total - this.shown)} more`;
    const total = page.total.toLocaleString("en-GB");
    const noun = page.total === 1 ? "agreement" : "agreements";
    this.told.textContent =
      page.total === 0
        ? "No agreement is as asked. Clear a filter, or add one."
        : page.next === null
          ? `${total} ${noun}`
          : `The first ${this.shown.toLocaleString("en-GB")} of ${total} ${noun}`;
    announce(this.told.textContent);
  }

  private head({ name, sort, isNumber }: Listed): HTMLElement {
    const inside =
      sort === undefined ? name : button(name, () => this.order(sort), { class: "link" });
    return el("th", { scope: "col", class: isNumber ? "number" : null }, inside);
  }

  /** Sort by another column. The address follows, and what has the focus keeps it. */
  private order(pressed: string): void {
    this.filters = { ...this.filters, sort: sortAfter(this.filters.sort, pressed) };
    history.pushState(null, "", toHash({ name: "register", filters: this.filters }));
    this.markOrder();
    void this.tried(this.load());
  }

  private markOrder(): void {
    const sort = this.filters.sort || "ref";
    this.heads.forEach((head, at) => {
      const isBy = COLUMNS[at]?.sort === sort.replace(/^-/, "");
      if (isBy) head.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  /** All that the filters find, also what is not shown yet. */
  private toFile(): HTMLButtonElement {
    return button("Save as CSV", () => {
      const saved = service
        .agreements(this.filters)
        .then((lines) => save("agreements.csv", csvOf(COLUMNS, lines), "text/csv"));
      void this.tried(saved);
    });
  }
}

function row(line: service.Line): HTMLTableRowElement {
  return el(
    "tr",
    {},
    ...COLUMNS.map(({ value, show, isNumber }, at) => {
      const shown = show ? show(line) : String(value(line) ?? "");
      const look = isNumber ? "number" : null;
      return at === 0
        ? el("th", { scope: "row", class: look }, shown)
        : el("td", { class: look }, shown);
    }),
  );
}
