/** The section "Coverage" of the side panel: which run, what of it, and the legend. */

import { button, el, on } from "../dom.ts";
import { moment } from "../format.ts";
import type { Coverage } from "./coverage.ts";
import { type LegendLine, legend, SPOT_LOOKS } from "./looks.ts";
import type { RunLine } from "./service.ts";
import { LEAST_DBM, MOST_DBM } from "./state.ts";
import { INDICATIVE, withUnit } from "./words.ts";

export class CoveragePanel {
  private readonly run = el("select", { id: "coverage-run" });
  private readonly layer = el("select", { id: "coverage-layer" });
  private readonly operator = el("select", { id: "coverage-operator" });
  private readonly minus = el("select", { id: "coverage-minus" });
  private readonly opacity = slider("coverage-opacity", 0, 100);
  private readonly threshold = slider("coverage-threshold", LEAST_DBM, MOST_DBM);
  private readonly spots = el("input", { type: "checkbox", id: "coverage-spots" });
  private readonly asks = el("input", { type: "checkbox", id: "coverage-asks", checked: true });
  private readonly none = el(
    "p",
    { class: "quiet", hidden: true },
    "There are no coverage runs yet.",
  );
  private readonly indicative = el("p", { class: "note", id: "coverage-indicative" }, INDICATIVE);
  private readonly legend = el("ul", { class: "swatches" });
  private readonly legendTitle = el("h3", {});
  private readonly spotLegend = spotLegend();
  private readonly spotNote = el("p", { class: "quiet", role: "status" });
  private readonly credit = el("p", { class: "quiet" });
  private readonly operatorRow = stacked("Operator", this.operator);
  private readonly minusRow = stacked("Change from", this.minus);
  private readonly thresholdRow = ranged("Draw levels from", this.threshold);
  private readonly shown: HTMLElement;
  readonly element: HTMLElement;

  constructor(private readonly coverage: Coverage) {
    this.shown = el(
      "div",
      { hidden: true },
      this.indicative,
      stacked("Layer", this.layer),
      this.operatorRow,
      this.minusRow,
      this.thresholdRow,
      ranged("Opacity", this.opacity),
      this.legendTitle,
      this.legend,
      checked(this.spots, "Not-spots"),
      this.spotLegend,
      this.spotNote,
      checked(this.asks, "A click on the map tells the levels there"),
      this.buttons(),
      this.credit,
    );
    this.element = el(
      "section",
      { id: "coverage", "aria-labelledby": "coverage-title", hidden: true },
      el("h2", { id: "coverage-title" }, "Coverage"),
      stacked("Run", this.run),
      this.none,
      this.shown,
    );
    this.listen();
  }

  focus(): void {
    this.element.scrollIntoView({ block: "start" });
    this.run.focus();
  }

  show(): void {
    const { coverage } = this;
    const { runs, state, loaded } = coverage;
    this.none.hidden = runs.length > 0;
    options(this.run, [["", "None"], ...runChoices(runs, loaded?.run ?? null)], state?.run ?? "");
    for (const option of this.run.options) {
      const line = runs.find(({ run_id }) => run_id === option.value);
      option.disabled = line !== undefined && line.state !== "done";
    }
    this.shown.hidden = loaded === null || state === null;
    if (loaded === null || state === null) return;
    this.indicative.hidden = loaded.run.indicative !== true;
    const layers = loaded.sets.map(({ layer, title }) => [layer, title] as const);
    options(this.layer, layers, coverage.drawnSet?.layer ?? "");
    this.showChoices();
    this.opacity.input.value = String(state.opacity_pct);
    this.opacity.output.textContent = `${state.opacity_pct} %`;
    this.spots.checked = state.hasSpots;
    this.spotLegend.hidden = !state.hasSpots;
    this.credit.textContent = loaded.run.attribution.join("; ");
    this.showLegend();
  }

  tellSpots(text: string): void {
    this.spotNote.textContent = text;
  }

  private showChoices(): void {
    const { coverage } = this;
    const operators = coverage.drawnSet?.operators ?? [];
    this.operatorRow.hidden = operators.length === 0;
    options(
      this.operator,
      operators.map((each) => [each, each]),
      coverage.drawnOperator ?? "",
    );
    const others = comparable(coverage.runs, coverage.loaded?.run ?? null);
    this.minusRow.hidden = others.length === 0 || coverage.drawnSet?.compares !== true;
    const choices = others.map((run) => [run.run_id, runTitle(run)] as const);
    options(this.minus, [["", "No other run"], ...choices], coverage.state?.minus ?? "");
  }

