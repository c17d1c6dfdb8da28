/** Codes as words. Pure. */

import { sentence } from "../format.ts";

export function words(code: string): string {
  return sentence(code.replaceAll("-", " "));
}
