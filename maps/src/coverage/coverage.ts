/** Coverage runs on the map: which run is shown, what of it, and what was asked about it. */

import type { Feature } from "geojson";
import type { RasterTileSource } from "maplibre-gl";
import type { PageState } from "../address.ts";
import * as api from "../api.ts";
import { type App, styleInputOf } from "../app.ts";
import { button, debounced } from "../dom.ts";
import { askForToken, type TokenWish } from "../edit/asking.ts";
import type { DrawnCoverage } from "../layers/coverage.ts";
import { boxOf, draw, isStill, restyle } from "../map.ts";
import type { Page } from "../page.ts";
import { tilesOf } from "./addresses.ts";
import { Below } from "./below.ts";
import { CHANGE, pixelTable, type Ramp, rampOf } from "./looks.ts";
import { marksOf, type PathMarks } from "./marks.ts";
import { CoveragePanel } from "./panel.ts";
import { PlacePanel } from "./place.ts";
import * as service from "./service.ts";
import { type CoverageState, LEVEL, OPERATOR_LEVEL, shownFirst } from "./state.ts";
import { forgetTiles, paintBy, startProtocol } from "./tiles.ts";
import { harmless } from "./words.ts";

const PAINT_WAIT_MS = 60;
const SPOT_WAIT_MS = 250;
const MOST_SPOTS = 1_000;
const FIT_PADDING_PX = 30;

const TO_SEE: TokenWish = {
  title: "Show coverage",
  text: "Coverage runs need a token with the role planner, estates or admin",
  yes: "Show coverage",
  check: async () =>
    (await service.mayReadRuns())
      ? null
      : "This token may not read coverage runs: that needs one with the role planner, estates or admin.",
};

export interface LoadedRun {
  run: service.Run;
  /** Of layers that can be drawn here. */
  sets: service.TileSet[];
  bounds: service.TileSets["bounds"];
  maxZoom: number;
}

/** Returns what is to be called when the catalogue, or who asks, may have changed. */
export function addCoverage(app: App, page: Page): () => void {
  startProtocol();
  const coverage = new Coverage(app, page);
  return () => void coverage.renew();
}

export class Coverage {
  loaded: LoadedRun | null = null;
  runs: service.RunLine[] = [];
  /** Whether a click on the map asks about the place. */
  asksPlaces = true;
  private token: string | null = null;
  private isAllowed = false;
  private spotsAsked: AbortController | null = null;
  private readonly toggle: HTMLButtonElement;
  private readonly panel: CoveragePanel;
  private readonly place: PlacePanel;
  private readonly below: Below;
  private marks: PathMarks | null = null;
  private readonly repaint = debounced(PAINT_WAIT_MS, () => this.paint());

  constructor(
    readonly app: App,
    readonly page: Page,
  ) {
    this.panel = new CoveragePanel(this);
    this.place = new PlacePanel(this, page.place);
    this.below = new Below(this, page.below);
    this.toggle = button("Coverage", () => void this.press(), {
      id: "toggle-coverage",
      "aria-controls": "coverage",
      "aria-expanded": "false",
    });
    page.tools.append(this.toggle);
    page.side.prepend(this.panel.element);
    app.placeTaker = (lon, lat) => this.takePlace(lon, lat);
    app.store.subscribe((now, before) => this.follow(now, before));
    app.map.on(
      "moveend",
      debounced(SPOT_WAIT_MS, () => void this.drawSpots()),
    );
    if (this.state) app.say("This link shows a coverage run. Press Coverage and give a token.");
  }

  get state(): CoverageState | null {
    return this.app.store.state.coverage;
  }

  set(change: Partial<CoverageState>): void {
    const { state } = this;
    if (state) this.app.store.set({ coverage: { ...state, ...change } });
  }

  choose(run: string | null): void {
    const before = this.state ?? shownFirst("");
    const coverage = { ...before, run: run ?? "", minus: null, place: null, table: null };
    this.app.store.set({ coverage: run === null ? null : coverage });
  }

  /** Open the room below the map, for a new path or what is in it. */
  openPath(): void {
    this.set({ table: null });
    this.below.openPath();
  }

  showMarks(marks: PathMarks | null): void {
    this.marks = marks;
    this.drawMarks();
  }

  /** Another token sees other runs; without one there are none. */
  async renew(): Promise<void> {
    const token = api.currentToken();
    if (token === this.token) return;
    this.token = token;
    forgetTiles();
    this.loaded = null;
    const isUsed = this.state !== null || !this.panel.element.hidden;
    this.isAllowed = isUsed && (await this.mayRead());
    if (this.isAllowed) await this.open();
    else this.close();
  }

