/** The properties of a kind as this person may see them, fetched once per kind and token. */

import { type Queryables, queryables } from "./api.ts";

const fetched = new Map<string, Promise<Queryables>>();

export function schemaOf(kind: string): Promise<Queryables> {
  const known = fetched.get(kind);
  if (known) return known;
  const asked = queryables(kind);
  fetched.set(kind, asked);
  asked.catch(() => fetched.delete(kind)); // a failure is asked again, and told by who waits
  return asked;
}

/** Another token sees other properties. */
export function forgetSchemas(): void {
  fetched.clear();
}
