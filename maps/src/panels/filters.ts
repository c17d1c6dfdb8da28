/** The filter form. What it says is in the address, on the map, in the table and the export. */

import type { App } from "../app.ts";
import { button, debounced, el, on } from "../dom.ts";
import { AVAILABILITY, NO_FILTER } from "../filters.ts";
import type { Page } from "../page.ts";
import { STATUSES, UNKNOWN } from "../symbology.ts";

const TYPING_MS = 400;
const HIGHEST_M = "400";

export function addFilters({ store, config }: App, page: Page): void {
  const set = (change: Partial<typeof NO_FILTER>): void => {
    store.set({ filter: { ...store.state.filter, ...change } });
  };
  const statuses = checks(
    "Status",
    STATUSES.map(({ status, label }) => [status ?? UNKNOWN, label]),
    (chosen) => set({ statuses: chosen }),
  );
  const offers = checks("Availability", AVAILABILITY, (chosen) => set({ availability: chosen }));
  const lowest = heightBox("height-min", "At least", (value) => set({ heightMin_m: value }));
  const highest = heightBox("height-max", "At most", (value) => set({ heightMax_m: value }));
  const ward = wardBox(config.wards, (name) => set({ ward: name }));
  const clear = button("Clear filters", () =>
    set({ ...NO_FILTER, kinds: store.state.filter.kinds }),
  );
  const heights = el(
    "fieldset",
    {},
    el("legend", {}, "Height above ground [m]"),
    el("div", { class: "pair" }, lowest.label, highest.label),
  );
  page.side.append(
    el("h2", {}, "Filters"),
    el("form", { class: "filters" }, statuses.group, offers.group, heights, ward.label, clear),
  );
  const show = (): void => {
    const { filter } = store.state;
    statuses.show(filter.statuses);
    offers.show(filter.availability);
    lowest.show(filter.heightMin_m);
    highest.show(filter.heightMax_m);
    if (document.activeElement !== ward.input) ward.input.value = filter.ward ?? "";
  };
  show();
  store.subscribe(show);
}

function checks(
  title: string,
  choices: readonly (readonly [value: string, label: string])[],
  chosen: (values: string[]) => void,
): { group: HTMLElement; show: (values: readonly string[]) => void } {
  const boxes = new Map<string, HTMLInputElement>();
  const read = (): void => {
    chosen([...boxes].filter(([, box]) => box.checked).map(([value]) => value));
  };
  const rows = choices.map(([value, label]) => {
    const box = on(el("input", { type: "checkbox", value }), { change: read });
    boxes.set(value, box);
    return el("li", {}, el("label", {}, box, el("span", {}, label)));
  });
  const group = el("fieldset", {}, el("legend", {}, title), el("ul", {}, ...rows));
  const show = (values: readonly string[]): void => {
    for (const [value, box] of boxes) box.checked = values.includes(value);
  };
  return { group, show };
}

function heightBox(
  id: string,
  label: string,
  changed: (value: number | null) => void,
): { label: HTMLElement; show: (value: number | null) => void } {
  const input = el("input", {
    id,
    type: "number",
    min: "0",
    max: HIGHEST_M,
    step: "any",
    inputmode: "decimal",
  });
  const read = debounced(TYPING_MS, () => {
    if (input.checkValidity()) changed(input.value === "" ? null : input.valueAsNumber);
  });
  on(input, { input: () => read() });
  const show = (value: number | null): void => {
    if (document.activeElement !== input) input.value = value === null ? "" : String(value);
  };
  return { label: el("label", {}, label, input), show };
}

function wardBox(
  wards: readonly string[],
  changed: (name: string | null) => void,
): { label: HTMLElement; input: HTMLSelectElement } {
  const options = wards.map((name) => el("option", { value: name }, name));
  const input = el("select", { id: "ward" }, el("option", { value: "" }, "Any ward"), ...options);
  on(input, { change: () => changed(input.value || null) });
  return { label: el("label", { class: "stacked" }, "Ward", input), input };
}
