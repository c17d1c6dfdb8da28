/** The search box: an ARIA combobox over the API's search. */

import { ApiProblem, type AssetFeature, search } from "../api.ts";
import type { App } from "../app.ts";
import { announce, debounced, el, on } from "../dom.ts";
import { assetTitle } from "../format.ts";
import { middleOf } from "../geometry.ts";
import { goTo } from "../map.ts";
import type { Page } from "../page.ts";

const LEAST_CHARS = 2;
const TYPING_MS = 200;
const MOST_SHOWN = 10;
const FOUND_ZOOM = 17;

export function addSearch(app: App, page: Page): void {
  const list = el("ul", {
    id: "search-results",
    role: "listbox",
    "aria-label": "Found",
    hidden: true,
  });
  const input = el("input", {
    id: "search-box",
    type: "search",
    role: "combobox",
    autocomplete: "off",
    maxlength: "200",
    "aria-controls": "search-results",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    placeholder: "Reference, street, postcode or UPRN",
  });
  const label = el("label", { for: "search-box", class: "sr-only" }, "Search assets");
  page.header.insertBefore(
    el("div", { class: "search", role: "search" }, label, input, list),
    page.tools,
  );
  new Search(app, input, list);
}

class Search {
  private found: AssetFeature[] = [];
  private active = -1;
  private running: AbortController | null = null;

  constructor(
    private readonly app: App,
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
  ) {
    const ask = debounced(TYPING_MS, () => void this.ask());
    on(input, {
      input: () => ask(),
      keydown: (event) => this.key(event),
      blur: () => this.close(),
    });
  }

  private async ask(): Promise<void> {
    this.running?.abort();
    const text = this.input.value.trim();
    if (text.length < LEAST_CHARS) return this.close();
    this.running = new AbortController();
    const { signal } = this.running;
    try {
      this.found = (await search(text, signal)).slice(0, MOST_SHOWN);
      this.show(this.found.length === 0 ? "Nothing found" : null);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem)) throw error;
      this.found = [];
      this.show(`The search failed. ${error.message}`);
    }
  }

  private show(message: string | null): void {
    this.active = -1;
    const options = this.found.map((feature, index) => this.option(feature, index));
    const none =
      message === null
        ? []
        : [el("li", { class: "none", role: "option", "aria-disabled": "true" }, message)];
    this.list.replaceChildren(...options, ...none);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    announce(message ?? `${this.found.length} found`);
    this.mark();
  }

  private option(feature: AssetFeature, index: number): HTMLElement {
    const { properties } = feature;
    const place = [properties.street, properties.locality, properties.postcode];
    const title = assetTitle(String(properties.kind), properties);
    const row = el(
      "li",
      { id: `found-${index}`, role: "option", "aria-selected": "false" },
      el("b", {}, title),
      el("small", {}, place.filter(Boolean).join(", ")),
    );
    return on(row, {
      mousedown: (event) => event.preventDefault(), // the box keeps the keyboard
      click: () => this.take(index),
    });
  }

  private key(event: KeyboardEvent): void {
    const count = this.found.length;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown" && count > 0) this.active = (this.active + 1) % count;
    else if (event.key === "ArrowUp" && count > 0)
      this.active = (Math.max(this.active, 0) + count - 1) % count;
    else if (event.key === "Enter") this.take(Math.max(this.active, 0));
    else return;
    event.preventDefault();
    this.mark();
  }

  private mark(): void {
    this.list.querySelectorAll("[role=option]").forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === this.active));
    });
    if (this.active < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `found-${this.active}`);
  }

  private take(index: number): void {
    const feature = this.found[index];
    if (feature === undefined) return;
    this.close();
    const { map, store } = this.app;
    const name = { kind: String(feature.properties.kind), id: feature.id };
    const place = middleOf(feature.geometry);
    if (place) goTo(map, place[0], place[1], Math.max(map.getZoom(), FOUND_ZOOM));
    store.set({ selected: name, others: [name] });
  }

  private close(): void {
    this.running?.abort();
    this.found = [];
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
