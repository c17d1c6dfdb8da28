// The canvas that Leaflet moves and zooms, and the question "what is here?".

const POINT_TOLERANCE_PX = 4;
const LINE_TOLERANCE_PX = 6;
// Chromium replays a canvas drawn for printing with its scale cut to 1/64: a power of two
// keeps the printed scale true, 3 would make it 1.6 % wrong.
const PRINT_RATIO = 2;

// Extends Leaflet's renderer for its handling of panes, padding and zoom animation.
const AssetLayer = L.Renderer.extend({
  initialize(scene) {
    L.Renderer.prototype.initialize.call(this, { padding: 0.15 });
    this.scene = scene;
    this.printing = false;
    this.frame = null;
    scene.choices.addEventListener("change", () => this.repaint());
    scene.choices.addEventListener("select", () => this.repaint());
  },

  onAdd() {
    L.Renderer.prototype.onAdd.call(this);
    this._container.setAttribute("aria-hidden", "true");
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this.ctx = this._container.getContext("2d");
  },

  _destroyContainer() {
    this._container.remove();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.repaint();
    this.fire("update");
  },

  _updatePaths() {},

  repaint() {
    if (!this._map || !this._bounds) return;
    const size = this._bounds.getSize();
    const ratio = this.printing ? PRINT_RATIO : Math.max(1, window.devicePixelRatio || 1);
    const canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = Math.round(size.x * ratio);
    canvas.height = Math.round(size.y * ratio);
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    const frame = new Frame(this.ctx, {
      ratio,
      zoom: this._map.getZoom(),
      left: corner.x,
      top: corner.y,
      width: size.x,
      height: size.y,
    });
    frame.wide = frame.worldBox(2 * CLUSTER_CELL_PX);
    frame.viewBox = viewBox(this._map);
    paintFrame(frame, this.scene);
    this.frame = frame;
  },

  // What lies under a layer point: { cluster } or { assets }, null for nothing.
  find(layerPoint) {
    if (!this.frame) return null;
    const { x, y } = layerPoint.subtract(this._bounds.min);
    const hits = this.frame.hits.at(x, y, POINT_TOLERANCE_PX);
    if (hits[0]?.cluster) return { cluster: hits[0].cluster };
    const assets = hits.filter((hit) => hit.assets).flatMap((hit) => [...hit.assets].reverse());
    const wider = [...this.linesAt(x, y), ...this.areasAt(x, y)];
    const all = [...new Set([...assets, ...wider])];
    return all.length ? { assets: all } : null;
  },

  // The context's transform does not move the points asked about, but scales line widths.
  linesAt(x, y) {
    const { ctx, frame } = this;
    const [px, py] = [x * frame.ratio, y * frame.ratio];
    ctx.setLineDash([]);
    ctx.lineWidth = 2 * LINE_TOLERANCE_PX;
    return frame.shapesDrawn
      .filter((item) => item.role === ROLE.LINE && ctx.isPointInStroke(item.path, px, py))
      .map((item) => item.asset)
      .reverse();
  },

  areasAt(x, y) {
    const { ctx, frame } = this;
    const [px, py] = [x * frame.ratio, y * frame.ratio];
    const polygons = frame.shapesDrawn
      .filter((item) => item.role === ROLE.POLYGON && ctx.isPointInPath(item.path, px, py, "evenodd"))
      .map((item) => item.asset)
      .reverse();
    const cells = frame.cells
      .filter((cell) => ctx.isPointInPath(cell.path, px, py))
      .flatMap((cell) => cell.assets);
    return [...polygons, ...cells];
  },
});

// The map's view in world pixels: west, north, east, south.
function viewBox(map) {
  const scale = 2 ** map.getZoom();
  const { min, max } = map.getPixelBounds();
  return [min.x / scale, min.y / scale, max.x / scale, max.y / scale];
}

function latLngOf(x, y) {
  return L.CRS.EPSG3857.pointToLatLng(L.point(x, y), 0);
}

function boundsOf([west, north, east, south]) {
  return L.latLngBounds(latLngOf(west, south), latLngOf(east, north));
}
