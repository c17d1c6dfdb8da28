/** Distances and areas by clicks, or by Enter at the middle of the map. */

import type { Feature, Position } from "geojson";
import type { App } from "../app.ts";
import { announce, button, el } from "../dom.ts";
import { metres, squareMetres } from "../format.ts";
import { area_m2, length_m } from "../geometry.ts";
import { draw } from "../map.ts";
import type { Page } from "../page.ts";

export function addMeasure(app: App, page: Page): void {
  const measure = new Measure(app);
  const toggle = button("Measure", () => measure.toggle(), {
    id: "toggle-measure",
    "aria-pressed": "false",
  });
  measure.onChange = (isOn) => toggle.setAttribute("aria-pressed", String(isOn));
  page.tools.append(toggle);
  page.bars.append(measure.bar);
}

class Measure {
  onChange: (isOn: boolean) => void = () => {};
  private path: Position[] = [];
  private readonly result = el("output", { id: "measured" });
  readonly bar = el(
    "div",
    { class: "bar", id: "measure-bar", hidden: true },
    this.result,
    button("Remove last", () => this.set(this.path.slice(0, -1))),
    button("Clear", () => this.set([])),
    button("Done", () => this.toggle()),
  );

  constructor(private readonly app: App) {}

  toggle(): void {
    const isOn = this.bar.hidden !== false;
    if (isOn && this.app.clickTaker !== null) {
      this.app.say("Finish the shape that is being edited first.");
      return;
    }
    this.bar.hidden = !isOn;
    this.app.clickTaker = isOn ? (lon, lat) => this.set([...this.path, [lon, lat]]) : null;
    this.set([]);
    this.onChange(isOn);
  }

  private set(path: Position[]): void {
    this.path = path;
    draw(this.app.map, "measure", shapes(path));
    this.result.textContent = text(path);
    if (path.length > 1) announce(text(path));
  }
}

function text(path: Position[]): string {
  if (path.length === 0) return "Click the map, or press Enter on it, at each corner.";
  const length = metres(length_m(path));
  return path.length < 3 ? length : `${length}; area inside ${squareMetres(area_m2(path))}`;
}

function shapes(path: Position[]): Feature[] {
  const feature = (geometry: Feature["geometry"], label?: string): Feature => ({
    type: "Feature",
    geometry,
    properties: label === undefined ? {} : { label },
  });
  const points = path.map((point, index) =>
    feature(
      { type: "Point", coordinates: point },
      index > 0 && index === path.length - 1 ? metres(length_m(path)) : undefined,
    ),
  );
  const line = path.length > 1 ? [feature({ type: "LineString", coordinates: path })] : [];
  const [first] = path;
  const area =
    path.length > 2 && first ? [feature({ type: "Polygon", coordinates: [[...path, first]] })] : [];
  return [...area, ...line, ...points];
}
