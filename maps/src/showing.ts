/** Keeps the drawn assets in step with the filter: tiles, or a filter's result. */

import type { VectorTileSource } from "maplibre-gl";
import { ApiProblem, renewTiles, tilesAddress } from "./api.ts";
import { type App, styleInputOf } from "./app.ts";
import { debounced } from "./dom.ts";
import { collectionOf, cql2, isNarrowed } from "./filters.ts";
import { boxOf, draw, restyle } from "./map.ts";
import { gather } from "./results.ts";
import { KIND_NAMES } from "./symbology.ts";

const PAGE = 1_000;
const MOST_DRAWN = 5_000;
const WAIT_MS = 250;

/** Returns what fetches the assets again. */
export function showAssets(app: App): () => void {
  const { map, store } = app;
  let running: AbortController | null = null;
  const fetchResult = debounced(WAIT_MS, () => {
    running?.abort();
    running = new AbortController();
    void drawResult(app, running.signal);
  });
  const update = (): void => {
    if (isNarrowed(store.state.filter)) fetchResult();
    else running?.abort();
  };
  map.on("moveend", update);
  store.subscribe((now, before) => {
    if (now.filter === before.filter) return;
    restyle(map, styleInputOf(app));
    app.say("");
    update();
  });
  map.once("load", update);
  return () => {
    reloadTiles(app);
    update();
  };
}

async function drawResult({ map, store, say }: App, signal: AbortSignal): Promise<void> {
  const { filter } = store.state;
  if (filter.kinds.length === 0) return draw(map, "results", []);
  const query = {
    collection: collectionOf(filter),
    bbox: boxOf(map),
    filter: cql2(filter),
    limit: PAGE,
  };
  try {
    const { features, isCut } = await gather(query, MOST_DRAWN, signal);
    draw(map, "results", features.filter(({ geometry }) => geometry !== null) as never);
    const most = MOST_DRAWN.toLocaleString("en-GB");
    say(
      isCut
        ? `More than ${most} assets match here: ${most} are drawn. Zoom in for all of them.`
        : "",
    );
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApiProblem)) throw error;
    draw(map, "results", []);
    say(`The filter's result could not be fetched. ${error.message}`, "error");
  }
}

function reloadTiles({ map, tiles }: App): void {
  renewTiles();
  map.getSource<VectorTileSource>("tiles")?.setTiles([tilesAddress("assets")]);
  if (tiles.cellsTellKinds) return;
  for (const kind of KIND_NAMES) {
    map.getSource<VectorTileSource>(`cells-${kind}`)?.setTiles([tilesAddress(kind)]);
  }
}