  private showLegend(): void {
    const { ramp, shownFrom_dbm: from } = this.coverage;
    this.thresholdRow.hidden = from === null;
    if (from !== null) {
      this.threshold.input.value = String(from);
      this.threshold.output.textContent = withUnit(from, "dBm", 0);
    }
    if (ramp === null) return;
    this.legendTitle.textContent = ramp.unit ? `${ramp.title} [${ramp.unit}]` : ramp.title;
    this.legend.replaceChildren(...legend(ramp, from).map(legendRow));
  }

  private buttons(): HTMLElement {
    const { coverage } = this;
    return el(
      "div",
      { class: "actions" },
      button("Figures by area", () => coverage.set({ table: "figures", sight: null }), {
        id: "coverage-figures",
      }),
      button("Not-spots as a table", () => coverage.set({ table: "spots", sight: null }), {
        id: "coverage-spots-table",
      }),
      button("Line of sight", () => coverage.openPath(), { id: "coverage-sight" }),
    );
  }

  private listen(): void {
    const { coverage } = this;
    on(this.run, { change: () => coverage.choose(this.run.value || null) });
    on(this.layer, { change: () => coverage.set({ layer: this.layer.value }) });
    on(this.operator, { change: () => coverage.set({ operator: this.operator.value }) });
    on(this.minus, { change: () => coverage.set({ minus: this.minus.value || null }) });
    on(this.opacity.input, {
      input: () => coverage.set({ opacity_pct: this.opacity.input.valueAsNumber }),
    });
    on(this.threshold.input, {
      input: () => coverage.set({ threshold_dbm: this.threshold.input.valueAsNumber }),
    });
    on(this.spots, { change: () => coverage.set({ hasSpots: this.spots.checked }) });
    on(this.asks, {
      change: () => {
        coverage.asksPlaces = this.asks.checked;
      },
    });
  }
}

interface Slider {
  input: HTMLInputElement;
  output: HTMLOutputElement;
}

function slider(id: string, least: number, most: number): Slider {
  const input = el("input", { type: "range", id, min: least, max: most, step: 1 });
  return { input, output: el("output", { for: id }) };
}

function stacked(label: string, input: HTMLElement): HTMLElement {
  return el("label", { class: "stacked" }, label, input);
}

function ranged(label: string, { input, output }: Slider): HTMLElement {
  const name = el("label", { for: input.id }, label);
  return el("div", { class: "ranged" }, name, output, input);
}

function checked(box: HTMLInputElement, label: string): HTMLElement {
  return el("label", { class: "checked" }, box, el("span", {}, label));
}

/** Fill a list anew only where it differs: one that is open stays open. */
function options(
  list: HTMLSelectElement,
  choices: readonly (readonly [value: string, label: string])[],
  chosen: string,
): void {
  const isSame =
    list.options.length === choices.length &&
    choices.every(([value, label], at) => {
      const option = list.options[at];
      return option?.value === value && option.text === label;
    });
  if (!isSame) {
    list.replaceChildren(...choices.map(([value, label]) => el("option", { value }, label)));
  }
  list.value = chosen;
}

function runTitle(run: RunLine): string {
  return `${run.name}: ${run.technology}, ${moment(run.created_at)}`;
}

/** What a run is called in the list, with its state or that it is indicative. */
function runChoices(
  runs: readonly RunLine[],
  shown: RunLine | null,
): (readonly [string, string])[] {
  const isListed = shown === null || runs.some(({ run_id }) => run_id === shown.run_id);
  const all = isListed ? runs : [shown, ...runs];
  return all.map((run) => {
    const share = run.state === "running" ? ` ${Math.floor(run.progress * 100)} %` : "";
    const how = run.state === "done" ? (run.indicative ? "indicative" : "") : run.state;
    return [run.run_id, how ? `${runTitle(run)} (${how}${share})` : runTitle(run)] as const;
  });
}

/** Runs that probably have the same cells: done, and with the same bounds. */
function comparable(runs: readonly RunLine[], shown: RunLine | null): RunLine[] {
  const bounds = String(shown?.bounds);
  return runs.filter(
    (run) => run.state === "done" && run.run_id !== shown?.run_id && String(run.bounds) === bounds,
  );
}

function legendRow({ colour, label, isHidden }: LegendLine): HTMLElement {
  const words = isHidden ? `${label} (not drawn)` : label;
  const blank = colour === null ? " (left blank)" : "";
  return el("li", {}, swatch(isHidden ? null : colour), el("span", {}, `${words}${blank}`));
}

function spotLegend(): HTMLElement {
  const rows = Object.values(SPOT_LOOKS).map(({ colour, label }) =>
    el("li", {}, swatch(colour), el("span", {}, label)),
  );
  return el("ul", { class: "swatches", hidden: true }, ...rows);
}

function swatch(colour: string | null): HTMLElement {
  const made = el("span", { class: "swatch", "aria-hidden": "true" });
  if (colour !== null) made.style.background = colour;
  return made;
}