  private async press(): Promise<void> {
    if (this.isAllowed && !this.panel.element.hidden && !this.page.side.hidden) {
      this.show(false);
      return;
    }
    if (!this.isAllowed) {
      if (!(await this.mayRead()) && !(await askForToken(TO_SEE))) return;
      this.app.say("");
      this.isAllowed = true;
      this.token = api.currentToken();
      this.app.refresh(); // another principal sees another catalogue
    }
    await this.open();
    this.panel.focus();
  }

  /** Whether the token in use may read runs. */
  private async mayRead(): Promise<boolean> {
    return api.currentToken() !== null && (await this.told(service.mayReadRuns())) === true;
  }

  private show(isOpen: boolean): void {
    this.panel.element.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.page.openSide();
  }

  private async open(): Promise<void> {
    this.show(true);
    const { token } = this;
    const runs = (await this.told(service.runs())) ?? [];
    if (this.token !== token) return; // given up meanwhile
    this.runs = runs;
    if (this.state && this.loaded?.run.run_id !== this.state.run) await this.load();
    this.panel.show();
  }

  private close(): void {
    this.show(false);
    this.loaded = null;
    this.runs = [];
    this.place.show(null);
    this.below.show();
    this.drawAll();
  }

  private follow(now: PageState, before: PageState): void {
    const { place, table, sight } = now.coverage ?? {};
    if (now.selected && now.selected !== before.selected && place) {
      this.set({ place: null }); // the details take its room
      return;
    }
    if (now.isTableOpen && !before.isTableOpen) {
      this.below.leave();
      if (table || sight) {
        this.set({ table: null, sight: null });
        return;
      }
    }
    if (now.coverage !== before.coverage && this.isAllowed) {
      void this.update(now.coverage, before.coverage);
    }
  }

  private async update(now: CoverageState | null, before: CoverageState | null): Promise<void> {
    if (now?.run !== before?.run) {
      this.loaded = null;
      this.drawAll();
      await this.load();
      this.panel.show();
      return;
    }
    if (now && before) {
      const isRedrawn = (["layer", "operator", "minus", "hasSpots"] as const).some(
        (name) => now[name] !== before[name],
      );
      if (now.minus !== before.minus && now.minus !== null && !(await this.compares(now.minus))) {
        return;
      }
      if (isRedrawn) this.drawAll();
      else if (now.threshold_dbm !== before.threshold_dbm) this.repaint();
      if (now.opacity_pct !== before.opacity_pct) this.fade(now.opacity_pct / 100);
    }
    this.panel.show();
    if (now?.place !== before?.place) this.showPlace();
    if (now?.sight !== before?.sight || now?.table !== before?.table) this.below.show();
  }

  private async load(): Promise<void> {
    const { state, token } = this;
    if (state === null) {
      this.place.show(null);
      this.below.show();
      return this.drawAll();
    }
    const both = Promise.all([service.run(state.run), service.tileSets(state.run)]);
    const found = await this.told(both);
    if (this.state?.run !== state.run || this.token !== token) return; // overtaken meanwhile
    if (found === null) return;
    const [run, { tilesets, bounds, max_zoom }] = found;
    const sets = tilesets.filter(({ layer, values }) => values !== null && rampOf(layer));
    this.loaded = { run, sets, bounds, maxZoom: max_zoom };
    if (!this.isInView()) {
      this.app.map.fitBounds(bounds, { padding: FIT_PADDING_PX, animate: !isStill() });
    }
    if (state.minus !== null && !(await this.compares(state.minus))) return;
    this.drawAll();
    this.panel.show();
    this.showPlace();
    this.below.show();
  }

  private isInView(): boolean {
    const [west, south, east, north] = boxOf(this.app.map);
    const [w, s, e, n] = this.loaded?.bounds ?? [0, 0, 0, 0];
    return w < east && e > west && s < north && n > south;
  }

  /** Whether the shown run has the cells of another; it is said where it has not. */
  private async compares(other: string): Promise<boolean> {
    const found = await this.told(service.run(other));
    const mine = this.loaded?.run.grid ?? {};
    const differing = Object.keys(mine).filter((name) => found?.grid[name] !== mine[name]);
    if (found && differing.length === 0) return true;
    if (found) {
      const told = differing.map((name) => `${name} ${mine[name]} and ${found.grid[name]}`);
      this.app.say(`These runs have different cells (${told.join(", ")}).`, "error");
    }
    this.set({ minus: null });
    return false;
  }

