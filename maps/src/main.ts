import "./page.css";
import { fromHash, toHash } from "./address.ts";
import { authorisation } from "./api.ts";
import type { App } from "./app.ts";
import { loadConfig } from "./config.ts";
import { addCoverage } from "./coverage/coverage.ts";
import { debounced, el } from "./dom.ts";
import { addEditing } from "./edit/editing.ts";
import { addIncome } from "./income/income.ts";
import { makeMap, startWorkers, viewOf } from "./map.ts";
import { makePage, type Page } from "./page.ts";
import { addDetails } from "./panels/details.ts";
import { addExport } from "./panels/export.ts";
import { addFilters } from "./panels/filters.ts";
import { addLegend } from "./panels/legend.ts";
import { addMeasure } from "./panels/measure.ts";
import { addSearch } from "./panels/search.ts";
import { addTable } from "./panels/table.ts";
import { addPicking } from "./picking.ts";
import { addReadings } from "./readings/readings.ts";
import { showAssets } from "./showing.ts";
import { Store } from "./store.ts";
import { loadTileSet } from "./tileset.ts";
import { markFrames } from "./timing.ts";

const ADDRESS_WAIT_MS = 200;

async function start(): Promise<void> {
  startWorkers();
  const [config, tiles] = await Promise.all([loadConfig(), loadTileSet(authorisation())]);
  const store = new Store(fromHash(location.hash));
  const page = makePage(config.title);
  const { view, filter } = store.state;
  const map = makeMap({
    container: page.map,
    input: { xyz: config.base_map, tiles, filter, coverage: null },
    view,
    extent: tiles.bounds,
    attribution: config.attribution,
  });
  markFrames(map);
  const refreshers: (() => void)[] = [];
  const app: App = {
    map,
    store,
    config,
    tiles,
    say: page.say,
    refresh: () => {
      for (const refresh of refreshers) refresh();
    },
    clickTaker: null,
    placeTaker: null,
    coverage: null,
  };
  refreshers.push(showAssets(app));
  addParts(app, page, refreshers);
  keepAddress(app);
  map.once("idle", () => document.documentElement.setAttribute("data-ready", ""));
}

function addParts(app: App, page: Page, refreshers: (() => void)[]): void {
  refreshers.push(addCoverage(app, page));
  refreshers.push(addIncome(app, page));
  refreshers.push(addReadings(app, page));
  addLegend(app, page);
  addFilters(app, page);
  addSearch(app, page);
  addPicking(app, page);
  const editing = addEditing(app, page);
  refreshers.push(addDetails(app, page, editing));
  refreshers.push(addTable(app, page));
  addMeasure(app, page);
  addExport(app, page);
}

/** The address follows the page, and the page follows the address where a person changes it. */
function keepAddress({ map, store }: App): void {
  const write = debounced(ADDRESS_WAIT_MS, () => {
    history.replaceState(null, "", toHash(store.state));
  });
  map.on("moveend", () => store.set({ view: viewOf(map) }));
  store.subscribe(write);
  window.addEventListener("hashchange", ({ newURL }) => {
    // Not from `location`: `write` may have been there between the change and its event.
    const wanted = fromHash(new URL(newURL).hash);
    store.set(wanted);
    if (wanted.view)
      map.jumpTo({ center: [wanted.view.lon, wanted.view.lat], zoom: wanted.view.zoom });
  });
}

function failed(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const text = `The map cannot be shown. ${reason}`;
  const told = el("p", { role: "alert", id: "failed" }, text);
  document.body.replaceChildren(told);
}

start().catch(failed);
