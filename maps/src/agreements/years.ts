/** The portfolio by financial year: income and cost, summed up, and by kind of asset or operator. */

import { el } from "../dom.ts";
import { legend } from "./agreement.ts";
import { bars, stacked } from "./charts.ts";
import { runningNet } from "./figures.ts";
import { partPounds, pounds } from "./money.ts";
import type * as service from "./service.ts";
import { type Column, part, sortable } from "./tables.ts";

/** Groups that a chart tells apart; the others are one part on top. */
const TOLD_APART = 5;

/** Income and cost of each year, and what they come to from the first one on. */
export function byYear(found: service.Portfolio): Node[] {
  if (found.years.length === 0) return [];
  const shown = found.years.slice(0, lastOf(found.years));
  const net = runningNet(found.year, shown);
  const netOf = new Map(shown.map((each, at) => [each.year, net[at] ?? null]));
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
        { name: "net revenue summed up", values: net },
      ),
      legend([
        ["income", "Revenue income that falls due"],
        ["cost", "Revenue cost that falls due"],
        ["line", `Net revenue summed up from ${found.year} (scale on the right)`],
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
          {
            name: `Net revenue from ${found.year}`,
            value: ({ year }) => netOf.get(year) ?? null,
            show: ({ year }) => pounds(netOf.get(year) ?? null),
            isNumber: true,
          },
          {
            name: "Agreements in the income",
            value: ({ told }) => told,
            show: ({ told, paying }) => (told === paying ? `${told}` : `${told} of ${paying}`),
            isNumber: true,
          },
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

/** Each group's income in each year, as bars on top of each other and as a table. */
export function groupsByYear(
  title: string,
  found: service.GroupYears[],
  named: (name: string) => string,
): HTMLElement {
  const years = found[0]?.years.map(({ year }) => year) ?? [];
  const isEmpty = (at: number): boolean =>
    found.every((group) => (group.years[at]?.income_pence ?? 0) === 0);
  const shown = years.slice(0, 1 + years.findLastIndex((_, at) => !isEmpty(at)));
  const none = "Nothing to tell: too few agreements, or no income.";
  if (shown.length === 0) return part(title, el("p", { class: "empty" }, none));
  const looks = apart(found, shown.length, named);
  return part(
    title,
    stacked(
      `${title} by financial year`,
      `${looks.map(({ name }) => name).join(", ")}; the table below has every figure.`,
      shown,
      looks,
    ),
    legend(looks.map(({ look, name }): [string, string] => [look, name])),
    sortable(
      `${title} by financial year, revenue without VAT`,
      [
        { name: "Name", value: ({ name }) => named(name) },
        { name: "Live agreements", value: ({ agreements }) => agreements, isNumber: true },
        ...shown.map(
          (year, at): Column<service.GroupYears> => ({
            name: year,
            value: (group) => group.years[at]?.income_pence ?? null,
            show: ({ years: of }) =>
              partPounds(of[at]?.income_pence ?? null, of[at]?.is_part ?? false),
            isNumber: true,
          }),
        ),
      ],
      found,
    ),
  );
}

/** The greatest groups that are told, and all others together. */
function apart(
  found: service.GroupYears[],
  count: number,
  named: (name: string) => string,
): { name: string; look: string; values: number[] }[] {
  const rows = found
    .map(({ name, years }) => ({
      name: named(name),
      values: years.slice(0, count).map(({ income_pence }) => income_pence ?? 0),
    }))
    .filter(({ values }) => values.some((value) => value !== 0));
  const first = rows.slice(0, TOLD_APART);
  const rest = rows.slice(TOLD_APART);
  const others = {
    name: `${rest.length} others`,
    values: Array.from({ length: count }, (_, at) =>
      rest.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  };
  return [...first, ...(rest.length > 0 ? [others] : [])].map((row, at) => ({
    ...row,
    look: `group-${at}`,
  }));
}
