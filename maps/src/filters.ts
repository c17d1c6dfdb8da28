/** What is shown: the filter of the panel, as CQL2 text for the API and as words. */

import { KIND_NAMES, kindLabel, statusLabel, UNKNOWN } from "./symbology.ts";

export interface Filter {
  /** Kinds that are switched on; all of them is no restriction. */
  kinds: readonly string[];
  /** Lifecycle statuses, `unknown` among them; none is no restriction. */
  statuses: readonly string[];
  availability: readonly string[];
  /** Height above ground [m], both ends within; an asset of unknown height is outside. */
  heightMin_m: number | null;
  heightMax_m: number | null;
  /** A ward's whole name. */
  ward: string | null;
}

export const AVAILABILITY: readonly (readonly [value: string, label: string])[] = [
  ["free", "Free"],
  ["reserved", "Reserved"],
  ["in_use", "In use"],
  ["blocked", "Blocked"],
  ["withdrawn", "Withdrawn"],
];

export const NO_FILTER: Filter = {
  kinds: KIND_NAMES,
  statuses: [],
  availability: [],
  heightMin_m: null,
  heightMax_m: null,
  ward: null,
};

/** A CQL2 character literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Whether more than the layer switch restricts what is shown. */
export function isNarrowed(filter: Filter): boolean {
  return conditions(filter).length > 0;
}

/** The collection that holds every asset of the chosen kinds. */
export function collectionOf(filter: Filter): string {
  const [only] = filter.kinds;
  return filter.kinds.length === 1 && only !== undefined ? only : "assets";
}

/** CQL2 text for `collectionOf(filter)`; null for no condition. */
export function cql2(filter: Filter): string | null {
  const all = conditions(filter);
  if (collectionOf(filter) === "assets" && filter.kinds.length < KIND_NAMES.length) {
    all.unshift(oneOf("kind", filter.kinds));
  }
  return all.length === 0 ? null : all.join(" AND ");
}

function conditions(filter: Filter): string[] {
  const all: string[] = [];
  if (filter.statuses.length > 0) all.push(statusCondition(filter.statuses));
  if (filter.availability.length > 0) all.push(oneOf("availability", filter.availability));
  if (filter.heightMin_m !== null) all.push(`height_m >= ${filter.heightMin_m}`);
  if (filter.heightMax_m !== null) all.push(`height_m <= ${filter.heightMax_m}`);
  if (filter.ward !== null) all.push(`ward = ${literal(filter.ward)}`);
  return all;
}

function oneOf(name: string, values: readonly string[]): string {
  return `${name} IN (${values.map(literal).join(", ")})`;
}

function statusCondition(statuses: readonly string[]): string {
  const known = statuses.filter((status) => status !== UNKNOWN);
  const parts = known.length > 0 ? [oneOf("status", known)] : [];
  if (known.length < statuses.length) parts.push("status IS NULL");
  return parts.length === 1 ? parts.join() : `(${parts.join(" OR ")})`;
}

/** The filter in words, for the table's caption. */
export function inWords(filter: Filter): string {
  const words: string[] = [];
  if (filter.kinds.length < KIND_NAMES.length) words.push(filter.kinds.map(kindLabel).join(", "));
  if (filter.statuses.length > 0) {
    const named = filter.statuses.map((each) => statusLabel(each === UNKNOWN ? null : each));
    words.push(named.join(" or ").toLowerCase());
  }
  const offers = AVAILABILITY.filter(([value]) => filter.availability.includes(value));
  if (offers.length > 0) words.push(offers.map(([, label]) => label.toLowerCase()).join(" or "));
  if (filter.heightMin_m !== null) words.push(`at least ${filter.heightMin_m} m high`);
  if (filter.heightMax_m !== null) words.push(`at most ${filter.heightMax_m} m high`);
  if (filter.ward !== null) words.push(`in ${filter.ward}`);
  return words.join("; ");
}
