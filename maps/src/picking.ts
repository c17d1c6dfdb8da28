/** Pointer and keyboard on the map: what is under it, and choosing it. */

import type { GeoJSONSource, MapGeoJSONFeature, PointLike } from "maplibre-gl";
import type { AssetName } from "./address.ts";
import { type App, styleInputOf } from "./app.ts";
import { announce, el } from "./dom.ts";
import { assetTitle, metres } from "./format.ts";
import { goTo } from "./map.ts";
import type { Page } from "./page.ts";
import { assetLayerIds, countLayerIds } from "./style.ts";
import { statusLabel } from "./symbology.ts";

const REACH_PX = 6;
const KEY_REACH_PX = 24;
const ZOOM_STEP = 2;

export function addPicking(app: App, page: Page): void {
  const { map } = app;
  const tip = el("div", { class: "tip", "aria-hidden": "true", hidden: true });
  page.map.append(tip, el("div", { class: "crosshair", "aria-hidden": "true" }));
  const canvas = map.getCanvas();
  canvas.setAttribute(
    "aria-label",
    "Map. Arrow keys move it, plus and minus zoom, Enter chooses the asset in the middle.",
  );
  map.on("mousemove", ({ point }) => hover(app, tip, point.x, point.y));
  map.on("mouseout", () => {
    tip.hidden = true;
  });
  map.on("click", ({ point, lngLat }) => {
    if (!taken(app, lngLat.lng, lngLat.lat)) choose(app, point.x, point.y, REACH_PX);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { lng, lat } = map.getCenter();
    if (taken(app, lng, lat)) return;
    choose(app, canvas.clientWidth / 2, canvas.clientHeight / 2, KEY_REACH_PX);
  });
}

/** Whether another part of the page took the click. */
function taken(app: App, lon: number, lat: number): boolean {
  if (app.clickTaker === null) return app.placeTaker?.(lon, lat) ?? false;
  app.clickTaker(lon, lat);
  return true;
}

function around(x: number, y: number, reach: number): [PointLike, PointLike] {
  return [
    [x - reach, y - reach],
    [x + reach, y + reach],
  ];
}

function drawn(app: App, ids: string[]): string[] {
  return ids.filter((id) => app.map.getLayer(id) !== undefined);
}

function hover(app: App, tip: HTMLElement, x: number, y: number): void {
  const layers = drawn(app, [
    ...assetLayerIds(styleInputOf(app)),
    ...countLayerIds(styleInputOf(app)),
  ]);
  const [found] = app.map.queryRenderedFeatures(around(x, y, REACH_PX), { layers });
  app.map.getCanvas().style.cursor = app.clickTaker ? "crosshair" : found ? "pointer" : "";
  tip.hidden = found === undefined || app.clickTaker !== null;
  if (found === undefined) return;
  tip.textContent = tipText(found);
  tip.style.transform = `translate(${Math.round(x) + 12}px, ${Math.round(y) + 12}px)`;
}

function tipText({ properties }: MapGeoJSONFeature): string {
  const count = properties.count ?? properties.point_count;
  if (count !== undefined) return `${Number(count).toLocaleString("en-GB")} assets`;
  const parts = [assetTitle(String(properties.kind), properties)];
  parts.push(statusLabel(properties.status as string | undefined));
  if (typeof properties.height_m === "number") parts.push(`${metres(properties.height_m)} high`);
  return parts.join(" · ");
}

function choose(app: App, x: number, y: number, reach: number): void {
  const { map, store } = app;
  const layers = drawn(app, assetLayerIds(styleInputOf(app)));
  const found = map.queryRenderedFeatures(around(x, y, reach), { layers });
  const names = uniqueNames(found);
  const [first] = names;
  if (first) {
    store.set({ selected: first, others: names });
    return;
  }
  const counts = drawn(app, countLayerIds(styleInputOf(app)));
  const [circle] = map.queryRenderedFeatures(around(x, y, reach), { layers: counts });
  if (circle) void open(app, circle);
  else announce("No asset here");
}

/** Zoom to where a circle's assets part. */
async function open({ map }: App, circle: MapGeoJSONFeature): Promise<void> {
  if (circle.geometry.type !== "Point") return;
  const [lon = 0, lat = 0] = circle.geometry.coordinates;
  const cluster = circle.properties.cluster_id as number | undefined;
  const zoom =
    cluster === undefined
      ? map.getZoom() + ZOOM_STEP
      : await map.getSource<GeoJSONSource>("results")?.getClusterExpansionZoom(cluster);
  goTo(map, lon, lat, zoom ?? map.getZoom() + ZOOM_STEP);
}

function uniqueNames(features: MapGeoJSONFeature[]): AssetName[] {
  const names = new Map<string, AssetName>();
  for (const { properties, id } of features) {
    const asset = String(properties.asset_id ?? id ?? "");
    const kind = String(properties.kind);
    if (asset && !names.has(asset)) names.set(asset, { kind, id: asset });
  }
  return [...names.values()];
}
