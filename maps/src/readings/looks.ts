/** How values are written, classed and coloured. Pure. */

import type { Newest, Result, Seen } from "./service.ts";

export interface ClassLook {
  label: string;
  colour: string;
  /** Of its circle [px]: classes differ in size as well as in colour. */
  size: number;
  /** Values from here on, up to the next class; null where it is none of numbers. */
  from: number | null;
}

/** Light to dark, told apart in grey and by those who see few colours. */
const COLOURS = ["#fde68a", "#7fcdbb", "#2c8fb8", "#225ea8", "#0c2c63"];
const LEAST_PX = 6;
const STEP_PX = 1.5;
const DAY_S = 86_400;

export const STALE: ClassLook = { label: "Too old", colour: "#ffffff", size: 6, from: null };
export const OTHER: ClassLook = { label: "No number", colour: "#6b7680", size: 6, from: null };
const TRUTH: ClassLook[] = [
  { label: "No", colour: "#fde68a", size: 6, from: 0 },
  { label: "Yes", colour: "#0c2c63", size: 9, from: 1 },
];

/** Classes of even width with round limits, for the numbers that there are. */
export function classesOf(results: readonly Result[], unit: string | null): ClassLook[] {
  if (results.some((each) => typeof each === "boolean")) return TRUTH;
  const numbers = results.filter((each) => typeof each === "number");
  if (numbers.length === 0) return [];
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const from = limitsOf(low, high, COLOURS.length - 1);
  return from.map((limit, at) => {
    const next = from[at + 1];
    const first = at === 0 && from.length > 1;
    const words = first
      ? `under ${written(next ?? limit, unit)}`
      : next === undefined
        ? `${written(limit, unit)} and more`
        : `${written(limit, null)} to ${written(next, unit)}`;
    const colour = COLOURS[at] ?? OTHER.colour;
    return { label: words, colour, size: LEAST_PX + at * STEP_PX, from: limit };
  });
}

/** Round numbers from the last below `low` to the last up to `high`, at most one more than `about`. */
export function limitsOf(low: number, high: number, about: number): number[] {
  if (high <= low) return [low];
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const [first, last] = [Math.floor(low / step), Math.floor(high / step)];
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toFixed(Math.min(digits, 100))),
  );
}

/** The class of a result. */
export function classOf(classes: readonly ClassLook[], result: Result): ClassLook {
  if (typeof result === "string" || result === null) return OTHER;
  const number = Number(result);
  const found = classes.findLast(({ from }) => from !== null && from <= number);
  return found ?? classes[0] ?? OTHER;
}

/** UCUM codes that people write otherwise. */
const UNIT_WORDS: Record<string, string> = {
  Cel: "°C",
  "[degF]": "°F",
  deg: "°",
  "ug/m3": "µg/m³",
  "mg/m3": "mg/m³",
  m3: "m³",
  m2: "m²",
  "m3/s": "m³/s",
  "m/s2": "m/s²",
  "W/m2": "W/m²",
  "kW.h": "kWh",
  "W.h": "Wh",
  "dB[SPL]": "dB",
  "[ppm]": "ppm",
  "[ppb]": "ppb",
  "{count}": "",
  "1": "",
};

/** A unit as people write it. */
export function unitWords(unit: string): string {
  return UNIT_WORDS[unit] ?? unit;
}

/** A result with its unit, as people read it. */
export function written(result: Result | undefined, unit: string | null): string {
  if (result === null || result === undefined) return "None";
  if (typeof result === "boolean") return result ? "Yes" : "No";
  if (typeof result === "string") return result;
  const size = Math.abs(result);
  const digits = size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
  const text = result.toLocaleString("en-GB", { maximumFractionDigits: digits });
  return unit ? `${text}\u00a0${unitWords(unit)}` : text;
}

/** Whether a value is too old to be taken for what is so now; as the service says it. */
export function isStale(seen: Seen, latest: Newest | null, now_ms: number): boolean {
  if (latest === null) return true;
  return now_ms - Date.parse(latest.at) > (seen.silent_after_s ?? DAY_S) * 1_000;
}

/** Whether one instant is after another, however many digits of a second each has. */
export function isLater(one: string, other: string): boolean {
  return Date.parse(one) > Date.parse(other);
}

/** "3 minutes ago", in whole units. */
export function ago(iso: string | null, now_ms: number): string {
  if (iso === null) return "never";
  const past_s = Math.max(0, (now_ms - Date.parse(iso)) / 1_000);
  if (past_s < 60) return "less than a minute ago";
  return `${lasting(past_s)} ago`;
}

/** A length of time in its largest unit. */
export function lasting(seconds: number): string {
  const units: [string, number][] = [
    ["day", DAY_S],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ];
  const [name, length] = units.find(([, each]) => seconds >= each) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
