/** Money and days as people read them. Pure. */

const POUNDS = new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" });
const WHOLE = new Intl.NumberFormat("en-GB", {
  style: "currency",
  currency: "GBP",
  maximumFractionDigits: 0,
});

/** To the penny; "Not told" where it is withheld. */
export function pounds(pence: number | null): string {
  return pence === null ? "Not told" : POUNDS.format(pence / 100);
}

/** As `pounds`; a sum that leaves agreements out says so. */
export function partPounds(pence: number | null, isPart: boolean): string {
  return isPart && pence !== null ? `${pounds(pence)}, in part` : pounds(pence);
}

/** To the pound, for axes and titles. */
export function roundPounds(pence: number): string {
  return WHOLE.format(pence / 100);
}

/** "£1.2m", "£35k", "£900": for axes. */
export function shortPounds(pence: number): string {
  const whole = Math.abs(pence) / 100;
  const sign = pence < 0 ? "\u2212" : "";
  if (whole >= 1_000_000) return `${sign}£${trimmed(whole / 1_000_000)}m`;
  if (whole >= 1_000) return `${sign}£${trimmed(whole / 1_000)}k`;
  return `${sign}£${trimmed(whole)}`;
}

function trimmed(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, "");
}

/** "1 April 2026"; days of the service are ISO dates without a time. */
export function dayText(iso: string): string {
  const [year = 0, month = 1, day = 1] = iso.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day)).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** Days since 1970. */
export function dayNumber(iso: string): number {
  const [year = 0, month = 1, day = 1] = iso.split("-").map(Number);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

/** Round steps from 0 that reach over both ends: axes with about so many lines. */
export function ticks(low: number, high: number, about = 5): number[] {
  const span = Math.max(high - low, 1);
  const raw = span / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  const found = [];
  for (let at = Math.floor(low / step); at * step < high + step; at += 1) found.push(at * step);
  return found;
}
