// Paints symbols from this folder's files: for the map file and for the map app alike.

export const SYMBOL_BOX = 20; // paths lie in a box of 20 by 20
const TINT = 0.35;
const LARGEST_DOT = 3; // radius in the symbol's box

// A canvas, square, with `width_px` of symbol in the middle of `size_px`.
export function symbolCanvas(kind, status, look, width_px, size_px, ratio) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(size_px * ratio);
  const pen = penOf(canvas);
  const scale = (width_px / SYMBOL_BOX) * ratio;
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.scale(scale, scale);
  pen.translate(-SYMBOL_BOX / 2, -SYMBOL_BOX / 2);
  paintSymbol(pen, kind, status, look, SYMBOL_BOX / width_px);
  return canvas;
}

// A tile of the pattern that fills areas.
export function patternCanvas(name, colour, ratio) {
  const canvas = document.createElement("canvas");
  const size = Math.round(9 * ratio);
  canvas.width = canvas.height = size;
  const pen = penOf(canvas);
  pen.fillStyle = pen.strokeStyle = colour;
  pen.globalAlpha = 0.55;
  if (name === "dots") {
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

function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("This browser draws no canvas.");
  return pen;
}

// pixel: how long one CSS pixel is in the symbol's box.
function paintSymbol(pen, kind, status, look, pixel) {
  const outline = new Path2D(kind.path);
  pen.lineJoin = "round";
  pen.strokeStyle = look.halo;
  pen.lineWidth = 4.4 * pixel;
  pen.stroke(outline);
  pen.fillStyle = status.fill === "solid" ? kind.colour : look.halo;
  pen.fill(outline);
  paintFilling(pen, outline, kind, status);
  pen.strokeStyle = kind.colour;
  pen.lineWidth = (status.fill === "solid" ? 0.6 : 1.8) * pixel;
  pen.setLineDash(status.outline_dash.map((length) => length * pixel));
  pen.stroke(outline);
  pen.setLineDash([]);
  paintMark(pen, status, look, pixel);
}

function paintFilling(pen, outline, kind, status) {
  pen.save();
  pen.clip(outline);
  pen.fillStyle = kind.colour;
  if (status.fill === "half") pen.fillRect(0, SYMBOL_BOX / 2, SYMBOL_BOX, SYMBOL_BOX / 2);
  if (status.fill === "tint") {
    pen.globalAlpha = TINT;
    pen.fillRect(0, 0, SYMBOL_BOX, SYMBOL_BOX);
  }
  pen.restore();
}

function paintMark(pen, status, look, pixel) {
  pen.lineWidth = 2 * pixel;
  pen.strokeStyle = look.text;
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
  pen.arc(SYMBOL_BOX / 2, SYMBOL_BOX / 2, Math.min(2 * pixel, LARGEST_DOT), 0, 2 * Math.PI);
  pen.fillStyle = look.halo;
  pen.fill();
}
