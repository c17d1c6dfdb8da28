/** The page of a Thing: what it is, its newest values, their past, gaps and battery. */

import { sortable } from "../agreements/tables.ts";
import { ROOT } from "../api.ts";
import { el } from "../dom.ts";
import { moment, sentence } from "../format.ts";
import { written } from "../readings/looks.ts";
import * as service from "../readings/service.ts";
import { kindLabel } from "../symbology.ts";
import type { ThingView } from "./address.ts";
import { alarmsOf } from "./alarms.ts";
import { batteryText } from "./list.ts";
import { type Leave, NewestValues } from "./newest.ts";
import { Past } from "./past.ts";
import type { Alarm } from "./tally.ts";

const MAP_ZOOM = 17;

export async function showThing(place: HTMLElement, view: ThingView): Promise<Leave> {
  const [whole, alarms] = await Promise.all([service.thing(view.thing), alarmsOf(view.thing)]);
  const past = new Past(whole, view);
  const newest = new NewestValues(whole, (stream) => past.choose(stream));
  place.replaceChildren(
    el("h2", {}, whole.overview.name),
    facts(whole),
    alarms === null ? "" : alarmTable(alarms),
    newest.element,
    past.element,
    batteries(whole.batteries),
    elsewhere(whole),
  );
  void past.load();
  return newest.listen(view.thing);
}

function facts({ overview, description, longitude, latitude }: service.Whole): HTMLElement {
  const { kind, asset_id, silent, datastreams, last_at, battery } = overview;
  const onMap = `./#map=${MAP_ZOOM}/${latitude}/${longitude}`;
  const chosen = asset_id !== null && kind !== null ? `&asset=${kind}/${asset_id}` : "";
  const asset =
    kind === null
      ? "Not told"
      : latitude === null
        ? kindLabel(kind)
        : el("a", { href: `${onMap}${chosen}` }, `${kindLabel(kind)} on the map`);
  const rows: [string, Node | string][] = [
    ["What it is", description || "Not told"],
    ["It stands on", asset],
    ["Last heard", last_at === null ? "Never" : moment(last_at)],
    [
      "Silent",
      silent === 0 ? "No datastream" : `${silent} of ${datastreams} datastreams, for too long`,
    ],
    ["Battery", batteryText(battery)],
  ];
  return el(
    "dl",
    { class: "facts" },
    ...rows.flatMap(([name, told]) => [el("dt", {}, name), el("dd", {}, told)]),
  );
}

function alarmTable(alarms: Alarm[]): HTMLElement {
  const table = sortable(
    "Alarms that stand",
    [
      { name: "Alarm", value: ({ title }) => title },
      { name: "Severity", value: ({ severity }) => sentence(severity) },
      {
        name: "State",
        value: ({ state }) => state,
        show: ({ state, acknowledged_by }) =>
          acknowledged_by === null ? sentence(state) : `Acknowledged by ${acknowledged_by}`,
      },
      { name: "Datastream", value: ({ stream }) => stream },
      { name: "Since", value: ({ since }) => since, show: ({ since }) => moment(since) },
    ],
    alarms,
  );
  return el(
    "section",
    { class: "part", "aria-labelledby": "alarms-title" },
    el("h3", { id: "alarms-title" }, "Alarms"),
    alarms.length === 0 ? el("p", {}, "None stands.") : table,
  );
}

function batteries(all: service.Battery[]): HTMLElement {
  if (all.length === 0) return el("div", { hidden: true });
  return el(
    "section",
    { class: "part", "aria-labelledby": "battery-title" },
    el("h3", { id: "battery-title" }, "Battery"),
    sortable(
      "Batteries",
      [
        { name: "Datastream", value: ({ name }) => name },
        { name: "State", value: (each) => each.state, show: (each) => batteryText(each) },
        {
          name: "Low below",
          value: ({ low_below }) => low_below,
          show: ({ low_below, unit }) => (low_below === null ? "" : written(low_below, unit)),
          isNumber: true,
        },
        {
          name: "A day",
          value: ({ per_day }) => per_day,
          show: ({ per_day, unit }) => (per_day === null ? "" : written(per_day, unit)),
          isNumber: true,
        },
      ],
      all,
      false,
    ),
  );
}

function elsewhere({ overview }: service.Whole): HTMLElement {
  const thing = `${ROOT.href}sensorthings/v1.1/Things(${overview.thing})`;
  return el(
    "p",
    { class: "actions" },
    el("a", { href: thing }, "This Thing in SensorThings"),
    el("a", { href: `${thing}/Datastreams?$resultFormat=CSV` }, "Its datastreams as CSV"),
  );
}
