/** Downloads of what is filtered: the whole result, never only the page that is shown. */

import * as api from "../api.ts";
import type { App } from "../app.ts";
import { toCsv } from "../csv.ts";
import { button, el, on } from "../dom.ts";
import { collectionOf, cql2, inWords } from "../filters.ts";
import { boxOf } from "../map.ts";
import type { Page } from "../page.ts";
import { gather } from "../results.ts";

const PAGE = 1_000;
const MOST = 50_000;

export function addExport(app: App, page: Page): void {
  const open = button("Export", () => void new ExportDialog(app).open(), { id: "open-export" });
  page.tools.append(open);
}

class ExportDialog {
  private readonly running = new AbortController();
  private readonly inView = el("input", { type: "checkbox", id: "export-in-view", checked: true });
  private readonly progress = el("p", { role: "status" });
  private readonly dialog = el("dialog", { "aria-labelledby": "export-title" });

  constructor(private readonly app: App) {}

  open(): void {
    const words = inWords(this.app.store.state.filter) || "all assets you may see";
    const link = el("a", { id: "export-link" }, "The same as an address of the API");
    const relink = (): void => link.setAttribute("href", api.itemsAddress(this.query()));
    on(this.inView, { change: relink });
    relink();
    this.dialog.append(
      el(
        "div",
        { class: "stack" },
        el("h2", { id: "export-title" }, "Export"),
        el(
          "p",
          {},
          `What is filtered: ${words}. At most ${MOST.toLocaleString("en-GB")} assets; for more use \`canopy export\` or the API.`,
        ),
        el("label", {}, this.inView, " Only what is in view"),
        el(
          "div",
          { class: "actions" },
          button("GeoJSON", () => void this.save("geojson"), { class: "main" }),
          button("CSV", () => void this.save("csv"), { class: "main" }),
          button("Close", () => this.dialog.close()),
        ),
        this.progress,
        link,
      ),
    );
    on(this.dialog, { close: () => this.gone() });
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  private gone(): void {
    this.running.abort();
    this.dialog.remove();
  }

  private query(): api.ItemsQuery {
    const { filter } = this.app.store.state;
    const bbox = this.inView.checked ? boxOf(this.app.map) : null;
    return { collection: collectionOf(filter), bbox, filter: cql2(filter), limit: PAGE };
  }

  private async save(format: "geojson" | "csv"): Promise<void> {
    if (this.app.store.state.filter.kinds.length === 0) {
      this.progress.textContent = "Every layer is hidden: there is nothing to export.";
      return;
    }
    const { signal } = this.running;
    this.progress.textContent = "Fetching…";
    try {
      const { features, isCut } = await gather(this.query(), MOST, signal, (soFar) => {
        this.progress.textContent = `Fetched ${soFar.toLocaleString("en-GB")} assets…`;
      });
      if (isCut) {
        this.progress.textContent = `There are more than ${MOST.toLocaleString("en-GB")} assets: narrow the filter or the view. Nothing was saved.`;
        return;
      }
      const geojson = (): string => JSON.stringify({ type: "FeatureCollection", features });
      const text = format === "csv" ? toCsv(features) : geojson();
      download(text, `assets.${format}`, format === "csv" ? "text/csv" : "application/geo+json");
      this.progress.textContent = `Saved ${features.length.toLocaleString("en-GB")} assets.`;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof api.ApiProblem)) throw error;
      this.progress.textContent = `The export failed. ${error.message}`;
    }
  }
}

function download(text: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
