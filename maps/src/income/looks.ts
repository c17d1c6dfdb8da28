/** How assets are coloured by income, void and expiry. Pure. */

import incomeFile from "@symbology/income.json";

export interface AssetIncome {
  asset_ref: string;
  income_pence: number | null;
  /** Some of its agreements have no schedule, and the income is without theirs. */
  is_part: boolean;
  band: string;
  ends_on: string | null;
  agreements: string[];
}

export type Theme = "income" | "expiry" | "void";

export interface ClassLook {
  key: string;
  label: string;
  colour: string;
}

export const THEMES: readonly { theme: string; label: string; classes: ClassLook[] }[] =
  incomeFile.themes;
const LEAST_PX = 4;
const STEP_PX = 1.5;
const YEAR_MS = 365.25 * 86_400_000;

/** The class of an asset; `income` is null for one that no agreement is about. */
export function classOf(theme: Theme, income: AssetIncome | null, today: string): ClassLook {
  const classes = THEMES.find((each) => each.theme === theme)?.classes ?? [];
  const key = keyOf(theme, income, today);
  const found = classes.find((each) => each.key === key);
  if (found === undefined) throw new Error(`no look for ${theme} ${key}`);
  return found;
}

function keyOf(theme: Theme, income: AssetIncome | null, today: string): string {
  if (theme === "void") return income === null ? "void" : "let";
  if (theme === "income") return income?.band ?? "nothing";
  if (!income?.ends_on) return "unknown";
  const left = (Date.parse(income.ends_on) - Date.parse(today)) / YEAR_MS;
  if (left < 0) return "over";
  return left <= 1 ? "1" : left <= 3 ? "3" : "later";
}

/** How large a class is drawn [px]: classes differ in size as well as in colour. */
export function sizeOf(theme: Theme, look: ClassLook): number {
  const classes = THEMES.find((each) => each.theme === theme)?.classes ?? [];
  return LEAST_PX + STEP_PX * classes.findIndex(({ key }) => key === look.key);
}

/** Texts in parts, each short enough for a filter. */
export function inParts<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < all.length; at += size) parts.push(all.slice(at, at + size));
  return parts;
}

/** A text as CQL2 writes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
