/** The panel of one asset: what is known of it, what is not, and its history. */

import type { AssetName } from "../address.ts";
import * as api from "../api.ts";
import type { App } from "../app.ts";
import { button, el, on } from "../dom.ts";
import type { Editing } from "../edit/editing.ts";
import { assetTitle, label, moment, value } from "../format.ts";
import { middleOf } from "../geometry.ts";
import { draw, goTo } from "../map.ts";
import type { Page } from "../page.ts";
import { schemaOf } from "../schema.ts";

const CLOSE_ZOOM = 17;
const HIDDEN = new Set(["kind", "attributes"]);

/** Returns what loads the shown asset again. */
export function addDetails(app: App, page: Page, editing: Editing): () => void {
  const panel = new Details(app, page.details, editing);
  app.store.subscribe((now, before) => {
    if (now.selected?.id !== before.selected?.id) void panel.show(now.selected);
  });
  on(page.details, {
    keydown: (event) => {
      if (event.key === "Escape") panel.close();
    },
  });
  void panel.show(app.store.state.selected);
  return () => void panel.show(app.store.state.selected);
}

class Details {
  private opener: Element | null = null;

  constructor(
    private readonly app: App,
    private readonly place: HTMLElement,
    private readonly editing: Editing,
  ) {}

  close(): void {
    this.app.store.set({ selected: null, others: [] });
    const back = this.opener;
    this.opener = null;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
    else this.app.map.getCanvas().focus();
  }

  async show(name: AssetName | null): Promise<void> {
    if (name === null) {
      this.place.hidden = true;
      this.place.replaceChildren();
      draw(this.app.map, "selected", []);
      return;
    }
    if (!this.place.contains(document.activeElement)) this.opener = document.activeElement;
    try {
      const [saved, schema] = await Promise.all([
        api.item(name.kind, name.id),
        schemaOf(name.kind),
      ]);
      if (this.app.store.state.selected?.id !== name.id) return; // another was chosen meanwhile
      this.fill(name, saved, schema);
    } catch (error) {
      if (!(error instanceof api.ApiProblem)) throw error;
      this.fail(error);
    }
  }

  private fail(error: api.ApiProblem): void {
    const gone = error.status === 404 || error.status === 410;
    const text = gone
      ? "This asset is not in the catalogue, or not for you to see."
      : error.message;
    this.open(el("h2", {}, "No details"), el("p", { role: "alert" }, text));
    draw(this.app.map, "selected", []);
  }

  private fill(name: AssetName, saved: api.Saved, schema: api.Queryables): void {
    const { properties, geometry } = saved.feature;
    this.open(
      el("h2", {}, assetTitle(name.kind, properties)),
      this.others(name),
      this.actions(name, saved),
      generalised(properties),
      facts(properties, schema),
      unknowns(properties, schema),
      lightingOf(name),
      historyOf(name, this.app),
    );
    const shown = { type: "Feature" as const, properties: {}, geometry };
    draw(this.app.map, "selected", geometry === null ? [] : [{ ...shown, geometry }]);
  }

  private open(...children: (HTMLElement | null)[]): void {
    const close = button("Close", () => this.close(), { class: "close" });
    const wasHidden = this.place.hidden;
    this.place.replaceChildren(close, ...children.filter((child) => child !== null));
    this.place.hidden = false;
    if (wasHidden || document.activeElement === document.body) this.place.focus();
  }

  private others(name: AssetName): HTMLElement | null {
    const { others } = this.app.store.state;
    const index = others.findIndex(({ id }) => id === name.id);
    if (others.length < 2 || index < 0) return null;
    const step = (by: number) => (): void => {
      const next = others[(index + by + others.length) % others.length];
      if (next) this.app.store.set({ selected: next });
    };
    return el(
      "p",
      { class: "others" },
      `${index + 1} of ${others.length} here `,
      button("Previous", step(-1)),
      button("Next", step(1)),
    );
  }

