/** Newest values of an observed property on the map, kept up to date while they are looked at. */

import type { Feature } from "geojson";
import type { GeoJSONSource } from "maplibre-gl";
import type { PageState } from "../address.ts";
import { svg } from "../agreements/charts.ts";
import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import type { App } from "../app.ts";
import { button, el, on } from "../dom.ts";
import { READINGS_LAYER } from "../layers/readings.ts";
import { draw } from "../map.ts";
import type { Page } from "../page.ts";
import { type Change, Live } from "./live.ts";
import {
  type ClassLook,
  classesOf,
  classOf,
  isLater,
  isStale,
  STALE,
  unitWords,
  written,
} from "./looks.ts";
import * as service from "./service.ts";
import type { ReadingsState } from "./state.ts";
import { Summary } from "./summary.ts";
import { showTable } from "./table.ts";
import { ThingPanel } from "./thing_panel.ts";

const REACH_PX = 8;
const AGEING_MS = 60_000;

/** Returns what is to be called when the catalogue, or who asks, may have changed. */
export function addReadings(app: App, page: Page): () => void {
  const readings = new Readings(app, page);
  return () => void readings.renew();
}

export class Readings {
  private readonly seen = new Map<number, service.Seen>();
  private properties: service.Property[] = [];
  private classes: ClassLook[] = [];
  private live: Live | null = null;
  private isPaused = false;
  private isCut = false;
  private token: string | null = null;
  private loading: AbortController | null = null;
  private trouble: string | null = null;
  private readonly toggle: HTMLButtonElement;
  private readonly choice = el("select", { id: "readings-property" });
  private readonly legend = el("ul", { class: "swatches" });
  private readonly summary = new Summary(() => this.standing());
  private readonly pause: HTMLButtonElement;
  private readonly panel: HTMLElement;
  private readonly thing: ThingPanel;

  constructor(
    private readonly app: App,
    private readonly page: Page,
  ) {
    this.toggle = button("Readings", () => void this.press(), {
      id: "toggle-readings",
      "aria-controls": "readings",
      "aria-expanded": "false",
    });
    page.tools.append(this.toggle);
    this.pause = button("Pause live values", () => this.setPaused(!this.isPaused), {
      "aria-pressed": "false",
    });
    on(this.choice, { change: () => this.choose(Number(this.choice.value)) });
    this.panel = this.frame();
    page.side.prepend(this.panel);
    this.thing = new ThingPanel(page.thing, () => this.set({ thing: null }));
    const before = app.placeTaker;
    app.placeTaker = (lon, lat) => this.take(lon, lat) || (before?.(lon, lat) ?? false);
    app.store.subscribe((now, then) => this.follow(now, then));
    window.setInterval(() => this.age(), AGEING_MS);
    if (this.state) app.map.once("load", () => void this.open());
  }

  private frame(): HTMLElement {
    return el(
      "section",
      { id: "readings", "aria-labelledby": "readings-title", hidden: true },
      el("h2", { id: "readings-title" }, "Readings"),
      el("label", { class: "stacked" }, "Observed property", this.choice),
      this.legend,
      this.summary.element,
      el(
        "div",
        { class: "actions" },
        this.pause,
        button("Show as a table", () => showTable(this.property, [...this.seen.values()])),
        el("a", { href: "things.html" }, "Things"),
      ),
    );
  }

  private get state(): ReadingsState | null {
    return this.app.store.state.readings;
  }

  private get property(): service.Property | undefined {
    return this.properties.find(({ id }) => id === this.state?.property);
  }

  private set(change: Partial<ReadingsState>): void {
    const { state } = this;
    if (state) this.app.store.set({ readings: { ...state, ...change } });
  }

  /** Another token sees other datastreams. */
  async renew(): Promise<void> {
    const token = api.currentToken();
    if (token === this.token) return;
    this.token = token;
    if (this.state) await this.open();
  }

  private async press(): Promise<void> {
    if (this.state) {
      this.app.store.set({ readings: null });
      return;
    }
    await this.told(async () => {
      this.properties = await service.properties();
      const [first] = [...this.properties].sort((a, b) => b.streams - a.streams);
      if (first === undefined) {
        this.app.say("There are no readings that you may see.");
        return;
      }
      this.page.openSide();
      this.app.store.set({ readings: { property: first.id, thing: null } });
    });
  }

  private choose(property: number): void {
    this.app.store.set({ readings: { property, thing: null } });
  }

  private follow(now: PageState, then: PageState): void {
    if (now.readings?.property !== then.readings?.property) void this.open();
    else if (now.readings?.thing !== then.readings?.thing) this.showThing();
    if (now.selected !== null && now.selected !== then.selected) this.set({ thing: null });
  }

  /** Show what the state says: another property, or nothing. */
  private async open(): Promise<void> {
    this.live?.close();
    this.live = null;
    this.loading?.abort();
    this.seen.clear();
    this.classes = [];
    this.panel.hidden = this.state === null;
    this.toggle.setAttribute("aria-expanded", String(this.state !== null));
    this.paintAll();
    this.showThing();
    const { state } = this;
    if (state === null) return;
    await this.told(async () => {
      this.summary.say("Loading values.");
      if (this.property === undefined) this.properties = await service.properties();
      this.fillChoice(state.property);
      await this.load();
      if (this.state?.property !== state.property) return;
      this.live = new Live(`observed_property=${state.property}`, {
        begin: () => void this.told(() => this.load()),
        take: (changes) => this.take_in(changes),
        trouble: (told) => this.troubled(told),
      });
      if (!this.isPaused) this.live.start();
    });
  }

