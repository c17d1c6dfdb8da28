/** The assets in view as a table that sorts: the map for those who do not use one. */

import * as api from "../api.ts";
import type { App } from "../app.ts";
import { announce, button, debounced, el } from "../dom.ts";
import { collectionOf, cql2, inWords } from "../filters.ts";
import { assetTitle, label, value } from "../format.ts";
import { boxOf } from "../map.ts";
import type { Page } from "../page.ts";

const COLUMNS = ["kind", "ref", "name", "street", "ward", "status", "availability", "height_m"];
const ROWS = 100;
const WAIT_MS = 300;

/** Returns what fetches the table again. */
export function addTable(app: App, page: Page): () => void {
  const table = new Table(app, page.table);
  const toggle = button("Table", () => table.open(!app.store.state.isTableOpen), {
    id: "toggle-table",
    "aria-controls": "table",
    "aria-expanded": "false",
  });
  page.tools.append(toggle);
  document.addEventListener("canopy:open-table", () => table.open(true));
  const show = (): void => {
    const { isTableOpen } = app.store.state;
    page.table.hidden = !isTableOpen;
    toggle.setAttribute("aria-expanded", String(isTableOpen));
  };
  const load = debounced(WAIT_MS, () => table.load());
  app.map.on("moveend", load);
  app.store.subscribe((now, before) => {
    show();
    if (now.isTableOpen !== before.isTableOpen || now.filter !== before.filter) load();
    if (now.selected !== before.selected) table.markSelected();
  });
  show();
  load();
  return load;
}

class Table {
  private sort: { column: string; isDescending: boolean } | null = null;
  private running: AbortController | null = null;
  private readonly count = el("p", { id: "table-count", role: "status" });
  private readonly body = el("tbody", {});
  private readonly heads = new Map<string, HTMLElement>();
  private readonly more = button("Next 100", () => void this.loadMore(), { id: "table-more" });
  private readonly caption = el("caption", {});
  private next: string | null = null;
  private shown = 0;

  constructor(
    private readonly app: App,
    place: HTMLElement,
  ) {
    const heads = COLUMNS.map((column) => this.head(column));
    const table = el("table", {}, this.caption, el("thead", {}, el("tr", {}, ...heads)), this.body);
    const scroller = el(
      "div",
      {
        class: "scroller",
        tabindex: "0",
        role: "group",
        "aria-label": "Table, scrolls",
      },
      table,
    );
    const close = button("Close table", () => this.open(false), { class: "close" });
    place.append(el("div", { class: "table-bar" }, this.count, this.more, close), scroller);
    this.more.hidden = true;
  }

  open(isOpen: boolean): void {
    this.app.store.set({ isTableOpen: isOpen });
    if (!isOpen) document.querySelector<HTMLElement>("#toggle-table")?.focus();
  }

  load(): void {
    this.running?.abort();
    if (!this.app.store.state.isTableOpen) return;
    this.running = new AbortController();
    void this.fetch(() => api.items(this.query(), this.running?.signal), true);
  }

  private async loadMore(): Promise<void> {
    const { next } = this;
    if (next !== null) await this.fetch(() => api.page(next, this.running?.signal), false);
  }

  private query(): api.ItemsQuery {
    const { filter } = this.app.store.state;
    const { sort } = this;
    return {
      collection: collectionOf(filter),
      bbox: boxOf(this.app.map),
      filter: cql2(filter),
      limit: ROWS,
      sortby: sort === null ? null : `${sort.isDescending ? "-" : "+"}${sort.column}`,
    };
  }

  private async fetch(ask: () => Promise<api.AssetPage>, isFirst: boolean): Promise<void> {
    const { signal } = this.running ?? new AbortController();
    if (this.app.store.state.filter.kinds.length === 0) {
      return this.show({ type: "FeatureCollection", features: [] }, true);
    }
    try {
      this.show(await ask(), isFirst);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof api.ApiProblem)) throw error;
      this.body.replaceChildren();
      this.more.hidden = true;
      this.count.textContent = `The table could not be fetched. ${error.message}`;
    }
  }

  private show(page: api.AssetPage, isFirst: boolean): void {
    const rows = page.features.map((feature) => this.row(feature));
    if (isFirst) {
      this.body.replaceChildren(...rows);
      this.shown = 0;
    } else {
      this.body.append(...rows);
      rows[0]?.querySelector("button")?.focus();
    }
    this.shown += rows.length;
    this.next = api.nextAddress(page);
    this.more.hidden = this.next === null;
    const words = inWords(this.app.store.state.filter);
    this.caption.textContent = words ? `Assets in view: ${words}` : "Assets in view";
    this.count.textContent = this.countText(page.numberMatched);
    this.markSelected();
  }

  private countText(matched: number | undefined): string {
    const shown = this.shown.toLocaleString("en-GB");
    if (this.shown === 0) return "No assets in view.";
    if (matched !== undefined)
      return `${shown} of ${matched.toLocaleString("en-GB")} assets in view`;
    return this.next === null ? `${shown} assets in view` : `The first ${shown} assets in view`;
  }

  private row(feature: api.AssetFeature): HTMLElement {
    const { properties, id } = feature;
    const kind = String(properties.kind ?? this.app.store.state.filter.kinds[0]);
    const title = assetTitle(kind, properties);
    const name = { kind, id };
    const choose = button(
      value("kind", kind),
      () => {
        this.app.store.set({ selected: name, others: [name] });
      },
      { "aria-label": `Show ${title}`, class: "link" },
    );
    const cells = COLUMNS.map((column) => {
      if (column === "kind") return el("th", { scope: "row" }, choose);
      const given = properties[column] ?? null;
      return el(
        "td",
        { class: given === null ? "unknown" : null },
        given === null ? "Not known" : value(column, given),
      );
    });
    return el("tr", { "data-id": id }, ...cells);
  }

  private head(column: string): HTMLElement {
    const head = el(
      "th",
      { scope: "col", "aria-sort": "none" },
      button(label(column), () => this.sortBy(column)),
    );
    this.heads.set(column, head);
    return head;
  }

  private sortBy(column: string): void {
    const isDescending = this.sort?.column === column && !this.sort.isDescending;
    this.sort = { column, isDescending };
    for (const [name, head] of this.heads) {
      const order = isDescending ? "descending" : "ascending";
      head.setAttribute("aria-sort", name === column ? order : "none");
    }
    announce(`Sorted by ${label(column)}, ${isDescending ? "descending" : "ascending"}`);
    this.load();
  }

  markSelected(): void {
    const id = this.app.store.state.selected?.id;
    for (const row of this.body.querySelectorAll<HTMLElement>("tr")) {
      row.toggleAttribute("data-selected", row.dataset.id === id);
    }
  }
}
