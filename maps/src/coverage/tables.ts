/** Not-spots and figures of a run as tables. */

import { ApiProblem } from "../api.ts";
import { button, el } from "../dom.ts";
import { sentence, squareMetres } from "../format.ts";
import { middleOf } from "../geometry.ts";
import { goTo } from "../map.ts";
import type { Coverage } from "./coverage.ts";
import { SPOT_LOOKS } from "./looks.ts";
import * as service from "./service.ts";
import { INDICATIVE, percent } from "./words.ts";

const PAGE = 100;
const CLOSE_ZOOM = 16;

export function spotsTable(coverage: Coverage, run: string): HTMLElement {
  const body = el("tbody", {});
  const status = el("p", { role: "status" }, "Looking…");
  let last = -1;
  const more = button(`Next ${PAGE}`, () => void load(), { hidden: true });
  const load = (): Promise<void> =>
    into(status, async () => {
      const page = await service.spotsAfter(run, last, PAGE);
      const rows = page.features.map((spot) => spotRow(coverage, spot));
      body.append(...rows);
      last = page.features.at(-1)?.properties.number ?? last;
      more.hidden = !page.links.some(({ rel }) => rel === "next");
      status.textContent =
        body.rows.length === 0 ? "The run found no not-spots." : `${body.rows.length} not-spots`;
      if (body.rows.length > rows.length) rows[0]?.querySelector("button")?.focus();
    });
  void load();
  const heads = ["Status", "Area", "Residents", "On the map"];
  return framed(
    coverage,
    "Not-spots of the run, in the order of its file",
    heads,
    body,
    status,
    more,
  );
}

function spotRow(coverage: Coverage, spot: service.SpotPage["features"][number]): HTMLElement {
  const { status, area_m2, residents, number } = spot.properties;
  const middle = middleOf(spot.geometry);
  const show = button(
    "Show",
    () => {
      coverage.set({ hasSpots: true });
      const { map } = coverage.app;
      if (middle) goTo(map, middle[0], middle[1], Math.max(map.getZoom(), CLOSE_ZOOM));
    },
    { "aria-label": `Show not-spot ${number + 1} on the map` },
  );
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, SPOT_LOOKS[status].label),
    el("td", {}, squareMetres(area_m2)),
    amount(residents, whole),
    el("td", {}, show),
  );
}

export function figuresTable(coverage: Coverage, run: string): HTMLElement {
  const body = el("tbody", {});
  const status = el("p", { role: "status" }, "Looking…");
  void into(status, async () => {
    const figures = await service.figures(run);
    body.append(...figures.map(figureRow));
    status.textContent = `${figures.length} figures`;
  });
  const heads = [
    "Where",
    "Place",
    "Operator",
    "Status",
    "Area",
    "Share",
    "Residents",
    "Share of residents",
  ];
  return framed(coverage, "Area and residents by status", heads, body, status, null);
}

function figureRow(figure: service.Figure): HTMLElement {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, figure.area_name),
    el("td", {}, sentence(figure.place)),
    el("td", {}, figure.operator === "all" ? "All" : figure.operator),
    el("td", {}, sentence(figure.status.replaceAll("-", " "))),
    el("td", {}, squareMetres(figure.area_m2)),
    amount(figure.area_share, percent),
    amount(figure.residents, whole),
    amount(figure.residents_share, percent),
  );
}

/** What is not known is said, never shown as zero. */
function amount(value: number | null, words: (value: number) => string): HTMLElement {
  return value === null ? el("td", { class: "unknown" }, "Not known") : el("td", {}, words(value));
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-GB");
}

function framed(
  { loaded }: Coverage,
  caption: string,
  heads: string[],
  body: HTMLElement,
  status: HTMLElement,
  more: HTMLElement | null,
): HTMLElement {
  const head = heads.map((each) => el("th", { scope: "col" }, each));
  return el(
    "div",
    { class: "below" },
    loaded?.run.indicative ? el("p", { class: "note" }, INDICATIVE) : null,
    el("div", { class: "actions" }, status, more),
    el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...head)), body),
    el("p", { class: "quiet" }, loaded?.run.attribution.join("; ") ?? ""),
  );
}

async function into(status: HTMLElement, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    status.textContent = `The table could not be fetched. ${error.message}`;
  }
}
