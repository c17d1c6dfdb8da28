/** What a run says of one place: status, values, operators, and every site that is heard. */

import { ApiProblem } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { metres } from "../format.ts";
import type { Page } from "../page.ts";
import type { Coverage } from "./coverage.ts";
import { STATUS_WORDS } from "./looks.ts";
import type { PlaceAnswer, Reading, Server } from "./service.ts";
import * as service from "./service.ts";
import { type Place, typedPlace } from "./state.ts";
import { INDICATIVE, level, percent, reading, trustWords, withUnit, yesNo } from "./words.ts";

const RECEIVER_M = 1.5;
/** Layers told at once. */
const FIRST = ["rsrp_dbm", "sinr_db", "probability"];
/** A level computed anew that is farther from the stored one [dB] is said. */
const SAME_DB = 0.05;

export class PlacePanel {
  private asked: AbortController | null = null;
  private opener: Element | null = null;

  constructor(
    private readonly coverage: Coverage,
    private readonly place: Page["place"],
  ) {
    on(place, {
      keydown: (event) => {
        if (event.key === "Escape") this.close();
      },
    });
  }

  show(place: Place | null): void {
    this.asked?.abort();
    const run = this.coverage.loaded?.run;
    if (place === null || run === undefined) {
      this.place.hidden = true;
      this.place.replaceChildren();
      return;
    }
    if (!this.place.contains(document.activeElement)) this.opener = document.activeElement;
    this.asked = new AbortController();
    this.fill(el("h2", {}, "Coverage here"), el("p", { role: "status" }, "Looking…"));
    void this.ask(run.run_id, place, this.asked.signal);
  }

  private close(): void {
    this.coverage.set({ place: null });
    const back = this.opener;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
    else this.coverage.app.map.getCanvas().focus();
  }

  private async ask(run: string, place: Place, signal: AbortSignal): Promise<void> {
    try {
      const found = await service.at(run, place, signal);
      if (!signal.aborted) this.tell(found);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem)) throw error;
      this.fill(el("h2", {}, "Coverage here"), el("p", { role: "alert" }, error.message));
    }
  }

  private tell(found: PlaceAnswer): void {
    this.fill(
      el("h2", {}, "Coverage here"),
      el("p", {}, `${typedPlace(found)}; the cell of ${metres(found.cell_m)} around it`),
      found.indicative ? el("p", { class: "note" }, INDICATIVE) : null,
      facts([
        ["Status", statusWords(found)],
        ["Best server", found.server ?? "None"],
        ...found.readings.filter(({ layer }) => FIRST.includes(layer)).map(named),
        ["How far to trust it", trustWords(found.trust)],
      ]),
      el("h3", {}, "By operator"),
      operators(found),
      el("h3", {}, "Sites heard here"),
      ...this.servers(found),
      others(found),
      el("p", { class: "quiet" }, found.attribution.join("; ")),
    );
  }

  private servers({ servers, lon, lat, threshold_dbm }: PlaceAnswer): HTMLElement[] {
    if (servers.state !== "current") {
      const told = `${servers.reason} So only what the run stored is told.`;
      return [el("p", { class: "note" }, told)];
    }
    if (servers.servers.length === 0) return [el("p", {}, "No site is in reach.")];
    const rows = servers.servers.map((server) =>
      row(
        el("th", { scope: "row" }, `${server.operator} ${server.site_id}`),
        level(server.level_dbm === null ? "unknown" : "known", server.level_dbm),
        metres(server.distance_m),
        button("Profile", () => this.profile(server, { lon, lat }), {
          "aria-label": `Path profile to ${server.site_id}`,
        }),
      ),
    );
    return [
      table(`Strongest first; covered from ${withUnit(threshold_dbm, "dBm", 0)}`, rows, [
        "Operator and site",
        "Level",
        "Distance",
        "Path",
      ]),
      ...remarks(servers),
    ];
  }

  /** The path from a site to the place, at the site's frequency. */
  private profile(server: Server, to: Place): void {
    const [lon, lat] = server.position;
    const told = this.coverage.loaded?.run.provenance?.parameters?.receiver_height_m;
    this.coverage.set({
      table: null,
      sight: {
        from: { lon, lat },
        from_height_m: server.antenna_height_m,
        to,
        to_height_m: Number(told) || RECEIVER_M,
        frequency_mhz: server.frequency_mhz,
      },
    });
  }

  private fill(...children: (HTMLElement | null)[]): void {
    const close = button("Close", () => this.close(), { class: "close" });
    const wasHidden = this.place.hidden;
    const hadFocus = this.place.contains(document.activeElement);
    this.place.replaceChildren(close, ...children.filter((child) => child !== null));
    this.place.hidden = false;
    if (wasHidden || hadFocus) this.place.focus();
  }
}

function statusWords({ status }: PlaceAnswer): string {
  if (status === null) return "Outside the area of the run";
  return STATUS_WORDS[status] ?? "Not known";
}

function named(each: Reading): [string, string] {
  return [each.title, reading(each)];
}

function facts(pairs: [name: string, told: string][]): HTMLElement {
  const rows = pairs.map(([name, told]) => row(el("th", { scope: "row" }, name), told));
  return el("table", { class: "facts" }, el("tbody", {}, ...rows));
}

/** The layers that are not among the first facts. */
function others({ readings }: PlaceAnswer): HTMLElement {
  const rest = readings.filter(({ layer }) => !FIRST.includes(layer));
  return el("details", {}, el("summary", {}, "More of this cell"), facts(rest.map(named)));
}

function operators(found: PlaceAnswer): HTMLElement {
  const rows = found.operators.map((each) =>
    row(
      el("th", { scope: "row" }, each.operator),
      level(each.state, each.level_dbm),
      each.probability === null ? "Not known" : percent(each.probability),
      yesNo(each.covers),
    ),
  );
  const heads = ["Operator", "Level", "Chance", "Covers"];
  return table(
    "Each operator's best server, and the chance that a place in the cell has it",
    rows,
    heads,
  );
}

function remarks(servers: PlaceAnswer["servers"]): HTMLElement[] {
  const told: string[] = [];
  const { complete, in_reach, differs_db } = servers;
  if (complete === false) told.push(`Of ${in_reach} sites in reach others may be as strong.`);
  if (differs_db !== null && Math.abs(differs_db) > SAME_DB) {
    told.push(
      `The strongest level is ${withUnit(differs_db, "dB")} from what the run stored: it was computed by another version.`,
    );
  }
  return told.map((text) => el("p", { class: "note" }, text));
}

function table(caption: string, rows: HTMLElement[], heads: string[]): HTMLElement {
  const head = heads.map((each) => el("th", { scope: "col" }, each));
  return el(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": `${caption}; scrolls` },
    el(
      "table",
      { class: "facts" },
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...rows),
    ),
  );
}

function row(head: HTMLElement, ...cells: (string | HTMLElement)[]): HTMLElement {
  return el("tr", {}, head, ...cells.map((cell) => el("td", {}, cell)));
}
