/** A filter's result in view, fetched page after page: tiles cannot be filtered on all of it. */

import {
  ApiProblem,
  type AssetFeature,
  type AssetPage,
  type ItemsQuery,
  items,
  nextAddress,
  page,
} from "./api.ts";

export interface Gathered {
  features: AssetFeature[];
  /** Whether there are more than were fetched. */
  isCut: boolean;
  matched: number | null;
}

/** Pages of `query` until `most` features are there. An abort is thrown as the signal's reason. */
export async function gather(
  query: ItemsQuery,
  most: number,
  signal: AbortSignal,
  onPage: (soFar: number) => void = () => {},
): Promise<Gathered> {
  let current: AssetPage = await items(query, signal);
  const features = [...current.features];
  const matched = current.numberMatched ?? null;
  let next = nextAddress(current);
  while (next !== null && features.length < most) {
    onPage(features.length);
    const before = next;
    current = await page(next, signal);
    features.push(...current.features);
    next = nextAddress(current);
    if (next === before) throw new ApiProblem(0, "The service's pages do not end.");
  }
  return {
    features: features.slice(0, most),
    isCut: next !== null || features.length > most,
    matched,
  };
}
