/** The schedule that terms would have, beside the one on record. */

import { el } from "../../dom.ts";
import { schedule } from "../agreement.ts";
import { pounds } from "../money.ts";
import type { Schedule } from "../service.ts";
import { sortable } from "../tables.ts";
import { compareYears } from "./comparing.ts";
import { words } from "./widget.ts";

export function preview(before: Schedule, after: Schedule): Node[] {
  const heading = el("h3", { tabindex: "-1" }, "Schedule with these terms");
  if (after.reason !== null) return [heading, el("p", { class: "empty" }, after.reason)];
  const years = compareYears(before.financial_years, after.financial_years);
  const changed = years.filter(({ change_pence }) => change_pence !== 0).length;
  const total = years.reduce((sum, { income_pence }) => sum + income_pence, 0);
  return [
    heading,
    el(
      "p",
      {},
      `Nothing is saved yet. Income ${pounds(total)} in all; `,
      changed === 0
        ? "no financial year differs from the terms on record."
        : `${changed} financial ${changed === 1 ? "year differs" : "years differ"} from the terms on record.`,
    ),
    sortable(
      "By financial year, with these terms, without VAT",
      [
        { name: "Year", value: ({ year }) => year },
        { name: "Account", value: ({ account }) => words(account) },
        ...(["income", "cost", "change"] as const).map((what) => ({
          name: what === "change" ? "Change of the net" : words(what),
          value: (row: (typeof years)[number]) => row[`${what}_pence`],
          show: (row: (typeof years)[number]) => pounds(row[`${what}_pence`]),
          isNumber: true,
        })),
      ],
      years,
    ),
    el(
      "details",
      {},
      el("summary", {}, `Dated schedule, ${after.lines.length.toLocaleString("en-GB")} amounts`),
      schedule(after.lines),
    ),
  ];
}
