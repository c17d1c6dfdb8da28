/** Draws or reshapes one shape on the map: by pointer, by clicks, or with the keyboard alone. */

import type { Feature, Geometry, Position } from "geojson";
import type { MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { App } from "../app.ts";
import { announce, button, el } from "../dom.ts";
import { metres, squareMetres } from "../format.ts";
import { area_m2, length_m } from "../geometry.ts";
import { draw } from "../map.ts";
import { halfway, insertedAfter, type Shape, toGeometry, withCorner, without } from "./shape.ts";

const REACH_PX = 10;

export interface DrawingOptions {
  title: string;
  shape: Shape;
  /** New shapes grow by clicks; in others a click moves the chosen corner. */
  isNew: boolean;
  saveLabel: string;
  /** False keeps the drawing open. */
  save: (geometry: Geometry) => Promise<boolean>;
  ended: () => void;
}

export class Drawing {
  private shape: Shape;
  private chosen = 0;
  private readonly past: Shape[] = [];
  private isDragging = false;
  private readonly note = el("output", {});
  private readonly back = button("Undo step", () => this.undo());
  private readonly save: HTMLButtonElement;
  readonly bar: HTMLElement;

  constructor(
    private readonly app: App,
    private readonly options: DrawingOptions,
  ) {
    this.shape = options.shape;
    this.chosen = options.isNew ? -1 : 0;
    this.save = button(options.saveLabel, () => void this.finish(), {
      class: "main",
      id: "drawing-save",
    });
    this.bar = el(
      "div",
      { class: "bar", id: "drawing-bar", role: "group", "aria-label": options.title },
      el("strong", {}, options.title),
      this.note,
      ...this.cornerButtons(),
      this.back,
      this.save,
      button("Cancel", () => this.end()),
    );
    app.clickTaker = (lon, lat) => this.clicked([lon, lat]);
    app.map.on("mousedown", this.grab);
    app.map.on("touchstart", this.grab);
    this.show();
  }

  private cornerButtons(): HTMLElement[] {
    const middle = (): Position => {
      const { lng, lat } = this.app.map.getCenter();
      return [lng, lat];
    };
    const here = button("Move to the middle", () => {
      this.change(
        this.shape.corners.length === 0
          ? insertedAfter(this.shape, -1, middle())
          : withCorner(this.shape, Math.max(this.chosen, 0), middle()),
      );
    });
    if (this.shape.type === "Point") return [here];
    return [
      button("Previous", () => this.choose(-1)),
      button("Next", () => this.choose(1)),
      here,
      button("Add corner", () => {
        this.change(insertedAfter(this.shape, this.chosen, halfway(this.shape, this.chosen)));
        this.choose(1);
      }),
      button("Remove corner", () => this.change(without(this.shape, this.chosen))),
    ];
  }

  private choose(step: number): void {
    const count = this.shape.corners.length;
    if (count === 0) return;
    this.chosen = (this.chosen + step + count) % count;
    const [lon, lat] = this.shape.corners[this.chosen] ?? [];
    if (lon !== undefined && lat !== undefined) this.app.map.jumpTo({ center: [lon, lat] });
    announce(`Corner ${this.chosen + 1} of ${count}`);
    this.show();
  }

  private clicked(place: Position): void {
    if (this.isDragging) return;
    const { isNew } = this.options;
    if (isNew && this.shape.type !== "Point") {
      this.change(insertedAfter(this.shape, this.chosen, place));
      this.chosen += 1;
    } else if (this.shape.corners.length === 0) {
      this.change(insertedAfter(this.shape, -1, place));
      this.chosen = 0;
    } else this.change(withCorner(this.shape, this.chosen, place));
    this.show();
  }

  private change(shape: Shape): void {
    if (shape === this.shape) return;
    this.past.push(this.shape);
    this.shape = shape;
    this.show();
  }

  private undo(): void {
    const before = this.past.pop();
    if (before === undefined) return;
    this.shape = before;
    this.show();
  }

  private readonly grab = (event: MapMouseEvent | MapTouchEvent): void => {
    const found = this.nearest(event.point.x, event.point.y);
    if (found < 0) return;
    event.preventDefault(); // the map stays, the corner moves
    this.chosen = found;
    const before = this.shape;
    const { map } = this.app;
    const move = ({ lngLat }: MapMouseEvent | MapTouchEvent): void => {
      this.isDragging = true;
      this.shape = withCorner(this.shape, found, [lngLat.lng, lngLat.lat]);
      this.show();
    };
    const drop = (): void => {
      map.off("mousemove", move);
      map.off("touchmove", move);
      map.off("mouseup", drop);
      map.off("touchend", drop);
      if (this.isDragging) this.past.push(before);
      this.show();
      setTimeout(() => {
        this.isDragging = false; // after the click that ends the drag
      });
    };
    map.on("mousemove", move);
    map.on("touchmove", move);
    map.once("mouseup", drop);
    map.once("touchend", drop);
  };

  private nearest(x: number, y: number): number {
    return this.shape.corners.findIndex(([lon = 0, lat = 0]) => {
      const at = this.app.map.project([lon, lat]);
      return Math.hypot(at.x - x, at.y - y) <= REACH_PX;
    });
  }

  private show(): void {
    const { corners, type } = this.shape;
    this.chosen = Math.min(this.chosen, corners.length - 1);
    const geometry = toGeometry(this.shape);
    const points = corners.map((each, index) =>
      feature({ type: "Point", coordinates: each }, index === this.chosen),
    );
    const line: Geometry | null =
      corners.length > 1 ? { type: "LineString", coordinates: [...corners] } : null;
    const body = geometry ?? line;
    draw(this.app.map, "edit", [
      ...(body && type !== "Point" ? [feature(body, false)] : []),
      ...points,
    ]);
    this.save.disabled = geometry === null;
    this.back.disabled = this.past.length === 0;
    this.note.textContent = this.hint();
  }

  private hint(): string {
    const { type, corners } = this.shape;
    if (corners.length === 0) return "Click the map where it is, or press Enter on the map.";
    if (type === "Point") return "Drag it, or click where it belongs.";
    const path = [...corners];
    const size = type === "LineString" ? metres(length_m(path)) : squareMetres(area_m2(path));
    return `${corners.length} corners, ${size}`;
  }

  private async finish(): Promise<void> {
    const geometry = toGeometry(this.shape);
    if (geometry === null) return;
    if (this.shape === this.options.shape) return this.end(); // nothing was moved
    this.save.disabled = true;
    if (await this.options.save(geometry)) this.end();
    else this.save.disabled = false;
  }

  end(): void {
    const { map } = this.app;
    map.off("mousedown", this.grab);
    map.off("touchstart", this.grab);
    this.app.clickTaker = null;
    draw(map, "edit", []);
    this.bar.remove();
    this.options.ended();
  }
}

function feature(geometry: Geometry, isChosen: boolean): Feature {
  return { type: "Feature", geometry, properties: { chosen: isChosen } };
}
