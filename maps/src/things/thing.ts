/** The page of a Thing: what it is, its newest values, their past, gaps and battery. */

import { save, sortable, wide } from "../agreements/tables.ts";
import { ROOT, text } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { moment, sentence } from "../format.ts";
import { historyChart, LEVEL_WORDS } from "../readings/chart.ts";
import { type Change, Live } from "../readings/live.ts";
import { isLater, lasting, unitWords, written } from "../readings/looks.ts";
import * as service from "../readings/service.ts";
import { Summary } from "../readings/summary.ts";
import { kindLabel } from "../symbology.ts";
import { SPANS, type Span, toHash, type View } from "./address.ts";
import { alarmsOf } from "./alarms.ts";
import { batteryText } from "./list.ts";
import type { Alarm } from "./tally.ts";

/** What is to be called when another view is shown. */
export type Leave = () => void;

type ThingView = Extract<View, { name: "thing" }>;

const DAY_MS = 86_400_000;
const SPAN_MS: Record<Span, number> = {
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  year: 365 * DAY_MS,
};
const SPAN_WORDS: Record<Span, string> = { day: "Day", week: "Week", month: "Month", year: "Year" };
/** The service looks for gaps this far back at most. */
const GAPS_MS = 90 * DAY_MS;
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

/** The newest value of each datastream, kept up to date until it is paused. */
class NewestValues {
  readonly element: HTMLElement;
  private readonly seen: Map<number, service.Seen>;
  private readonly cells = new Map<number, { value: HTMLElement; at: HTMLElement }>();
  private readonly summary = new Summary(() => this.standing());
  private isPaused = false;
  private trouble: string | null = null;
  private live: Live | null = null;
  private thing = 0;

  constructor({ datastreams }: service.Whole, choose: (stream: number) => void) {
    this.seen = new Map(datastreams.map((each) => [each.datastream, each]));
    const heads = ["Datastream", "Newest value", "Read", "State", "Past"].map((name) =>
      el("th", { scope: "col" }, name),
    );
    const rows = datastreams.map((each) => this.row(each, choose));
    const table = el(
      "table",
      {},
      el("caption", {}, "Newest value of each datastream"),
      el("thead", {}, el("tr", {}, ...heads)),
      el("tbody", {}, ...rows),
    );
    const pause = button("Pause live values", () => this.setPaused(pause), {
      "aria-pressed": "false",
    });
    this.element = el(
      "section",
      { class: "part", "aria-labelledby": "newest-title" },
      el("h3", { id: "newest-title" }, "Newest values"),
      el("div", { class: "row" }, this.summary.element, pause),
      wide("Newest value of each datastream", table),
    );
    this.summary.say();
  }

  listen(thing: number): Leave {
    this.thing = thing;
    this.live = new Live(`thing=${thing}`, {
      begin: () => void this.renew(),
      take: (changes) => this.take(changes),
      trouble: (told) => {
        if (told === this.trouble) return;
        this.trouble = told;
        this.summary.say();
      },
    });
    this.live.start();
    return () => this.live?.close();
  }

  private row(seen: service.Seen, choose: (stream: number) => void): HTMLElement {
    const value = el("strong", {}, written(seen.latest?.result, seen.unit));
    const at = el("td", {}, seen.latest === null ? "never" : moment(seen.latest.at));
    this.cells.set(seen.datastream, { value, at });
    const state = seen.is_silent ? "Silent for too long" : seen.is_stale ? "Too old" : "Fresh";
    const doubts = seen.latest?.flags.length ? ` (${seen.latest.flags.join(", ")})` : "";
    const show = button(
      `Show the past of ${seen.observed_property}`,
      () => choose(seen.datastream),
      {
        class: "link",
      },
    );
    return el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        el("span", {}, seen.observed_property),
        el("small", {}, ` ${seen.name}`),
      ),
      el("td", {}, value),
      at,
      el("td", {}, state + doubts),
      el("td", {}, show),
    );
  }

  private async renew(): Promise<void> {
    const { datastreams } = await service.thing(this.thing);
    const changes = datastreams.flatMap(({ datastream, latest }) =>
      latest === null ? [] : [{ datastream, ...latest }],
    );
    this.take(changes);
  }

  private take(changes: Change[]): void {
    let count = 0;
    for (const { datastream, at, result, flags } of changes) {
      const seen = this.seen.get(datastream);
      const cells = this.cells.get(datastream);
      if (seen === undefined || cells === undefined) continue;
      if (seen.latest !== null && !isLater(at, seen.latest.at)) continue;
      this.seen.set(datastream, { ...seen, latest: { at, result, flags } });
      cells.value.textContent = written(result, seen.unit);
      cells.at.textContent = moment(at);
      const state = cells.at.nextElementSibling;
      const doubts = flags.length > 0 ? ` (${flags.join(", ")})` : "";
      if (state !== null) state.textContent = `Fresh${doubts}`;
      count += 1;
    }
    if (count > 0) this.summary.count(count);
  }

  private setPaused(pause: HTMLButtonElement): void {
    this.isPaused = !this.isPaused;
    pause.setAttribute("aria-pressed", String(this.isPaused));
    pause.textContent = this.isPaused ? "Live values are paused: go on" : "Pause live values";
    if (this.isPaused) this.live?.pause();
    else this.live?.start();
    this.summary.say();
  }

  private standing(): string {
    if (this.isPaused) return "Live values are paused.";
    return this.trouble ?? "Values change here as they come.";
  }
}

