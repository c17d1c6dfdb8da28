/** Assets as areas, lines and symbols, by kind and status. */

import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  LineLayerSpecification,
} from "maplibre-gl";
import { iconName, patternName } from "../icons.ts";
import { KINDS, STATUSES, THEME, UNKNOWN } from "../symbology.ts";

/** Below it assets are dots, so that a whole city stays smooth. */
export const SYMBOL_ZOOM = 15;

const KIND: ExpressionSpecification = ["get", "kind"];
const STATUS: ExpressionSpecification = ["coalesce", ["get", "status"], UNKNOWN];

/** Layers of one source, lowest first. `only` is a condition on what is drawn. */
export function assetLayers(
  id: string,
  source: string,
  sourceLayer: string | null,
  only: ExpressionSpecification,
  symbolZoom: number = SYMBOL_ZOOM,
): LayerSpecification[] {
  const shared = { source, ...(sourceLayer === null ? {} : { "source-layer": sourceLayer }) };
  const of = (geometry: string): FilterSpecification => [
    "all",
    ["has", "kind"],
    ["==", ["geometry-type"], geometry],
    only,
  ];
  return [
    {
      id: `${id}-area`,
      type: "fill",
      ...shared,
      filter: of("Polygon"),
      paint: {
        "fill-color": byKind((kind) => kind.colour),
        "fill-opacity": byKind((kind) => kind.area.fill_opacity),
      },
    },
    {
      id: `${id}-pattern`,
      type: "fill",
      ...shared,
      filter: ["all", of("Polygon") as ExpressionSpecification, oneOfKinds(patterned())],
      paint: { "fill-pattern": patternByKind() },
    },
    { ...stroke(`${id}-outline`), ...shared, filter: of("Polygon") },
    {
      id: `${id}-casing`,
      type: "line",
      ...shared,
      filter: of("LineString"),
      paint: {
        "line-color": THEME.halo,
        "line-width": byKind((kind) => kind.line.width_px + 2.4),
      },
    },
    { ...stroke(`${id}-line`), ...shared, filter: of("LineString") },
    {
      id: `${id}-core`,
      type: "line",
      ...shared,
      filter: ["all", of("LineString") as ExpressionSpecification, oneOfKinds(doubled())],
      paint: { "line-color": THEME.halo, "line-width": byKind((kind) => kind.line.width_px * 0.4) },
    },
    {
      id: `${id}-dot`,
      type: "circle",
      ...shared,
      maxzoom: symbolZoom,
      filter: of("Point"),
      paint: {
        "circle-color": byKind((kind) => kind.colour),
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 2.5, 15, 4.5],
        "circle-stroke-color": THEME.halo,
        "circle-stroke-width": 0.8,
      },
    },
    {
      id: `${id}-symbol`,
      type: "symbol",
      ...shared,
      minzoom: symbolZoom,
      filter: of("Point"),
      layout: {
        "icon-image": ["concat", KIND, "|", STATUS],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 15, 0.75, 17, 1],
        "symbol-sort-key": byKind((kind) => kind.order),
      },
    },
  ];
}

/** Layers that answer to the pointer, topmost first. */
export function touchable(id: string): string[] {
  return ["symbol", "dot", "line", "area"].map((part) => `${id}-${part}`);
}

/** Images that `assetLayers` names. */
export function iconNames(): string[] {
  const icons = KINDS.flatMap(({ kind }) => STATUSES.map(({ status }) => iconName(kind, status)));
  return [...icons, ...patterned().map(patternName)];
}

function stroke(id: string): Pick<LineLayerSpecification, "id" | "type" | "paint"> {
  return {
    id,
    type: "line",
    paint: {
      "line-color": byKind((kind) => kind.colour),
      "line-width": byKind((kind) => kind.line.width_px),
      "line-dasharray": dashByStatus(),
    },
  };
}

type Look = (typeof KINDS)[number];

function byKind<T extends string | number>(
  of: (kind: Look) => T,
): DataDrivenPropertyValueSpecification<T> {
  const cases = KINDS.flatMap((kind) => [kind.kind, of(kind)]);
  const [first] = KINDS;
  const other = first === undefined ? "" : of(first);
  const expression = ["match", KIND, ...cases, other];
  return expression as unknown as DataDrivenPropertyValueSpecification<T>;
}

function dashByStatus(): ExpressionSpecification {
  const cases = STATUSES.filter(({ line_dash }) => line_dash.length > 0).flatMap((each) => [
    each.status ?? UNKNOWN,
    // The symbology counts pixels, MapLibre widths of the line; most lines are 2 px wide.
    ["literal", each.line_dash.map((length) => length / 2)],
  ]);
  return ["match", STATUS, ...cases, ["literal", [1, 0]]] as unknown as ExpressionSpecification;
}

function patterned(): string[] {
  return KINDS.filter(({ area }) => area.pattern !== "none").map(({ kind }) => kind);
}

function doubled(): string[] {
  return KINDS.filter(({ line }) => line.style === "double").map(({ kind }) => kind);
}

function oneOfKinds(kinds: string[]): ExpressionSpecification {
  return ["in", KIND, ["literal", kinds]];
}

function patternByKind(): ExpressionSpecification {
  return ["concat", "pattern|", KIND];
}
