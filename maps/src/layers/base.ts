/** The base map: coast bundled with the app, and above it the deployment's XYZ tiles, if any. */

import baseMapName from "virtual:base-map";
import type { LayerSpecification, SourceSpecification } from "maplibre-gl";
import type { XyzBaseMap } from "../config.ts";
import { THEME } from "../symbology.ts";

export const WATER = "#cfdde3";
export const LAND = THEME.background;

export function baseSources(xyz: XyzBaseMap | null): Record<string, SourceSpecification> {
  const coast: SourceSpecification = {
    type: "geojson",
    data: new URL(baseMapName, document.baseURI).href,
    attribution: "Natural Earth",
    tolerance: 0.2,
  };
  if (xyz === null) return { coast };
  const { url, attribution, max_zoom } = xyz;
  return {
    coast,
    xyz: { type: "raster", tiles: [url], tileSize: 256, attribution, maxzoom: max_zoom },
  };
}

export function baseLayers(xyz: XyzBaseMap | null): LayerSpecification[] {
  const part = (name: string, colour: string): LayerSpecification => ({
    id: `base-${name}`,
    type: "fill",
    source: "coast",
    filter: ["==", ["get", "part"], name],
    paint: { "fill-color": colour, "fill-antialias": name !== "sea" },
  });
  const layers: LayerSpecification[] = [
    { id: "base-background", type: "background", paint: { "background-color": WATER } },
    part("world", LAND),
    part("sea", WATER),
    part("land", LAND),
    {
      id: "base-coast",
      type: "line",
      source: "coast",
      filter: ["==", ["get", "part"], "land"],
      paint: { "line-color": THEME.grid.colour, "line-width": 1 },
    },
  ];
  if (xyz) layers.push({ id: "base-xyz", type: "raster", source: "xyz" });
  return layers;
}
