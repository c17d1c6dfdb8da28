/** The financial and the economic account of an agreement: two reports, never summed. */

import { ApiProblem } from "../api.ts";
import { announce, button, el } from "../dom.ts";
import { filled, sources } from "./agreement.ts";
import { pounds } from "./money.ts";
import * as service from "./service.ts";
import { choice, field, save, sortable, submits } from "./tables.ts";
import { words } from "./words.ts";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const USUAL: service.AccountsAsked = {
  rate: "green-book",
  timing: "middle",
  upfront: "first-year",
  optimism: "",
};

/** What is asked for, and both accounts as tables, by the usual conventions at first. */
export async function accounts(ref: string): Promise<Node[]> {
  const place = el("div", { "aria-live": "polite" });
  const show = async (asked: service.AccountsAsked): Promise<void> => {
    place.replaceChildren();
    await filled(place, () => told(ref, asked));
  };
  await show(USUAL);
  return [
    el(
      "p",
      {},
      "The financial account is the council’s cash. The economic account is society’s: rent is a " +
        "transfer and borrowing is financing, so neither counts there. They are never summed.",
    ),
    asking(show),
    place,
  ];
}

function asking(show: (asked: service.AccountsAsked) => Promise<void>): HTMLElement {
  const rates: [string, string][] = [
    ["green-book", "Green Book, declining from 3.5 %"],
    ["green-book-sensitivity", "Green Book 2026, lower rates as a test"],
    ["own", "Other"],
  ];
  const rate = choice("accounts-rate", rates, USUAL.rate);
  const percent = el("input", { name: "accounts-percent", inputmode: "decimal", maxlength: 200 });
  const times = ["start", "middle", "end"].map((each): [string, string] => [each, `${each} of it`]);
  const timing = choice("accounts-timing", times, USUAL.timing);
  const starts: [string, string][] = [
    ["first-year", "in the first year"],
    ["at-start", "at the start, not discounted"],
  ];
  const upfront = choice("accounts-upfront", starts, USUAL.upfront);
  const optimism = el("input", { name: "accounts-optimism", maxlength: 200 });
  const form = el(
    "form",
    { class: "stack" },
    field("Real discount rate", rate),
    field("Other rate [%], or bands as 3.5:30,3", percent),
    field("Cash of a year falls at the", timing),
    field("One-off amounts due up to the first day are", upfront),
    field("Optimism on capital [%], or a kind such as standard-civil", optimism),
    el("button", { type: "submit" }, "Show the accounts so"),
  );
  const asked = (): service.AccountsAsked => ({
    rate: rate.value === "own" ? percent.value.trim() : rate.value,
    timing: timing.value,
    upfront: upfront.value,
    optimism: optimism.value.trim(),
  });
  return el(
    "details",
    {},
    el("summary", {}, "Rates and conventions"),
    submits(form, async () => {
      await show(asked());
      announce("Accounts are shown by these rates");
    }),
  );
}

async function told(ref: string, asked: service.AccountsAsked): Promise<Node[]> {
  const found = await service.accounts(ref, asked);
  return [
    financial(found.financial.years),
    ...economic(found),
    figures(found.figures),
    button("Save the accounts as a workbook", () => void saved(ref, asked)),
    el(
      "details",
      {},
      el("summary", {}, "Assumptions"),
      el("ul", {}, ...found.assumptions.map((each) => el("li", {}, each))),
    ),
    sources(found.sources),
  ];
}

function financial(years: service.AccountYear[]): HTMLElement {
  const money = (
    [
      ["Income", "income_pence"],
      ["Cost", "cost_pence"],
      ["Net", "net_pence"],
      ["Borrowed", "borrowed_pence"],
      ["Repaid, with interest", "repaid_pence"],
      ["Net after financing", "net_after_financing_pence"],
    ] as const
  ).map(([name, key]) => ({
    name,
    value: (row: service.AccountYear) => row[key],
    show: (row: service.AccountYear) => pounds(row[key]),
    isNumber: true,
  }));
  return sortable(
    "Financial account: the council’s cash by financial year, each year’s own money, without VAT",
    [
      { name: "Year", value: ({ year }) => year },
      { name: "Account", value: ({ account }) => words(account) },
      ...money,
    ],
    years,
  );
}

function economic(found: service.Accounts): Node[] {
  if (found.economic === null) {
    return [el("p", { class: "empty" }, `No economic account: ${found.economic_reason}.`)];
  }
  return [
    sortable(
      `Economic account: society’s, real, in prices of the ${found.economic.prices}, undiscounted`,
      [
        { name: "Line", value: ({ heading }) => heading },
        { name: "Side", value: ({ side }) => words(side) },
        { name: "Part", value: ({ part }) => part },
        {
          name: "Sum",
          value: ({ pence }) => pence,
          show: ({ pence }) => pounds(pence),
          isNumber: true,
        },
      ],
      summed(found.economic.rows),
    ),
  ];
}

/** Rows of all years as one, by line, side and part. */
export function summed(rows: service.EconomicRow[]): service.EconomicRow[] {
  const found = new Map<string, service.EconomicRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.heading, row.side, row.part]);
    found.set(key, { ...row, pence: row.pence + (found.get(key)?.pence ?? 0) });
  }
  return [...found.values()];
}

function figures(found: service.AccountFigure[]): HTMLElement {
  return sortable(
    "Appraisal: present values, returns, payback, cover, and benefits over costs",
    [
      { name: "Figure", value: ({ figure }) => figure },
      { name: "Value", value: ({ value }) => value, isNumber: true },
      { name: "On what", value: ({ basis }) => basis },
    ],
    found,
    false,
  );
}

async function saved(ref: string, asked: service.AccountsAsked): Promise<void> {
  try {
    const name = `${ref.replaceAll(/[^\w.-]+/g, "-")}-accounts.xlsx`;
    save(name, await service.accountsWorkbook(ref, asked), XLSX);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    announce(error.message);
  }
}
