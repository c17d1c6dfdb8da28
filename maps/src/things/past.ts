/** The past of a datastream of a Thing: its chart over a span, and its gaps. */

import { save, sortable } from "../agreements/tables.ts";
import { ROOT, text } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { moment } from "../format.ts";
import { historyChart, LEVEL_WORDS } from "../readings/chart.ts";
import { lasting, unitWords } from "../readings/looks.ts";
import * as service from "../readings/service.ts";
import { SPANS, type Span, type ThingView, toHash } from "./address.ts";

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
/** The chart of one datastream over a span, and its gaps. */
export class Past {
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
