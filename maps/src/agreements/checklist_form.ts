/** The checklist of value for money as a form, with what is unanswered in sight. */

import { el, on } from "../dom.ts";
import { hintOf } from "./answers.ts";
import * as records from "./records.ts";
import { choice, field, submits } from "./tables.ts";
import { words } from "./words.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;

interface Row {
  number: number;
  element: HTMLElement;
  read: () => records.ChecklistAnswer;
}

export async function checklistForm(ref: string, act: Act): Promise<HTMLElement> {
  const [{ checklist, choices }, before] = await Promise.all([
    records.questions(),
    records.checklist(ref),
  ]);
  const rows = checklist.map((item) => rowOf(item, choices, before.answers[item.number]));
  const count = el("output", { "aria-live": "polite" });
  const only = el("input", { type: "checkbox" });
  const tell = (): void => {
    const open = rows.filter(({ read }) => read().choice === "").length;
    count.textContent = `${rows.length - open} of ${rows.length} items are answered.`;
  };
  tell();
  const form = el(
    "form",
    { class: "stack items" },
    el(
      "p",
      {},
      "Answers may be recorded bit by bit: what is left open stays unanswered. Each record holds " +
        "the whole list, and earlier ones stay on record.",
    ),
    el("label", {}, only, " Show only what is unanswered"),
    ...rows.map(({ element }) => element),
    count,
    el("button", { type: "submit", class: "main" }, "Record the checklist"),
  );
  on(form, { change: tell });
  on(only, {
    change: () => {
      for (const { element, read } of rows) element.hidden = only.checked && read().choice !== "";
    },
  });
  return submits(form, () => {
    const answers: Record<string, records.ChecklistAnswer> = {};
    for (const { number, read } of rows) if (read().choice !== "") answers[number] = read();
    return act(() => records.note(ref, { kind: "checklist", answers }), "Recorded");
  });
}

function rowOf(item: records.Item, choices: string[], known?: records.ChecklistAnswer): Row {
  const options = choices.map((each): [string, string] => [each, words(each)]);
  const answer = choice(
    `answer-${item.number}`,
    [["", "Not answered"], ...options],
    known?.choice ?? "",
  );
  const evidence = el("input", { maxlength: 1000, value: known?.evidence ?? "" });
  const note = el("input", { maxlength: 1000, value: known?.note ?? "" });
  const told = el("span", {}, "Note");
  const ask = (): void => {
    note.required = answer.value === "not-applicable";
    told.textContent = note.required ? "Note: why it is not applicable" : "Note";
  };
  ask();
  on(answer, { change: ask });
  const element = el(
    "fieldset",
    {},
    el("legend", {}, titleOf(item)),
    el("p", { class: "quiet" }, hintOf(item)),
    el(
      "div",
      { class: "answer" },
      field("Answer", answer),
      field("Where the evidence is", evidence),
      el("label", { class: "field" }, told, note),
    ),
  );
  const read = (): records.ChecklistAnswer => ({
    choice: answer.value,
    evidence: evidence.value,
    note: note.value,
  });
  return { number: item.number, element, read };
}

function titleOf({ number, about }: records.Item): string {
  return `${number}. ${about === null ? "Wording not seen" : words(about)}`;
}