  private fillChoice(chosen: number): void {
    this.choice.replaceChildren(
      ...this.properties.map(({ id, name, unit, streams }) => {
        const words = `${name}${unit === null ? "" : ` (${unitWords(unit)})`}: ${streams}`;
        return el("option", { value: id, selected: id === chosen }, words);
      }),
    );
  }

  private async load(): Promise<void> {
    const { state } = this;
    if (state === null) return;
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    const { seen, isCut } = await service.latest(state.property, loading.signal).catch((error) => {
      if (loading.signal.aborted) return { seen: null, isCut: false };
      throw error;
    });
    if (seen === null || this.loading !== loading) return;
    this.isCut = isCut;
    const before = new Map(this.seen);
    this.seen.clear();
    for (const each of seen) {
      const known = before.get(each.datastream)?.latest ?? null;
      const isNewer = known !== null && (!each.latest || isLater(known.at, each.latest.at));
      this.seen.set(each.datastream, isNewer ? { ...each, latest: known } : each);
    }
    this.classes = classesOf(
      seen.map(({ latest }) => latest?.result ?? null),
      this.property?.unit ?? null,
    );
    this.paintAll();
    this.showLegend();
    this.summary.say();
  }

  private async told(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      this.app.say(error.message, "error");
    }
  }

  private troubled(told: string | null): void {
    if (told === this.trouble) return;
    this.trouble = told;
    this.summary.say();
  }

  private setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.pause.setAttribute("aria-pressed", String(isPaused));
    this.pause.textContent = isPaused ? "Live values are paused: go on" : "Pause live values";
    if (isPaused) this.live?.pause();
    else this.live?.start();
    this.summary.say();
  }

  /** Take changes in: what did not change is not drawn again. */
  private take_in(changes: Change[]): void {
    const changed: number[] = [];
    for (const { datastream, at, result, flags } of changes) {
      const seen = this.seen.get(datastream);
      if (seen === undefined || (seen.latest && isLater(seen.latest.at, at))) continue;
      this.seen.set(datastream, { ...seen, latest: { at, result, flags }, is_stale: false });
      changed.push(datastream);
    }
    if (changed.length === 0) return;
    this.paint(changed);
    this.summary.count(changed.length);
    this.thing.take(changes);
  }

  /** What has grown too old meanwhile is shown so. */
  private age(): void {
    const now_ms = Date.now();
    const aged = [...this.seen.values()].filter(
      (each) => !each.is_stale && isStale(each, each.latest, now_ms),
    );
    for (const each of aged) this.seen.set(each.datastream, { ...each, is_stale: true });
    if (aged.length > 0) this.paint(aged.map(({ datastream }) => datastream));
  }

  private look(seen: service.Seen): {
    colour: string;
    size: number;
    label: string;
    isStale: boolean;
  } {
    const { latest, is_stale } = seen;
    const { colour, size } = is_stale ? STALE : classOf(this.classes, latest?.result ?? null);
    const label = `${written(latest?.result, seen.unit)}${is_stale ? " (old)" : ""}`;
    return { colour, size, label, isStale: is_stale };
  }

  private paintAll(): void {
    const drawn: Feature[] = [...this.seen.values()].flatMap((seen) => {
      const { longitude, latitude, datastream, thing } = seen;
      if (longitude === null || latitude === null) return [];
      const geometry = { type: "Point" as const, coordinates: [longitude, latitude] };
      const properties = { ...this.look(seen), thing };
      return [{ type: "Feature", id: datastream, geometry, properties }];
    });
    draw(this.app.map, "readings", drawn);
  }

  private paint(changed: number[]): void {
    const update = changed.flatMap((id) => {
      const seen = this.seen.get(id);
      if (seen === undefined || seen.longitude === null) return [];
      const look = Object.entries(this.look(seen));
      return [{ id, addOrUpdateProperties: look.map(([key, value]) => ({ key, value })) }];
    });
    if (update.length === 0) return;
    void this.app.map.getSource<GeoJSONSource>("readings")?.updateData({ update });
  }

  private standing(): string {
    const count = this.seen.size;
    const stale = [...this.seen.values()].filter(({ is_stale }) => is_stale).length;
    const parts = [`${count} ${count === 1 ? "value" : "values"}, ${stale} too old.`];
    if (this.isCut) parts.push(`Only the first ${count} are shown.`);
    if (this.isPaused) parts.push("Live values are paused.");
    if (this.trouble !== null) parts.push(this.trouble);
    return parts.join(" ");
  }

  private showLegend(): void {
    this.legend.replaceChildren(
      ...[...this.classes, STALE].map((look) => el("li", {}, swatch(look), look.label)),
    );
  }

  private take(lon: number, lat: number): boolean {
    const { map } = this.app;
    if (this.state === null || map.getLayer(READINGS_LAYER) === undefined) return false;
    const { x, y } = map.project([lon, lat]);
    const [found] = map.queryRenderedFeatures(
      [
        [x - REACH_PX, y - REACH_PX],
        [x + REACH_PX, y + REACH_PX],
      ],
      { layers: [READINGS_LAYER] },
    );
    if (found === undefined) return false;
    this.app.store.set({ selected: null, others: [] });
    this.set({ thing: Number(found.properties.thing) });
    return true;
  }

  private showThing(): void {
    void this.thing.show(this.state?.thing ?? null);
  }
}

function swatch({ colour, size, label }: ClassLook): SVGSVGElement {
  const isStale = label === STALE.label;
  const dot = svg("circle", {
    cx: 14,
    cy: 14,
    r: size,
    fill: colour,
    stroke: isStale ? "#6b7680" : "#1b1f24",
    "stroke-width": isStale ? 3 : 1.5,
  });
  return svg("svg", { viewBox: "0 0 28 28", width: 28, "aria-hidden": "true" }, dot);
}
