/** The MapLibre map: made once, restyled when the filter changes. */

import "maplibre-gl/dist/maplibre-gl.css";
import type { Feature } from "geojson";
import {
  AttributionControl,
  type GeoJSONSource,
  Map as MapLibreMap,
  NavigationControl,
  prewarm,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { View } from "./address.ts";
import { authorisation, ROOT } from "./api.ts";
import { type Box, BRITAIN_AND_IRELAND } from "./extent.ts";
import { drawIconsOnDemand } from "./icons.ts";
import { type StyleInput, style } from "./style.ts";

const MAX_ZOOM = 21;
const FIT_PADDING_PX = 40;
const PAN_MS = 300;

export interface MapOptions {
  container: HTMLElement;
  input: StyleInput;
  view: View | null;
  extent: Box | null;
  attribution: string;
}

/** Start what cuts tiles into shapes, which takes a while: before it is known what to draw. */
export function startWorkers(): void {
  setWorkerUrl(new URL(workerUrl, document.baseURI).href);
  prewarm();
}

export function makeMap(options: MapOptions): MapLibreMap {
  const { container, input, view, extent, attribution } = options;
  const map = new MapLibreMap({
    container,
    style: style(input),
    maxZoom: MAX_ZOOM,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    fadeDuration: 0,
    ...(view
      ? { center: [view.lon, view.lat] as [number, number], zoom: view.zoom }
      : { bounds: extent ?? BRITAIN_AND_IRELAND, fitBoundsOptions: { padding: FIT_PADDING_PX } }),
    transformRequest: (url) =>
      url.startsWith(ROOT.href) ? { url, headers: authorisation() } : { url },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
  map.addControl(
    new AttributionControl({
      compact: false,
      ...(attribution && { customAttribution: attribution }),
    }),
    "bottom-right",
  );
  drawIconsOnDemand(map, Math.min(3, Math.max(2, Math.ceil(window.devicePixelRatio))));
  return map;
}

/** Draw the style for another filter; only what differs is touched. */
export function restyle(map: MapLibreMap, input: StyleInput): void {
  map.setStyle(style(input), {
    diff: true,
    transformStyle: (before, after) => ({
      ...after,
      sources: { ...after.sources, ...kept(before?.sources ?? {}, after.sources) },
    }),
  });
}

/** GeoJSON that was drawn stays: a new style does not know it. */
function kept<T extends { type: string }>(
  before: Record<string, T>,
  after: Record<string, T>,
): Record<string, T> {
  const drawn = Object.entries(before).filter(
    ([name, source]) => source.type === "geojson" && name in after,
  );
  return Object.fromEntries(drawn);
}

export function draw(map: MapLibreMap, source: string, features: Feature[]): void {
  map.getSource<GeoJSONSource>(source)?.setData({ type: "FeatureCollection", features });
}

export function viewOf(map: MapLibreMap): View {
  const { lat, lng } = map.getCenter();
  return { zoom: map.getZoom(), lat, lon: lng };
}

export function boxOf(map: MapLibreMap): Box {
  const bounds = map.getBounds();
  const [west, south] = [Math.max(-180, bounds.getWest()), Math.max(-85, bounds.getSouth())];
  return [west, south, Math.min(180, bounds.getEast()), Math.min(85, bounds.getNorth())];
}

/** Whether this person asked their device for less motion. */
export function isStill(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Go there: at once for those who want less motion. */
export function goTo(map: MapLibreMap, lon: number, lat: number, zoom: number): void {
  map.easeTo({ center: [lon, lat], zoom, duration: isStill() ? 0 : PAN_MS });
}
