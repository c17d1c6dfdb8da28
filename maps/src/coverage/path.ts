/** Line of sight between two antennas: the question, the drawing, and the same as a table. */

import { ApiProblem } from "../api.ts";
import { announce, button, el, on } from "../dom.ts";
import { metres } from "../format.ts";
import type { Coverage } from "./coverage.ts";
import type { PathAnswer, PathPoint } from "./service.ts";
import * as service from "./service.ts";
import { type Place, placeTyped, type Sight, typedPlace } from "./state.ts";
import { percent, withUnit } from "./words.ts";

const LEAST_WIDTH_PX = 280;
const MOST_WIDTH_PX = 1_600;
const HEIGHT_M = "10";
const FREQUENCY_MHZ = "5800";

export class PathPanel {
  private readonly from = placeBox("path-from");
  private readonly to = placeBox("path-to");
  private readonly fromHeight = numberBox("path-from-height", 0.1, 1_000, HEIGHT_M);
  private readonly toHeight = numberBox("path-to-height", 0.1, 1_000, HEIGHT_M);
  private readonly frequency = numberBox("path-frequency", 30, 300_000, FREQUENCY_MHZ);
  private readonly choose = button("Choose both ends on the map", () => this.pick(), {
    id: "path-choose",
    "aria-pressed": "false",
  });
  private readonly message = el("p", { role: "status", id: "path-message" });
  private readonly answer = el("div", { id: "path-answer" });
  private asked: AbortController | null = null;
  private shown: Sight | null = null;
  private isPicking = false;
  readonly element: HTMLElement;

  constructor(private readonly coverage: Coverage) {
    const form = el(
      "form",
      { class: "path-form" },
      labelled("A: latitude, longitude", this.from, "wider"),
      labelled("A above ground [m]", this.fromHeight),
      labelled("B: latitude, longitude", this.to, "wider"),
      labelled("B above ground [m]", this.toHeight),
      labelled("Frequency [MHz]", this.frequency),
      el(
        "div",
        { class: "actions" },
        el("button", { type: "submit", class: "main" }, "Show the path"),
        this.choose,
      ),
    );
    on(form, {
      submit: (event) => {
        event.preventDefault();
        this.submit();
      },
    });
    this.element = el("div", { class: "below" }, form, this.message, this.answer);
  }

  focus(): void {
    this.from.focus();
  }

  show(run: string, sight: Sight): void {
    if (sight === this.shown) return;
    this.shown = sight;
    this.from.value = typedPlace(sight.from);
    this.to.value = typedPlace(sight.to);
    this.fromHeight.value = String(sight.from_height_m);
    this.toHeight.value = String(sight.to_height_m);
    this.frequency.value = String(sight.frequency_mhz);
    this.asked?.abort();
    this.asked = new AbortController();
    this.answer.replaceChildren();
    this.message.textContent = "Looking…";
    this.coverage.showMarks({ sight, answer: null });
    void this.ask(run, sight, this.asked.signal);
  }

  /** It is left: nothing is fetched, drawn on the map or awaited any more. */
  leave(): void {
    this.asked?.abort();
    this.stopPicking();
    this.shown = null;
    this.answer.replaceChildren();
    this.message.textContent = "";
    this.coverage.showMarks(null);
  }

  private submit(): void {
    const from = placeTyped(this.from.value);
    const to = placeTyped(this.to.value);
    if (!from || !to) {
      this.message.textContent = "Write both ends as latitude, longitude, such as 51.54, -0.15.";
      (from ? this.to : this.from).focus();
      return;
    }
    this.set(from, to);
  }

  private set(from: Place, to: Place): void {
    this.coverage.set({
      table: null,
      sight: {
        from,
        to,
        from_height_m: this.fromHeight.valueAsNumber,
        to_height_m: this.toHeight.valueAsNumber,
        frequency_mhz: this.frequency.valueAsNumber,
      },
    });
  }

  private pick(): void {
    const { app } = this.coverage;
    if (this.isPicking) {
      this.stopPicking();
      return;
    }
    if (app.clickTaker !== null) {
      app.say("Finish measuring or drawing first.");
      return;
    }
    let first: Place | null = null;
    this.isPicking = true;
    this.choose.setAttribute("aria-pressed", "true");
    this.tell("Click one end on the map, or press Enter on it.");
    app.map.getCanvas().focus();
    app.clickTaker = (lon, lat) => {
      const here = { lon, lat };
      if (first === null) {
        first = here;
        this.from.value = typedPlace(here);
        this.tell("Now the other end.");
        return;
      }
      this.stopPicking();
      this.to.value = typedPlace(here);
      this.set(first, here);
    };
  }