  private actions(name: AssetName, saved: api.Saved): HTMLElement {
    const middle = middleOf(saved.feature.geometry);
    const { map } = this.app;
    const zoom = button("Show on the map", () => {
      if (middle) goTo(map, middle[0], middle[1], Math.max(map.getZoom(), CLOSE_ZOOM));
    });
    const edits = api.isEditing() ? this.editing.actions(name, saved) : [];
    return el(
      "div",
      { class: "actions" },
      middle === null ? el("p", {}, "No position is shown.") : zoom,
      ...edits,
    );
  }
}

/** Where a lamppost's lamp is told of. */
function lightingOf({ kind, id }: AssetName): HTMLElement | null {
  if (kind !== "lamppost") return null;
  const link = el(
    "a",
    { class: "standalone", href: `things.html#/lighting?asset=${id}` },
    "Street lighting",
  );
  return el("p", {}, link);
}

function generalised(properties: api.Properties): HTMLElement | null {
  const cell_m = properties.position_generalised_m;
  if (typeof cell_m !== "number") return null;
  return el(
    "p",
    { class: "note" },
    `The position is not exact: the asset lies somewhere in a square of ${cell_m} m by ${cell_m} m.`,
  );
}

function facts(properties: api.Properties, schema: api.Queryables): HTMLElement {
  const rows = Object.entries(properties)
    .filter(([name, given]) => !HIDDEN.has(name) && given !== null && given !== "")
    .map(([name, given]) => {
      const field = schema.properties[name];
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, label(name, field)),
        el("td", {}, value(name, given, field)),
      );
    });
  return el("table", { class: "facts" }, el("tbody", {}, ...rows));
}

/** What the records do not say is said, so that nobody takes it for "none". */
function unknowns(properties: api.Properties, schema: api.Queryables): HTMLElement | null {
  const names = Object.entries(schema.properties)
    .filter(
      ([name, field]) =>
        !HIDDEN.has(name) && !field["x-ogc-role"] && (properties[name] ?? null) === null,
    )
    .map(([name, field]) => label(name, field));
  if (names.length === 0) return null;
  return el(
    "details",
    {},
    el("summary", {}, `Not known (${names.length})`),
    el("p", {}, names.join(", ")),
  );
}

function historyOf(name: AssetName, app: App): HTMLElement {
  const body = el("div", {});
  const box = el("details", { class: "history" }, el("summary", {}, "History"), body);
  let isLoaded = false;
  on(box, {
    toggle: () => {
      if (!box.open || isLoaded) return;
      isLoaded = true;
      api.history(name.id).then(
        (entries) => body.replaceChildren(revisions(entries)),
        (error: unknown) => {
          isLoaded = false;
          if (!(error instanceof api.ApiProblem)) throw error;
          app.say(`The history could not be fetched. ${error.message}`, "error");
        },
      );
    },
  });
  return box;
}

function revisions(entries: api.Revision[]): HTMLElement {
  const rows = [...entries].reverse().map((entry) => {
    const by = entry.author ? ` by ${entry.author}` : "";
    const head = `${entry.action.charAt(0).toUpperCase()}${entry.action.slice(1)} ${moment(entry.at)}${by}`;
    return el(
      "li",
      {},
      el("b", {}, head),
      entry.reason ? el("p", {}, entry.reason) : null,
      entry.action === "updated" ? changes(entry) : null,
    );
  });
  return el("ol", { reversed: true }, ...rows);
}

function changes({ before, after }: api.Revision): HTMLElement {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const rows = names.map((name) => {
    if (name === "geom") return el("li", {}, "Position changed");
    const bare = name.replace(/^attributes\./, "");
    return el(
      "li",
      {},
      `${label(name)}: ${value(bare, before[name])} → ${value(bare, after[name])}`,
    );
  });
  return el("ul", {}, ...rows);
}
