/** What is to be done, by how soon. */

import { el } from "../dom.ts";
import { toHash } from "./address.ts";
import { dayText } from "./money.ts";
import type { Alert, Day } from "./service.ts";
import { type Column, sortable } from "./tables.ts";
import { words } from "./words.ts";

const BANDS = [1, 3, 6, 12];

export interface AlertGroup {
  title: string;
  alerts: Alert[];
}

/** Alerts by the day to act: overdue, within 1, 3, 6 and 12 months, and later. Pure. */
export function alertGroups(found: Alert[], today: string): AlertGroup[] {
  const ends = BANDS.map((months) => monthsAfter(today, months));
  const groups: AlertGroup[] = [
    { title: "Overdue", alerts: [] },
    ...BANDS.map((months) => ({
      title: `Due within ${months} ${months === 1 ? "month" : "months"}`,
      alerts: [],
    })),
    { title: "Later", alerts: [] },
  ];
  for (const each of found) {
    const band = ends.findIndex((end) => each.act_by <= end);
    const at = each.act_by < today ? 0 : band < 0 ? groups.length - 1 : band + 1;
    groups[at]?.alerts.push(each);
  }
  return groups;
}

/** The same day so many months later, or the month's last where it has no such day. Pure. */
export function monthsAfter(iso: string, months: number): string {
  const [year = 0, month = 1, day = 1] = iso.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last)))
    .toISOString()
    .slice(0, 10);
}

/** Alerts as days of a timeline: from the day to act up to the event. Pure. */
export function alertDays(found: Alert[]): Day[] {
  return found.map(({ act_by, day, text, place }) => ({
    day: act_by,
    until: day > act_by ? day : null,
    kind: "to-be-done",
    text,
    place,
  }));
}

/** Each group as a table; those without alerts are told as such. */
export function alertList(
  caption: string,
  found: Alert[],
  withRef: boolean,
  today: string,
): HTMLElement {
  if (found.length === 0) return el("p", { class: "empty" }, "There is nothing to do.");
  const groups = alertGroups(found, today);
  const counts = groups.map(({ title, alerts }) => `${title.toLowerCase()}: ${alerts.length}`);
  const filled = groups.filter(({ alerts }) => alerts.length > 0);
  return el(
    "div",
    {},
    el("p", {}, `${sentenceOf(counts)}.`),
    ...filled.map(({ title, alerts }, at) =>
      el(
        "details",
        { open: at === 0 },
        el("summary", {}, `${title}: ${alerts.length}`),
        sortable(`${caption}, ${title.toLowerCase()}`, columns(withRef), alerts),
      ),
    ),
  );
}

function sentenceOf(counts: string[]): string {
  const text = counts.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function columns(withRef: boolean): Column<Alert>[] {
  const ref: Column<Alert> = {
    name: "Agreement",
    value: ({ agreement }) => agreement,
    show: ({ agreement }) =>
      el("a", { href: toHash({ name: "agreement", ref: agreement }) }, agreement),
  };
  return [
    { name: "Act by", value: ({ act_by }) => act_by, show: ({ act_by }) => dayText(act_by) },
    { name: "Day", value: ({ day }) => day, show: ({ day }) => dayText(day) },
    ...(withRef ? [ref] : []),
    { name: "What", value: ({ kind }) => words(kind) },
    { name: "In words", value: ({ text }) => text },
  ];
}
