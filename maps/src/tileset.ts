/** What the service's tiles hold, from their TileJSON. */

import { tileJsonAddress } from "./api.ts";
import type { Box } from "./extent.ts";
import { KIND_NAMES } from "./symbology.ts";

export interface TileSet {
  /** Names of the layers in a tile of all assets. */
  layers: string[];
  /** Whether a cell tells its count by kind, so that one source serves every layer switch. */
  cellsTellKinds: boolean;
  minZoom: number;
  maxZoom: number;
  bounds: Box | null;
}

interface TileJson {
  vector_layers?: { id: string; fields?: Record<string, string> }[];
  minzoom?: number;
  maxzoom?: number;
  bounds?: number[];
}

const MAX_ZOOM = 16; // closer in, the same tile is enlarged: 4096 units are 0.15 m there

export async function loadTileSet(headers: Record<string, string>): Promise<TileSet> {
  const answer = await fetch(tileJsonAddress("assets"), { headers });
  if (!answer.ok) throw new Error(`The service's tiles cannot be read (${answer.status}).`);
  return tileSet((await answer.json()) as TileJson);
}

export function tileSet(told: TileJson): TileSet {
  const named = told.vector_layers ?? [];
  const cells = named.find(({ id }) => id === "assets")?.fields ?? {};
  return {
    layers: named.length > 0 ? named.map(({ id }) => id) : ["assets"],
    cellsTellKinds: KIND_NAMES.every((kind) => kind in cells),
    minZoom: told.minzoom ?? 0,
    maxZoom: Math.min(told.maxzoom ?? MAX_ZOOM, MAX_ZOOM),
    bounds: told.bounds?.length === 4 ? (told.bounds as Box) : null,
  };
}
