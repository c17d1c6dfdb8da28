// One frame of the map: what is painted where, and what can be pointed at.

const TINY_PX = 11; // polygons and cells smaller than this become symbols
const CLUSTER_CELL_PX = 64;
const CLUSTER_ABOVE = 3; // more symbols of one kind than this in a cell become a cluster
const CLUSTER_BELOW_ZOOM = 15;
const STACK_PX = 2; // symbols closer than this share a place and get a number
const SHIFTS_PX = [-18, -9, 0, 9, 18];
const CLUSTER_SHIFTS = SHIFTS_PX.flatMap((dx) => SHIFTS_PX.map((dy) => [dx, dy]));
const COVERED_CLUSTER = 5; // touching another cluster is as bad as covering this many symbols
const FULL_SIZE_ZOOM = 17;
const LEAST_SIZE = 0.62;
const SCALE_BAR_PX = 150; // no grid labels under the scale bar
const HIT_CELL_PX = 32;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

class Frame {
  // left, top: world pixels at this zoom of the canvas's corner.
  constructor(ctx, { ratio, zoom, left, top, width, height }) {
    Object.assign(this, { ctx, ratio, zoom, left, top, width, height });
    this.scale = 2 ** zoom;
    this.symbolSize = Math.min(1, Math.max(LEAST_SIZE, 1 - (FULL_SIZE_ZOOM - zoom) * 0.12));
    this.box = this.worldBox(0);
    this.hits = new HitGrid();
    this.cells = [];
    this.shapesDrawn = [];
  }

  x(worldX) {
    return worldX * this.scale - this.left;
  }

  y(worldY) {
    return worldY * this.scale - this.top;
  }

  worldBox(margin) {
    return [
      (this.left - margin) / this.scale,
      (this.top - margin) / this.scale,
      (this.left + this.width + margin) / this.scale,
      (this.top + this.height + margin) / this.scale,
    ];
  }

  sizeOf(box) {
    return Math.max(box[2] - box[0], box[3] - box[1]) * this.scale;
  }
}

// Symbols and clusters by place on the canvas, for pointing at them.
class HitGrid {
  constructor() {
    this.places = new Map();
  }

  key(x, y) {
    return Math.floor(x / HIT_CELL_PX) * 100003 + Math.floor(y / HIT_CELL_PX);
  }

  add(hit) {
    const key = this.key(hit.x, hit.y);
    const place = this.places.get(key);
    if (place) place.push(hit);
    else this.places.set(key, [hit]);
  }

  // Hits whose disc holds the point, the nearest first.
  at(x, y, tolerance) {
    const found = [];
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const hit of this.places.get(this.key(x + dx * HIT_CELL_PX, y + dy * HIT_CELL_PX)) ?? []) {
          const distance = Math.hypot(hit.x - x, hit.y - y);
          if (distance <= hit.radius + tolerance) found.push([distance, hit]);
        }
      }
    }
    return found.sort((a, b) => a[0] - b[0]).map(([, hit]) => hit);
  }
}

