// The same assets as a table: filtered by the layers, the statuses, the view and a search.

const PAGE_ROWS = 100;
const SHARED_COLUMNS = ["ref", "name", "status", "street", "postcode", "ward", "uprn"];
const HIDDEN_IN_TABLE = new Set(["asset_id"]);

class AssetTable {
  constructor(scene, map, finder, { goTo }) {
    Object.assign(this, scene, { map, finder, goTo });
    this.collator = new Intl.Collator("en-GB", { numeric: true });
    this.panel = document.getElementById("table-panel");
    this.kindSelect = document.getElementById("table-kind");
    this.inView = document.getElementById("table-in-view");
    this.queryText = document.getElementById("table-query");
    this.toggle = document.getElementById("toggle-table");
    this.ranks = new Map();
    this.sort = { name: "ref", up: true };
    this.query = null;
    this.page = 0;
    this.fillKinds();
    this.listen();
  }

  fillKinds() {
    this.kindSelect.append(element("option", { value: "" }, "All kinds"));
    for (const table of this.store.tables) {
      const label = this.symbols.kind(table.kind).label_plural;
      this.kindSelect.append(element("option", { value: table.kind }, label));
    }
  }

  listen() {
    const again = () => this.refresh(0);
    this.kindSelect.addEventListener("change", again);
    this.inView.addEventListener("change", again);
    this.choices.addEventListener("change", again);
    this.map.on("moveend", () => this.inView.checked && again());
    this.toggle.addEventListener("click", () => (this.panel.hidden ? this.open() : this.close()));
    document.getElementById("table-close").addEventListener("click", () => this.close());
    document.getElementById("skip-to-table").addEventListener("click", (event) => {
      event.preventDefault();
      this.open();
    });
    const go = (id, target) => document.getElementById(id).addEventListener("click", () => this.refresh(target()));
    go("page-first", () => 0);
    go("page-previous", () => this.page - 1);
    go("page-next", () => this.page + 1);
    go("page-last", () => this.pages() - 1);
  }

  open() {
    this.panel.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.map.invalidateSize({ animate: false });
    this.map.eachLayer((layer) => layer instanceof L.Popup && layer.update());
    this.refresh(0);
    this.panel.focus();
  }

  close() {
    this.panel.hidden = true;
    this.toggle.setAttribute("aria-expanded", "false");
    this.map.invalidateSize({ animate: false });
    this.toggle.focus();
  }

