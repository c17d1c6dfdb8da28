/** The room below the map: a path profile, or a table of not-spots or figures. */

import { button, el, on } from "../dom.ts";
import type { Page } from "../page.ts";
import type { Coverage } from "./coverage.ts";
import { PathPanel } from "./path.ts";
import { figuresTable, spotsTable } from "./tables.ts";

const TITLES = {
  path: "Line of sight",
  spots: "Not-spots",
  figures: "Figures by area",
};

export class Below {
  private readonly title = el("h2", { id: "coverage-below-title" });
  private readonly body = el("div", {
    class: "scroller",
    tabindex: "0",
    role: "group",
    "aria-labelledby": "coverage-below-title",
  });
  private readonly path: PathPanel;
  private showing: keyof typeof TITLES | null = null;
  private run = "";

  constructor(
    private readonly coverage: Coverage,
    private readonly place: Page["below"],
  ) {
    this.path = new PathPanel(coverage);
    const close = button("Close", () => this.close(), { class: "close" });
    place.append(el("div", { class: "table-bar" }, this.title, close), this.body);
    on(place, {
      keydown: (event) => {
        if (event.key === "Escape") this.close();
      },
    });
  }

  /** What the state asks for. */
  show(): void {
    const { state, loaded } = this.coverage;
    if (!state || !loaded) {
      this.fill(null);
      return;
    }
    if (state.sight) {
      this.fill("path");
      this.path.show(loaded.run.run_id, state.sight);
      return;
    }
    if (state.table || this.showing !== "path") this.fill(state.table);
  }

  openPath(): void {
    this.fill("path");
    this.path.focus();
  }

  /** Give the room to another part of the page. */
  leave(): void {
    this.fill(null);
  }

  private close(): void {
    this.fill(null);
    this.coverage.set({ sight: null, table: null });
    document.querySelector<HTMLElement>("#coverage-sight")?.focus();
  }

  private fill(what: keyof typeof TITLES | null): void {
    const run = this.coverage.loaded?.run.run_id ?? "";
    if (what === this.showing && run === this.run) return;
    if (this.showing === "path") this.path.leave();
    this.showing = what;
    this.run = run;
    this.place.hidden = what === null;
    this.body.replaceChildren();
    if (what === null) return;
    this.coverage.app.store.set({ isTableOpen: false });
    this.title.textContent = TITLES[what];
    this.body.append(this.content(what, run));
    if (what !== "path") this.place.focus();
  }

  private content(what: keyof typeof TITLES, run: string): HTMLElement {
    if (what === "path") return this.path.element;
    return what === "spots" ? spotsTable(this.coverage, run) : figuresTable(this.coverage, run);
  }
}
