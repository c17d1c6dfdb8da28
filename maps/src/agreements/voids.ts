/** Assets and capacity that could earn and do not, and what they may bring in a year. */

import { el } from "../dom.ts";
import { label } from "../format.ts";
import { legend } from "./agreement.ts";
import { rangeChart } from "./charts.ts";
import { voidsTold } from "./figures.ts";
import { pounds } from "./money.ts";
import type * as service from "./service.ts";
import { sortable } from "./tables.ts";

export function voids(found: service.Void[]): Node[] {
  if (found.length === 0) {
    return [el("p", { class: "empty" }, "Nothing is on offer today.")];
  }
  const valued = found.filter(({ low_pence }) => low_pence !== null);
  return [
    el("p", {}, voidsTold(found)),
    ...(valued.length === 0 ? [] : chart(valued)),
    sortable(
      "What is on offer today, and what one letting of each asset may bring in a year",
      [
        { name: "Kind of asset", value: ({ asset_kind }) => label(asset_kind) },
        { name: "What", value: (each) => what(each) },
        { name: "Assets", value: ({ assets }) => assets, isNumber: true },
        { name: "Places for equipment", value: (each) => each.spare_mounts, isNumber: true },
        { name: "Bores of ducts", value: (each) => each.spare_duct_bores, isNumber: true },
        { name: "Dark fibres", value: (each) => each.spare_fibres, isNumber: true },
        ...(["low", "high"] as const).map((end) => ({
          name: end === "low" ? "From" : "To",
          value: (each: service.Void) => each[`${end}_pence`],
          show: (each: service.Void) =>
            each[`${end}_pence`] === null ? "No benchmark" : pounds(each[`${end}_pence`]),
          isNumber: true,
        })),
        {
          name: "Valued by",
          value: ({ valued_by }) => valued_by,
          show: ({ valued_by }) => el("span", { class: "long" }, valued_by ?? ""),
        },
      ],
      found,
    ),
  ];
}

function what({ is_let }: service.Void): string {
  return is_let ? "Let, with room for another" : "Void";
}

function chart(valued: service.Void[]): Node[] {
  return [
    rangeChart(
      "What voids may bring in a year",
      "From the lower to the upper end of rents of such assets; the table below has every figure.",
      valued.map((each) => ({
        name: `${label(each.asset_kind)}${each.is_let ? ", room" : ""}`,
        low: each.low_pence ?? 0,
        high: each.high_pence ?? 0,
      })),
    ),
    legend([["band", "From the lower to the upper end"]]),
  ];
}
