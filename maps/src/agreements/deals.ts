/** Deal structures compared on the same assets: a form, the picture, and the same as tables. */

import { ApiProblem, type WrongField } from "../api.ts";
import { announce, button, el, on } from "../dom.ts";
import { sources } from "./agreement.ts";
import { EXAMPLE } from "./deals_example.ts";
import { numbers } from "./figures.ts";
import { pounds } from "./money.ts";
import * as service from "./service.ts";
import { type Column, part, sortable, submits, wide } from "./tables.ts";
import { recordWidget } from "./terms/groups.ts";
import { documentShape, type RecordShape } from "./terms/shapes.ts";
import { summary } from "./terms/told.ts";
import { stepsOf, type Terms } from "./terms/values.ts";
import type { Widget } from "./terms/widget.ts";
import { words } from "./words.ts";

/** What was asked, while this page is open. */
let kept: Terms = {};

export async function showDeals(place: HTMLElement): Promise<void> {
  const shape = asked(documentShape("Asked", await service.dealsSchema()));
  const wrong = summary();
  const fields = el("div", { class: "part" });
  const found = el("div", { "aria-live": "off" });
  let widget: Widget = recordWidget(shape, {});
  const fill = (given: Terms): void => {
    widget = recordWidget(shape, given);
    fields.replaceChildren(widget.element);
  };
  const compare = async (): Promise<void> => {
    wrong.clear();
    kept = widget.read() as Terms;
    found.setAttribute("aria-busy", "true");
    try {
      const wanted = { ...kept, nodes: numbers(kept.nodes) };
      const told = await service.compareDeals(wanted);
      found.replaceChildren(...(await shown(told, wanted)));
      found.querySelector<HTMLElement>("h3")?.focus();
      announce(`${told.deals.length} deals are compared`);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const all: WrongField[] =
        error.wrong.length > 0 ? error.wrong : [{ field: "the file", rule: error.message }];
      wrong.tell(all, (path) => widget.spot(stepsOf(path)));
    } finally {
      found.removeAttribute("aria-busy");
    }
  };
  fill(kept);
  const form = submits(
    el(
      "form",
      { novalidate: true, class: "editor" },
      fields,
      el(
        "div",
        { class: "actions" },
        el("button", { type: "submit", class: "main" }, "Compare"),
        button("Fill in a made-up example", () => {
          fill(EXAMPLE);
          announce("The form holds a made-up example");
        }),
      ),
    ),
    compare,
  );
  on(form, {
    change: () => {
      kept = widget.read() as Terms;
    },
  });
  place.replaceChildren(
    el("h2", {}, "Deals compared"),
    el(
      "p",
      { class: "lead" },
      "Two to four deals over one roll-out: what each is worth to the council, how far that may ",
      "stray, and who bears which risk. Nothing is saved.",
    ),
    wrong.element,
    form,
    found,
  );
}

/** The roll-out is one field: sixty years in fields of their own are no help. */
function asked(shape: RecordShape): RecordShape {
  const nodes = { is: "text", most: 1000, isName: false, isMonth: false } as const;
  const hint = "Live at the end of years 1, 2, …, with commas: 20, 60, 100";
  const fields = shape.fields.map((field) =>
    field.name === "nodes" ? { ...field, shape: nodes, hint } : field,
  );
  return { ...shape, fields };
}

async function shown(found: service.ComparedDeals, wanted: Terms): Promise<Node[]> {
  const address = URL.createObjectURL(await service.dealsPlot(wanted));
  const told =
    "The council\u2019s cash summed up by year under each deal, with its present value and the " +
    "bearers of its risks; the tables below have every figure.";
  const image = el("img", { class: "plot", src: address, alt: told });
  on(image, { load: () => URL.revokeObjectURL(address) });
  const picture = wide("Picture of the deals", image);
  picture.classList.add("whole");
  const title = `${found.title}, real, in prices of ${found.prices}`;
  const section = part(
    title,
    picture,
    worth(found),
    ...withoutReturn(found),
    cash(found),
    sources(found.sources),
  );
  section.querySelector("h3")?.setAttribute("tabindex", "-1");
  return [section];
}

function worth({ deals, draws, seed }: service.ComparedDeals): HTMLElement {
  const money = (
    name: string,
    of: (deal: service.ComparedDeal) => number,
  ): Column<service.ComparedDeal> => ({
    name,
    value: of,
    show: (deal) => pounds(of(deal)),
    isNumber: true,
  });
  const risks = (
    name: string,
    of: (deal: service.ComparedDeal) => string[],
  ): Column<service.ComparedDeal> => ({
    name,
    value: (deal) => of(deal).map(words).join(", "),
    show: (deal) => el("span", { class: "long" }, of(deal).map(words).join(", ")),
  });
  return sortable(
    `What each deal is worth: NPV as planned, P10 to P90 of ${draws.toLocaleString("en-GB")} draws (seed ${seed})`,
    [
      { name: "Deal", value: ({ name }) => name },
      money("NPV", (deal) => deal.npv_pence),
      money("P10", (deal) => deal.npv_range.p10_pence),
      money("P50", (deal) => deal.npv_range.p50_pence),
      money("P90", (deal) => deal.npv_range.p90_pence),
      {
        name: "Probability of loss",
        value: (deal) => deal.probability_of_loss,
        show: (deal) => percent(deal.probability_of_loss),
        isNumber: true,
      },
      {
        name: "IRR",
        value: ({ irr }) => irr.rate,
        show: ({ irr }) => (irr.rate === null ? "None" : percent(irr.rate)),
        isNumber: true,
      },
      {
        name: "Payback",
        value: (deal) => deal.payback_years,
        show: (deal) =>
          deal.payback_years === null ? "None" : `${deal.payback_years.toFixed(1)} years`,
        isNumber: true,
      },
      money("Worst year", (deal) => deal.worst_year_pence),
      money("Most laid out", (deal) => deal.most_outlaid_pence),
      risks("Council bears", (deal) => deal.council_bears),
      risks("Shared", (deal) => deal.shared),
    ],
    deals,
  );
}

/** Why deals have no rate of return. */
function withoutReturn({ deals }: service.ComparedDeals): Node[] {
  return deals
    .filter(({ irr }) => irr.rate === null)
    .map(({ name, irr }) => el("p", { class: "empty" }, `No IRR of ${name}: ${irr.reason}.`));
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function cash({ deals }: service.ComparedDeals): HTMLElement {
  const years = (deals[0]?.cash_pence ?? []).map((_, year) => year);
  const sums = deals.map(({ cash_pence }) => {
    let sum = 0;
    return cash_pence.map((each) => {
      sum += each;
      return sum;
    });
  });
  return sortable(
    "The council\u2019s cash summed up, by year",
    [
      { name: "Year", value: (year) => year, isNumber: true },
      ...deals.map(({ name }, which) => ({
        name,
        value: (year: number) => sums[which]?.[year] ?? 0,
        show: (year: number) => pounds(sums[which]?.[year] ?? 0),
        isNumber: true,
      })),
    ],
    years,
  );
}