  showQuery(query) {
    this.query = query;
    this.inView.checked = false;
    this.kindSelect.value = "";
    const clear = element("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => {
      this.query = null;
      this.queryText.hidden = true;
      this.refresh(0);
      this.panel.focus();
    });
    this.queryText.replaceChildren(`Search: “${query}” `, clear);
    this.queryText.hidden = false;
    this.open();
  }

  columns() {
    const kind = this.kindSelect.value;
    if (kind) {
      const table = this.store.tables.find((each) => each.kind === kind);
      return table.columns.filter((column) => !HIDDEN_IN_TABLE.has(column.name));
    }
    const known = (name) => this.store.tables.map((table) => table.byName.get(name)).find(Boolean);
    const shared = SHARED_COLUMNS.map(known).filter(Boolean);
    return [{ name: "kind", label: "Kind" }, ...shared];
  }

  rows() {
    const found = this.query === null ? null : this.finder.find(this.query);
    const box = this.inView.checked ? viewBox(this.map) : null;
    const kind = this.kindSelect.value;
    const rows = [];
    this.store.tables.forEach((table, number) => {
      if ((kind && table.kind !== kind) || !this.choices.kinds[number]) return;
      for (let row = 0; row < table.rows; row++) {
        const asset = table.first + row;
        if (!this.choices.statuses[this.store.statusOf[asset]]) continue;
        if (box && !table.shapes.touches(row, box)) continue;
        if (found && !found.has(asset)) continue;
        rows.push(asset);
      }
    });
    return rows;
  }

  // The place of each value among all values of that column, in reading order.
  rankOf(name) {
    if (this.ranks.has(name)) return this.ranks.get(name);
    const values = new Map();
    for (const table of this.store.tables) {
      for (const value of table.byName.get(name)?.values ?? []) values.set(plainText(value), value);
    }
    const compare = (a, b) =>
      typeof a[1] === "number" && typeof b[1] === "number" ? a[1] - b[1] : this.collator.compare(a[0], b[0]);
    const ranks = new Map([...values].sort(compare).map(([text], rank) => [text, rank]));
    this.ranks.set(name, ranks);
    return ranks;
  }

  // Unknown values come last in either direction.
  sorted(rows) {
    const { name, up } = this.sort;
    const keys = new Float64Array(this.store.size);
    if (name === "kind") {
      for (const asset of rows) keys[asset] = this.store.tableOf[asset];
    } else {
      const ranks = this.rankOf(name);
      const codes = this.store.tables.map((table) => {
        const values = table.byName.get(name)?.values ?? [];
        return values.map((value) => ranks.get(plainText(value)));
      });
      for (const asset of rows) {
        const table = this.store.table(asset);
        const code = table.byName.get(name)?.rows?.[asset - table.first] ?? 0;
        keys[asset] = code === 0 ? Infinity : codes[this.store.tableOf[asset]][code - 1] * (up ? 1 : -1);
      }
      return rows.sort((a, b) => (keys[a] === keys[b] ? a - b : keys[a] - keys[b]));
    }
    const sign = up ? 1 : -1;
    return rows.sort((a, b) => sign * (keys[a] - keys[b]) || a - b);
  }

  pages() {
    return Math.max(1, Math.ceil(this.shown.length / PAGE_ROWS));
  }

  refresh(page) {
    if (this.panel.hidden) return;
    const columns = this.columns();
    if (!columns.some((column) => column.name === this.sort.name)) this.sort = { name: columns[0].name, up: true };
    this.shown = this.sorted(this.rows());
    this.page = Math.min(Math.max(0, page), this.pages() - 1);
    const table = document.getElementById("map-table");
    table.tHead.replaceChildren(this.headings(columns));
    const from = this.page * PAGE_ROWS;
    const assets = this.shown.slice(from, from + PAGE_ROWS);
    table.tBodies[0].replaceChildren(...assets.map((asset) => this.row(asset, columns)));
    this.describe(from, assets.length);
  }

  headings(columns) {
    const row = element("tr", {}, element("th", { scope: "col" }, "Map"));
    for (const column of columns) {
      const sorts = column.name === this.sort.name;
      const heading = element("th", { scope: "col", "aria-sort": sorts ? (this.sort.up ? "ascending" : "descending") : "none" });
      const label = column.unit ? `${column.label} [${column.unit}]` : column.label;
      const mark = element("span", { "aria-hidden": "true" }, sorts ? (this.sort.up ? " ▲" : " ▼") : " ↕");
      const button = element("button", { type: "button" }, label, mark);
      button.dataset.sorts = column.name;
      button.addEventListener("click", () => this.sortBy(column.name));
      heading.append(button);
      row.append(heading);
    }
    return row;
  }

  sortBy(name) {
    this.sort = { name, up: this.sort.name === name ? !this.sort.up : true };
    this.refresh(0);
    document.querySelector(`#map-table [data-sorts="${name}"]`).focus();
  }

  row(asset, columns) {
    const table = this.store.table(asset);
    const title = titleOf(this.store, this.symbols, asset);
    const show = element("button", { type: "button", "aria-label": `Show ${title}` }, this.symbols.element(table.kind, this.store.statusOf[asset]));
    show.addEventListener("click", () => this.goTo(asset));
    const row = element("tr", {}, element("td", {}, show));
    for (const column of columns) {
      const text = column.name === "kind" ? this.symbols.kind(table.kind).label : this.cell(table, column, asset);
      row.append(element("td", { className: text === "" ? "unknown" : "" }, text));
    }
    return row;
  }

  cell(table, column, asset) {
    const value = table.value(column.name, asset - table.first);
    if (value === null) return "";
    if (column.name === "status") return shownValue(column, value, this.symbols);
    return plainText(value);
  }

  describe(from, count) {
    const number = (value) => value.toLocaleString("en-GB");
    const scope = this.inView.checked ? " in view" : "";
    document.getElementById("table-count").textContent = this.shown.length
      ? `${number(from + 1)}–${number(from + count)} of ${number(this.shown.length)} assets${scope}`
      : `No assets${scope} with these choices`;
    document.getElementById("page-number").textContent = `Page ${number(this.page + 1)} of ${number(this.pages())}`;
    const [first, last] = [this.page === 0, this.page === this.pages() - 1];
    for (const id of ["page-first", "page-previous"]) document.getElementById(id).disabled = first;
    for (const id of ["page-next", "page-last"]) document.getElementById(id).disabled = last;
  }
}
