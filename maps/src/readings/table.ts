/** Newest values as a table: the map for those who do not use one. */

import { sortable } from "../agreements/tables.ts";
import { announce, button, el, on } from "../dom.ts";
import { moment } from "../format.ts";
import { written } from "./looks.ts";
import type { Property, Seen } from "./service.ts";

export function showTable(property: Property | undefined, rows: Seen[]): void {
  const now_ms = Date.now();
  const close = button("Close", () => dialog.close(), { class: "close" });
  const name = property?.name ?? "Readings";
  const dialog = el(
    "dialog",
    { class: "wide", "aria-labelledby": "readings-table-title" },
    el("h2", { id: "readings-table-title" }, `${name}: newest values`),
    close,
    el("p", {}, `As they were at ${moment(new Date(now_ms).toISOString())}.`),
    sortable(
      `Newest values of ${name}`,
      [
        {
          name: "Thing",
          value: ({ thing_name }) => thing_name,
          show: ({ thing, thing_name }) =>
            el("a", { href: `things.html#/thing/${thing}` }, thing_name),
        },
        { name: "Datastream", value: (each) => each.name },
        {
          name: "Value",
          value: ({ latest }) => (typeof latest?.result === "number" ? latest.result : null),
          show: ({ latest, unit }) => written(latest?.result, unit),
          isNumber: true,
        },
        {
          name: "Read",
          value: ({ latest }) => latest?.at ?? null,
          show: ({ latest }) => (latest === null ? "never" : moment(latest.at)),
        },
        { name: "State", value: ({ is_stale }) => (is_stale ? "Too old" : "Fresh") },
        { name: "Doubts", value: ({ latest }) => latest?.flags.join(", ") ?? "" },
      ],
      rows,
    ),
  );
  on(dialog, { close: () => dialog.remove() });
  document.body.append(dialog);
  dialog.showModal();
  announce(`${rows.length} values`);
}
