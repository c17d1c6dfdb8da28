// Symbols from symbology/*.json, as canvas sprites and as SVG for the legend.

const SYMBOL_BOX = 20;
const TINT = 0.35;
const LARGEST_DOT = 3; // radius in the symbol's box

class Symbols {
  constructor(symbology) {
    this.look = symbology.map;
    this.statuses = symbology.statuses.statuses;
    this.kinds = new Map(symbology.kinds.kinds.map((entry) => [entry.kind, entry]));
    this.sprites = new Map();
    this.patterns = new Map();
  }

  kind(name) {
    return this.kinds.get(name);
  }

  // A picture of one kind in one status, drawn once per pixel ratio.
  sprite(kindName, statusNumber, ratio, factor) {
    const key = `${kindName} ${statusNumber} ${ratio} ${factor.toFixed(2)}`;
    let sprite = this.sprites.get(key);
    if (!sprite) {
      const kind = this.kind(kindName);
      const width = kind.size_px * factor;
      const size = width + 6;
      sprite = document.createElement("canvas");
      sprite.width = sprite.height = Math.ceil(size * ratio);
      const ctx = sprite.getContext("2d");
      const scale = (width / SYMBOL_BOX) * ratio;
      ctx.translate(sprite.width / 2, sprite.height / 2);
      ctx.scale(scale, scale);
      ctx.translate(-SYMBOL_BOX / 2, -SYMBOL_BOX / 2);
      this.paintSymbol(ctx, kind, this.statuses[statusNumber], SYMBOL_BOX / width);
      sprite.size = size;
      this.sprites.set(key, sprite);
    }
    return sprite;
  }

  // pixel: how long one CSS pixel is in the symbol's box.
  paintSymbol(ctx, kind, status, pixel) {
    const outline = new Path2D(kind.path);
    ctx.lineJoin = "round";
    ctx.strokeStyle = this.look.halo;
    ctx.lineWidth = 4.4 * pixel;
    ctx.stroke(outline);
    ctx.fillStyle = status.fill === "solid" ? kind.colour : this.look.halo;
    ctx.fill(outline);
    ctx.save();
    ctx.clip(outline);
    ctx.fillStyle = kind.colour;
    if (status.fill === "half") ctx.fillRect(0, SYMBOL_BOX / 2, SYMBOL_BOX, SYMBOL_BOX / 2);
    if (status.fill === "tint") {
      ctx.globalAlpha = TINT;
      ctx.fillRect(0, 0, SYMBOL_BOX, SYMBOL_BOX);
    }
    ctx.restore();
    ctx.strokeStyle = kind.colour;
    ctx.lineWidth = (status.fill === "solid" ? 0.6 : 1.8) * pixel;
    ctx.setLineDash(status.outline_dash.map((length) => length * pixel));
    ctx.stroke(outline);
    ctx.setLineDash([]);
    this.paintMark(ctx, kind, status, pixel);
  }

  paintMark(ctx, kind, status, pixel) {
    ctx.lineWidth = 2 * pixel;
    ctx.strokeStyle = this.look.text;
    ctx.beginPath();
    if (status.mark === "slash" || status.mark === "cross") {
      ctx.moveTo(2, 18);
      ctx.lineTo(18, 2);
    }
    if (status.mark === "cross") {
      ctx.moveTo(2, 2);
      ctx.lineTo(18, 18);
    }
    ctx.stroke();
    if (status.mark === "dot") {
      ctx.beginPath();
      ctx.arc(10, 10, Math.min(2 * pixel, LARGEST_DOT), 0, 2 * Math.PI);
      ctx.fillStyle = this.look.halo;
      ctx.fill();
    }
  }

  // A fill pattern for polygons; null for a plain fill.
  pattern(ctx, name, colour, ratio) {
    if (name === "none") return null;
    const key = `${name} ${colour} ${ratio}`;
    if (!this.patterns.has(key)) this.patterns.set(key, this.drawPattern(ctx, name, colour, ratio));
    return this.patterns.get(key);
  }

