// Symbols from symbology/*.json, as canvas sprites and as SVG for the legend.

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
      const status = this.statuses[statusNumber];
      sprite = symbolCanvas(kind, status, this.look, width, size, ratio);
      sprite.size = size;
      this.sprites.set(key, sprite);
    }
    return sprite;
  }

  // A fill pattern for polygons; null for a plain fill.
  pattern(ctx, name, colour, ratio) {
    if (name === "none") return null;
    const key = `${name} ${colour} ${ratio}`;
    if (!this.patterns.has(key)) this.patterns.set(key, this.drawPattern(ctx, name, colour, ratio));
    return this.patterns.get(key);
  }

  drawPattern(ctx, name, colour, ratio) {
    const pattern = ctx.createPattern(patternCanvas(name, colour, ratio), "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  }

  // The symbol as a canvas element for legends, popups and tables: looks as on the map.
  element(kindName, statusNumber, { grey = false, width = null } = {}) {
    const kind = grey ? { ...this.kind(kindName), colour: this.look.text } : this.kind(kindName);
    const drawn = width ?? Math.min(17, kind.size_px);
    const canvas = symbolCanvas(kind, this.statuses[statusNumber], this.look, drawn, 22, 3);
    canvas.className = "symbol";
    canvas.setAttribute("aria-hidden", "true");
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
