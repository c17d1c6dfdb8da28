/** What ends, or may be ended, by financial year, with the income that is at risk. */

import { el } from "../dom.ts";
import { legend } from "./agreement.ts";
import { bars } from "./charts.ts";
import { type EndingYear, endingYears } from "./figures.ts";
import { partPounds } from "./money.ts";
import { linkTo } from "./register.ts";
import type * as service from "./service.ts";
import { part, sortable } from "./tables.ts";

export function ending(found: service.Portfolio): HTMLElement {
  const title = "What ends, or may be ended";
  const years = endingYears(found.expiring, found.breaking);
  if (years.length === 0) return part(title, el("p", { class: "empty" }, "None."));
  const told = years.filter(({ ends, breaks }) => ends.count + breaks.count > 0);
  return part(
    title,
    el(
      "p",
      {},
      `Income is that of ${found.year}. A break is counted in the first year in which another party ` +
        "than the council may use one; an agreement may be in both columns.",
    ),
    bars(
      "Income at risk by financial year",
      "Of terms that end, and of agreements that may be ended early; the table below has every figure.",
      years.map(({ year }) => year),
      [
        { name: "term ends", look: "cost", values: years.map((y) => y.ends.income_pence ?? 0) },
        { name: "break", look: "income", values: years.map((y) => y.breaks.income_pence ?? 0) },
      ],
    ),
    legend([
      ["cost", "Income of terms that end"],
      ["income", "Income of agreements that may first be ended early"],
    ]),
    sortable(
      `Agreements and their income in ${found.year}, by the financial year in which they end or may be ended`,
      [
        { name: "Year", value: ({ year }) => year },
        ...(["ends", "breaks"] as const).flatMap((which) => [
          {
            name: which === "ends" ? "Terms that end" : "First breaks",
            value: (row: EndingYear) => row[which].count,
            isNumber: true,
          },
          {
            name: which === "ends" ? "Income of them" : "Income of those",
            value: (row: EndingYear) => row[which].income_pence,
            show: (row: EndingYear) => partPounds(row[which].income_pence, row[which].is_part),
            isNumber: true,
          },
          {
            name: which === "ends" ? "Which end" : "Which may be ended",
            value: (row: EndingYear) => row[which].refs.join(", "),
            show: (row: EndingYear) => links(row[which].refs),
          },
        ]),
      ],
      told,
    ),
  );
}

function links(refs: string[]): HTMLElement {
  return el("span", {}, ...refs.flatMap((ref, at) => [at > 0 ? ", " : "", linkTo(ref)]));
}
