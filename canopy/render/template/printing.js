// One sheet of A4 or A3: the page takes the sheet's size before the browser prints it.

const PIXEL_M = 0.0254 / 96;

class Printing {
  constructor(map, layer, store) {
    Object.assign(this, { map, layer, store });
    this.panel = document.getElementById("print-panel");
    this.toggle = document.getElementById("toggle-print");
    this.paper = document.getElementById("print-paper");
    this.scale = document.getElementById("print-scale");
    this.pageSize = document.getElementById("page-size");
    this.text = document.getElementById("print-scale-text");
    this.before = null;
    this.setPaper();
    this.listen();
  }

  listen() {
    this.toggle.addEventListener("click", () => this.show(this.panel.hidden));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.show(false);
    });
    this.paper.addEventListener("change", () => this.setPaper());
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      this.show(false);
      window.print();
    });
    window.addEventListener("beforeprint", () => this.enter());
    window.addEventListener("afterprint", () => this.leave());
    matchMedia("print").addEventListener("change", (event) => (event.matches ? this.enter() : this.leave()));
    this.map.on("moveend", () => this.describe());
  }

  show(open) {
    this.panel.hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
    (open ? this.paper : this.toggle).focus();
  }

  setPaper() {
    this.pageSize.textContent = `@page { size: ${this.paper.value}; margin: 10mm; }`;
  }

  enter() {
    if (this.before) return;
    this.before = { centre: this.map.getCenter(), zoom: this.map.getZoom(), bounds: this.map.getBounds(), snap: this.map.options.zoomSnap };
    const root = document.documentElement;
    root.dataset.paper = this.paper.value.replace(" ", "-").toLowerCase();
    root.classList.add("print-layout");
    this.layer.printing = true;
    this.map.options.zoomSnap = 0;
    this.map.invalidateSize({ animate: false, pan: false });
    this.zoomToScale();
    this.layer._update();
    this.describe();
  }

  leave() {
    if (!this.before) return;
    const { centre, zoom, snap } = this.before;
    this.before = null;
    document.documentElement.classList.remove("print-layout");
    this.layer.printing = false;
    this.map.options.zoomSnap = snap;
    this.map.invalidateSize({ animate: false, pan: false });
    this.map.setView(centre, zoom, { animate: false });
    this.layer._update();
  }

  zoomToScale() {
    const { bounds, centre } = this.before;
    const wanted = Number(this.scale.value);
    if (!wanted) return this.map.fitBounds(this.usedPart(bounds), { animate: false });
    const zoom = Math.log2(metresPerPixel(centre.lat, 0) / (wanted * PIXEL_M));
    this.map.setView(centre, zoom, { animate: false });
  }

  // The part of the view that holds assets: paper is not spent on empty ground.
  usedPart(bounds) {
    if (!this.store.box) return bounds;
    const used = boundsOf(this.store.box).pad(0.04);
    if (!bounds.intersects(used)) return bounds;
    const south = Math.max(bounds.getSouth(), used.getSouth());
    const north = Math.min(bounds.getNorth(), used.getNorth());
    const west = Math.max(bounds.getWest(), used.getWest());
    const east = Math.min(bounds.getEast(), used.getEast());
    return L.latLngBounds([south, west], [north, east]);
  }

  describe() {
    const centre = this.map.getCenter();
    const scale = metresPerPixel(centre.lat, this.map.getZoom()) / PIXEL_M;
    const digits = 10 ** Math.max(0, Math.floor(Math.log10(scale)) - 2);
    const rounded = Math.round(scale / digits) * digits;
    const paper = this.paper.value;
    this.text.textContent = `Scale 1:${rounded.toLocaleString("en-GB")} at the middle of the map, printed at full size on ${paper}`;
  }
}

function metresPerPixel(latitude, zoom) {
  const equator = 2 * Math.PI * 6378137;
  return (equator * Math.cos((latitude * Math.PI) / 180)) / (256 * 2 ** zoom);
}
