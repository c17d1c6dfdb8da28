// Grid lines of the storage CRS, from the polynomials that canopy/render/grid.py fits; of
// longitude and latitude where there is no fit.

const GRID_STEPS_M = [10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5];
const GRID_STEPS_DEG = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const GRID_LINES_WANTED = 7;
const GRID_PIECES = 12;

class Cubic {
  constructor(fit) {
    this.fit = fit;
  }

  at(x, y) {
    const { centre, scale } = this.fit;
    const u = (x - centre[0]) / scale[0];
    const v = (y - centre[1]) / scale[1];
    let [outX, outY, term] = [0, 0, 0];
    for (let i = 0, up = 1; i < 4; i++, up *= u) {
      for (let j = 0, vp = 1; j < 4 - i; j++, vp *= v, term++) {
        outX += this.fit.x[term] * up * vp;
        outY += this.fit.y[term] * up * vp;
      }
    }
    return [outX, outY];
  }
}

class MetreGrid {
  constructor(grid) {
    this.toWorld = new Cubic(grid.to_world);
    this.toGrid = new Cubic(grid.to_metres);
    this.limits = grid.extent_m;
    this.steps = GRID_STEPS_M;
    this.name = grid.crs === "EPSG:27700" ? "National Grid" : `Grid of ${grid.crs}`;
  }

  world(x, y) {
    return this.toWorld.at(x, y);
  }

  // A metre grid writes its numbers in metres, thousands apart: 526 000.
  label(value, axis) {
    const digits = String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
    return `${digits} ${axis === 0 ? "E" : "N"}`;
  }

  range(box) {
    const corners = [[0, 1], [0, 3], [2, 1], [2, 3]].map(([i, j]) => this.toGrid.at(box[i], box[j]));
    return clampedRange(corners, this.limits);
  }
}

class DegreeGrid {
  constructor() {
    this.limits = [-180, -85, 180, 85];
    this.steps = GRID_STEPS_DEG;
    this.name = "Longitude and latitude";
  }

  world(lon, lat) {
    return [worldX(lon), worldY(lat)];
  }

  label(value, axis) {
    const side = axis === 0 ? (value < 0 ? "W" : "E") : value < 0 ? "S" : "N";
    return `${Number(Math.abs(value).toFixed(4))}° ${side}`;
  }

  range(box) {
    const corners = [[box[0], box[1]], [box[2], box[3]]].map(([x, y]) => [
      (x / 256 - 0.5) * 360,
      (Math.asin(Math.tanh((0.5 - y / 256) * 2 * Math.PI)) * 180) / Math.PI,
    ]);
    return clampedRange(corners, this.limits);
  }
}

function clampedRange(corners, limits) {
  const xs = corners.map((corner) => corner[0]);
  const ys = corners.map((corner) => corner[1]);
  return [
    Math.max(limits[0], Math.min(...xs)),
    Math.max(limits[1], Math.min(...ys)),
    Math.min(limits[2], Math.max(...xs)),
    Math.min(limits[3], Math.max(...ys)),
  ];
}

// Lines as arrays of world points over `box`, as far apart as suits the view inside it.
function gridLines(grid, box, view) {
  const [west, south, east, north] = grid.range(box);
  if (!(east > west && north > south)) return { lines: [], step: 0 };
  const inView = grid.range(view);
  const wanted = Math.max(inView[2] - inView[0], inView[3] - inView[1]) / GRID_LINES_WANTED;
  const step = grid.steps.find((each) => each >= wanted) ?? grid.steps.at(-1);
  const lines = [];
  const add = (axis, from, to, low, high) => {
    for (let value = Math.ceil(from / step) * step; value <= to; value += step) {
      const points = [];
      for (let i = 0; i <= GRID_PIECES; i++) {
        const along = low + ((high - low) * i) / GRID_PIECES;
        points.push(axis === 0 ? grid.world(value, along) : grid.world(along, value));
      }
      lines.push({ axis, label: grid.label(value, axis), points });
    }
  };
  add(0, west, east, south, north);
  add(1, south, north, west, east);
  return { lines, step };
}