  private stopPicking(): void {
    if (!this.isPicking) return;
    this.isPicking = false;
    this.choose.setAttribute("aria-pressed", "false");
    this.coverage.app.clickTaker = null;
  }

  private tell(text: string): void {
    this.message.textContent = text;
  }

  private async ask(run: string, sight: Sight, signal: AbortSignal): Promise<void> {
    const width = Math.min(MOST_WIDTH_PX, Math.max(LEAST_WIDTH_PX, this.answer.clientWidth));
    try {
      const [found, drawing] = await Promise.all([
        service.path(run, sight, signal),
        service.pathDrawing(run, sight, width, signal),
      ]);
      if (signal.aborted) return;
      this.message.textContent = "";
      this.answer.replaceChildren(...parts(found, drawing));
      this.coverage.showMarks({ sight, answer: found });
      this.answer.scrollIntoView({ block: "start" });
      announce(found.sentence);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem)) throw error;
      this.message.textContent = error.message;
    }
  }
}

function parts(found: PathAnswer, drawing: string): HTMLElement[] {
  const { least_clearance_m: least_m, least_clearance_ratio: ratio } = found;
  const least =
    least_m === null || ratio === null
      ? ""
      : ` The least clearance is ${withUnit(least_m, "m")}, ${percent(ratio)} of the first Fresnel radius there.`;
  const verdict = el("p", { class: `verdict ${found.verdict}` }, `${found.sentence}${least}`);
  const notes = [...found.notes, ...found.attribution].map((text) => el("li", {}, text));
  return [
    verdict,
    el("figure", {}, picture(drawing)),
    obstructions(found),
    points(found),
    el("ul", { class: "quiet" }, ...notes),
  ];
}

/** The service's drawing in the page, so that its title and description are read. */
function picture(drawing: string): HTMLElement {
  const parsed = new DOMParser().parseFromString(drawing, "image/svg+xml");
  const holder = el("div", { class: "drawing" });
  holder.append(document.importNode(parsed.documentElement, true));
  return holder;
}

function obstructions({ obstructions: found }: PathAnswer): HTMLElement {
  if (found.length === 0) return el("p", {}, "Nothing stands in the way.");
  const rows = found.map(({ from_m, to_m, worst_m, clearance_m }) => {
    const where = from_m === to_m ? `At ${metres(from_m)}` : `${metres(from_m)} to ${metres(to_m)}`;
    const what =
      clearance_m < 0
        ? `the ground rises ${withUnit(-clearance_m, "m")} above the ray at ${metres(worst_m)}`
        : `${withUnit(clearance_m, "m")} are free at ${metres(worst_m)}`;
    return el("li", {}, `${where}: ${what}`);
  });
  return el("div", {}, el("h3", {}, "In the way"), el("ul", { class: "list" }, ...rows));
}

function points({ points: all, points_looked_at }: PathAnswer): HTMLElement {
  const isCut = all.length < points_looked_at;
  const title = isCut
    ? `${all.length} of ${points_looked_at} points as a table`
    : `${all.length} points as a table`;
  const heads = [
    "Distance",
    "Ground",
    "Ray",
    "First Fresnel radius",
    "Clearance",
    "Clearance by radius",
  ];
  const head = heads.map((each) => el("th", { scope: "col" }, each));
  return el(
    "details",
    {},
    el("summary", {}, title),
    el(
      "table",
      {},
      el("caption", {}, "Heights above the datum; clearance over ground and curve of the Earth"),
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...all.map(pointRow)),
    ),
  );
}

function pointRow(point: PathPoint): HTMLElement {
  const of = (value: number | null): string =>
    value === null ? "Not known" : withUnit(value, "m");
  const { clearance_ratio: ratio } = point;
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, metres(point.distance_m)),
    el("td", {}, of(point.ground_m)),
    el("td", {}, of(point.ray_m)),
    el("td", {}, of(point.fresnel_m)),
    el("td", {}, of(point.clearance_m)),
    el("td", {}, ratio === null ? "" : percent(ratio)),
  );
}

function placeBox(id: string): HTMLInputElement {
  return el("input", { id, type: "text", required: true, maxlength: 60, autocomplete: "off" });
}

function numberBox(id: string, least: number, most: number, value: string): HTMLInputElement {
  return el("input", {
    id,
    type: "number",
    min: least,
    max: most,
    step: "any",
    required: true,
    inputmode: "decimal",
    value,
  });
}

function labelled(label: string, input: HTMLElement, more = ""): HTMLElement {
  return el("label", { class: `stacked ${more}` }, label, input);
}
