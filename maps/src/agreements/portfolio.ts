/** The portfolio: what all agreements earn, which end, how sure it is, and what is to be done. */

import { el } from "../dom.ts";
import { alertTable, filled, legend, sources, spread, tornado } from "./agreement.ts";
import { band, bars } from "./charts.ts";
import { dayText, pounds } from "./money.ts";
import { linkTo, words } from "./register.ts";
import * as service from "./service.ts";
import { sortable } from "./tables.ts";

export async function showPortfolio(place: HTMLElement): Promise<void> {
  const found = await service.portfolio();
  const unsure = part("How sure it is");
  const todo = part("To be done");
  place.replaceChildren(
    el("h2", {}, "Portfolio"),
    summary(found),
    ...byYear(found),
    groups("Income by kind of agreement", found.kinds, found.year, words),
    groups("Income by operator", found.operators, found.year, (name) => name),
    expiring(found),
    withoutSchedule(found),
    unsure,
    todo,
    sources(found.sources),
  );
  await Promise.all([
    filled(unsure, simulated),
    filled(todo, async () => [alertTable("Alerts", await service.alerts(), true)]),
  ]);
}

function part(title: string, ...inside: (Node | string)[]): HTMLElement {
  return el("section", { class: "part", "aria-label": title }, el("h3", {}, title), ...inside);
}

function summary(found: service.Portfolio): HTMLElement {
  const counted = Object.entries(found.statuses)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");
  return el(
    "p",
    { class: "lead" },
    el("strong", {}, pounds(found.income_pence)),
    ` of revenue income falls due in ${found.year}. Agreements on ${dayText(found.on)}: ${counted || "none"}.`,
  );
}

function byYear(found: service.Portfolio): Node[] {
  if (found.years.length === 0) return [];
  const shown = found.years.slice(0, lastOf(found.years));
  return [
    part(
      "Income and cost by financial year",
      bars(
        "Revenue by financial year",
        `From ${shown[0]?.year} on; the table below has every figure.`,
        shown.map(({ year }) => year),
        [
          { name: "income", look: "income", values: shown.map((each) => each.income_pence ?? 0) },
          { name: "cost", look: "cost", values: shown.map((each) => -(each.cost_pence ?? 0)) },
        ],
      ),
      legend([
        ["income", "Revenue income that falls due"],
        ["cost", "Revenue cost that falls due"],
      ]),
      sortable(
        "By financial year, without VAT; revenue and capital are never summed",
        [
          { name: "Year", value: ({ year }) => year },
          ...(
            [
              ["Revenue income", "income_pence"],
              ["Revenue cost", "cost_pence"],
              ["Capital income", "capital_income_pence"],
              ["Capital cost", "capital_cost_pence"],
            ] as const
          ).map(([name, key]) => ({
            name,
            value: (row: service.Portfolio["years"][number]) => row[key],
            show: (row: service.Portfolio["years"][number]) => pounds(row[key]),
            isNumber: true,
          })),
        ],
        shown,
      ),
    ),
  ];
}

/** Years up to the last in which anything falls due. */
function lastOf(years: service.Portfolio["years"]): number {
  return (
    1 +
    years.findLastIndex((each) => Object.values(each).some((x) => typeof x === "number" && x !== 0))
  );
}

function groups(
  title: string,
  found: service.Group[],
  year: string,
  named: (name: string) => string,
): HTMLElement {
  if (found.length === 0) return part(title, el("p", { class: "empty" }, "Nothing to tell."));
  return part(
    title,
    sortable(
      `${title}, ${year}`,
      [
        { name: "Name", value: ({ name }) => named(name) },
        { name: "Live agreements", value: ({ agreements }) => agreements, isNumber: true },
        {
          name: "Income",
          value: ({ income_pence }) => income_pence,
          show: ({ income_pence }) => pounds(income_pence),
          isNumber: true,
        },
      ],
      found,
    ),
  );
}

function expiring(found: service.Portfolio): HTMLElement {
  const title = "Terms that end";
  if (found.expiring.length === 0) return part(title, el("p", { class: "empty" }, "None."));
  return part(
    title,
    sortable(
      `Terms that end, by financial year, with their income in ${found.year}`,
      [
        { name: "Year", value: ({ year }) => year },
        { name: "Agreements", value: ({ count }) => count, isNumber: true },
        {
          name: "Income",
          value: ({ income_pence }) => income_pence,
          show: ({ income_pence }) => pounds(income_pence),
          isNumber: true,
        },
        {
          name: "Which",
          value: ({ refs }) => refs.join(", "),
          show: ({ refs }) =>
            el("span", {}, ...refs.flatMap((ref, at) => [at > 0 ? ", " : "", linkTo(ref)])),
        },
      ],
      found.expiring,
    ),
  );
}

function withoutSchedule(found: service.Portfolio): Node | string {
  const missing = Object.entries(found.without_schedule);
  if (missing.length === 0) return "";
  return part(
    "Agreements without a schedule",
    sortable(
      "They count in no sum",
      [
        { name: "Agreement", value: ([ref]) => ref, show: ([ref]) => linkTo(ref) },
        { name: "Why", value: ([, reason]) => reason },
      ],
      missing,
    ),
  );
}

async function simulated(): Promise<Node[]> {
  const found = await service.simulation();
  const labels = found.years.map(({ first }) => first.slice(0, 4));
  return [
    spread(found),
    band(
      "Net income by year from today, P10 to P90",
      "The line is P50; the table below has every figure.",
      labels,
      found.years.map(({ p10_pence }) => p10_pence),
      found.years.map(({ p50_pence }) => p50_pence),
      found.years.map(({ p90_pence }) => p90_pence),
    ),
    legend([
      ["band", "P10 to P90"],
      ["line", "P50"],
    ]),
    sortable(
      "Net income by year in real terms",
      [
        { name: "Year from", value: ({ first }) => first, show: ({ first }) => dayText(first) },
        ...(
          [
            ["P10", "p10_pence"],
            ["P50", "p50_pence"],
            ["P90", "p90_pence"],
          ] as const
        ).map(([name, key]) => ({
          name,
          value: (row: service.Percentiles) => row[key],
          show: (row: service.Percentiles) => pounds(row[key]),
          isNumber: true,
        })),
      ],
      found.years,
    ),
    ...tornado("the portfolio", found),
    sources(found.sources),
  ];
}
