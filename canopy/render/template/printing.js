// One sheet of A4 or A3: the page takes the sheet's size before the browser prints it.

const PIXEL_M = 0.0254 / 96;

class Printing {
  constructor(map, layer) {
    Object.assign(this, { map, layer });
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
    if (!wanted) return this.map.fitBounds(bounds, { animate: false });
    const zoom = Math.log2(metresPerPixel(centre.lat, 0) / (wanted * PIXEL_M));
    this.map.setView(centre, zoom, { animate: false });
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
