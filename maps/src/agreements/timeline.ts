/** An agreement's days on a line: stretches as bars, single days as marks, each in its own row. */

import { frame, svg } from "./charts.ts";
import { dayNumber, dayText } from "./money.ts";
import type { Day } from "./service.ts";
import { wide } from "./tables.ts";

const WIDTH = 720;
const LEFT = 120;
const ROW = 26;
const TOP = 10;

const ROWS: [kinds: string[], name: string][] = [
  [["term", "extension", "signed"], "Term"],
  [["status"], "Status"],
  [["break"], "Breaks"],
  [["notice"], "Notices"],
  [["index-review", "market-review"], "Reviews"],
  [["guarantee"], "Guarantees"],
  [["deposit"], "Deposit"],
  [["event"], "Events"],
  [["to-be-done"], "To be done"],
];

export function timelineChart(title: string, days: Day[]): HTMLElement {
  const rows = ROWS.filter(([kinds]) => days.some(({ kind }) => kinds.includes(kind)));
  const height = TOP + rows.length * ROW + 34;
  const chart = frame(title, `${days.length} days; the table below lists them.`, height);
  const numbers = days.flatMap(({ day, until }) => [dayNumber(day), dayNumber(until ?? day)]);
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const room = WIDTH - LEFT - 16;
  const across = (iso: string): number =>
    LEFT + ((dayNumber(iso) - first) / Math.max(last - first, 1)) * room;
  years(chart, days, across, height);
  rows.forEach(([kinds, name], at) => {
    const y = TOP + at * ROW;
    chart.append(
      svg("text", { x: LEFT - 10, y: y + 16, class: "label", "text-anchor": "end" }, name),
    );
    for (const each of days.filter(({ kind }) => kinds.includes(kind))) {
      chart.append(mark(each, across, y));
    }
  });
  const today = days.find(({ kind }) => kind === "today");
  if (today !== undefined) {
    const x = across(today.day);
    chart.append(
      svg("line", { x1: x, x2: x, y1: TOP - 4, y2: height - 30, class: "today" }),
      svg("text", { x, y: height - 4, class: "tick", "text-anchor": "middle" }, "today"),
    );
  }
  return wide(`Chart: ${title}`, chart);
}

function mark(each: Day, across: (iso: string) => number, y: number): SVGElement {
  const x = across(each.day);
  const told = svg("title", {}, `${dayText(each.day)}: ${each.text}`);
  if (each.until !== null && each.until !== each.day) {
    const width = Math.max(2, across(each.until) - x);
    const look = each.kind === "term" ? "stretch" : `stretch ${each.kind}`;
    return svg("rect", { x, y: y + 5, width, height: ROW - 12, class: look }, told);
  }
  const middle = y + ROW / 2;
  const points = `${x},${middle - 8} ${x + 7},${middle} ${x},${middle + 8} ${x - 7},${middle}`;
  return svg("polygon", { points, class: `day ${each.kind}` }, told);
}

function years(
  chart: SVGSVGElement,
  days: Day[],
  across: (iso: string) => number,
  height: number,
): void {
  const known = days.flatMap(({ day, until }) => [day, until ?? day]).sort();
  const first = Number((known[0] ?? "2000").slice(0, 4));
  const last = Number((known.at(-1) ?? "2000").slice(0, 4));
  const every = Math.max(1, Math.ceil((last - first) / 10));
  for (let year = first + 1; year <= last; year += every) {
    const x = across(`${year}-01-01`);
    chart.append(
      svg("line", { x1: x, x2: x, y1: TOP, y2: height - 30, class: "grid" }),
      svg("text", { x, y: height - 16, class: "tick", "text-anchor": "middle" }, String(year)),
    );
  }
}
