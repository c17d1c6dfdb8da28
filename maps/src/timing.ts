/** Marks of the moments that a person waits for, for whoever measures the page. */

import type { Map as MapLibreMap } from "maplibre-gl";

/** A frame in which everything of the view is drawn, the first one after each movement. */
export const DRAWN = "canopy-drawn";

export function markFrames(map: MapLibreMap): void {
  let isWaiting = true;
  map.on("move", () => {
    isWaiting = true;
  });
  map.on("render", () => {
    if (!isWaiting || !map.isStyleLoaded() || !map.areTilesLoaded()) return;
    isWaiting = false;
    performance.mark(DRAWN);
  });
}
