/** What every part of the page is given. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Config } from "./config.ts";
import type { DrawnCoverage } from "./layers/coverage.ts";
import type { Store } from "./store.ts";
import type { StyleInput } from "./style.ts";
import type { TileSet } from "./tileset.ts";

export interface App {
  map: MapLibreMap;
  store: Store;
  config: Config;
  tiles: TileSet;
  /** Show a message to everyone, until the next one. */
  say: (text: string, tone?: "info" | "error") => void;
  /** The catalogue changed: fetch tiles, table and details again. */
  refresh: () => void;
  /** While it is set, clicks on the map go there and choose no asset. */
  clickTaker: ((lon: number, lat: number) => void) | null;
  /** Where `clickTaker` is not set: true if it took the click, and no asset is to be chosen. */
  placeTaker: ((lon: number, lat: number) => boolean) | null;
  /** The layer of a coverage run that is drawn below the assets. */
  coverage: DrawnCoverage | null;
}

/** What the style follows from, as it is now. */
export function styleInputOf({ config, tiles, store, coverage }: App): StyleInput {
  return { xyz: config.base_map, tiles, filter: store.state.filter, coverage };
}