  drawPattern(ctx, name, colour, ratio) {
    const tile = document.createElement("canvas");
    const size = (tile.width = tile.height = Math.round(9 * ratio));
    const pen = tile.getContext("2d");
    pen.fillStyle = pen.strokeStyle = colour;
    pen.globalAlpha = 0.55;
    if (name === "dots") {
      pen.arc(size / 2, size / 2, 0.9 * ratio, 0, 2 * Math.PI);
      pen.fill();
    } else {
      pen.lineWidth = ratio;
      for (const shift of [-size, 0, size]) {
        pen.moveTo(shift, size);
        pen.lineTo(shift + size, 0);
      }
      pen.stroke();
    }
    const pattern = ctx.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  }

  // The symbol as a canvas element for legends, popups and tables: looks as on the map.
  element(kindName, statusNumber, { grey = false, width = null } = {}) {
    const ratio = 3;
    const kind = grey ? { ...this.kind(kindName), colour: this.look.text } : this.kind(kindName);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 22 * ratio;
    canvas.className = "symbol";
    canvas.setAttribute("aria-hidden", "true");
    const ctx = canvas.getContext("2d");
    const drawn = width ?? Math.min(17, kind.size_px);
    ctx.translate(canvas.width / 2, canvas.height / 2);
    ctx.scale((drawn / SYMBOL_BOX) * ratio, (drawn / SYMBOL_BOX) * ratio);
    ctx.translate(-SYMBOL_BOX / 2, -SYMBOL_BOX / 2);
    this.paintSymbol(ctx, kind, this.statuses[statusNumber], SYMBOL_BOX / drawn);
    return canvas;
  }

  // A piece of line or area as on the map, for the legend.
  swatch(kindName, role) {
    const ratio = 3;
    const kind = this.kind(kindName);
    const canvas = document.createElement("canvas");
    canvas.width = 30 * ratio;
    canvas.height = 18 * ratio;
    canvas.className = "swatch";
    canvas.setAttribute("aria-hidden", "true");
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    const path = new Path2D();
    if (role === ROLE.LINE) {
      path.moveTo(2, 13);
      path.lineTo(11, 6);
      path.lineTo(19, 11);
      path.lineTo(28, 4);
      strokeLine(ctx, path, kind, [], this.look);
    } else {
      path.rect(2, 2, 26, 14);
      fillArea(ctx, path, kind, [], this, ratio);
    }
    return canvas;
  }
}

function strokeLine(ctx, path, kind, dash, look) {
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  ctx.setLineDash([]);
  ctx.strokeStyle = look.halo;
  ctx.lineWidth = kind.line.width_px + 2.4;
  ctx.stroke(path);
  ctx.setLineDash(dash);
  ctx.strokeStyle = kind.colour;
  ctx.lineWidth = kind.line.width_px;
  ctx.stroke(path);
  if (kind.line.style === "double") {
    ctx.strokeStyle = look.halo;
    ctx.lineWidth = kind.line.width_px * 0.4;
    ctx.stroke(path);
  }
  ctx.setLineDash([]);
}

function fillArea(ctx, path, kind, dash, symbols, ratio) {
  ctx.fillStyle = kind.colour;
  ctx.globalAlpha = kind.area.fill_opacity;
  ctx.fill(path, "evenodd");
  ctx.globalAlpha = 1;
  const pattern = symbols.pattern(ctx, kind.area.pattern, kind.colour, ratio);
  if (pattern) {
    ctx.fillStyle = pattern;
    ctx.fill(path, "evenodd");
  }
  ctx.strokeStyle = kind.colour;
  ctx.lineWidth = kind.line.width_px;
  ctx.setLineDash(dash);
  ctx.stroke(path);
  ctx.setLineDash([]);
}
