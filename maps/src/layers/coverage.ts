/** A coverage run below the assets, its not-spots, and a path or place asked about above them. */

import type { ExpressionSpecification, LayerSpecification, SourceSpecification } from "maplibre-gl";
import { TILE_PX } from "../coverage/addresses.ts";
import { SPOT_LOOKS } from "../coverage/looks.ts";
import type { Box } from "../extent.ts";
import { THEME } from "../symbology.ts";
import { FONT } from "./look.ts";

export interface DrawnCoverage {
  tiles: string;
  bounds: Box;
  maxZoom: number;
  /** 0 to 1. */
  opacity: number;
  hasSpots: boolean;
  /** Already harmless as HTML. */
  attribution: string;
}

export function coverageSources(drawn: DrawnCoverage | null): Record<string, SourceSpecification> {
  if (drawn === null) return {};
  const { tiles, bounds, maxZoom, attribution } = drawn;
  return {
    coverage: {
      type: "raster",
      tiles: [tiles],
      tileSize: TILE_PX,
      bounds,
      maxzoom: maxZoom,
      ...(attribution && { attribution }),
    },
  };
}

export function coverageLayers(drawn: DrawnCoverage | null): LayerSpecification[] {
  if (drawn === null) return [];
  const raster: LayerSpecification = {
    id: "coverage",
    type: "raster",
    source: "coverage",
    paint: {
      "raster-opacity": drawn.opacity,
      "raster-resampling": "nearest",
      "raster-fade-duration": 0,
    },
  };
  return drawn.hasSpots ? [raster, ...spotLayers()] : [raster];
}

function spotLayers(): LayerSpecification[] {
  const { total, partial, unknown } = SPOT_LOOKS;
  const colour: ExpressionSpecification = [
    "match",
    ["get", "status"],
    "total",
    total.colour,
    "partial",
    partial.colour,
    unknown.colour,
  ];
  const dash: ExpressionSpecification = [
    "match",
    ["get", "status"],
    "total",
    ["literal", [1, 0]],
    "partial",
    ["literal", [4, 2]],
    ["literal", [1, 1.5]],
  ];
  return [
    {
      id: "spots-area",
      type: "fill",
      source: "spots",
      paint: { "fill-color": colour, "fill-opacity": 0.45 },
    },
    { id: "spots-edge", type: "line", source: "spots", paint: edge(THEME.text, 3, null) },
    { id: "spots-line", type: "line", source: "spots", paint: edge(colour, 2, dash) },
  ];
}

function edge(
  colour: string | ExpressionSpecification,
  width: number,
  dash: ExpressionSpecification | null,
) {
  return {
    "line-color": colour,
    "line-width": width,
    ...(dash !== null && { "line-dasharray": dash }),
  };
}

/** The path that is looked at, its stretches in the way, its ends, and a place. */
export function pathLayers(): LayerSpecification[] {
  return [
    {
      id: "path-edge",
      type: "line",
      source: "path",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": THEME.halo, "line-width": 6 },
    },
    {
      id: "path-line",
      type: "line",
      source: "path",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: {
        "line-color": ["case", ["get", "inTheWay"], SPOT_LOOKS.total.colour, THEME.text],
        "line-width": ["case", ["get", "inTheWay"], 5, 2.5],
      },
    },
    {
      id: "path-point",
      type: "circle",
      source: "path",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 6,
        "circle-color": THEME.selected.inner,
        "circle-stroke-color": THEME.selected.outer,
        "circle-stroke-width": 3,
      },
    },
    {
      id: "path-label",
      type: "symbol",
      source: "path",
      filter: ["has", "label"],
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 13,
        "text-offset": [0, -1.4],
        "text-allow-overlap": true,
      },
      paint: { "text-color": THEME.text, "text-halo-color": THEME.halo, "text-halo-width": 2 },
    },
  ];
}
