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

/** Bars side by side for each label, costs hanging below the line. Values are pence. */
export function bars(
  title: string,
  description: string,
  labels: string[],
  series: Series[],
): HTMLElement {
  const height = 280;
  const chart = frame(title, description, height);
  const every = series.flatMap(({ values }) => values);
  const scale = axis(chart, Math.min(0, ...every), Math.max(0, ...every), height);
  const step = (WIDTH - LEFT - 8) / Math.max(labels.length, 1);
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
  const lines = ticks(Math.min(...every), Math.max(...every), 4);
  const [first = 0, last = 1] = [lines[0], lines.at(-1)];
  const room = WIDTH - 130 - 20;
  const across = (value: number): number => 130 + ((value - first) / (last - first)) * room;
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
): (value: number) => number {
  const lines = ticks(low, high);
  const [first = 0, last = 1] = [lines[0], lines.at(-1)];
  const room = height - TOP - BOTTOM;
  const scale = (value: number): number => TOP + ((last - value) / (last - first)) * room;
  for (const value of lines) {
    const y = scale(value);
    chart.append(
      svg("line", { x1: LEFT, x2: WIDTH - 8, y1: y, y2: y, class: value === 0 ? "base" : "grid" }),
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
