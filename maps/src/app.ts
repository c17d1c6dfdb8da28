/** What every part of the page is given. */

import type { Map as MapLibreMap } from "maplibre-gl";
import type { Config } from "./config.ts";
import type { Store } from "./store.ts";
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
}
