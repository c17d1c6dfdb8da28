/** How an agreement came to market, the notices that needs, and its changes with advice on each. */

import { ApiProblem } from "../api.ts";
import { el } from "../dom.ts";
import { dayText, pounds } from "./money.ts";
import * as records from "./records.ts";
import { schemaForm } from "./schema_form.ts";
import { sortable } from "./tables.ts";
import { words } from "./words.ts";

/** The route to market, and what follows from it. */
export async function procurement(ref: string): Promise<Node[]> {
  const route = await routeOf(ref);
  if (route === null) {
    return [
      el(
        "p",
        { class: "empty" },
        "The route to market is not on record. The notices it needs, and whether changes of the " +
          "contract stand, follow from it: record it under \u201cChange it\u201d below.",
      ),
    ];
  }
  const [notices, changes] = await Promise.all([records.notices(ref), records.changes(ref)]);
  return [
    el("p", {}, ...told(route)),
    notices.length === 0
      ? el("p", { class: "empty" }, "No notice is needed.")
      : noticeTable(notices),
    changes.length === 0 ? el("p", { class: "empty" }, "No change is on record.") : advice(changes),
  ];
}

async function routeOf(ref: string): Promise<records.Route | null> {
  try {
    return await records.route(ref);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    return null;
  }
}

function told(route: records.Route): (HTMLElement | string)[] {
  const law = route.is_inside_law ? "inside" : "outside";
  return [
    el("strong", {}, words(route.chosen)),
    `, of ${route.options.join(", ")}: ${route.reason}. Procured from ` +
      `${dayText(route.procured_on)}, ${law} procurement law; ${words(route.subject).toLowerCase()}, ` +
      `initial value ${pounds(route.initial_pence)}.`,
  ];
}

function noticeTable(notices: records.Notice[]): HTMLElement {
  return sortable(
    "Notices that the route needs: advice",
    [
      { name: "Notice", value: ({ number, name }) => `${number} ${name}` },
      { name: "Because", value: ({ because, reference }) => `${because} (${reference})` },
      {
        name: "Due",
        value: ({ due }) => due,
        show: ({ due }) => (due === null ? "Where it applies" : dayText(due)),
      },
      { name: "State", value: ({ state }) => words(state) },
      {
        name: "Published",
        value: ({ published_on }) => published_on,
        show: ({ published_on, published_id }) =>
          published_on === null ? "" : `${dayText(published_on)} as ${published_id}`,
      },
    ],
    notices,
  );
}

function advice(changes: records.ChangeAdvice[]): HTMLElement {
  return sortable(
    "Changes without buying anew: advice",
    [
      { name: "Change", value: ({ number }) => number, isNumber: true },
      { name: "Day", value: ({ on }) => on, show: ({ on }) => dayText(on) },
      { name: "Ground", value: ({ ground }) => words(ground) },
      {
        name: "Value",
        value: ({ value_pence }) => value_pence,
        show: ({ value_pence }) => pounds(value_pence),
        isNumber: true,
      },
      { name: "Stands", value: ({ holds }) => (holds ? "yes" : "no") },
      { name: "Tests", value: ({ tests }) => tests.map(test).join("; ") },
      {
        name: "Needs",
        value: ({ notice, notice_id, below_pence }) => {
          if (below_pence !== null) return `no notice, below ${pounds(below_pence)}`;
          return notice === null ? "" : `${notice}: ${notice_id ?? "none on record"}`;
        },
      },
    ],
    changes,
  );
}

function test({ says, holds, reference, value, limit }: records.Test): string {
  const figures =
    value === null || limit === null ? "" : `, ${percent(value)} against ${percent(limit)}`;
  return `${says}: ${holds ? "yes" : "no"}${figures} [${reference}]`;
}

function percent(part: string): string {
  return `${(100 * Number(part)).toFixed(2)} %`;
}

export async function routeForm(ref: string, done: () => void): Promise<HTMLElement> {
  const { form, fill } = schemaForm(
    "Record the route",
    [],
    (typed) => records.decideRoute(ref, typed),
    done,
  );
  await fill("route");
  return form;
}

export async function modificationForm(ref: string, done: () => void): Promise<HTMLElement> {
  const { form, fill } = schemaForm(
    "Record the change",
    [],
    (typed) => records.addModification(ref, typed),
    done,
  );
  await fill("modification");
  return form;
}
