/** Assets on the map by what they earn, whether they are let, and when their terms end. */

import type { Feature } from "geojson";
import { pounds } from "../agreements/money.ts";
import { sortable } from "../agreements/tables.ts";
import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import type { App } from "../app.ts";
import { button, debounced, el, on } from "../dom.ts";
import { askForToken, type TokenWish } from "../edit/asking.ts";
import { boxOf, draw } from "../map.ts";
import type { Page } from "../page.ts";
import { type AssetIncome, classOf, inParts, quoted, sizeOf, THEMES, type Theme } from "./looks.ts";

const MOST_FREE = 1_000;
const REFS_AT_ONCE = 40;
const MOVE_WAIT_MS = 300;

const TO_SEE: TokenWish = {
  title: "Show income",
  text: "What assets earn needs a token with the role planner, estates or admin",
  yes: "Show income",
  check: async () => {
    await incomes();
    return null;
  },
};

interface Placed {
  feature: api.AssetFeature;
  income: AssetIncome | null;
}

async function incomes(): Promise<AssetIncome[]> {
  return (await api.get<{ assets: AssetIncome[] }>("concessions/assets")).assets;
}

/** Returns what is to be called when the catalogue, or who asks, may have changed. */
export function addIncome(app: App, page: Page): () => void {
  const income = new Income(app, page);
  return () => void income.renew();
}

class Income {
  private theme: Theme = "income";
  private isOpen = false;
  private token: string | null = null;
  private let: Placed[] = [];
  private free: Placed[] = [];
  private readonly toggle: HTMLButtonElement;
  private readonly legend = el("ul", { class: "swatches" });
  private readonly note = el("p", { class: "quiet", role: "status" });
  private readonly panel: HTMLElement;

  constructor(
    private readonly app: App,
    private readonly page: Page,
  ) {
    this.toggle = button("Income", () => void this.press(), {
      id: "toggle-income",
      "aria-controls": "income",
      "aria-expanded": "false",
    });
    page.tools.append(this.toggle);
    this.panel = el(
      "section",
      { id: "income", "aria-labelledby": "income-title", hidden: true },
      el("h2", { id: "income-title" }, "Income"),
      this.choices(),
      this.legend,
      this.note,
      el(
        "div",
        { class: "actions" },
        button("Show as a table", () => this.showTable()),
        el("a", { href: "agreements.html" }, "Agreements"),
      ),
    );
    page.side.prepend(this.panel);
    const moved = debounced(MOVE_WAIT_MS, () => void this.told(() => this.findFree()));
    app.map.on("moveend", moved);
  }

  /** Another token sees other money; without one there is none. */
  async renew(): Promise<void> {
    const token = api.currentToken();
    if (token === this.token) return;
    this.token = token;
    if (token === null) this.show(false);
    else if (this.isOpen) await this.told(() => this.load());
  }

  private choices(): HTMLElement {
    const radios = THEMES.map(({ theme, label }) => {
      const input = el("input", {
        type: "radio",
        name: "income-theme",
        value: theme,
        checked: theme === this.theme,
      });
      on(input, {
        change: () => {
          this.theme = theme as Theme;
          void this.told(() => this.findFree());
        },
      });
      return el("label", { class: "check" }, input, ` ${label}`);
    });
    return el("fieldset", {}, el("legend", {}, "Colour by"), ...radios);
  }

  private async press(): Promise<void> {
    if (this.isOpen) {
      this.show(false);
      return;
    }
    if (api.currentToken() === null) {
      if (!(await askForToken(TO_SEE))) return;
      this.app.refresh();
    }
    this.token = api.currentToken();
    this.show(true);
    await this.told(() => this.load());
  }

  private show(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.panel.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.page.openSide();
    else {
      this.let = [];
      this.free = [];
    }
    this.paint();
  }

