/** Low zooms: how many assets lie in each cell, as a circle with its count. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { FONT, THEME_CLUSTER } from "./look.ts";

/** From this zoom on tiles hold assets; below it, cells with counts. */
export const DETAIL_ZOOM = 13;

/**
 * How many assets of these kinds a cell holds.
 *
 * A cell of the collection `assets` tells its count by kind where the service writes it so;
 * where it does not, and for clusters, the one count it has.
 */
export function countOf(kinds: readonly string[] | null): ExpressionSpecification {
  if (kinds === null) return ["coalesce", ["get", "count"], ["get", "point_count"], 0];
  return ["+", 0, ...kinds.map((kind): ExpressionSpecification => ["coalesce", ["get", kind], 0])];
}

export function cellLayers(
  id: string,
  source: string,
  sourceLayer: string | null,
  kinds: readonly string[] | null,
): LayerSpecification[] {
  const count = countOf(kinds);
  const shared = { source, ...(sourceLayer === null ? {} : { "source-layer": sourceLayer }) };
  const filter: ExpressionSpecification = [
    "all",
    ["any", ["has", "count"], ["has", "point_count"]],
    [">", count, 0],
  ];
  return [
    {
      id: `${id}-circle`,
      type: "circle",
      ...shared,
      filter,
      paint: {
        "circle-radius": [
          "interpolate",
          ["linear"],
          ["log10", ["max", count, 1]],
          0,
          9,
          2,
          14,
          5,
          30,
        ],
        "circle-color": THEME_CLUSTER.fill,
        "circle-stroke-color": THEME_CLUSTER.edge,
        "circle-stroke-width": 1.5,
        "circle-opacity": 0.92,
      },
    },
    {
      id: `${id}-count`,
      type: "symbol",
      ...shared,
      filter,
      layout: {
        "text-field": shortNumber(count),
        "text-font": FONT,
        "text-size": 12,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": THEME_CLUSTER.text },
    },
  ];
}

/** 950, 12k, 3.4M: rounded down, so that no circle promises more than it holds. */
function shortNumber(count: ExpressionSpecification): ExpressionSpecification {
  const floor = (by: number): ExpressionSpecification => ["floor", ["/", count, by]];
  return [
    "case",
    ["<", count, 1_000],
    ["to-string", count],
    ["<", count, 1_000_000],
    ["concat", ["to-string", floor(1_000)], "k"],
    ["concat", ["to-string", ["/", floor(100_000), 10]], "M"],
  ];
}
