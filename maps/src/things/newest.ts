/** The newest value of each datastream of a Thing, live. */

import { wide } from "../agreements/tables.ts";
import { button, el } from "../dom.ts";
import { moment } from "../format.ts";
import { type Change, Live } from "../readings/live.ts";
import { isLater, written } from "../readings/looks.ts";
import * as service from "../readings/service.ts";
import { Summary } from "../readings/summary.ts";

/** What is to be called when another view is shown. */
export type Leave = () => void;

/** The newest value of each datastream, kept up to date until it is paused. */
export class NewestValues {
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