  /** The set that is drawn: the one asked for, or else the level. */
  get drawnSet(): service.TileSet | null {
    const sets = this.loaded?.sets ?? [];
    const wanted = sets.find(({ layer }) => layer === this.state?.layer);
    return wanted ?? sets.find(({ layer }) => layer === LEVEL) ?? null;
  }

  get drawnOperator(): string | null {
    const { operators = [] } = this.drawnSet ?? {};
    const wanted = this.state?.operator ?? "";
    return operators.includes(wanted) ? wanted : (operators[0] ?? null);
  }

  get isChange(): boolean {
    return this.state?.minus !== null && this.drawnSet?.compares === true;
  }

  get ramp(): Ramp | null {
    return rampOf(this.isChange ? CHANGE : (this.drawnSet?.layer ?? ""));
  }

  /** The least level that is drawn [dBm]; null where the layer has no such threshold. */
  get shownFrom_dbm(): number | null {
    const isLevel = [LEVEL, OPERATOR_LEVEL].includes(this.drawnSet?.layer ?? "");
    if (!isLevel || this.isChange) return null;
    return this.state?.threshold_dbm ?? this.loaded?.run.threshold_dbm ?? null;
  }

  private drawn(): DrawnCoverage | null {
    const { loaded, state, drawnSet } = this;
    if (!loaded || !state || !drawnSet) return null;
    return {
      tiles: tilesOf({
        run: state.run,
        layer: drawnSet.layer,
        operator: this.drawnOperator,
        minus: this.isChange ? state.minus : null,
      }),
      bounds: loaded.bounds,
      maxZoom: loaded.maxZoom,
      opacity: state.opacity_pct / 100,
      hasSpots: state.hasSpots,
      attribution: loaded.run.attribution.map(harmless).join("; "),
    };
  }

  private drawAll(): void {
    this.setTable();
    this.app.coverage = this.drawn();
    restyle(this.app.map, styleInputOf(this.app));
    this.drawMarks();
    void this.drawSpots();
  }

  private setTable(): void {
    const { ramp, drawnSet } = this;
    if (ramp && drawnSet?.values) {
      paintBy(pixelTable(ramp, drawnSet.values, this.shownFrom_dbm));
    }
  }

  private paint(): void {
    this.setTable();
    if (!this.app.coverage) return;
    this.app.map.getSource<RasterTileSource>("coverage")?.setTiles([this.app.coverage.tiles]);
  }

  private fade(opacity: number): void {
    if (!this.app.coverage) return;
    this.app.coverage = { ...this.app.coverage, opacity };
    this.app.map.setPaintProperty("coverage", "raster-opacity", opacity);
  }

  private async drawSpots(): Promise<void> {
    this.spotsAsked?.abort();
    const { app, state, loaded } = this;
    if (!loaded || !state?.hasSpots) return draw(app.map, "spots", []);
    this.spotsAsked = new AbortController();
    const { signal } = this.spotsAsked;
    try {
      const page = await service.spotsIn(state.run, boxOf(app.map), MOST_SPOTS, signal);
      draw(app.map, "spots", page.features as Feature[]);
      const isCut = page.links.some(({ rel }) => rel === "next");
      this.panel.tellSpots(isCut ? `Only the first ${MOST_SPOTS} in view are drawn.` : "");
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof api.ApiProblem)) throw error;
      app.say(`Not-spots could not be fetched. ${error.message}`, "error");
    }
  }

  private takePlace(lon: number, lat: number): boolean {
    const { loaded } = this;
    if (!loaded || !this.asksPlaces) return false;
    const [west, south, east, north] = loaded.bounds;
    if (lon < west || lon > east || lat < south || lat > north) return false;
    this.set({ place: { lon, lat } });
    return true;
  }

  private showPlace(): void {
    const place = this.state?.place ?? null;
    if (place) this.app.store.set({ selected: null, others: [] });
    this.place.show(place);
    this.drawMarks();
  }

  private drawMarks(): void {
    const { loaded, state } = this;
    draw(this.app.map, "path", loaded && state ? marksOf(state.place, this.marks) : []);
  }

  /** The answer; null where it was refused, which is said. */
  private async told<T>(answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof api.ApiProblem)) throw error;
      this.app.say(`Coverage could not be read. ${error.message}`, "error");
      return null;
    }
  }
}