function tracePath(frame, shapes, i, closed) {
  const path = new Path2D();
  for (let part = shapes.firstPart[i]; part < shapes.firstPart[i + 1]; part++) {
    const from = shapes.firstVertex[part];
    const to = shapes.firstVertex[part + 1];
    let [lastX, lastY] = [NaN, NaN];
    for (let v = from; v < to; v++) {
      const x = frame.x(shapes.x[v]);
      const y = frame.y(shapes.y[v]);
      if (v === from) path.moveTo(x, y);
      else if (v < to - 1 && Math.abs(x - lastX) < 0.6 && Math.abs(y - lastY) < 0.6) continue;
      else path.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
    if (closed) path.closePath();
  }
  return path;
}

function paintFrame(frame, { store, choices, symbols, grid }) {
  const withAreas = choices.backgrounds.areas && store.areaShapes;
  const areas = withAreas ? areasInView(frame, store.areaShapes) : [];
  if (!choices.overTiles) fillAreas(frame, areas, symbols.look);
  if (choices.backgrounds.grid) paintGrid(frame, grid, symbols.look);
  outlineAreas(frame, areas, store, symbols.look);
  const marks = new Marks(store.size + store.pointVertices);
  const later = [];
  store.tables.forEach((table, number) => {
    if (!choices.kinds[number]) return;
    for (let row = 0; row < table.rows; row++) {
      const asset = table.first + row;
      if (!choices.statuses[store.statusOf[asset]]) continue;
      sortIntoPlaces(frame, table, row, asset, marks, later);
    }
  });
  paintPolygons(frame, later, store, symbols);
  paintCells(frame, later, store, symbols);
  paintLines(frame, later, store, symbols);
  paintMarks(frame, marks, store, symbols);
  if (choices.selected !== null) paintSelected(frame, choices.selected, store, symbols.look);
}

// Points and whatever is too small to see go to `marks`, the rest to `later`.
function sortIntoPlaces(frame, table, row, asset, marks, later) {
  const shapes = table.shapes;
  const role = shapes.roles[row];
  if (role === ROLE.NONE || !shapes.touches(row, frame.wide)) return;
  const box = role === ROLE.POINT ? null : shapes.box(row);
  if (role === ROLE.POINT) {
    const from = shapes.firstVertex[shapes.firstPart[row]];
    const to = shapes.firstVertex[shapes.firstPart[row + 1]];
    for (let v = from; v < to; v++) marks.add(asset, shapes.x[v], shapes.y[v]);
  } else if (role !== ROLE.LINE && frame.sizeOf(box) < TINY_PX) {
    marks.add(asset, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
  } else {
    later.push({ asset, role, table, row });
  }
}

function paintGrid(frame, grid, look) {
  const { ctx } = frame;
  const view = frame.viewBox;
  const { lines } = gridLines(grid, frame.box, view);
  ctx.strokeStyle = look.grid.colour;
  ctx.lineWidth = 1;
  ctx.font = `11px ${FONT}`;
  for (const line of lines) {
    ctx.beginPath();
    line.points.forEach(([x, y], i) => {
      if (i === 0) ctx.moveTo(frame.x(x), frame.y(y));
      else ctx.lineTo(frame.x(x), frame.y(y));
    });
    ctx.stroke();
  }
  for (const line of lines) labelGridLine(frame, line, view, look);
}

// Where the line crosses the view's south or east edge; nothing where it does not.
function labelGridLine(frame, line, view, look) {
  const axis = 1 - line.axis;
  const edge = line.axis === 0 ? view[3] : view[2];
  const at = crossing(line.points, axis, edge);
  if (at === null) return;
  const { ctx } = frame;
  const [x, y] = [frame.x(at[0]), frame.y(at[1])];
  if (line.axis === 0 && x < frame.x(view[0]) + SCALE_BAR_PX) return;
  ctx.textAlign = line.axis === 0 ? "left" : "right";
  ctx.textBaseline = "bottom";
  const [dx, dy] = line.axis === 0 ? [4, -4] : [-5, -3];
  haloText(ctx, line.label, x + dx, y + dy, look.grid.text, look);
}

// axis 0: where x is `value`; axis 1: where y is. The nearest end where the line stops short.
function crossing(points, axis, value) {
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    const share = (value - from[axis]) / (to[axis] - from[axis]);
    if (share >= 0 && share <= 1) return [0, 1].map((j) => from[j] + share * (to[j] - from[j]));
  }
  const last = axis === 0 ? points.at(-1) : points[0];
  return last[axis] < value ? last : null;
}

function haloText(ctx, text, x, y, colour, look) {
  ctx.lineJoin = "round";
  ctx.strokeStyle = look.background;
  ctx.lineWidth = 3.5;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

// Areas in view: [number, path].
function areasInView(frame, shapes) {
  const shown = [];
  for (let i = 0; i < shapes.size; i++) {
    if (shapes.roles[i] === ROLE.NONE || !shapes.touches(i, frame.box)) continue;
    shown.push([i, tracePath(frame, shapes, i, true)]);
  }
  return shown;
}

function fillAreas(frame, shown, look) {
  frame.ctx.fillStyle = look.area.fill;
  for (const [, path] of shown) frame.ctx.fill(path, "evenodd");
}

function outlineAreas(frame, shown, store, look) {
  const { ctx } = frame;
  const shapes = store.areaShapes;
  ctx.strokeStyle = look.area.colour;
  ctx.lineWidth = look.area.width_px;
  ctx.setLineDash(look.area.dash);
  for (const [, path] of shown) ctx.stroke(path);
  ctx.setLineDash([]);
  ctx.font = `600 13px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const [i] of shown) {
    if (frame.sizeOf(shapes.box(i)) < 90) continue;
    const [x, y] = middleOf(shapes, i);
    haloText(ctx, store.areas.names[i], frame.x(x), frame.y(y), look.area.text, look);
  }
}

// Centroid of the largest ring.
function middleOf(shapes, i) {
  let best = [0, NaN, NaN];
  for (let part = shapes.firstPart[i]; part < shapes.firstPart[i + 1]; part++) {
    const from = shapes.firstVertex[part];
    const to = shapes.firstVertex[part + 1] - 1;
    const [x0, y0] = [shapes.x[from], shapes.y[from]];
    let [twice, sumX, sumY] = [0, 0, 0];
    for (let v = from; v < to; v++) {
      const [ax, ay] = [shapes.x[v] - x0, shapes.y[v] - y0];
      const [bx, by] = [shapes.x[v + 1] - x0, shapes.y[v + 1] - y0];
      const cross = ax * by - bx * ay;
      twice += cross;
      sumX += (ax + bx) * cross;
      sumY += (ay + by) * cross;
    }
    if (Math.abs(twice) > best[0]) {
      best = [Math.abs(twice), x0 + sumX / (3 * twice), y0 + sumY / (3 * twice)];
    }
  }
  if (!Number.isNaN(best[1])) return [best[1], best[2]];
  const box = shapes.box(i);
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

function paintPolygons(frame, later, store, symbols) {
  for (const item of later) {
    if (item.role !== ROLE.POLYGON) continue;
    item.path = tracePath(frame, item.table.shapes, item.row, true);
    const dash = symbols.statuses[store.statusOf[item.asset]].line_dash;
    fillArea(frame.ctx, item.path, symbols.kind(item.table.kind), dash, symbols, frame.ratio);
    frame.shapesDrawn.push(item);
  }
}

function paintLines(frame, later, store, symbols) {
  for (const item of later) {
    if (item.role !== ROLE.LINE) continue;
    item.path = tracePath(frame, item.table.shapes, item.row, false);
    const dash = symbols.statuses[store.statusOf[item.asset]].line_dash;
    strokeLine(frame.ctx, item.path, symbols.kind(item.table.kind), dash, symbols.look);
    frame.shapesDrawn.push(item);
  }
}

// Assets whose position is generalised to the same cell share one hatched square.
function paintCells(frame, later, store, symbols) {
  const groups = new Map();
  for (const item of later) {
    if (item.role !== ROLE.CELL) continue;
    const key = item.table.shapes.box(item.row).join();
    const group = groups.get(key);
    if (group) group.assets.push(item.asset);
    else groups.set(key, { assets: [item.asset], item });
  }
  for (const group of groups.values()) paintCell(frame, group, store, symbols);
}

function paintCell(frame, { assets, item }, store, symbols) {
  const { ctx } = frame;
  const look = symbols.look;
  const path = tracePath(frame, item.table.shapes, item.row, true);
  ctx.fillStyle = look.cell.colour;
  ctx.globalAlpha = look.cell.fill_opacity;
  ctx.fill(path);
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = symbols.pattern(ctx, "diagonal", look.cell.colour, frame.ratio);
  ctx.fill(path);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = look.cell.colour;
  ctx.lineWidth = 1.2;
  ctx.setLineDash(look.cell.dash);
  ctx.stroke(path);
  ctx.setLineDash([]);
  frame.cells.push({ assets, path });
  paintCellContents(frame, assets, item.table.shapes.box(item.row), store, symbols);
}

// A symbol and a number per kind, in rows that fit into the cell, or one number.
function paintCellContents(frame, assets, box, store, symbols) {
  const { ctx } = frame;
  const counts = countBy(assets, (asset) => store.table(asset).kind);
  const size = frame.sizeOf(box);
  const [x, y] = [frame.x((box[0] + box[2]) / 2), frame.y((box[1] + box[3]) / 2)];
  ctx.textBaseline = "middle";
  ctx.font = `600 12px ${FONT}`;
  const known = symbols.statuses.findIndex((status) => status.mark === "none");
  if (size < 48 || size < 22 * counts.size) {
    if (size < 18) return;
    ctx.textAlign = "center";
    haloText(ctx, shortCount(assets.length), x, y, symbols.look.text, symbols.look);
    return;
  }
  ctx.textAlign = "left";
  [...counts].forEach(([kind, count], i) => {
    const rowY = y + (i - (counts.size - 1) / 2) * 20;
    const sprite = symbols.sprite(kind, known, frame.ratio, 1);
    drawSprite(ctx, sprite, x - 12, rowY);
    haloText(ctx, shortCount(count), x + 2, rowY + 0.5, symbols.look.text, symbols.look);
  });
}

function countBy(items, keyOf) {
  const counts = new Map();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function shortCount(count) {
  return count < 10000 ? count.toLocaleString("en-GB") : `${Math.round(count / 1000)}k`;
}

function drawSprite(ctx, sprite, x, y) {
  ctx.drawImage(sprite, x - sprite.size / 2, y - sprite.size / 2, sprite.size, sprite.size);
}

// Places of symbols: parallel arrays of asset and world position.
class Marks {
  constructor(capacity) {
    this.asset = new Uint32Array(capacity);
    this.x = new Float64Array(capacity);
    this.y = new Float64Array(capacity);
    this.length = 0;
  }

  add(asset, x, y) {
    this.asset[this.length] = asset;
    this.x[this.length] = x;
    this.y[this.length] = y;
    this.length++;
  }
}

// Each asset ends in a symbol of its own, in a stack with a number, or in a cluster.
function paintMarks(frame, marks, store, symbols) {
  const { singles, crowds } = gather(frame, marks, store);
  const places = stacks(frame, marks, singles);
  const taken = new HitGrid();
  for (const place of places) taken.add(place);
  for (const crowd of crowds) paintCluster(frame, clusterOf(frame, marks, crowd, taken), store, symbols);
  for (const place of places) if (!place.absorbed) paintStack(frame, place, store, symbols);
}

// In crowded cells of a grid that is fixed to the ground, the kinds that crowd it become one
// cluster; rarer kinds keep their symbols.
function gather(frame, marks, store) {
  const singles = [];
  if (frame.zoom >= CLUSTER_BELOW_ZOOM) {
    for (let i = 0; i < marks.length; i++) singles.push(i);
    return { singles, crowds: [] };
  }
  const cellOf = new Uint32Array(marks.length);
  const columns = Math.ceil((frame.wide[2] - frame.wide[0]) * frame.scale / CLUSTER_CELL_PX) + 2;
  const rows = Math.ceil((frame.wide[3] - frame.wide[1]) * frame.scale / CLUSTER_CELL_PX) + 2;
  const firstColumn = Math.floor((frame.wide[0] * frame.scale) / CLUSTER_CELL_PX);
  const firstRow = Math.floor((frame.wide[1] * frame.scale) / CLUSTER_CELL_PX);
  const kinds = store.tables.length;
  const counts = new Uint32Array(columns * rows * kinds);
  for (let i = 0; i < marks.length; i++) {
    const column = clamp(Math.floor((marks.x[i] * frame.scale) / CLUSTER_CELL_PX) - firstColumn, columns);
    const row = clamp(Math.floor((marks.y[i] * frame.scale) / CLUSTER_CELL_PX) - firstRow, rows);
    cellOf[i] = row * columns + column;
    counts[cellOf[i] * kinds + store.tableOf[marks.asset[i]]]++;
  }
  const crowds = new Map();
  for (let i = 0; i < marks.length; i++) {
    const cell = cellOf[i];
    if (counts[cell * kinds + store.tableOf[marks.asset[i]]] <= CLUSTER_ABOVE) singles.push(i);
    else if (crowds.has(cell)) crowds.get(cell).push(i);
    else crowds.set(cell, [i]);
  }
  return { singles, crowds: crowds.values() };
}

// A multipoint may reach beyond the cells in view: its far places join the outermost cells.
function clamp(number, size) {
  return Math.min(size - 1, Math.max(0, number));
}

function stacks(frame, marks, singles) {
  const places = new Map();
  for (const i of singles) {
    const x = frame.x(marks.x[i]);
    const y = frame.y(marks.y[i]);
    const key = Math.round(x / STACK_PX) * 1000003 + Math.round(y / STACK_PX);
    const place = places.get(key);
    if (place) place.marks.push(i);
    else places.set(key, { x, y, radius: 0, marks: [i], absorbed: false });
  }
  for (const place of places.values()) place.assets = place.marks.map((i) => marks.asset[i]);
  return [...places.values()];
}

function paintStack(frame, place, store, symbols) {
  const { ctx } = frame;
  const top = place.assets.at(-1);
  const kind = store.table(top).kind;
  const sprite = symbols.sprite(kind, store.statusOf[top], frame.ratio, frame.symbolSize);
  drawSprite(ctx, sprite, place.x, place.y);
  if (place.assets.length > 1) paintBadge(ctx, place, symbols.look);
  frame.hits.add({ ...place, radius: (symbols.kind(kind).size_px * frame.symbolSize) / 2 });
}

function paintBadge(ctx, place, look) {
  const text = shortCount(place.assets.length);
  ctx.font = `700 10px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const width = Math.max(14, ctx.measureText(text).width + 7);
  const [x, y] = [place.x + 9, place.y - 8];
  ctx.beginPath();
  ctx.roundRect(x - width / 2, y - 7, width, 14, 7);
  ctx.fillStyle = look.cluster.edge;
  ctx.fill();
  ctx.strokeStyle = look.halo;
  ctx.lineWidth = 1.2;
  ctx.stroke();
  ctx.fillStyle = look.cluster.fill;
  ctx.fillText(text, x, y + 0.5);
}

// The nearest of some places about (x, y) where a disc covers the fewest symbols.
function freePlace(x, y, radius, taken) {
  let best = { x, y, cost: Infinity };
  for (const [dx, dy] of CLUSTER_SHIFTS) {
    const hits = taken.at(x + dx, y + dy, radius);
    const covered = hits.reduce((sum, hit) => sum + (hit.cluster ? COVERED_CLUSTER : hit.absorbed ? 0 : 1), 0);
    const cost = covered + Math.hypot(dx, dy) / 100;
    if (cost < best.cost) best = { x: x + dx, y: y + dy, cost };
  }
  return { x: best.x, y: best.y };
}

function clusterRadius(count) {
  return Math.min(23, 9 + 4 * Math.log10(count));
}

// The cluster takes in the symbols that its disc would cover, so that none is hidden.
function clusterOf(frame, marks, crowd, taken) {
  let [x, y] = [0, 0];
  for (const i of crowd) {
    x += marks.x[i] / crowd.length;
    y += marks.y[i] / crowd.length;
  }
  const radius = clusterRadius(crowd.length);
  const place = freePlace(frame.x(x), frame.y(y), radius, taken);
  const all = [...crowd];
  for (const hit of taken.at(place.x, place.y, radius)) {
    if (hit.cluster || hit.absorbed) continue;
    hit.absorbed = true;
    all.push(...hit.marks);
  }
  const cluster = {
    ...place,
    radius,
    cluster: all.map((i) => ({ asset: marks.asset[i], x: marks.x[i], y: marks.y[i] })),
  };
  taken.add(cluster);
  return cluster;
}

// A disc with the number of assets; its ring is shared out by kind.
function paintCluster(frame, cluster, store, symbols) {
  const counts = countBy(cluster.cluster, (mark) => store.tableOf[mark.asset]);
  const byKind = [...counts].sort((a, b) => a[0] - b[0]).map(([number, count]) => [store.tables[number].kind, count]);
  paintClusterDisc(frame.ctx, cluster, byKind, cluster.cluster.length, symbols);
  frame.hits.add(cluster);
}

function paintClusterDisc(ctx, { x, y, radius }, counts, total, symbols, text = shortCount(total)) {
  const look = symbols.look;
  disc(ctx, x, y, radius + 1.5, look.halo);
  let from = -Math.PI / 2;
  for (const [kind, count] of counts) {
    const to = from + (2 * Math.PI * count) / total;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.arc(x, y, radius, from, to);
    ctx.fillStyle = symbols.kind(kind).colour;
    ctx.fill();
    from = to;
  }
  disc(ctx, x, y, radius - 3.5, look.cluster.fill);
  ctx.fillStyle = look.cluster.text;
  ctx.font = `700 ${radius > 17 ? 12 : 10.5}px ${FONT}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, y + 0.5);
}

function disc(ctx, x, y, radius, colour) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
}

function paintSelected(frame, asset, store, look) {
  const { ctx } = frame;
  const table = store.table(asset);
  const row = asset - table.first;
  const role = table.shapes.roles[row];
  if (role === ROLE.NONE) return;
  const box = table.shapes.box(row);
  let path;
  if (role === ROLE.POINT || (role !== ROLE.LINE && frame.sizeOf(box) < TINY_PX)) {
    path = new Path2D();
    path.arc(frame.x((box[0] + box[2]) / 2), frame.y((box[1] + box[3]) / 2), 15, 0, 2 * Math.PI);
  } else {
    path = tracePath(frame, table.shapes, row, role !== ROLE.LINE);
  }
  for (const [colour, width] of [[look.selected.outer, 6], [look.selected.inner, 3]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke(path);
  }
}
