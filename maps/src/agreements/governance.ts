/** How a contract is to be looked after: its class, the checklist, and forms to answer both. */

import { ApiProblem } from "../api.ts";
import { el } from "../dom.ts";
import { words } from "./register.ts";
import * as service from "./service.ts";
import { choice, field, sortable, submits } from "./tables.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;

/** The class of a contract and what is unanswered, as far as there are answers. */
export async function governance(ref: string): Promise<Node[]> {
  const [segment, checklist] = await Promise.all([segmented(ref), service.checklist(ref)]);
  return [...segment, unanswered(checklist)];
}

async function segmented(ref: string): Promise<Node[]> {
  try {
    const found = await service.segmentation(ref);
    const why = found.override === null ? "" : `, raised because: ${found.override}`;
    const lacks = found.missing.length === 0 ? "nothing" : found.missing.join(", ");
    return [
      el(
        "p",
        {},
        el("strong", {}, words(found.segment)),
        `: ${found.points.toFixed(2)} of 100 points${why} (weights ${found.version}). ` +
          `Monitored ${found.monitoring}; not on record: ${lacks}.`,
      ),
      sortable(
        "Points by question",
        [
          { name: "Question", value: ([name]) => words(name) },
          {
            name: "Points",
            value: ([, points]) => points,
            show: ([, points]) => points.toFixed(2),
            isNumber: true,
          },
        ],
        Object.entries(found.contributions),
      ),
    ];
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    return [el("p", { class: "empty" }, "The segmentation has not been answered.")];
  }
}

function unanswered(found: service.Checklist): HTMLElement {
  const left = found.unanswered.length;
  const numbers = found.unanswered.map(({ number }) => number).join(", ");
  const bare = found.without_evidence.map(({ number }) => number).join(", ");
  return el(
    "p",
    {},
    left === 0
      ? "Every item of the checklist of value for money is answered."
      : `Checklist of value for money: ${left} of 21 items are unanswered (${numbers}).`,
    bare === "" ? "" : ` Answered without evidence: ${bare}.`,
  );
}

/** The two forms; empty until somebody opens them. */
export function governanceForms(ref: string, act: Act): HTMLElement[] {
  return [
    filledWhenOpened("Answer the segmentation", () => segmentationForm(ref, act)),
    filledWhenOpened("Answer the checklist of value for money", () => checklistForm(ref, act)),
  ];
}

function filledWhenOpened(title: string, make: () => Promise<HTMLElement>): HTMLElement {
  const made = el("details", {}, el("summary", {}, title));
  const fill = async (): Promise<void> => {
    try {
      made.append(await make());
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      made.append(el("p", { role: "alert", class: "wrong" }, error.message));
    }
  };
  made.addEventListener("toggle", () => void fill(), { once: true });
  return made;
}

async function segmentationForm(ref: string, act: Act): Promise<HTMLElement> {
  const { segmentation } = await service.questions();
  const selects = segmentation.map(({ name, answers }) =>
    choice(
      name,
      answers.map((answer): [string, string] => [answer, words(answer)]),
      answers[0] ?? "",
    ),
  );
  return submits(
    el(
      "form",
      { class: "stack" },
      ...segmentation.map(({ asks, weight }, at) =>
        field(`${words(asks)} (${weight} points at most)`, selects[at] ?? el("span")),
      ),
      el("button", { type: "submit", class: "main" }, "Record the answers"),
    ),
    () => {
      const answers = Object.fromEntries(selects.map(({ name, value }) => [name, value]));
      return act(() => service.note(ref, { kind: "segmentation", answers }), "Recorded");
    },
  );
}

async function checklistForm(ref: string, act: Act): Promise<HTMLElement> {
  const [{ checklist, choices }, before] = await Promise.all([
    service.questions(),
    service.checklist(ref),
  ]);
  const rows = checklist.map(({ number, about }) => {
    const known = before.answers[number];
    const options: [string, string][] = [["", "Not answered"]];
    for (const each of choices) options.push([each, words(each)]);
    const answer = choice(`answer-${number}`, options, known?.choice ?? "");
    const evidence = el("input", { maxlength: 1000, value: known?.evidence ?? "" });
    const note = el("input", { maxlength: 1000, value: known?.note ?? "" });
    const title = `${number}. ${about ?? "in the words of the strategy"}`;
    return { number, answer, evidence, note, title };
  });
  return submits(
    el(
      "form",
      { class: "stack" },
      ...rows.map(({ title, answer, evidence, note }) =>
        el(
          "fieldset",
          { class: "stack" },
          el("legend", {}, title),
          field("Answer", answer),
          field("Where the evidence is", evidence),
          field("Note; why, where not applicable", note),
        ),
      ),
      el("button", { type: "submit", class: "main" }, "Record the checklist"),
    ),
    () => {
      const answers: Record<string, service.ChecklistAnswer> = {};
      for (const { number, answer, evidence, note } of rows) {
        if (answer.value === "") continue;
        answers[number] = { choice: answer.value, evidence: evidence.value, note: note.value };
      }
      return act(() => service.note(ref, { kind: "checklist", answers }), "Recorded");
    },
  );
}
