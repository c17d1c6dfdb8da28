/** Charts of a datastream's past: the line of its means, and the band from least to greatest. */

import { frame, svg } from "../agreements/charts.ts";
import { sortable, wide } from "../agreements/tables.ts";
import { el, on } from "../dom.ts";
import { moment } from "../format.ts";
import { limitsOf, unitWords, written } from "./looks.ts";
import type { History } from "./service.ts";

/** A moment of a chart; null where there is no number. */
export interface Mark {
  at_ms: number;
  low: number | null;
  middle: number | null;
  high: number | null;
  count: number;
  coverage: number | null;
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 58;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;
const LEVELS_MS = { raw: 0, "15min": 900_000, hour: 3_600_000, day: 86_400_000 };

export const LEVEL_WORDS = {
  raw: "single readings",
  "15min": "means of 15 minutes",
  hour: "hourly means",
  day: "daily means",
};

export function marksOf({ level, readings, points }: History): Mark[] {
  if (level !== "raw") {
    return points.map(({ start, count, min, mean, max, coverage }) => {
      const at_ms = Date.parse(start) + LEVELS_MS[level] / 2;
      return { at_ms, low: min, middle: mean, high: max, count, coverage };
    });
  }
  return readings.map(({ at, result }) => {
    const number = typeof result === "string" || result === null ? null : Number(result);
    const at_ms = Date.parse(at);
    return { at_ms, low: number, middle: number, high: number, count: 1, coverage: null };
  });
}

/** Marks in rows without a break: nothing is drawn where nothing was measured. */
export function runsOf(marks: readonly Mark[], longest_ms: number): Mark[][] {
  const runs: Mark[][] = [];
  let last: Mark | null = null;
  for (const mark of marks) {
    if (mark.middle === null) {
      last = null;
      continue;
    }
    const goesOn = last !== null && mark.at_ms - last.at_ms <= longest_ms;
    if (goesOn) runs.at(-1)?.push(mark);
    else runs.push([mark]);
    last = mark;
  }
  return runs;
}

/** How far two marks may lie apart to be joined [ms]. */
export function reach(history: History, silentAfter_s: number | null): number {
  const level_ms = LEVELS_MS[history.level];
  if (level_ms > 0) return Math.max(level_ms * 1.5, (silentAfter_s ?? 0) * 1_000);
  return silentAfter_s === null ? Number.POSITIVE_INFINITY : silentAfter_s * 1_000;
}

/** A mark in words. */
export function told(mark: Mark, unit: string | null): string {
  const when = moment(new Date(mark.at_ms).toISOString());
  if (mark.middle === null) return `${when}: no number`;
  const band = mark.count > 1 ? ` (${written(mark.low, unit)} to ${written(mark.high, unit)})` : "";
  return `${when}: ${written(mark.middle, unit)}${band}`;
}

/** The chart with a slider that reads it point by point, and the same as a table. */
export function historyChart(
  title: string,
  history: History,
  silentAfter_s: number | null,
): HTMLElement {
  const marks = marksOf(history);
  const numbers = marks.filter(({ middle }) => middle !== null);
  if (numbers.length === 0) {
    return el("p", {}, marks.length === 0 ? "Nothing was read in this time." : "No numbers here.");
  }
  const { unit } = history;
  const [chart, follow] = drawn(title, history, marks, silentAfter_s);
  const output = el("output", { class: "readout" });
  const slider = el("input", {
    type: "range",
    min: 0,
    max: marks.length - 1,
    value: marks.length - 1,
    "aria-label": `Read the chart: ${title}`,
  });
  const read = (): void => {
    const mark = marks[Number(slider.value)];
    if (mark === undefined) return;
    output.textContent = told(mark, unit);
    slider.setAttribute("aria-valuetext", told(mark, unit));
    follow(mark);
  };
  on(slider, { input: read });
  read();
  return el(
    "div",
    { class: "history-chart" },
    wide(`Chart: ${title}`, chart),
    el("div", { class: "reader" }, slider, output),
    el("details", {}, el("summary", {}, "The chart as a table"), tableOf(title, marks, unit)),
  );
}

function tableOf(title: string, marks: Mark[], unit: string | null): HTMLElement {
  const number = (value: number | null): string => (value === null ? "" : written(value, null));
  const of = unit === null ? "" : ` [${unitWords(unit)}]`;
  return sortable(
    title,
    [
      {
        name: "Time",
        value: ({ at_ms }) => new Date(at_ms).toISOString(),
        show: ({ at_ms }) => moment(new Date(at_ms).toISOString()),
      },
      { name: `Least${of}`, value: ({ low }) => low, show: (m) => number(m.low), isNumber: true },
      {
        name: `Mean${of}`,
        value: ({ middle }) => middle,
        show: (m) => number(m.middle),
        isNumber: true,
      },
      {
        name: `Greatest${of}`,
        value: ({ high }) => high,
        show: (m) => number(m.high),
        isNumber: true,
      },
      { name: "Readings", value: ({ count }) => count, isNumber: true },
      {
        name: "Coverage",
        value: ({ coverage }) => coverage,
        show: ({ coverage }) => (coverage === null ? "" : `${Math.round(coverage * 100)} %`),
        isNumber: true,
      },
    ],
    marks,
  );
}

function drawn(
  title: string,
  history: History,
  marks: Mark[],
  silentAfter_s: number | null,
): [chart: SVGSVGElement, follow: (mark: Mark) => void] {
  const lows = marks.flatMap(({ low }) => (low === null ? [] : [low]));
  const highs = marks.flatMap(({ high }) => (high === null ? [] : [high]));
  const [low, high] = [Math.min(...lows), Math.max(...highs)];
  const { unit } = history;
  const last = marks.findLast(({ middle }) => middle !== null);
  const words = `${LEVEL_WORDS[history.level]} from ${written(low, unit)} to ${written(high, unit)}; the last is ${written(last?.middle, unit)}.`;
  const chart = frame(title, words, HEIGHT);
  const lines = rounded(low, high);
  const [first = 0, top = 1] = [lines[0], lines.at(-1)];
  const [from_ms, to_ms] = [Date.parse(history.start), Date.parse(history.end)];
  const x = (at_ms: number): number =>
    LEFT + ((at_ms - from_ms) / (to_ms - from_ms)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    TOP + ((top - value) / (top - first)) * (HEIGHT - TOP - BOTTOM);
  for (const value of lines) {
    chart.append(
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
      svg(
        "text",
        { x: LEFT - 6, y: y(value) + 4, class: "tick", "text-anchor": "end" },
        written(value, null),
      ),
    );
  }
  chart.append(...days(from_ms, to_ms, x));
  const place = (at_ms: number, value: number): string =>
    `${x(at_ms).toFixed(1)},${y(value).toFixed(1)}`;
  for (const run of runsOf(marks, reach(history, silentAfter_s))) {
    const upper = run.map((mark) => place(mark.at_ms, mark.high ?? 0));
    const lower = run.map((mark) => place(mark.at_ms, mark.low ?? 0)).reverse();
    const middle = run.map((mark) => place(mark.at_ms, mark.middle ?? 0));
    if (history.level !== "raw") {
      chart.append(svg("polygon", { points: [...upper, ...lower].join(" "), class: "band" }));
    }
    if (run.length > 1) chart.append(svg("polyline", { points: middle.join(" "), class: "line" }));
    else {
      const [cx = "0", cy = "0"] = (middle[0] ?? "").split(",");
      chart.append(svg("circle", { cx, cy, r: 2.5, class: "dot" }));
    }
  }
  const needle = svg("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "needle" });
  const dot = svg("circle", { r: 4, class: "needle-dot" });
  chart.append(needle, dot);
  const follow = (mark: Mark): void => {
    const at = x(mark.at_ms);
    needle.setAttribute("x1", String(at));
    needle.setAttribute("x2", String(at));
    dot.setAttribute("cx", String(at));
    dot.setAttribute("cy", String(y(mark.middle ?? first)));
    dot.setAttribute("visibility", mark.middle === null ? "hidden" : "visible");
  };
  return [chart, follow];
}

/** Lines of the axis: beyond both ends. */
function rounded(low: number, high: number): number[] {
  const around = high > low ? 0 : Math.max(Math.abs(low) * 0.1, 1);
  const limits = limitsOf(low - around, high + around, 4);
  const [first = 0, second = 1] = limits;
  const last = limits.at(-1) ?? 1;
  return last >= high && limits.length > 1 ? limits : [...limits, last + (second - first)];
}

const LABELS = 6;

function days(from_ms: number, to_ms: number, x: (at_ms: number) => number): SVGElement[] {
  const isShort = to_ms - from_ms <= 2 * 86_400_000;
  const options: Intl.DateTimeFormatOptions = isShort
    ? { hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short" };
  return Array.from({ length: LABELS }, (_, at) => {
    const at_ms = from_ms + ((to_ms - from_ms) * at) / (LABELS - 1);
    const anchor = at === 0 ? "start" : at === LABELS - 1 ? "end" : "middle";
    const text = new Date(at_ms).toLocaleString("en-GB", options);
    return svg("text", { x: x(at_ms), y: HEIGHT - 12, class: "tick", "text-anchor": anchor }, text);
  });
}

/** A small line without axes; what it says is told beside it. */
export function sparkline(history: History, silentAfter_s: number | null): SVGSVGElement | null {
  const marks = marksOf(history).filter(({ middle }) => middle !== null);
  const values = marks.map(({ middle }) => middle ?? 0);
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from_ms, to_ms] = [Date.parse(history.start), Date.parse(history.end)];
  const chart = svg("svg", { viewBox: "0 0 200 40", class: "sparkline", "aria-hidden": "true" });
  const x = (at_ms: number): number => 2 + ((at_ms - from_ms) / (to_ms - from_ms)) * 196;
  const y = (value: number): number => (high > low ? 37 - ((value - low) / (high - low)) * 34 : 20);
  for (const run of runsOf(marks, reach(history, silentAfter_s))) {
    const places = run.map(
      ({ at_ms, middle }) => `${x(at_ms).toFixed(1)},${y(middle ?? 0).toFixed(1)}`,
    );
    chart.append(svg("polyline", { points: places.join(" "), class: "line" }));
  }
  return chart;
}
