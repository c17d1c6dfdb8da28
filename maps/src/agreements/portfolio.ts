/** The portfolio: what all agreements earn, which end, how sure it is, and what is to be done. */

import { el } from "../dom.ts";
import { label } from "../format.ts";
import { alertTable, filled, legend, sources, spread, tornado } from "./agreement.ts";
import { band } from "./charts.ts";
import { ending } from "./ending.ts";
import { dayText, partPounds, pounds } from "./money.ts";
import { linkTo, words } from "./register.ts";
import * as service from "./service.ts";
import { part, sortable } from "./tables.ts";
import { voids } from "./voids.ts";
import { byYear, groupsByYear } from "./years.ts";

export async function showPortfolio(place: HTMLElement): Promise<void> {
  const found = await service.portfolio();
  const unsure = part("How sure it is");
  const todo = part("To be done");
  const unused = part("Voids");
  place.replaceChildren(
    el("h2", {}, "Portfolio"),
    summary(found),
    ...byYear(found),
    groups("Income by kind of agreement", found.kinds, found.year, words),
    groupsByYear("Income by kind of asset", found.asset_kinds, label),
    groupsByYear("Income by operator", found.operators_by_year, (name) => name),
    ending(found),
    unused,
    withoutSchedule(found),
    unsure,
    todo,
    sources(found.sources),
  );
  await Promise.all([
    filled(unsure, simulated),
    filled(unused, async () => voids(await service.voids())),
    filled(todo, async () => [alertTable("Alerts", await service.alerts(), true)]),
  ]);
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
    uncounted(found.uncounted),
    hasPart(found)
      ? " Sums that say “in part” are of groups of at least five agreements, and leave out those " +
          "whose own money would follow from two of them."
      : "",
  );
}

/** Of how many agreements the sums are without; a sum that is nought without them is not told. */
function uncounted(count: number): string {
  if (count === 0) return "";
  const are = count === 1 ? "1 live agreement is" : `${count} live agreements are`;
  return ` ${are} in no sum: no schedule could be made.`;
}

function hasPart({ years, kinds, asset_kinds, expiring, breaking }: service.Portfolio): boolean {
  const byKind = asset_kinds.flatMap((group) => group.years);
  return [...years, ...kinds, ...byKind, ...expiring, ...breaking].some(({ is_part }) => is_part);
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
          show: ({ income_pence, is_part }) => partPounds(income_pence, is_part),
          isNumber: true,
        },
      ],
      found,
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
