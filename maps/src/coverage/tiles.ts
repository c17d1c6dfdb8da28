/**
 * Tiles of values, coloured here: a threshold is moved without asking the service again.
 *
 * MapLibre asks for `canopy-coverage://RUN/tiles/LAYER/Z/Y/X?…`; the numbers behind it are kept
 * and painted by the table of the moment.
 */

import { addProtocol, type RequestParameters } from "maplibre-gl";
import { ApiProblem } from "../api.ts";
import { PROTOCOL, TILE_PX } from "./addresses.ts";
import { NUMBERS, painted } from "./looks.ts";
import { valueTile } from "./service.ts";

/** Tiles kept: 32 MB. */
const MOST_KEPT = 64;

let table = new Uint32Array(NUMBERS);
const kept = new Map<string, Uint16Array>();

export function startProtocol(): void {
  addProtocol(PROTOCOL, paintedTile);
}

/** Paint tiles by this table from now on; those on the map are to be asked for again. */
export function paintBy(next: Uint32Array<ArrayBuffer>): void {
  table = next;
}

/** Forget what was fetched: another principal may see less. */
export function forgetTiles(): void {
  kept.clear();
}

async function paintedTile(
  { url }: RequestParameters,
  { signal }: AbortController,
): Promise<{ data: ImageBitmap }> {
  const numbers = await numbersOf(url.replace(`${PROTOCOL}://`, ""), signal);
  const image = new ImageData(painted(numbers, table), TILE_PX, TILE_PX);
  return { data: await createImageBitmap(image) };
}

async function numbersOf(path: string, signal: AbortSignal): Promise<Uint16Array> {
  const known = kept.get(path);
  if (known) return known;
  const numbers = await fetched(path, signal);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(path, numbers);
  return numbers;
}

async function fetched(path: string, signal: AbortSignal): Promise<Uint16Array> {
  try {
    return new Uint16Array(await valueTile(path, signal));
  } catch (error) {
    const isEmpty = error instanceof ApiProblem && error.status === 404;
    if (isEmpty) return new Uint16Array(TILE_PX * TILE_PX);
    throw error;
  }
}
