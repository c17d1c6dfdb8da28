/** How a contract is to be looked after: its class, what it asks for, and the checklist. */

import { ApiProblem } from "../api.ts";
import { el } from "../dom.ts";
import { checklistForm } from "./checklist_form.ts";
import * as records from "./records.ts";
import { segmentationForm } from "./segmentation_form.ts";
import { sortable } from "./tables.ts";
import { words } from "./words.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;

/** The class of a contract and what is unanswered, as far as there are answers. */
export async function governance(ref: string): Promise<Node[]> {
  const [segment, checklist] = await Promise.all([segmented(ref), records.checklist(ref)]);
  return [...segment, ...unanswered(checklist)];
}

async function segmented(ref: string): Promise<Node[]> {
  try {
    const found = await records.segmentation(ref);
    const why = found.override === null ? "" : `, raised because: ${found.override}`;
    const lacks = found.missing.length === 0 ? "nothing" : found.missing.join(", ");
    return [
      el(
        "p",
        {},
        el("strong", {}, words(found.segment)),
        `: ${found.points.toFixed(2)} of 100 points${why} (weights ${found.version}). ` +
          `The class asks for ${found.asked.join(", ")}; not on record: ${lacks}.`,
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
    return [
      el(
        "p",
        { class: "empty" },
        "The segmentation has not been answered. Its nine questions, under \u201cChange it\u201d " +
          "below, tell whether the contract is transactional, operational or major, and what " +
          "governance that asks for.",
      ),
    ];
  }
}

function unanswered(found: records.Checklist): Node[] {
  const left = found.unanswered.length;
  const bare = found.without_evidence.map(({ number }) => number).join(", ");
  const told = el(
    "p",
    {},
    left === 0
      ? "Every item of the checklist of value for money is answered."
      : `Checklist of value for money: ${left} of 21 items are unanswered.`,
    bare === "" ? "" : ` Answered without evidence: ${bare}.`,
  );
  if (left === 0) return [told];
  return [
    told,
    el(
      "details",
      {},
      el("summary", {}, "What is unanswered"),
      el(
        "ul",
        {},
        ...found.unanswered.map(({ number, about }) =>
          el("li", {}, `${number}. ${about === null ? "wording not seen" : words(about)}`),
        ),
      ),
    ),
  ];
}

/** The two forms; empty until somebody opens them. */
export function governanceForms(ref: string, act: Act): HTMLElement[] {
  return [
    filledWhenOpened("Answer the segmentation", () => segmentationForm(ref, act)),
    filledWhenOpened("Answer the checklist of value for money", () => checklistForm(ref, act)),
  ];
}

/** A part that is asked for once it is opened. */
export function filledWhenOpened(title: string, make: () => Promise<HTMLElement>): HTMLElement {
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
