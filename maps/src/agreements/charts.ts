/** Charts as SVG elements without styles of their own: colours and fonts come from the page. */

import { shortPounds, ticks } from "./money.ts";
import { wide } from "./tables.ts";

const NAMESPACE = "http://www.w3.org/2000/svg";
const WIDTH = 720;
const LEFT = 62;
const TOP = 14;
const BOTTOM = 46;

export interface Series {
  name: string;
  /** A class of the page's style sheet: colour and pattern. */
  look: string;
  values: number[];
}

type Attributes = Record<string, string | number>;

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

let numbered = 0;

/** The frame of a chart: named and described for those who do not see it. */
export function frame(title: string, description: string, height: number): SVGSVGElement {
  numbered += 1;
  const id = `chart-${numbered}`;
  return svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      class: "chart",
      role: "img",
      "aria-labelledby": `${id}-t ${id}-d`,
    },
    svg("title", { id: `${id}-t` }, title),
    svg("desc", { id: `${id}-d` }, description),
  );
}

/** A line over bars, by a scale of its own on the right; it stops at the first null. */
export interface Line {
  name: string;
  values: (number | null)[];
}

/** Bars side by side for each label, costs hanging below the line. Values are pence. */
export function bars(
  title: string,
  description: string,
  labels: string[],
  series: Series[],
  line?: Line,
): HTMLElement {
  const height = 280;
  const chart = frame(title, description, height);
  const every = series.flatMap(({ values }) => values);
  const told = line === undefined ? [] : upToNull(line.values);
  const isBelow = told.some((value) => value < 0);
  const high = Math.max(0, ...every);
  const low = Math.min(0, ...every, isBelow ? -high / 4 : 0);
  const right = line === undefined ? 8 : LEFT;
  const scale = axis(chart, low, high, height, right);
  const step = (WIDTH - LEFT - right) / Math.max(labels.length, 1);
  const width = Math.max(1, (step * 0.8) / series.length);
  series.forEach(({ name, look, values }, which) => {
    values.forEach((value, at) => {
      const [top, bottom] = [scale(Math.max(value, 0)), scale(Math.min(value, 0))];
      const bar = svg(
        "rect",
        {
          x: LEFT + at * step + step * 0.1 + which * width,
          y: top,
          width,
          height: Math.max(bottom - top, value === 0 ? 0 : 0.5),
          class: look,
        },
        svg("title", {}, `${labels[at]}, ${name}: ${shortPounds(value)}`),
      );
      chart.append(bar);
    });
  });
  if (line !== undefined) overBars(chart, ticks(low, high), told, scale, step);
  underneath(chart, labels, step, height);
  return wide(`Chart: ${title}`, chart);
}

function upToNull(values: (number | null)[]): number[] {
  const end = values.indexOf(null);
  return (end < 0 ? values : values.slice(0, end)).map((value) => value ?? 0);
}

/** The least round factor by which a scale of bars holds a line too. Both have one nought. */
export function lineFactor(lines: number[], values: number[]): number {
  const [first = 0, last = 1] = [lines[0], lines.at(-1)];
  const over = values.map((value) => (value < 0 ? value / (first || -last) : value / last));
  const least = Math.max(1e-9, ...over);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? least;
}

function overBars(
  chart: SVGSVGElement,
  lines: number[],
  values: number[],
  scale: (value: number) => number,
  step: number,
): void {
  const factor = lineFactor(lines, values);
  for (const value of lines) {
    const x = WIDTH - LEFT + 6;
    chart.append(
      svg("text", { x, y: scale(value) + 4, class: "tick" }, shortPounds(value * factor)),
    );
  }
  const points = values.map(
    (value, at) => `${(LEFT + (at + 0.5) * step).toFixed(1)},${scale(value / factor).toFixed(1)}`,
  );
  chart.append(svg("polyline", { points: points.join(" "), class: "line" }));
}

/** Bars of parts on top of each other for each label; parts are 0 or more. Values are pence. */
export function stacked(
  title: string,
  description: string,
  labels: string[],
  series: Series[],
): HTMLElement {
  const height = 280;
  const chart = frame(title, description, height);
  const sums = labels.map((_, at) =>
    series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
  );
  const scale = axis(chart, 0, Math.max(0, ...sums), height);
  const step = (WIDTH - LEFT - 8) / Math.max(labels.length, 1);
  labels.forEach((label, at) => {
    let below = 0;
    for (const { name, look, values } of series) {
      const value = Math.max(0, values[at] ?? 0);
      if (value === 0) continue;
      const [top, bottom] = [scale(below + value), scale(below)];
      below += value;
      const part = {
        x: LEFT + at * step + step * 0.1,
        y: top,
        width: Math.max(1, step * 0.8),
        height: Math.max(bottom - top, 0.5),
        class: look,
      };
      chart.append(svg("rect", part, svg("title", {}, `${label}, ${name}: ${shortPounds(value)}`)));
    }
  });
  underneath(chart, labels, step, height);
  return wide(`Chart: ${title}`, chart);
}

