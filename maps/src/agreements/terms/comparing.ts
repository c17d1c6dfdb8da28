/** Sums of two schedules side by side. Pure. */

import type { Year } from "../service.ts";

export interface ComparedYear {
  year: string;
  account: string;
  income_pence: number;
  cost_pence: number;
  /** Net against the schedule before. */
  change_pence: number;
}

/** Every financial year of either, revenue before capital, each with its change of the net. */
export function compareYears(before: Year[], after: Year[]): ComparedYear[] {
  const key = ({ year, account }: Year): string => `${account === "revenue" ? 0 : 1} ${year}`;
  const was = new Map(before.map((each) => [key(each), each]));
  const is = new Map(after.map((each) => [key(each), each]));
  return [...new Set([...was.keys(), ...is.keys()])].sort().map((each) => {
    const [old, now] = [was.get(each), is.get(each)];
    return {
      year: now?.year ?? old?.year ?? "",
      account: now?.account ?? old?.account ?? "",
      income_pence: now?.income_pence ?? 0,
      cost_pence: now?.cost_pence ?? 0,
      change_pence: net(now) - net(old),
    };
  });
}

function net(year: Year | undefined): number {
  return year === undefined ? 0 : year.income_pence - year.cost_pence;
}
