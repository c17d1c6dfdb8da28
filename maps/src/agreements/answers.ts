/** What a person answers and types about an agreement, counted and told. Pure. */

import type { Class, Item, Question } from "./records.ts";
import type { Terms } from "./terms/values.ts";

export type Answers = Record<string, string>;

export function points(count: number): string {
  return `${count.toLocaleString("en-GB", { maximumFractionDigits: 2 })} points`;
}

/** The sum of points and the class by them, as far as questions are answered. */
export function soFar(questions: Question[], classes: Class[], answers: Answers): string {
  const given = questions.filter(({ name }) => answers[name]);
  const sum = given.reduce((total, { name, answers: all, scores, weight }) => {
    return total + (scores[all.indexOf(answers[name] ?? "")] ?? 0) * weight;
  }, 0);
  const told = `${given.length} of ${questions.length} answered: ${points(sum)} of 100`;
  if (given.length < questions.length) return `${told}.`;
  const reached = classes.filter(({ from_points }) => sum >= from_points - 1e-9).at(-1);
  return `${told}, which is ${reached?.segment ?? "no class"} by points.`;
}

/** What an item rests on, and how far its text is known. */
export function hintOf({ number, evidence, standing, source }: Item): string {
  const bears = evidence === null ? "" : `Look at: ${evidence}. `;
  if (standing === "council") return `${bears}In the words of ${source}.`;
  if (standing === "in-our-words") return `${bears}Told in our words.`;
  return `Only the number is known here: read item ${number} in ${source}.`;
}

/** An entry with its amounts in pounds, as a form asks for them; undefined for none. */
export function inPounds(entry: Terms): Terms | undefined {
  if (Object.keys(entry).length === 0) return undefined;
  const held = Object.entries(entry).filter(([, value]) => value !== null);
  return Object.fromEntries(
    held.map(([name, value]) =>
      name.endsWith("_pence")
        ? [name.replace(/_pence$/, "_gbp"), poundsText(Number(value))]
        : [name, value],
    ),
  );
}

function poundsText(pence: number): string {
  const whole = Math.abs(pence);
  const text = `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
  return pence < 0 ? `-${text}` : text;
}

/** Pounds as whole pence, to the digit; what is no amount stays, for the service to refuse. */
export function inPence(entry: Terms): Terms {
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) =>
      name.endsWith("_gbp")
        ? [name.replace(/_gbp$/, "_pence"), penceOf(String(value))]
        : [name, value],
    ),
  );
}

function penceOf(text: string): number | string {
  const [, sign = "", whole = "", part = ""] = /^(-?)(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  return whole === "" ? text : Number(`${sign}${whole}${part.padEnd(2, "0")}`);
}
