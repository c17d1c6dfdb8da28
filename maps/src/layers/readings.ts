/** Newest values of Things: colour, size and number tell them; a hollow ring is too old. */

import type { LayerSpecification } from "maplibre-gl";
import { THEME } from "../symbology.ts";
import { FONT } from "./look.ts";

export const READINGS_LAYER = "readings-point";

export function readingsLayers(): LayerSpecification[] {
  return [
    {
      id: READINGS_LAYER,
      type: "circle",
      source: "readings",
      paint: {
        "circle-color": ["get", "colour"],
        "circle-radius": ["get", "size"],
        "circle-stroke-color": ["case", ["get", "isStale"], "#6b7680", THEME.text],
        "circle-stroke-width": ["case", ["get", "isStale"], 3, 1.5],
      },
    },
    {
      id: "readings-label",
      type: "symbol",
      source: "readings",
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.9],
        "text-optional": true,
      },
      paint: { "text-color": THEME.text, "text-halo-color": THEME.halo, "text-halo-width": 2 },
    },
  ];
}