  private async told(act: () => Promise<void>): Promise<void> {
    if (!this.isOpen) return;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.app.say(error.message, "error");
    }
  }

  private async load(): Promise<void> {
    const known = new Map((await incomes()).map((each) => [each.asset_ref, each]));
    const found: Placed[] = [];
    for (const refs of inParts([...known.keys()], REFS_AT_ONCE)) {
      const filter = `ref IN (${refs.map(quoted).join(", ")})`;
      const { features } = await api.items({ collection: "assets", filter, limit: MOST_FREE });
      for (const feature of features) {
        found.push({ feature, income: known.get(String(feature.properties.ref)) ?? null });
      }
    }
    this.let = found;
    await this.findFree();
  }

  /** Assets in view that are on offer and that no agreement is about; asked for where shown. */
  private async findFree(): Promise<void> {
    this.free = [];
    if (this.theme === "void") {
      const filter = "status = 'open'";
      const bbox = boxOf(this.app.map);
      const query = { collection: "offers", bbox, filter, limit: MOST_FREE };
      const isLet = new Set(this.let.map(({ feature }) => feature.id));
      const { features } = await api.items(query);
      this.free = features
        .filter(({ properties }) => !isLet.has(String(properties.asset_id)))
        .map((feature) => ({ feature, income: null }));
    }
    this.paint();
  }

  private placed(): Placed[] {
    return [...this.let, ...this.free];
  }

  private paint(): void {
    const today = new Date().toISOString().slice(0, 10);
    const drawn: Feature[] = this.placed().flatMap(({ feature, income }) => {
      const { geometry, id } = feature;
      if (geometry === null) return [];
      const look = classOf(this.theme, income, today);
      const properties = { colour: look.colour, size: sizeOf(this.theme, look) };
      return [{ type: "Feature", id, geometry, properties }];
    });
    draw(this.app.map, "income", drawn);
    const classes = THEMES.find(({ theme }) => theme === this.theme)?.classes ?? [];
    this.legend.replaceChildren(
      ...classes.map((look) => {
        const { label, colour } = look;
        const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        swatch.setAttribute("viewBox", "0 0 24 24");
        swatch.setAttribute("width", "24");
        swatch.setAttribute("aria-hidden", "true");
        const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        for (const [name, value] of Object.entries({
          cx: 12,
          cy: 12,
          r: sizeOf(this.theme, look),
          fill: colour,
        })) {
          dot.setAttribute(name, String(value));
        }
        swatch.append(dot);
        return el("li", {}, swatch, label);
      }),
    );
    const free = this.theme === "void" ? `, ${this.free.length} on offer in view` : "";
    const cut = this.free.length >= MOST_FREE ? " (the first of them: come closer)" : "";
    this.note.textContent = this.isOpen ? `${this.let.length} assets are let${free}${cut}.` : "";
  }

  private showTable(): void {
    const today = new Date().toISOString().slice(0, 10);
    const close = button("Close", () => dialog.close(), { class: "close" });
    const dialog = el(
      "dialog",
      { class: "wide", "aria-labelledby": "income-table-title" },
      el("h2", { id: "income-table-title" }, "Assets by income"),
      close,
      sortable(
        "Assets that are let, and those on offer in view",
        [
          { name: "Asset", value: ({ feature }) => String(feature.properties.ref ?? feature.id) },
          { name: "Kind", value: ({ feature }) => String(feature.properties.kind ?? "") },
          { name: "Class", value: ({ income }) => classOf(this.theme, income, today).label },
          {
            name: "Income in the year",
            value: ({ income }) => income?.income_pence ?? null,
            show: ({ income }) =>
              income === null
                ? "None"
                : income.income_pence === null
                  ? income.band
                  : `${pounds(income.income_pence)}${income.is_part ? ", known in part" : ""}`,
            isNumber: true,
          },
          { name: "Term ends", value: ({ income }) => income?.ends_on ?? null },
          { name: "Agreements", value: ({ income }) => income?.agreements.join(", ") ?? "" },
        ],
        this.placed(),
      ),
    );
    on(dialog, { close: () => dialog.remove() });
    document.body.append(dialog);
    dialog.showModal();
  }
}