/** A band between two rows of values with a line in it, over labels. Values are pence. */
export function band(
  title: string,
  description: string,
  labels: string[],
  low: number[],
  middle: number[],
  high: number[],
): HTMLElement {
  const height = 280;
  const chart = frame(title, description, height);
  const scale = axis(chart, Math.min(0, ...low), Math.max(0, ...high), height);
  const step = (WIDTH - LEFT - 8) / Math.max(labels.length, 1);
  const place = (value: number, at: number): string =>
    `${(LEFT + (at + 0.5) * step).toFixed(1)},${scale(value).toFixed(1)}`;
  const around = [...high.map(place), ...low.map(place).reverse()];
  chart.append(
    svg("polygon", { points: around.join(" "), class: "band" }),
    svg("polyline", { points: middle.map(place).join(" "), class: "line" }),
  );
  underneath(chart, labels, step, height);
  return wide(`Chart: ${title}`, chart);
}

/** A bar from low to high for each row. Values are pence, 0 or more. */
export function rangeChart(
  title: string,
  description: string,
  rows: { name: string; low: number; high: number }[],
): HTMLElement {
  const row = 30;
  const left = 200;
  const height = TOP + row * rows.length + BOTTOM;
  const chart = frame(title, description, height);
  const across = acrossScale(chart, [0, ...rows.map(({ high }) => high)], left, height);
  rows.forEach(({ name, low, high }, at) => {
    const y = TOP + at * row + 5;
    const shape = {
      x: across(low),
      y,
      width: Math.max(across(high) - across(low), 3),
      height: row - 10,
      class: "range",
    };
    chart.append(
      svg("rect", shape, svg("title", {}, `${name}: ${shortPounds(low)} to ${shortPounds(high)}`)),
      svg("text", { x: left - 8, y: y + 14, class: "label", "text-anchor": "end" }, name),
    );
  });
  return wide(`Chart: ${title}`, chart);
}

/** A scale from left to right with its lines. */
function acrossScale(
  chart: SVGSVGElement,
  values: number[],
  left: number,
  height: number,
): (value: number) => number {
  const lines = ticks(Math.min(...values), Math.max(...values), 4);
  const [first = 0, last = 1] = [lines[0], lines.at(-1)];
  const across = (value: number): number =>
    left + ((value - first) / (last - first)) * (WIDTH - left - 20);
  for (const value of lines) {
    const x = across(value);
    chart.append(
      svg("line", { x1: x, x2: x, y1: TOP, y2: height - BOTTOM, class: "grid" }),
      svg(
        "text",
        { x, y: height - BOTTOM + 18, class: "tick", "text-anchor": "middle" },
        shortPounds(value),
      ),
    );
  }
  return across;
}

/** Swings from low to high about the base, the greatest on top. Values are pence. */
export function tornadoChart(
  title: string,
  description: string,
  base: number,
  swings: { name: string; low: number; high: number }[],
): HTMLElement {
  const row = 34;
  const height = TOP + row * swings.length + BOTTOM;
  const chart = frame(title, description, height);
  const every = swings.flatMap(({ low, high }) => [low, high]).concat(base);
  const across = acrossScale(chart, every, 130, height);
  swings.forEach(({ name, low, high }, at) => {
    const y = TOP + at * row + 6;
    const thick = (row - 12) / 2;
    // One below the other: where both lie on one side of the base, neither hides the other.
    const half = (value: number, look: string, below: number): SVGRectElement =>
      svg("rect", {
        x: Math.min(across(value), across(base)),
        y: y + below * thick,
        width: Math.abs(across(value) - across(base)),
        height: thick,
        class: look,
      });
    chart.append(
      half(low, "cost", 0),
      half(high, "income", 1),
      svg("text", { x: 122, y: y + 15, class: "label", "text-anchor": "end" }, name),
    );
  });
  const x = across(base);
  chart.append(svg("line", { x1: x, x2: x, y1: TOP - 4, y2: height - BOTTOM, class: "base" }));
  return wide(`Chart: ${title}`, chart);
}

function axis(
  chart: SVGSVGElement,
  low: number,
  high: number,
  height: number,
  right = 8,
): (value: number) => number {
  const lines = ticks(low, high);
  const [first = 0, last = 1] = [lines[0], lines.at(-1)];
  const room = height - TOP - BOTTOM;
  const scale = (value: number): number => TOP + ((last - value) / (last - first)) * room;
  for (const value of lines) {
    const y = scale(value);
    chart.append(
      svg("line", {
        x1: LEFT,
        x2: WIDTH - right,
        y1: y,
        y2: y,
        class: value === 0 ? "base" : "grid",
      }),
      svg(
        "text",
        { x: LEFT - 6, y: y + 4, class: "tick", "text-anchor": "end" },
        shortPounds(value),
      ),
    );
  }
  return scale;
}

/** Labels below; where there is no room for all, every second, third, … */
function underneath(chart: SVGSVGElement, labels: string[], step: number, height: number): void {
  const every = Math.max(1, Math.ceil(54 / step));
  labels.forEach((label, at) => {
    if (at % every !== 0) return;
    const x = LEFT + (at + 0.5) * step;
    chart.append(
      svg("text", { x, y: height - BOTTOM + 20, class: "tick", "text-anchor": "middle" }, label),
    );
  });
}
