/** Alarms that stand, for those who may see them: by Thing for the list, and those of one Thing. */

import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import { type Alarm, tally } from "./tally.ts";

const PAGE = 500;
const MOST_PAGES = 4;
const STANDING = "state=raised&state=acknowledged";

/** How many alarms stand of each Thing; null where this person is told of none. */
export async function alarmsByThing(): Promise<Map<number, number> | null> {
  const found: Alarm[] = [];
  let more = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const told = await asked(`${STANDING}&limit=${PAGE}${more}`);
    if (told === null) return null;
    found.push(...told.alarms);
    if (told.next === null) break;
    more = `&before=${told.next}`;
  }
  return tally(found);
}

/** Alarms that stand of one Thing; null where this person is told of none. */
export async function alarmsOf(thing: number): Promise<Alarm[] | null> {
  return (await asked(`${STANDING}&thing=${thing}&limit=${PAGE}`))?.alarms ?? null;
}

/** Only who has a token asks; one that is not enough, or a service without alarms, has none. */
async function asked(query: string): Promise<{ alarms: Alarm[]; next: number | null } | null> {
  if (api.currentToken() === null) return null;
  try {
    return await api.get(`iot/alarms?${query}`);
  } catch (error) {
    if (error instanceof ApiProblem && [401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}
