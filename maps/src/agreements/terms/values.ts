/** What was typed as values of terms, where errors lie, and changes of two people. Pure. */

export type Terms = Record<string, unknown>;
export type Step = string | number;

const GROUPED = /^£?\s?\d{1,3}(,\d{3})*(\.\d+)?$/;

/** A number as exact text: "£1,250.00" is "1250.00". What is no number stays as it was typed. */
export function decimalOf(typed: string): string | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  return GROUPED.test(text) ? text.replaceAll(/[£,\s]/g, "") : text;
}

/** A whole number; what is none stays as it was typed, and the service says so. */
export function wholeOf(typed: string): number | string | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  return /^-?\d{1,9}$/.test(text) ? Number(text) : text;
}

/** `charges[2].tiers` as steps. "charges and costs" leads to the charges. */
export function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  for (const [, name, at] of path.matchAll(/([a-z_0-9]+)|\[(\d+)\]/g)) {
    if (at !== undefined) steps.push(Number(at));
    else if (name !== undefined) steps.push(name);
  }
  return path.includes(" ") ? steps.slice(0, 1) : steps;
}

/** Whether two values are the same, whatever the order of their members. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, each]) => [name, sorted(each)]));
}

/** The fields in which two terms differ. */
export function differing(one: Terms, other: Terms): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !same(one[name], other[name]));
}

export interface Merged {
  terms: Terms;
  /** Fields that only they changed: theirs are taken. */
  theirs: string[];
  /** Fields that both changed: mine stay. */
  both: string[];
}

/** Mine and theirs, each begun from the same terms, in one. */
export function merged(base: Terms, mine: Terms, theirs: Terms): Merged {
  const changedByMe = new Set(differing(base, mine));
  const changedByThem = differing(base, theirs);
  const clear = changedByThem.filter((name) => !changedByMe.has(name));
  const terms = { ...mine };
  for (const name of clear) {
    if (theirs[name] === undefined) delete terms[name];
    else terms[name] = theirs[name];
  }
  const both = changedByThem.filter(
    (name) => changedByMe.has(name) && !same(mine[name], theirs[name]),
  );
  return { terms, theirs: clear, both };
}
