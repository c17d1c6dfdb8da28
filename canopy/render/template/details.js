// One asset's attributes as a table. All text is set as text, never as HTML.

const COMPACT_WORDS = /^[a-z0-9]+(_[a-z0-9]+)+$/;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function plainText(value) {
  if (value === null || value === undefined) return "not known";
  if (value === true) return "Yes";
  if (value === false) return "No";
  if (Array.isArray(value)) return value.length ? value.map(plainText).join(", ") : "none";
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([key, member]) => `${key.replaceAll("_", " ")}: ${plainText(member)}`)
      .join("; ");
  }
  const text = String(value);
  return COMPACT_WORDS.test(text) ? text.replaceAll("_", " ") : text;
}

function isNumeric(value) {
  return typeof value === "number" || (Array.isArray(value) && value.length > 0 && value.every(isNumeric));
}

function shownValue(column, value, symbols) {
  if (value === null) return "not known";
  if (column.name === "status") {
    return symbols.statuses.find((status) => status.status === value)?.label ?? plainText(value);
  }
  if (column.name === "position_generalised_m") {
    return `somewhere in a square of ${value} m by ${value} m`;
  }
  const text = plainText(value);
  return column.unit && isNumeric(value) ? `${text}\u00a0${column.unit}` : text;
}

function titleOf(store, symbols, asset) {
  const kind = symbols.kind(store.table(asset).kind).label;
  const ref = store.value(asset, "ref");
  return ref === null ? `${kind} without a reference` : `${kind} ${plainText(ref)}`;
}

class Details {
  constructor(scene, map) {
    Object.assign(this, scene);
    this.map = map;
    this.dialog = document.getElementById("details-dialog");
    this.popup = L.popup({ maxWidth: 340, minWidth: 280, autoPanPadding: [24, 24], closeOnEscapeKey: false });
    this.opener = null;
    this.leaving = false;
    map.on("popupclose", () => this.closed());
    this.dialog.addEventListener("close", () => this.closed());
  }

  // Opens at `latlng`, or at the asset; `focus` moves the keyboard there.
  open(assets, { latlng = null, focus = false } = {}) {
    this.opener = focus ? document.activeElement : null;
    this.assets = assets;
    this.show(0, latlng, focus);
  }

  show(place, latlng, focus) {
    const asset = this.assets[place];
    const box = this.store.box4(asset);
    const content = this.content(asset, place, (next) => this.show(next, latlng, true));
    this.choices.select(asset);
    if (Number.isNaN(box[0])) this.showDialog(content);
    else this.showPopup(content, latlng ?? latLngOf((box[0] + box[2]) / 2, (box[1] + box[3]) / 2));
    if (focus) content.focus();
  }

  showDialog(content) {
    const close = element("button", { type: "button" }, "Close");
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.replaceChildren(content, close);
    if (!this.dialog.open) this.dialog.showModal();
  }

  showPopup(content, latlng) {
    if (this.dialog.open) this.dialog.close();
    this.popup.setLatLng(latlng).setContent(content);
    if (!this.popup.isOpen()) this.popup.openOn(this.map);
    content.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.map.closePopup(this.popup);
    });
  }

  closed() {
    this.choices.select(null);
    const opener = this.opener;
    this.opener = null;
    if (opener?.isConnected) opener.focus();
  }

  content(asset, place, go) {
    const title = titleOf(this.store, this.symbols, asset);
    const status = this.store.statusOf[asset];
    const kind = this.store.table(asset).kind;
    const heading = element("h2", {}, this.symbols.element(kind, status), title);
    const content = element("div", { className: "details", tabIndex: -1, role: "group", "aria-label": title }, heading);
    if (this.assets.length > 1) content.append(this.pager(place, go));
    content.append(this.note(asset), this.attributeTable(asset, title));
    return content;
  }

  pager(place, go) {
    const count = this.assets.length;
    const button = (label, next) => {
      const made = element("button", { type: "button", disabled: next < 0 || next >= count }, label);
      made.addEventListener("click", (event) => {
        // The press takes this button out of the page, and Leaflet, which asks where a press
        // stood when it has reached the map, would close the popup for one beside it.
        event.stopPropagation();
        go(next);
      });
      return made;
    };
    const text = element("span", {}, `${(place + 1).toLocaleString("en-GB")} of ${count.toLocaleString("en-GB")} here`);
    return element("p", { className: "pager" }, button("Previous", place - 1), text, button("Next", place + 1));
  }

  note(asset) {
    const role = this.store.role(asset);
    const size = this.store.value(asset, "position_generalised_m");
    if (role === ROLE.NONE) {
      return element("p", { className: "note" }, "No position is shown: it is not known, or withheld from this audience.");
    }
    if (size !== null) {
      return element("p", { className: "note" }, `Position generalised: the asset is somewhere in the hatched square of ${size} m by ${size} m.`);
    }
    return "";
  }

  attributeTable(asset, title) {
    const table = this.store.table(asset);
    const row = asset - table.first;
    const known = (column) => column.value(row) !== null;
    const body = element("tbody");
    for (const column of table.columns.filter(known)) {
      const value = shownValue(column, column.value(row), this.symbols);
      body.append(element("tr", {}, element("th", { scope: "row" }, column.label), element("td", {}, value)));
    }
    const missing = table.columns.filter((column) => !known(column)).map((column) => column.label);
    if (missing.length) {
      body.append(element("tr", { className: "missing" }, element("th", { scope: "row" }, "Not known"), element("td", {}, missing.join(", "))));
    }
    const caption = element("caption", { className: "sr-only" }, `Attributes of ${title}`);
    const scroller = element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": `Attributes of ${title}` });
    scroller.append(element("table", {}, caption, body));
    return scroller;
  }
}
