/** Symbols from the shared symbology, for the map (images) and for the legend (canvases). */

import { patternCanvas, symbolCanvas } from "@symbology/paint.js";
import type { Map as MapLibreMap } from "maplibre-gl";
import { KINDS, type KindLook, STATUSES, type StatusLook, THEME, UNKNOWN } from "./symbology.ts";

const MARGIN_PX = 3;

export const iconName = (kind: string, status: string | null): string =>
  `${kind}|${status ?? UNKNOWN}`;
export const patternName = (kind: string): string => `pattern|${kind}`;

/** Draw the image a layer asks for, once, when it first asks. */
export function drawIconsOnDemand(map: MapLibreMap, ratio: number): void {
  map.setMissingStyleImageResolver((id) => {
    const canvas = iconCanvas(id, ratio);
    if (canvas === null || map.hasImage(id)) return;
    const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    if (image !== undefined) map.addImage(id, image, { pixelRatio: ratio });
  });
}

function iconCanvas(id: string, ratio: number): HTMLCanvasElement | null {
  const [first = "", second = ""] = id.split("|");
  if (first === "pattern") {
    const kind = KINDS.find((each) => each.kind === second);
    return kind === undefined ? null : patternCanvas(kind.area.pattern, kind.colour, ratio);
  }
  const kind = KINDS.find((each) => each.kind === first);
  const status = STATUSES.find((each) => (each.status ?? UNKNOWN) === second) ?? STATUSES.at(-1);
  if (kind === undefined || status === undefined) return null;
  return symbolCanvas(kind, status, THEME, kind.size_px, kind.size_px + 2 * MARGIN_PX, ratio);
}

/** The symbol of a kind beside text: hidden from screen readers, the text says it. */
export function legendSymbol(kind: KindLook, status: StatusLook | undefined): HTMLCanvasElement {
  const shown = status ?? STATUSES[0];
  const canvas = shown
    ? symbolCanvas(kind, shown, THEME, Math.min(17, kind.size_px), 22, 3)
    : document.createElement("canvas");
  canvas.className = "symbol";
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
