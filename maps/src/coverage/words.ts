/** Numbers and states of coverage as people read them. Pure. */

import flag from "@symbology/coverage/flag.json";
import type { Reading, ReadingState } from "./service.ts";

/** As on every file of such a run. */
export const INDICATIVE =
  "Indicative: sites are estimated. Not to be used to show that a target is met.";

const STATES: Record<Exclude<ReadingState, "known">, string> = {
  none: "No site reaches",
  unknown: "Not known",
  beyond: "Outside the area of the run",
};
const TRUST_CODES = ["in_range", "extrapolated", "refused", "unknown", "outside"];

/** `−93.4 dBm`. */
export function withUnit(value: number, unit: string, digits = 1): string {
  const text = value.toFixed(digits).replace("-", "−");
  return unit ? `${text}\u00a0${unit}` : text;
}

/** `86 %`. */
export function percent(share: number): string {
  return withUnit(share * 100, "%", 0);
}

/** A level, or why there is none. */
export function level(state: ReadingState, value: number | null): string {
  return state === "known" && value !== null ? withUnit(value, "dBm") : stateWords(state);
}

export function stateWords(state: ReadingState): string {
  return state === "known" ? "Not known" : STATES[state];
}

/** What a layer holds at a place. */
export function reading({ layer, state, value, unit }: Reading): string {
  if (state === "none" && layer === "margin_db") return "No second site reaches";
  if (state !== "known" || value === null) return stateWords(state);
  if (layer === "probability") return percent(value);
  return withUnit(value, unit, unit === "" ? 0 : 1);
}

/** How far the method's own range reaches. */
export function trustWords(trust: string): string {
  const code = TRUST_CODES.indexOf(trust);
  const found = [...flag.steps, { at: flag.none.value, label: flag.none.label }];
  return found.find(({ at }) => at === code)?.label ?? trust;
}

export function yesNo(covers: boolean | null): string {
  if (covers === null) return "Not known";
  return covers ? "Yes" : "No";
}

/** Text as HTML that says the same and does nothing. */
export function harmless(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (letter) => entities[letter] ?? "");
}
