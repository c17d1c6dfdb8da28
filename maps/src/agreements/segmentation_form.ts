/** The questions of the segmentation, with what each answer counts and the sum as one answers. */

import { el, on } from "../dom.ts";
import { type Answers, points, soFar } from "./answers.ts";
import * as records from "./records.ts";
import { choice, field, submits } from "./tables.ts";
import { words } from "./words.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;

export async function segmentationForm(ref: string, act: Act): Promise<HTMLElement> {
  const [{ segmentation, classes }, before] = await Promise.all([
    records.questions(),
    lastAnswers(ref),
  ]);
  const selects = new Map(segmentation.map((each) => [each.name, asked(each, before[each.name])]));
  const sum = el("output", { "aria-live": "polite" });
  const answers = (): Answers =>
    Object.fromEntries([...selects].map(([name, { value }]) => [name, value]));
  const tell = (): void => {
    sum.textContent = soFar(segmentation, classes, answers());
  };
  tell();
  const groups = [...new Set(segmentation.map(({ group }) => group))];
  const form = el(
    "form",
    { class: "stack" },
    ...groups.map((group) =>
      el(
        "fieldset",
        { class: "stack" },
        el("legend", {}, words(group)),
        ...segmentation
          .filter((each) => each.group === group)
          .map(({ name, asks }) => field(words(asks), selects.get(name) ?? el("span"))),
      ),
    ),
    scheme(classes),
    sum,
    el("button", { type: "submit", class: "main" }, "Record the answers"),
  );
  on(form, { change: tell });
  return submits(form, () =>
    act(() => records.note(ref, { kind: "segmentation", answers: answers() }), "Recorded"),
  );
}

function asked(question: records.Question, given = ""): HTMLSelectElement {
  const { name, answers, scores, weight } = question;
  const options = answers.map((answer, at): [string, string] => [
    answer,
    `${words(answer)} (${points((scores[at] ?? 0) * weight)})`,
  ]);
  const select = choice(name, [["", "Choose an answer"], ...options], given);
  select.required = true;
  return select;
}

function scheme(classes: records.Class[]): HTMLElement {
  return el(
    "details",
    {},
    el("summary", {}, "How the class comes about, and what it asks for"),
    el(
      "ul",
      {},
      ...classes.map(({ segment, from_points, asked: wants }) =>
        el("li", {}, `${words(segment)}, from ${from_points} points: ${wants.join(", ")}`),
      ),
    ),
    el(
      "p",
      {},
      "A statutory contract whose failure has a high impact is major; one that holds the " +
        "council\u2019s data, or of a million pounds or more a year, is operational at least. " +
        "The questions are those of Harrow and Brent; weights and limits are Canopy\u2019s.",
    ),
  );
}

async function lastAnswers(ref: string): Promise<Answers> {
  const found = await records.entries(ref);
  const last = found.filter(({ entry, is_current }) => is_current && entry.kind === "segmentation");
  return (last.at(-1)?.entry.answers ?? {}) as Answers;
}
