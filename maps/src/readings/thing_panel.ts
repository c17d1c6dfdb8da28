/** A Thing beside the map: its newest values, and the last day of each as a small line. */

import { ApiProblem } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { moment } from "../format.ts";
import { sparkline } from "./chart.ts";
import type { Change } from "./live.ts";
import { ago, written } from "./looks.ts";
import * as service from "./service.ts";

const DAY_MS = 86_400_000;
const MOST_LINES = 12;

export class ThingPanel {
  private shown: number | null = null;
  private opener: Element | null = null;
  private readonly cells = new Map<number, (result: service.Result, at: string) => void>();

  constructor(
    private readonly place: HTMLElement,
    private readonly closed: () => void,
  ) {
    on(place, { keydown: (event) => event.key === "Escape" && this.close() });
  }

  private close(): void {
    const back = this.opener;
    this.opener = null;
    this.closed();
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  }

  async show(number: number | null): Promise<void> {
    if (number === this.shown) return;
    this.shown = number;
    this.cells.clear();
    if (number === null) {
      this.place.hidden = true;
      this.place.replaceChildren();
      return;
    }
    this.opener = document.activeElement;
    try {
      const whole = await service.thing(number);
      if (this.shown === number) this.fill(whole);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (this.shown !== number) return;
      this.open(el("h2", {}, "No details"), el("p", { role: "alert" }, error.message));
    }
  }

  /** Newest values go into their cells, and nothing else moves. */
  take(changes: Change[]): void {
    for (const { datastream, result, at } of changes) this.cells.get(datastream)?.(result, at);
  }

  private fill({ overview, description, datastreams }: service.Whole): void {
    const lines = datastreams.map((seen) => this.line(seen));
    const silent = overview.silent;
    this.open(
      el("h2", {}, overview.name),
      description ? el("p", {}, description) : null,
      silent > 0
        ? el("p", { class: "note" }, `${silent} of ${datastreams.length} silent for too long.`)
        : null,
      el("ul", { class: "streams" }, ...lines.map(({ item }) => item)),
      el(
        "p",
        {},
        el("a", { href: `things.html#/thing/${overview.thing}` }, "History, gaps and battery"),
      ),
    );
    for (const { fetch } of lines.slice(0, MOST_LINES)) void fetch();
  }

  private line(seen: service.Seen): { item: HTMLElement; fetch: () => Promise<void> } {
    const value = el("strong", {}, written(seen.latest?.result, seen.unit));
    const when = el("small", {}, timed(seen.latest?.at ?? null, seen.is_stale));
    const past = el("div", { class: "past" });
    this.cells.set(seen.datastream, (result, at) => {
      value.textContent = written(result, seen.unit);
      when.textContent = timed(at, false);
    });
    const item = el("li", {}, el("span", {}, seen.observed_property), value, when, past);
    const fetch = async (): Promise<void> => {
      const end = new Date();
      try {
        const told = await service.history(seen.datastream, new Date(end.getTime() - DAY_MS), end);
        const drawn = sparkline(told, seen.silent_after_s);
        if (drawn !== null) past.replaceChildren(drawn, el("small", {}, "the last day"));
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error; // the values stand without it
      }
    };
    return { item, fetch };
  }

  private open(...children: (HTMLElement | null)[]): void {
    const close = button("Close", () => this.close(), { class: "close" });
    this.place.replaceChildren(close, ...children.filter((child) => child !== null));
    this.place.hidden = false;
    this.place.focus();
  }
}

function timed(at: string | null, isStale: boolean): string {
  if (at === null) return "nothing was read yet";
  return `${moment(at)}${isStale ? `, too old: ${ago(at, Date.now())}` : ""}`;
}
