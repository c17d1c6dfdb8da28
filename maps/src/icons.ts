/** Symbols from the shared symbology, for the map (images) and for the legend (canvases). */

import type { Map as MapLibreMap } from "maplibre-gl";
import { KINDS, type KindLook, STATUSES, type StatusLook, THEME, UNKNOWN } from "./symbology.ts";

const BOX = 20; // the symbology's paths lie in a box of 20 by 20
const MARGIN_PX = 3;
const TINT = 0.35;
const LARGEST_DOT = 3;
const PATTERN_PX = 9;

export const iconName = (kind: string, status: string | null): string =>
  `${kind}|${status ?? UNKNOWN}`;
export const patternName = (kind: string): string => `pattern|${kind}`;

/** Draw the image a layer asks for, once, when it first asks. */
export function drawIconsOnDemand(map: MapLibreMap, ratio: number): void {
  map.setMissingStyleImageResolver((id) => {
    const canvas = iconCanvas(id, ratio);
    if (canvas === null || map.hasImage(id)) return;
    const image = pencil(canvas).getImageData(0, 0, canvas.width, canvas.height);
    map.addImage(id, image, { pixelRatio: ratio });
  });
}

function iconCanvas(id: string, ratio: number): HTMLCanvasElement | null {
  const [first = "", second = ""] = id.split("|");
  if (first === "pattern") {
    const kind = KINDS.find((each) => each.kind === second);
    return kind === undefined ? null : pattern(kind, ratio);
  }
  const kind = KINDS.find((each) => each.kind === first);
  const status = STATUSES.find((each) => (each.status ?? UNKNOWN) === second) ?? STATUSES.at(-1);
  if (kind === undefined || status === undefined) return null;
  return symbol(kind, status, kind.size_px, kind.size_px + 2 * MARGIN_PX, ratio);
}

/** The symbol of a kind beside text: hidden from screen readers, the text says it. */
export function legendSymbol(kind: KindLook, status: StatusLook | undefined): HTMLCanvasElement {
  const shown = status ?? STATUSES[0];
  const canvas = document.createElement("canvas");
  canvas.className = "symbol";
  canvas.setAttribute("aria-hidden", "true");
  return shown ? symbol(kind, shown, Math.min(17, kind.size_px), 22, 3, canvas) : canvas;
}

function symbol(
  kind: KindLook,
  status: StatusLook,
  width_px: number,
  size_px: number,
  ratio: number,
  canvas: HTMLCanvasElement = document.createElement("canvas"),
): HTMLCanvasElement {
  canvas.width = canvas.height = Math.ceil(size_px * ratio);
  const pen = pencil(canvas);
  const scale = (width_px / BOX) * ratio;
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.scale(scale, scale);
  pen.translate(-BOX / 2, -BOX / 2);
  paint(pen, kind, status, BOX / width_px);
  return canvas;
}

/** `pixel` is the length of a CSS pixel in the symbol's box. */
function paint(
  pen: CanvasRenderingContext2D,
  kind: KindLook,
  status: StatusLook,
  pixel: number,
): void {
  const outline = new Path2D(kind.path);
  pen.lineJoin = "round";
  pen.strokeStyle = THEME.halo;
  pen.lineWidth = 4.4 * pixel;
  pen.stroke(outline);
  pen.fillStyle = status.fill === "solid" ? kind.colour : THEME.halo;
  pen.fill(outline);
  paintFilling(pen, outline, kind, status);
  pen.strokeStyle = kind.colour;
  pen.lineWidth = (status.fill === "solid" ? 0.6 : 1.8) * pixel;
  pen.setLineDash(status.outline_dash.map((length) => length * pixel));
  pen.stroke(outline);
  pen.setLineDash([]);
  paintMark(pen, status, pixel);
}

function paintFilling(
  pen: CanvasRenderingContext2D,
  outline: Path2D,
  kind: KindLook,
  status: StatusLook,
): void {
  pen.save();
  pen.clip(outline);
  pen.fillStyle = kind.colour;
  if (status.fill === "half") pen.fillRect(0, BOX / 2, BOX, BOX / 2);
  if (status.fill === "tint") {
    pen.globalAlpha = TINT;
    pen.fillRect(0, 0, BOX, BOX);
  }
  pen.restore();
}

function paintMark(pen: CanvasRenderingContext2D, status: StatusLook, pixel: number): void {
  pen.lineWidth = 2 * pixel;
  pen.strokeStyle = THEME.text;
  pen.beginPath();
  if (status.mark === "slash" || status.mark === "cross") {
    pen.moveTo(2, 18);
    pen.lineTo(18, 2);
  }
  if (status.mark === "cross") {
    pen.moveTo(2, 2);
    pen.lineTo(18, 18);
  }
  pen.stroke();
  if (status.mark !== "dot") return;
  pen.beginPath();
  pen.arc(BOX / 2, BOX / 2, Math.min(2 * pixel, LARGEST_DOT), 0, 2 * Math.PI);
  pen.fillStyle = THEME.halo;
  pen.fill();
}

function pattern(kind: KindLook, ratio: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const size = Math.round(PATTERN_PX * ratio);
  canvas.width = canvas.height = size;
  const pen = pencil(canvas);
  pen.fillStyle = pen.strokeStyle = kind.colour;
  pen.globalAlpha = 0.55;
  if (kind.area.pattern === "dots") {
    pen.arc(size / 2, size / 2, 0.9 * ratio, 0, 2 * Math.PI);
    pen.fill();
    return canvas;
  }
  pen.lineWidth = ratio;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return canvas;
}

function pencil(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) throw new Error("This browser draws no canvas.");
  return pen;
}
