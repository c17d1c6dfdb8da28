/** Street lighting: lampposts with what is known of their lamps, gateways, and mismatches. */

import { type Column, choice, csvOf, field, part, save, submits } from "../agreements/tables.ts";
import * as api from "../api.ts";
import { announce, button, el } from "../dom.ts";
import { moment } from "../format.ts";
import { LIT, type LightingView, toHash } from "./address.ts";
import {
  type Bare,
  energyText,
  type Gateway,
  isBad,
  type Lamp,
  type Mismatches,
  type Sharing,
  statusText,
  type Unit,
} from "./lamps.ts";
import { type Asks, all, paged } from "./paged.ts";

const DAYS = 3;
const PAGE = 50;
const ONLY_WORDS: Record<LightingView["only"], string> = {
  all: "All",
  wrong: "Failed, burning by day or otherwise wrong",
  silent: "Not heard of",
  reported: "With a fault that a system reports",
  mismatch: "Differing from the inventory",
};

const LAMPS: Column<Lamp>[] = [
  {
    name: "Lamppost",
    value: ({ lamppost }) => lamppost,
    show: ({ lamppost, asset_id }) => onMap(lamppost, asset_id),
  },
  { name: "Street", value: ({ street }) => street },
  {
    name: "Lamp",
    value: statusText,
    show: (lamp) => {
      const { status, since } = lamp;
      const words = statusText(lamp);
      const when = since === null ? "" : ` since ${moment(since)}`;
      return isBad(status) ? el("strong", {}, words + when) : words + when;
    },
  },
  { name: "Reported faults", value: ({ faults }) => faults.join("; ") },
  { name: "Energy", value: energyText },
  { name: "Differs from the inventory", value: ({ mismatches }) => mismatches.join("; ") },
  { name: "Gateway", value: ({ gateway }) => gateway },
  {
    name: "Last heard",
    value: ({ last_at, status }) => {
      if (status === "no-readings") return "";
      return last_at === null ? `Not in ${DAYS} days` : moment(last_at);
    },
  },
];
const GATEWAYS: Column<Gateway>[] = [
  { name: "Gateway", value: ({ gateway }) => gateway },
  {
    name: "State",
    value: ({ is_silent }) => (is_silent ? "Silent" : "Heard"),
    show: ({ is_silent }) => (is_silent ? el("strong", {}, "Silent") : "Heard"),
  },
  { name: "Lamps", value: ({ lamps }) => lamps, isNumber: true },
  { name: "Last heard", value: ({ last_at }) => (last_at === null ? "Never" : moment(last_at)) },
];
const UNITS: Column<Unit>[] = [
  { name: "Unit", value: ({ system, ref }) => `${system} ${ref}` },
  { name: "Number of its column", value: ({ column_ref }) => column_ref },
  { name: "Street", value: ({ street }) => street },
  { name: "Why", value: ({ reason }) => reason },
];
const BARE: Column<Bare>[] = [
  {
    name: "Lamppost",
    value: ({ source, ref }) => `${source}:${ref}`,
    show: ({ source, ref, asset_id }) => onMap(`${source}:${ref}`, asset_id),
  },
  { name: "Street", value: ({ street }) => street },
];
const SHARED: Column<Sharing>[] = [
  { name: "Unit", value: ({ system, unit_ref }) => `${system} ${unit_ref}` },
  {
    name: "Lamppost",
    value: ({ lamppost }) => lamppost,
    show: ({ lamppost, asset_id }) => onMap(lamppost, asset_id),
  },
  { name: "Matched by", value: ({ matched_by }) => matched_by },
  { name: "Also on it", value: ({ others }) => others.join("; ") },
];

