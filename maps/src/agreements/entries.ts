/** What is noted of an agreement as it is managed, and the form that takes a note back. */

import { el } from "../dom.ts";
import { moment, value } from "../format.ts";
import { pounds } from "./money.ts";
import * as service from "./records.ts";
import { choice, field, sortable, submits } from "./tables.ts";
import { words } from "./words.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;

/** Every entry that may be read, with those that no longer hold. */
export async function entries(ref: string): Promise<Node[]> {
  const found = await service.entries(ref);
  if (found.length === 0) return [el("p", { class: "empty" }, "Nothing is noted yet.")];
  return [
    sortable(
      "Entries as they were written",
      [
        { name: "Number", value: ({ number }) => number, isNumber: true },
        { name: "Kind", value: ({ entry }) => words(entry.kind) },
        { name: "What", value: ({ entry }) => content(entry) },
        { name: "Holds", value: standing },
        { name: "Why", value: ({ reason }) => reason },
        { name: "Who", value: ({ author }) => author },
        {
          name: "When",
          value: ({ recorded_at }) => recorded_at,
          show: ({ recorded_at }) => moment(recorded_at),
        },
      ],
      found,
    ),
  ];
}

/** What an entry says, without its kind. */
export function content(entry: service.Entry["entry"]): string {
  return Object.entries(entry)
    .filter(([name, told]) => name !== "kind" && told !== null)
    .map(([name, told]) => {
      const title = words(name.replace(/_pence$/, "").replaceAll("_", "-"));
      return `${title}: ${inWords(name, told)}`;
    })
    .join("; ");
}

function inWords(name: string, told: unknown): string {
  if (name.endsWith("_pence") && typeof told === "number") return pounds(told);
  if (name === "answers" && typeof told === "object" && told !== null) {
    return Object.entries(told)
      .map(([asked, given]) => `${asked} ${typeof given === "string" ? given : given.choice}`)
      .join(", ");
  }
  return value(name, told);
}

/** Whether an entry holds, in words. */
export function standing(each: service.Entry): string {
  if (each.is_withdrawal) return `withdraws ${each.replaces}`;
  const before = each.replaces === null ? "" : `, in place of ${each.replaces}`;
  return (each.is_current ? "yes" : "no") + before;
}

/** The form that withdraws an entry that holds; empty until it is opened. */
export function withdrawalForm(ref: string, act: Act): HTMLElement {
  const made = el("details", {}, el("summary", {}, "Withdraw an entry"));
  made.addEventListener("toggle", () => void filled(made, ref, act), { once: true });
  return made;
}

async function filled(made: HTMLElement, ref: string, act: Act): Promise<void> {
  const holding = (await service.entries(ref)).filter(({ is_current }) => is_current);
  if (holding.length === 0) {
    made.append(el("p", { class: "empty" }, "There is no entry that holds."));
    return;
  }
  const which = choice(
    "number",
    holding.map(({ number, entry }): [string, string] => [
      String(number),
      `${number}: ${words(entry.kind)}, ${content(entry)}`.slice(0, 120),
    ]),
    "",
  );
  const reason = el("input", { required: true, maxlength: 4000 });
  made.append(
    submits(
      el(
        "form",
        { class: "stack" },
        field("Entry", which),
        field("Why it does not hold", reason),
        el("button", { type: "submit", class: "main" }, "Withdraw the entry"),
      ),
      () => act(() => service.withdrawEntry(ref, which.value, reason.value), "Withdrawn"),
    ),
  );
}
