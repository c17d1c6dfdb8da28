/** What the address says of the readings that are shown. Pure. */

export interface ReadingsState {
  /** Number of the observed property. */
  property: number;
  /** Number of the Thing that was chosen. */
  thing: number | null;
}

const MOST = 2 ** 31 - 1;

export function readingsParts({ property, thing }: ReadingsState): [string, string][] {
  const parts: [string, string][] = [["readings", String(property)]];
  if (thing !== null) parts.push(["thing", String(thing)]);
  return parts;
}

/** Reads what `readingsParts` writes; null for anything else. */
export function readingsOf(given: URLSearchParams): ReadingsState | null {
  const property = numberOf(given.get("readings"));
  return property === null ? null : { property, thing: numberOf(given.get("thing")) };
}

export function numberOf(text: string | null): number | null {
  if (text === null || !/^[1-9]\d{0,9}$/.test(text)) return null;
  return Number(text) <= MOST ? Number(text) : null;
}