export async function showLighting(place: HTMLElement, view: LightingView): Promise<void> {
  const lamps = await paged("Lampposts", LAMPS, lampsOf(view), "No lamppost is as asked.");
  const inside: (Node | string)[] = [
    el("h2", {}, "Street lighting"),
    el("p", {}, `Readings of the last ${DAYS} days, held against sun, regime and wattage.`),
  ];
  if (view.asset !== null) {
    const everything = toHash({ name: "lighting", only: "all", asset: null });
    place.replaceChildren(
      ...inside,
      lamps,
      el("p", {}, el("a", { href: everything }, "All lampposts")),
    );
    return;
  }
  const path = `iot/lighting/lamps.csv?days=${DAYS}&only=${view.only}`;
  const [gateways, ...differing] = await Promise.all([
    paged("Gateways of lamps", GATEWAYS, gatewaysOf, "No gateway has more than one lamp."),
    mismatch("Units without a lamppost", UNITS, unitsOf, "Each unit has its lamppost."),
    mismatch("Lampposts without a unit", BARE, bareOf, "Each lamppost has a unit."),
    mismatch("Units that share a lamppost", SHARED, sharedOf, "No lamppost has two units."),
  ]);
  place.replaceChildren(
    ...inside,
    form(view),
    lamps,
    // Not a link: a browser follows one without the token.
    button("Save lampposts as CSV", () => void saved(path, "street-lighting.csv")),
    part(
      "Gateways",
      el("p", {}, "Of lamps whose gateway is silent nothing is known: they have not failed."),
      gateways,
    ),
    part("Mismatches with the inventory", ...differing),
  );
}

function form(view: LightingView): HTMLElement {
  const only = choice(
    "only",
    LIT.map((each): [string, string] => [each, ONLY_WORDS[each]]),
    view.only,
  );
  const made = el(
    "form",
    { class: "filters", role: "search", "aria-label": "Lampposts" },
    field("Which lampposts", only),
    el("button", { type: "submit", class: "main" }, "Show"),
  );
  return submits(made, async () => {
    const chosen = LIT.find((each) => each === only.value) ?? "all";
    location.hash = toHash({ name: "lighting", only: chosen, asset: null });
  });
}

async function mismatch<Row>(
  title: string,
  columns: Column<Row>[],
  asks: Asks<Row, number>,
  none: string,
): Promise<HTMLElement> {
  const table = await paged(title, columns, asks, none);
  const name = `${title.toLowerCase().replaceAll(" ", "-")}.csv`;
  const keep = async (): Promise<void> => {
    save(name, csvOf(columns, await all(asks)), "text/csv");
    announce(`${title} saved`);
  };
  const saves = button(`Save ${title.toLowerCase()} as CSV`, () => void keep());
  return el("div", {}, el("h4", {}, title), table, saves);
}

function lampsOf({ only, asset }: LightingView): Asks<Lamp, string> {
  return async (mark) => {
    const query = new URLSearchParams({ days: String(DAYS), only, limit: String(PAGE) });
    if (mark !== null) query.set("after", mark);
    if (asset !== null) query.set("asset", asset);
    const told = await api.get<{ lamps: Lamp[]; next: string | null }>(
      `iot/lighting/lamps?${query}`,
    );
    return { rows: told.lamps, next: told.next };
  };
}

async function gatewaysOf(mark: number | null): Promise<{ rows: Gateway[]; next: number | null }> {
  const skip = mark ?? 0;
  const path = `iot/lighting/gateways?days=${DAYS}&skip=${skip}&limit=${PAGE}`;
  const { gateways, total } = await api.get<{ gateways: Gateway[]; total: number }>(path);
  const shown = skip + gateways.length;
  return { rows: gateways, next: shown < total ? shown : null };
}

function mismatches(mark: string): Promise<Mismatches> {
  return api.get(`iot/lighting/mismatches?limit=${PAGE}&${mark}`);
}

const unitsOf: Asks<Unit, number> = async (mark) => {
  const told = await mismatches(`after_unit=${mark ?? 0}`);
  return { rows: told.units, next: told.next_unit };
};

const bareOf: Asks<Bare, number> = async (mark) => {
  const told = await mismatches(`after_lamppost=${mark ?? 0}`);
  return { rows: told.lampposts, next: told.next_lamppost };
};

const sharedOf: Asks<Sharing, number> = async (mark) => {
  const told = await mismatches(`after_shared=${mark ?? 0}`);
  return { rows: told.shared, next: told.next_shared };
};

async function saved(path: string, name: string): Promise<void> {
  save(name, await api.text(path), "text/csv");
  announce("Lampposts saved");
}

function onMap(name: string, asset_id: string): HTMLElement {
  return el("a", { href: `./#asset=lamppost/${asset_id}` }, name);
}