/** The chart of one datastream over a span, and its gaps. */
class Past {
  readonly element: HTMLElement;
  private readonly chart = el("div");
  private readonly stream = el("select", { name: "stream" });
  private readonly links = el("p", { class: "actions" });
  private turn = 0;

  constructor(
    private readonly whole: service.Whole,
    private view: ThingView,
  ) {
    const known = whole.datastreams.some(({ datastream }) => datastream === view.stream);
    if (!known) this.view = { ...view, stream: whole.datastreams[0]?.datastream ?? null };
    this.stream.append(
      ...whole.datastreams.map(({ datastream, observed_property, name, unit }) => {
        const words = `${observed_property}${unit === null ? "" : ` (${unitWords(unit)})`}: ${name}`;
        return el(
          "option",
          { value: datastream, selected: datastream === this.view.stream },
          words,
        );
      }),
    );
    on(this.stream, { change: () => this.choose(Number(this.stream.value), false) });
    const radios = SPANS.map((span) => {
      const input = el("input", {
        type: "radio",
        name: "span",
        value: span,
        checked: span === this.view.span,
      });
      on(input, { change: () => this.go({ ...this.view, span }) });
      return el("label", { class: "check" }, input, ` ${SPAN_WORDS[span]}`);
    });
    this.element = el(
      "section",
      { class: "part", "aria-labelledby": "past-title" },
      el("h3", { id: "past-title", tabindex: "-1" }, "The past"),
      el("label", { class: "field" }, el("span", {}, "Datastream"), this.stream),
      el("fieldset", { class: "spans" }, el("legend", {}, "Until now, the last"), ...radios),
      this.chart,
      this.links,
    );
  }

  /** Show the past of a datastream; the focus goes along where it was asked from elsewhere. */
  choose(stream: number, takesFocus = true): void {
    this.stream.value = String(stream);
    this.go({ ...this.view, stream });
    if (takesFocus) this.element.querySelector<HTMLElement>("h3")?.focus();
  }

  private go(view: ThingView): void {
    this.view = view;
    history.replaceState(null, "", toHash(view));
    void this.load();
  }

  async load(): Promise<void> {
    const seen = this.whole.datastreams.find(({ datastream }) => datastream === this.view.stream);
    if (seen === undefined) return;
    this.turn += 1;
    const { turn } = this;
    const end = new Date();
    const start = new Date(end.getTime() - SPAN_MS[this.view.span]);
    const gapsFrom = new Date(Math.max(start.getTime(), end.getTime() - GAPS_MS));
    this.chart.setAttribute("aria-busy", "true");
    const [told, gaps] = await Promise.all([
      service.history(seen.datastream, start, end),
      service.gaps(seen.datastream, gapsFrom, end),
    ]);
    if (turn !== this.turn) return;
    this.chart.removeAttribute("aria-busy");
    const unit = seen.unit === null ? "" : ` [${unitWords(seen.unit)}]`;
    const title = `${seen.observed_property}${unit}, ${LEVEL_WORDS[told.level]}`;
    this.chart.replaceChildren(
      el("h4", {}, title),
      historyChart(title, told, seen.silent_after_s),
      told.next === null ? "" : el("p", { class: "note" }, `Only up to ${moment(told.next)}.`),
      gapsOf(gaps, this.view.span === "year"),
    );
    const path = `${service.historyPath(seen.datastream, start, end)}&f=csv`;
    const name = `datastream-${seen.datastream}.csv`;
    const observations = `${ROOT.href}sensorthings/v1.1/Datastreams(${seen.datastream})/Observations`;
    this.links.replaceChildren(
      // Not a link: a browser follows one without the token.
      button("Save as CSV", () => void text(path).then((rows) => save(name, rows, "text/csv"))),
      el("a", { href: observations }, "SensorThings Observations"),
    );
  }
}

function gapsOf({ longer_than_s, gaps, is_cut }: service.Gaps, isYear: boolean): HTMLElement {
  const heading = el("h4", {}, isYear ? "Gaps of the last 90 days" : "Gaps");
  if (longer_than_s === null) {
    const why = "This datastream does not say how often it reports, so no gap is known.";
    return el("div", {}, heading, el("p", {}, why));
  }
  const limit = `longer than ${lasting(longer_than_s)}`;
  if (gaps.length === 0) return el("div", {}, heading, el("p", {}, `None ${limit}.`));
  const cut = is_cut ? ` Only the first ${gaps.length} are shown.` : "";
  return el(
    "div",
    {},
    heading,
    el("p", {}, `${gaps.length} ${limit}.${cut}`),
    sortable(
      "Gaps",
      [
        { name: "From", value: ({ since }) => since, show: ({ since }) => moment(since) },
        {
          name: "Until",
          value: ({ until }) => until,
          show: ({ until }) => (until === null ? "It lasts" : moment(until)),
        },
        {
          name: "Length",
          value: ({ seconds }) => seconds,
          show: ({ seconds }) => lasting(seconds),
          isNumber: true,
        },
      ],
      gaps,
    ),
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
