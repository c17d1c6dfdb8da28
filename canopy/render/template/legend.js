// Layers, statuses and backgrounds: switches and key in one.

const CLUSTER_SAMPLE = "12";
const STATUS_SAMPLE = "lamppost"; // the plainest symbol

function checkRow(id, checked, picture, label, count, onChange) {
  const box = element("input", { type: "checkbox", id, checked });
  box.addEventListener("change", () => onChange(box.checked));
  const text = element("span", { className: "name" }, label);
  return element("li", {}, element("label", { htmlFor: id }, box, ...picture, text, count));
}

class Legend {
  constructor(scene, map) {
    Object.assign(this, scene);
    this.map = map;
    this.kindCounts = [];
    this.statusCounts = [];
    this.buildLayers();
    this.buildStatuses();
    this.buildBackgrounds();
    this.buildKey();
    map.on("moveend", () => this.count());
    this.choices.addEventListener("change", () => this.count());
  }

  pictures(table) {
    const roles = new Set(table.shapes.roles);
    const kind = this.symbols.kind(table.kind);
    const plain = this.symbols.statuses.findIndex((status) => status.fill === "solid" && status.mark === "none");
    if (roles.has(ROLE.POINT) || roles.has(ROLE.CELL)) return this.symbols.element(kind.kind, plain);
    if (roles.has(ROLE.LINE)) return this.symbols.swatch(kind.kind, ROLE.LINE);
    if (roles.has(ROLE.POLYGON)) return this.symbols.swatch(kind.kind, ROLE.POLYGON);
    return this.symbols.element(kind.kind, plain);
  }

  buildLayers() {
    const list = document.getElementById("layers");
    this.store.tables.forEach((table, number) => {
      const kind = this.symbols.kind(table.kind);
      const count = element("span", { className: "count" });
      this.kindCounts.push(count);
      const row = checkRow(`layer-${table.kind}`, true, [this.pictures(table)], kind.label_plural, count, (on) =>
        this.choices.change((choices) => (choices.kinds[number] = Number(on))),
      );
      row.title = kind.legend;
      list.prepend(row);
    });
    for (const [id, on] of [["layers-all", 1], ["layers-none", 0]]) {
      document.getElementById(id).addEventListener("click", () => {
        for (const box of list.querySelectorAll("input")) box.checked = on === 1;
        this.choices.change((choices) => choices.kinds.fill(on));
      });
    }
  }

  buildStatuses() {
    const list = document.getElementById("statuses");
    const present = new Set(this.store.statusOf);
    this.symbols.statuses.forEach((status, number) => {
      const count = element("span", { className: "count" });
      this.statusCounts.push(count);
      if (!present.has(number)) return;
      const picture = this.symbols.element(STATUS_SAMPLE, number, { grey: true, width: 15 });
      const row = checkRow(`status-${status.status ?? "unknown"}`, true, [picture], status.label, count, (on) =>
        this.choices.change((choices) => (choices.statuses[number] = Number(on))),
      );
      row.title = status.legend;
      list.append(row);
    });
  }

  buildBackgrounds() {
    const list = document.getElementById("backgrounds");
    const add = (name, label) => {
      const row = checkRow(`background-${name}`, true, [], label, "", (on) =>
        this.choices.change((choices) => (choices.backgrounds[name] = on)),
      );
      list.append(row);
    };
    if (this.store.areas) {
      const kinds = [...new Set(this.store.areas.kinds)].map(plainText);
      add("areas", `Outlines: ${kinds.join(", ")}`);
    }
    add("grid", this.grid.name);
  }

  buildKey() {
    const entries = [];
    const total = this.store.size;
    if (total > CLUSTER_ABOVE) {
      entries.push([this.clusterPicture(), "A number stands for that many assets close together; the ring shows their kinds."]);
    }
    if (this.store.tables.some((table) => new Set(table.shapes.roles).has(ROLE.CELL))) {
      entries.push([this.cellPicture(), "Position generalised: the assets are somewhere in the square, not at its middle."]);
    }
    const hidden = this.countRole(ROLE.NONE);
    if (hidden) {
      entries.push([null, hidden === 1 ? "1 asset has no position here; it is in the table." : `${hidden.toLocaleString("en-GB")} assets have no position here; they are in the table.`]);
    }
    const list = document.getElementById("key");
    list.append(...entries.map(([picture, text]) => element("li", {}, picture ?? "", element("span", {}, text))));
    list.closest("section").hidden = entries.length === 0;
  }

  countRole(role) {
    return this.store.tables.reduce((sum, table) => sum + table.shapes.roles.filter((each) => each === role).length, 0);
  }

  picture(paint) {
    const canvas = element("canvas", { className: "key-picture", width: 102, height: 102 });
    canvas.setAttribute("aria-hidden", "true");
    const ctx = canvas.getContext("2d");
    ctx.scale(3, 3);
    paint(ctx);
    return canvas;
  }

  clusterPicture() {
    const counts = new Map(this.store.tables.map((table) => [table.kind, 1]));
    return this.picture((ctx) =>
      paintClusterDisc(ctx, { x: 17, y: 17, radius: 14 }, counts, counts.size, this.symbols, CLUSTER_SAMPLE),
    );
  }

  cellPicture() {
    const { cell } = this.symbols.look;
    return this.picture((ctx) => {
      ctx.fillStyle = this.symbols.pattern(ctx, "diagonal", cell.colour, 3);
      ctx.fillRect(4, 4, 26, 26);
      ctx.strokeStyle = cell.colour;
      ctx.setLineDash(cell.dash);
      ctx.strokeRect(4, 4, 26, 26);
    });
  }

  count() {
    const box = viewBox(this.map);
    const kinds = new Uint32Array(this.store.tables.length);
    const statuses = new Uint32Array(this.symbols.statuses.length);
    this.store.tables.forEach((table, number) => {
      for (let row = 0; row < table.rows; row++) {
        if (table.shapes.touches(row, box)) {
          kinds[number]++;
          if (this.choices.kinds[number]) statuses[this.store.statusOf[table.first + row]]++;
        }
      }
    });
    this.store.tables.forEach((table, number) => {
      const inView = kinds[number].toLocaleString("en-GB");
      const all = table.rows.toLocaleString("en-GB");
      this.kindCounts[number].textContent = inView === all ? all : `${inView} of ${all}`;
      this.kindCounts[number].closest("li").classList.toggle("empty", kinds[number] === 0);
    });
    this.statusCounts.forEach((count, number) => {
      count.textContent = statuses[number].toLocaleString("en-GB");
      count.closest("li")?.classList.toggle("empty", statuses[number] === 0);
    });
  }
}
