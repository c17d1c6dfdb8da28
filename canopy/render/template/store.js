// All assets of the map, numbered 0..size-1 kind after kind, with their shapes in world pixels
// (web Mercator at zoom 0: 0..256, y southwards).

const ROLE = { NONE: 0, POINT: 1, LINE: 2, POLYGON: 3, CELL: 4 };
const DEGREES = 1e-7;
const UNKNOWN_STATUS = null;

function worldX(lon) {
  return 256 * (lon / 360 + 0.5);
}

function worldY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 256 * (0.5 - Math.atanh(sine) / (2 * Math.PI));
}

class Shapes {
  constructor(section, binary) {
    const parts = binary.integers(section.parts);
    const vertices = binary.integers(section.vertices);
    const lon = binary.integers(section.lon);
    const lat = binary.integers(section.lat);
    this.roles = Uint8Array.from(binary.integers(section.roles));
    this.size = this.roles.length;
    this.firstPart = runningTotal(parts);
    this.firstVertex = runningTotal(vertices);
    this.x = Float64Array.from(lon, (value) => worldX(value * DEGREES));
    this.y = Float64Array.from(lat, (value) => worldY(value * DEGREES));
    this.boxes = this.boxesOfAll();
  }

  // west, north, east, south of each shape; NaN where there is none.
  boxesOfAll() {
    const boxes = new Float64Array(4 * this.size).fill(NaN);
    for (let i = 0; i < this.size; i++) {
      const from = this.firstVertex[this.firstPart[i]];
      const to = this.firstVertex[this.firstPart[i + 1]];
      if (from === to) continue;
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let v = from; v < to; v++) {
        if (this.x[v] < west) west = this.x[v];
        if (this.x[v] > east) east = this.x[v];
        if (this.y[v] < north) north = this.y[v];
        if (this.y[v] > south) south = this.y[v];
      }
      boxes.set([west, north, east, south], 4 * i);
    }
    return boxes;
  }

  // Places of symbols: one per point, several for a multipoint.
  pointVertices() {
    let count = 0;
    for (let i = 0; i < this.size; i++) {
      if (this.roles[i] === ROLE.POINT) {
        count += this.firstVertex[this.firstPart[i + 1]] - this.firstVertex[this.firstPart[i]];
      }
    }
    return count;
  }

  box(i) {
    return this.boxes.subarray(4 * i, 4 * i + 4);
  }

  touches(i, [west, north, east, south]) {
    const at = 4 * i;
    return (
      this.boxes[at] <= east &&
      this.boxes[at + 2] >= west &&
      this.boxes[at + 1] <= south &&
      this.boxes[at + 3] >= north
    );
  }
}

function runningTotal(counts) {
  const totals = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) totals[i + 1] = totals[i] + counts[i];
  return totals;
}

class Column {
  constructor(description, binary) {
    Object.assign(this, { name: description.name, label: description.label });
    this.unit = description.unit ?? null;
    this.binary = binary;
    this.uuids = description.uuids ?? null;
    this.values = description.values ?? [];
    this.rows = this.uuids === null ? binary.integers(description.rows) : null;
  }

  // The value in a row of its kind, null where it is not known.
  value(row) {
    if (this.uuids !== null) return this.binary.uuid(this.uuids, row);
    const code = this.rows[row];
    return code === 0 ? null : this.values[code - 1];
  }
}

class KindTable {
  constructor(section, binary, first) {
    this.kind = section.kind;
    this.first = first;
    this.rows = section.rows;
    this.columns = section.columns.map((column) => new Column(column, binary));
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
    this.shapes = new Shapes(section.shapes, binary);
  }

  value(name, row) {
    return this.byName.get(name)?.value(row) ?? null;
  }
}

class Store {
  constructor(head, binary) {
    let first = 0;
    this.tables = head.kinds.map((section) => {
      const table = new KindTable(section, binary, first);
      first += section.rows;
      return table;
    });
    this.size = first;
    this.tableOf = new Uint8Array(first);
    this.tables.forEach((table, number) => {
      this.tableOf.fill(number, table.first, table.first + table.rows);
    });
    this.areas = head.areas;
    this.areaShapes = head.areas ? new Shapes(head.areas.shapes, binary) : null;
    this.readStatuses(head.symbology.statuses.statuses);
    this.box = this.extent();
    this.pointVertices = this.tables.reduce((sum, table) => sum + table.shapes.pointVertices(), 0);
  }

  // A status number per asset: its place in symbology/statuses.json.
  readStatuses(statuses) {
    const numbers = new Map(statuses.map((entry, number) => [entry.status, number]));
    const unknown = numbers.get(UNKNOWN_STATUS);
    this.statusOf = new Uint8Array(this.size).fill(unknown);
    for (const table of this.tables) {
      for (let row = 0; row < table.rows; row++) {
        const number = numbers.get(table.value("status", row)) ?? unknown;
        this.statusOf[table.first + row] = number;
      }
    }
  }

  table(asset) {
    return this.tables[this.tableOf[asset]];
  }

  role(asset) {
    const table = this.table(asset);
    return table.shapes.roles[asset - table.first];
  }

  value(asset, name) {
    const table = this.table(asset);
    return table.value(name, asset - table.first);
  }

  box4(asset) {
    const table = this.table(asset);
    return table.shapes.box(asset - table.first);
  }

  extent() {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const widen = (shapes) => {
      for (let i = 0; i < shapes.size; i++) {
        const [west, north, east, south] = shapes.box(i);
        if (Number.isNaN(west)) continue;
        box[0] = Math.min(box[0], west);
        box[1] = Math.min(box[1], north);
        box[2] = Math.max(box[2], east);
        box[3] = Math.max(box[3], south);
      }
    };
    for (const table of this.tables) widen(table.shapes);
    if (box[0] === Infinity && this.areaShapes) widen(this.areaShapes);
    return box[0] === Infinity ? null : box;
  }
}

// What the reader has switched on, and the events that follow from it.
class Choices extends EventTarget {
  constructor(store, statusCount) {
    super();
    this.kinds = new Uint8Array(store.tables.length).fill(1);
    this.statuses = new Uint8Array(statusCount).fill(1);
    this.backgrounds = { areas: true, grid: true };
    this.overTiles = false;
    this.store = store;
    this.selected = null;
  }

  shows(asset) {
    return (
      this.kinds[this.store.tableOf[asset]] === 1 && this.statuses[this.store.statusOf[asset]] === 1
    );
  }

  change(edit) {
    edit(this);
    this.dispatchEvent(new Event("change"));
  }

  select(asset) {
    this.selected = asset;
    this.dispatchEvent(new Event("select"));
  }
}
