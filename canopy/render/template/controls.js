// Buttons on the map, hints at the pointer, and the keyboard's way of pointing.

const PAN_PX = 160;

function barButton(label, text, act) {
  const button = element("button", { type: "button", title: label, "aria-label": label }, text);
  button.addEventListener("click", act);
  return button;
}

// Zoom, whole map, and moving without dragging.
function addButtons(map, home) {
  const bar = element("div", { className: "map-buttons" });
  const group = (name, ...buttons) => bar.append(element("div", { role: "group", className: name }, ...buttons));
  group(
    "zoom",
    barButton("Zoom in", "+", () => map.zoomIn()),
    barButton("Zoom out", "−", () => map.zoomOut()),
    barButton("Whole map", "⤢", home),
  );
  group(
    "move",
    barButton("Move north", "↑", () => map.panBy([0, -PAN_PX])),
    barButton("Move west", "←", () => map.panBy([-PAN_PX, 0])),
    barButton("Move east", "→", () => map.panBy([PAN_PX, 0])),
    barButton("Move south", "↓", () => map.panBy([0, PAN_PX])),
  );
  L.DomEvent.disableClickPropagation(bar);
  L.DomEvent.disableScrollPropagation(bar);
  map.getContainer().append(bar);
}

class Pointing {
  constructor(map, layer, details, scene) {
    Object.assign(this, scene, { map, layer, details });
    this.hint = element("div", { className: "hint", hidden: true });
    this.hint.setAttribute("aria-hidden", "true");
    this.cross = element("div", { className: "crosshair", hidden: true });
    this.cross.setAttribute("aria-hidden", "true");
    map.getContainer().append(this.hint, this.cross);
    this.waiting = null;
    map.on("click", (event) => this.choose(event.layerPoint, event.latlng, false));
    map.on("mousemove", (event) => this.later(event));
    map.on("mouseout movestart", () => (this.hint.hidden = true));
    this.keyboard(map.getContainer());
  }

  // Enter opens what is under the cross in the middle of the map.
  keyboard(container) {
    // Leaflet focuses the map on a click: only a keyboard's focus shows ring and cross.
    const byKeyboard = (yes) => {
      container.classList.toggle("pointed", !yes);
      this.cross.hidden = !yes || document.activeElement !== container;
    };
    container.addEventListener("pointerdown", () => byKeyboard(false), { capture: true });
    container.addEventListener("keyup", () => byKeyboard(true));
    container.addEventListener("blur", () => byKeyboard(true));
    container.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== container) return;
      event.preventDefault();
      const middle = this.map.latLngToLayerPoint(this.map.getCenter());
      if (!this.choose(middle, this.map.getCenter(), true)) {
        document.getElementById("announcer").textContent = "No asset in the middle of the map";
      }
    });
  }

  choose(layerPoint, latlng, focus) {
    const found = this.layer.find(layerPoint);
    if (found?.cluster) this.open(found.cluster);
    else if (found) this.details.open(found.assets, { latlng: this.place(found.assets[0], latlng), focus });
    return found !== null;
  }

  // A popup stands on its symbol; on lines and areas where they were pointed at.
  place(asset, latlng) {
    return this.store.role(asset) === ROLE.POINT ? null : latlng;
  }

  open(cluster) {
    const xs = cluster.map((mark) => mark.x);
    const ys = cluster.map((mark) => mark.y);
    const least = (values) => values.reduce((a, b) => Math.min(a, b));
    const most = (values) => values.reduce((a, b) => Math.max(a, b));
    const bounds = boundsOf([least(xs), least(ys), most(xs), most(ys)]);
    const zoom = Math.max(this.map.getZoom() + 1, this.map.getBoundsZoom(bounds, false, [60, 60]));
    this.map.setView(bounds.getCenter(), Math.min(zoom, 18), { animate: !calm() });
  }

  later(event) {
    const scheduled = this.waiting !== null;
    this.waiting = event;
    if (!scheduled) requestAnimationFrame(() => this.point());
  }

  point() {
    const event = this.waiting;
    this.waiting = null;
    const found = this.layer.find(event.layerPoint);
    this.map.getContainer().classList.toggle("over", found !== null);
    this.hint.hidden = found === null;
    if (!found) return;
    this.hint.textContent = this.hintText(found);
    this.hint.style.transform = `translate(${event.containerPoint.x + 14}px, ${event.containerPoint.y + 14}px)`;
  }

  hintText(found) {
    if (found.cluster) {
      const counts = countBy(found.cluster, (mark) => this.store.table(mark.asset).kind);
      return [...counts].map(([kind, count]) => this.counted(kind, count)).join(", ");
    }
    const first = titleOf(this.store, this.symbols, found.assets[0]);
    return found.assets.length > 1 ? `${first} and ${found.assets.length - 1} more here` : first;
  }

  counted(kind, count) {
    const { label, label_plural: plural } = this.symbols.kind(kind);
    return `${count.toLocaleString("en-GB")} ${(count === 1 ? label : plural).replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
  }
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
