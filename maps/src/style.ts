/** The whole style: sources, and every layer in the one list that is the draw order. */

import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { tilesAddress } from "./api.ts";
import type { XyzBaseMap } from "./config.ts";
import { type Filter, isNarrowed } from "./filters.ts";
import { assetLayers, touchable } from "./layers/assets.ts";
import { baseLayers, baseSources } from "./layers/base.ts";
import { cellLayers, DETAIL_ZOOM } from "./layers/cells.ts";
import {
  coverageLayers,
  coverageSources,
  type DrawnCoverage,
  pathLayers,
} from "./layers/coverage.ts";
import { incomeLayers } from "./layers/income.ts";
import {
  editLayers,
  emptySource,
  measureLayers,
  OVERLAY_SOURCES,
  selectionLayers,
} from "./layers/overlays.ts";
import { readingsLayers } from "./layers/readings.ts";
import { KIND_NAMES } from "./symbology.ts";
import type { TileSet } from "./tileset.ts";

export interface StyleInput {
  xyz: XyzBaseMap | null;
  tiles: TileSet;
  filter: Filter;
  coverage: DrawnCoverage | null;
}

/** Clusters of a filter's result end here: assets in one place part by their symbols. */
const CLUSTER_ZOOM = 14;
const CLUSTER_RADIUS_PX = 45;

export function style(input: StyleInput): StyleSpecification {
  return { version: 8, sources: sources(input), layers: layers(input) };
}

function sources({ xyz, tiles, coverage }: StyleInput): Record<string, SourceSpecification> {
  const vector = (collection: string): SourceSpecification => ({
    type: "vector",
    tiles: [tilesAddress(collection)],
    minzoom: tiles.minZoom,
    maxzoom: tiles.maxZoom,
  });
  const byKind = tiles.cellsTellKinds
    ? []
    : KIND_NAMES.map((kind) => [`cells-${kind}`, vector(kind)] as const);
  return {
    ...baseSources(xyz),
    ...coverageSources(coverage),
    tiles: vector("assets"),
    ...Object.fromEntries(byKind),
    results: {
      ...emptySource(),
      cluster: true,
      clusterMaxZoom: CLUSTER_ZOOM,
      clusterRadius: CLUSTER_RADIUS_PX,
    },
    ...Object.fromEntries(OVERLAY_SOURCES.map((name) => [name, emptySource()])),
  };
}

function layers(input: StyleInput): LayerSpecification[] {
  const { xyz, filter, coverage } = input;
  const shown = isNarrowed(filter) ? resultLayers() : tileLayers(input);
  return [
    ...baseLayers(xyz),
    ...coverageLayers(coverage),
    ...shown,
    ...incomeLayers(),
    ...readingsLayers(),
    ...selectionLayers(),
    ...pathLayers(),
    ...measureLayers(),
    ...editLayers(),
  ];
}

function tileLayers({ tiles, filter }: StyleInput): LayerSpecification[] {
  const { kinds } = filter;
  const isOn: ExpressionSpecification = ["in", ["get", "kind"], ["literal", [...kinds]]];
  const detail = tiles.layers.flatMap((name) => assetLayers(`tiles-${name}`, "tiles", name, isOn));
  const all = kinds.length === KIND_NAMES.length;
  const cells =
    all || tiles.cellsTellKinds
      ? tiles.layers.flatMap((name) =>
          cellLayers(`cells-${name}`, "tiles", name, all ? null : kinds),
        )
      : kinds.flatMap((kind) => cellLayers(`cells-${kind}`, `cells-${kind}`, kind, null));
  return [
    ...detail.map((layer) => ({ ...layer, minzoom: Math.max(layer.minzoom ?? 0, DETAIL_ZOOM) })),
    ...cells.map((layer) => ({ ...layer, maxzoom: DETAIL_ZOOM })),
  ];
}

function resultLayers(): LayerSpecification[] {
  return [
    ...assetLayers("results", "results", null, ["!", ["has", "point_count"]], 0),
    ...cellLayers("results", "results", null, null),
  ];
}

/** Layers whose features are assets, topmost first. */
export function assetLayerIds({ tiles, filter }: StyleInput): string[] {
  if (isNarrowed(filter)) return touchable("results");
  const groups = tiles.layers.map((name) => touchable(`tiles-${name}`));
  return groups[0]?.flatMap((_, part) => groups.map((group) => group[part] ?? "")) ?? [];
}

/** Layers whose features are circles with a count. */
export function countLayerIds({ tiles, filter }: StyleInput): string[] {
  if (isNarrowed(filter)) return ["results-circle"];
  const all = filter.kinds.length === KIND_NAMES.length;
  const names = all || tiles.cellsTellKinds ? tiles.layers : filter.kinds;
  return names.map((name) => `cells-${name}-circle`);
}
