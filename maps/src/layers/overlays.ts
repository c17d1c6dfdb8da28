/** What lies above the assets: the selection, a measurement, a shape being edited. Sources of all overlays. */

import type { GeoJSONSourceSpecification, LayerSpecification } from "maplibre-gl";
import { THEME } from "../symbology.ts";
import { FONT } from "./look.ts";

export const emptySource = (): GeoJSONSourceSpecification => ({
  type: "geojson",
  data: { type: "FeatureCollection", features: [] },
});

export const OVERLAY_SOURCES = [
  "spots",
  "income",
  "readings",
  "path",
  "selected",
  "measure",
  "edit",
] as const;

export function selectionLayers(): LayerSpecification[] {
  const { inner, outer } = THEME.selected;
  const ring = (id: string, colour: string, radius: number, width: number): LayerSpecification => ({
    id,
    type: "circle",
    source: "selected",
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": radius,
      "circle-opacity": 0,
      "circle-stroke-color": colour,
      "circle-stroke-width": width,
    },
  });
  const line = (id: string, colour: string, width: number): LayerSpecification => ({
    id,
    type: "line",
    source: "selected",
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": colour, "line-width": width },
  });
  return [
    line("selected-line-outer", outer, 7),
    line("selected-line-inner", inner, 4),
    ring("selected-outer", outer, 13, 5),
    ring("selected-inner", inner, 14, 3),
  ];
}

export function measureLayers(): LayerSpecification[] {
  return [
    {
      id: "measure-area",
      type: "fill",
      source: "measure",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": THEME.text, "fill-opacity": 0.08 },
    },
    {
      id: "measure-line",
      type: "line",
      source: "measure",
      filter: ["==", ["geometry-type"], "LineString"],
      paint: { "line-color": THEME.text, "line-width": 2, "line-dasharray": [2, 1.5] },
    },
    {
      id: "measure-point",
      type: "circle",
      source: "measure",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 4,
        "circle-color": THEME.halo,
        "circle-stroke-color": THEME.text,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "measure-label",
      type: "symbol",
      source: "measure",
      filter: ["has", "label"],
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 13,
        "text-offset": [0, -1.2],
        "text-allow-overlap": true,
      },
      paint: { "text-color": THEME.text, "text-halo-color": THEME.halo, "text-halo-width": 2 },
    },
  ];
}

export function editLayers(): LayerSpecification[] {
  const { inner, outer } = THEME.selected;
  return [
    {
      id: "edit-area",
      type: "fill",
      source: "edit",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": inner, "fill-opacity": 0.2 },
    },
    {
      id: "edit-line",
      type: "line",
      source: "edit",
      filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": outer, "line-width": 2.5 },
    },
    {
      id: "edit-vertex",
      type: "circle",
      source: "edit",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": ["case", ["get", "chosen"], 9, 6],
        "circle-color": ["case", ["get", "chosen"], inner, THEME.halo],
        "circle-stroke-color": outer,
        "circle-stroke-width": 2,
      },
    },
  ];
}
