/** What the pages of money work out from what the service tells. Pure. */

import { roundPounds } from "./money.ts";
import type { Ending, Portfolio, Void } from "./service.ts";

type Year = Portfolio["years"][number];

/**
 * Net revenue from the first year on, by year. Where a year, or an amount of one, is not told or
 * in part, nothing is told from there on: a sum without it would be wrong. Pure.
 */
export function runningNet(first: string, years: Year[]): (number | null)[] {
  let sum: number | null = 0;
  let next = Number(first.slice(0, 4));
  return years.map(({ year, income_pence, cost_pence, is_part }) => {
    const isNext = Number(year.slice(0, 4)) === next;
    next += 1;
    sum =
      sum === null || !isNext || is_part || income_pence === null || cost_pence === null
        ? null
        : sum + income_pence - cost_pence;
    return sum;
  });
}

export interface EndingYear {
  year: string;
  ends: Ending;
  breaks: Ending;
}

/** Every year from the first to the last in which something ends or may be ended. */
export function endingYears(ends: Ending[], breaks: Ending[]): EndingYear[] {
  const begins = [...ends, ...breaks].map(({ year }) => Number(year.slice(0, 4)));
  if (begins.length === 0) return [];
  const [first, last] = [Math.min(...begins), Math.max(...begins)];
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const year = `${first + at}/${String((first + at + 1) % 100).padStart(2, "0")}`;
    const of = (found: Ending[]): Ending =>
      found.find((each) => each.year === year) ?? {
        year,
        count: 0,
        refs: [],
        income_pence: 0,
        is_part: false,
      };
    return { year, ends: of(ends), breaks: of(breaks) };
  });
}

/** "20, 60, 100" as a list; what is no number stays, and the service says so. */
export function numbers(typed: unknown): unknown[] | undefined {
  if (typeof typed !== "string") return undefined;
  return typed
    .split(/[,;\s]+/)
    .filter((each) => each !== "")
    .map((each) => (Number.isNaN(Number(each)) ? each : Number(each)));
}

/** How many there are, and what those that have a benchmark may bring. */
export function voidsTold(found: Void[]): string {
  const count = (isLet: boolean): string =>
    found
      .filter(({ is_let }) => is_let === isLet)
      .reduce((sum, { assets }) => sum + assets, 0)
      .toLocaleString("en-GB");
  const sum = (end: "low_pence" | "high_pence"): string =>
    roundPounds(found.reduce((total, each) => total + (each[end] ?? 0), 0));
  const valued = found.filter(({ low_pence }) => low_pence !== null);
  const assets = valued.reduce((total, each) => total + each.assets, 0).toLocaleString("en-GB");
  const worth =
    valued.length === 0
      ? "No benchmark values them."
      : `One letting of each of the ${assets} that have a benchmark may bring ${sum("low_pence")} ` +
        `to ${sum("high_pence")} a year; the others are counted alone.`;
  return `${count(false)} assets on offer are let to nobody, and ${count(true)} that are let have room. ${worth}`;
}
